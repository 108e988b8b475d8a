"""ISC's own files raise no false alarm: the examples of its manual, and what its packages ship.

Kea itself refuses some of the examples. `check` has to refuse the same ones, and no other.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from keaprov.errors import Severity
from keaprov.site import check_file
from tests.differential.judge import refusal
from tests.lab import debian
from tests.lab.shell import run
from tests.lab.workshop import Workshop, workshop

pytestmark = pytest.mark.lab

REFUSED = {
    "kea4/all-keys.json": {"KP701", "KP732"},
    "kea4/all-keys-netconf.json": {"KP701", "KP732"},
    "kea4/comments.json": {"KP702", "KP732"},
    "kea4/ha-load-balancing-server1-mt-with-tls.json": {"KP701"},
    "kea4/ha-load-balancing-server2-mt.json": {"KP701"},
    "kea4/hooks.json": {"KP701"},
    "kea4/mysql-reservations.json": {"KP701", "KP732"},
    "kea4/pgsql-reservations.json": {"KP701", "KP732"},
    "agent/comments.json": {"KP732"},
    "agent/rbac.json": {"KP701"},
    "agent/simple.json": {"KP701", "KP732"},
}
"""ISC's files that Kea refuses, with the codes of `check`.

KP701 are hook libraries below /opt, KP732 is the password of the examples, KP702 a logger without
severity: ``-t`` accepts that one, and kea-dhcp4 does not start with it (tests/differential/
test_start.py).
"""
AT_A_START = {
    "kea4/config-backend.json": {"KP732"},
    "kea4/hooks-radius.json": {"KP717"},
}
"""ISC's files that ``-t`` takes; ``-T`` and a start refuse the password of the examples.

``-t`` neither connects to databases nor loads hook libraries.
"""
PROGRAMS = {
    "kea4": "kea-dhcp4",
    "agent": "kea-ctrl-agent",
    "kea-dhcp4.conf": "kea-dhcp4",
    "kea-ctrl-agent.conf": "kea-ctrl-agent",
}
"""Which program reads a file, by its directory or its name."""
INTERFACES = ("eth0", "eth1", "eth1961", "ethX")
"""Interfaces that the examples name: ``-t`` wants them to be there."""
HOOKS = "/usr/local/lib/kea/hooks"
"""Where the examples have hook libraries: another build's directory, of which `check` warns."""
SCRIPT = 'cd "$1" && "$2" "$3" kea.conf >output 2>&1; echo $? >code'


def files(shop: Workshop, folder: Path) -> Iterator[Path]:
    """Yield the examples of kea-doc, and the files that Kea's packages install."""
    debian.extract(debian.KEA_DOC, folder)
    for name in ("kea4", "agent"):
        yield from sorted(folder.rglob(f"examples/{name}/*.json"))
    yield from (shop.root / "etc/kea" / name for name in PROGRAMS if name.endswith(".conf"))


def furnish(shop: Workshop) -> None:
    """Add what the files name: interfaces, libraries, and the file with the agent's password.

    Kea would have kea-admin make a database's tables, which hides why the first connection failed.
    """
    (shop.root / "usr/sbin/kea-admin").unlink()
    for name in INTERFACES:
        peer = ("peer", "name", f"{name}-far")
        run("ip", "-n", shop.netns.name, "link", "add", name, "type", "veth", *peer)
    hooks = shop.root / HOOKS.lstrip("/")
    hooks.parent.mkdir(parents=True)
    hooks.symlink_to("/usr/lib/x86_64-linux-gnu/kea/hooks")
    (shop.root / "etc/kea/kea-api-password").write_text("of-the-tests\n")


def judged(shop: Workshop, file: Path, number: int, how: str = "-t") -> tuple[str, set[str]]:
    """Return why Kea refuses a file ("" if it takes it), and the codes of the errors of `check`."""
    inside = f"/tmp/{number}"
    place = shop.root / inside.lstrip("/")
    place.mkdir(parents=True)
    shutil.copy(file, place / "kea.conf")
    program = PROGRAMS.get(file.parent.name) or PROGRAMS[file.name]
    command = shop.inside(f"KEA_HOOKS_PATH={HOOKS}", "sh", "-c", SCRIPT, "sh", inside, program, how)
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    problems = check_file(place / "kea.conf").problems
    return refusal(place), {p.code for p in problems if p.severity is Severity.ERROR}


def test_check_says_of_iscs_files_what_kea_says(tmp_path: Path) -> None:
    verdicts = {}
    with workshop() as shop:
        furnish(shop)
        for number, file in enumerate(files(shop, tmp_path)):
            name = f"{file.parent.name}/{file.name}"
            verdicts[name] = judged(shop, file, number)
            if name in AT_A_START:
                refused, _ = judged(shop, file, -number, "-T")
                assert "illegal use of a default" in refused
    print(f"{len(verdicts)} files of ISC's, Kea takes {len(verdicts) - len(REFUSED)}")
    assert {name for name, (kea, _) in verdicts.items() if kea} == REFUSED.keys(), verdicts
    assert {name: codes for name, (_, codes) in verdicts.items() if codes} == {
        **REFUSED,
        **AT_A_START,
    }
