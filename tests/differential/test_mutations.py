"""Real Kea judges mutations of files: `check` takes what ``kea-dhcp4 -T`` takes, nothing else.

The files are ISC's examples, and ``mutated.json``: files with every hook library that has
parameters, every kind of socket, database and network.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from keaprov.paths import base_name
from keaprov.source import parse_relaxed
from tests.differential.draws import CASES, ON_PURPOSE, SEED
from tests.differential.judge import refusals
from tests.differential.mutations import Mutator, at, places
from tests.differential.parts import HOOK_SCRIPT
from tests.differential.test_databases import NO_ANSWER
from tests.differential.test_examples import INTERFACES
from tests.differential.test_parts import errors_of
from tests.differential.test_radius import UNKNOWN
from tests.lab import debian
from tests.lab.shell import run
from tests.lab.workshop import Workshop, workshop

pytestmark = pytest.mark.lab

SHARE = 4
"""A kea-dhcp4 starts for each file: of so many draws of another kind, one is drawn here."""
KEPT = Path(__file__).with_name("kept_files.json")
"""Bodies of which Kea and `check` once thought differently."""
MUTATED = Path(__file__).with_name("mutated.json")
OF_A_HOST = re.compile(
    "|".join((
        NO_ANSWER.pattern, UNKNOWN.pattern, "cannot open shared object", "File not found",
        "attribute has type", "can't resolve", "can't get local address",
        "not present in the system", "doesn't exist in the system", "No such file",
        "Expected a file",
    ))
)  # fmt: skip
"""What Kea says of what this host does not have, and `check` leaves to Kea."""
LISTED = re.compile(
    ON_PURPOSE.pattern.replace(r"dhcp4\.", r"[dD]hcp4\.")
    + r"|error KP[0-9]+ Dhcp4\.loggers"  # -T does not read them: see test_start.py
    + r"|error KP201 \S+(high-availability|dhcp-queue-control)"
    + r"|error KP204 Dhcp4\.allocator: "
    + r"|error KP701 \S+\.(lease-database\.name|socket-name): "  # nor does it open these
)
"""What `check` refuses on purpose in one of Kea's own files."""
GONE = ("trust-anchor", "cert-file", "key-file", "cert-required", "password-file", "user-file")
"""Keys of files that are not there; a socket of https, and a database, go as a whole."""


def files(shop: Workshop, folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the bodies that are mutated: Kea takes nearly all of them."""
    debian.extract(debian.KEA_DOC, folder)
    examples = sorted(folder.rglob("examples/kea4/*.json"))
    for file in (*examples, shop.root / "etc/kea/kea-dhcp4.conf"):
        yield at_home(parse_relaxed(file.read_text(), str(file)).value["Dhcp4"])
    yield from json.loads(MUTATED.read_text())


def at_home(example: Any) -> dict[str, Any]:
    """Return a copy of an example without what other hosts have: files, servers, passwords."""
    body: dict[str, Any] = json.loads(json.dumps(example))
    for path, value in reversed(list(places(body))):
        step = path[-1] if path else ""
        if step in GONE or is_elsewhere(value):
            del at(body, path[:-1])[step]
        elif step in ("password", "secret"):
            at(body, path[:-1])[step] = "of-the-tests"
        elif step == "library":
            at(body, path[:-1])[step] = base_name(value)
    return body


def is_elsewhere(value: Any) -> bool:
    """Whether a map is of a database, a socket with TLS, or a library that Kea does not have."""
    return isinstance(value, dict) and (
        value.get("type") in ("mysql", "postgresql")
        or value.get("socket-type") == "https"
        or not str(value.get("library", "libdhcp_")).startswith("libdhcp_")
    )


def furnish(shop: Workshop) -> None:
    """Add interfaces and the script that the files name."""
    (shop.root / "usr/sbin/kea-admin").unlink()
    for name in INTERFACES:
        peer = ("peer", "name", f"{name}-far")
        run("ip", "-n", shop.netns.name, "link", "add", name, "type", "veth", *peer)
    script = shop.root / HOOK_SCRIPT.lstrip("/")
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)


def test_kea_takes_the_mutations_that_check_takes(tmp_path: Path) -> None:
    with workshop() as shop:
        furnish(shop)
        mutator = Mutator(list(files(shop, tmp_path)), Random(SEED))
        drawn = [mutator.drawn() for _ in range(CASES // SHARE)]
        texts = [json.dumps({"Dhcp4": body}, ensure_ascii=False) for body, _ in drawn]
        reasons = refusals(shop, texts)
    wrong = [
        f"{mutations}\n  {words}"
        for (_, mutations), text, kea in zip(drawn, texts, reasons, strict=True)
        if (words := difference(text, kea))
    ]
    accepted = sum(not kea for kea in reasons)
    print(f"{len(drawn)} mutations, seed {SEED}: Kea accepts {accepted}")
    assert accepted > len(drawn) / 5, "the files have to be right often enough to mean much"
    assert not wrong, f"{len(wrong)} disagreements\n" + "\n".join(wrong[:20])


def difference(text: str, kea: str) -> str:
    """Return in words what `check` says of a file other than Kea; `kea` is why Kea refuses it."""
    errors = errors_of(text)
    missed = kea and not errors and not OF_A_HOST.search(kea)
    alarms = [] if kea else [error for error in errors if not LISTED.search(error)]
    return f"Kea: {kea[:500]}\n  check: {errors}\n  {text}" if missed or alarms else ""


def test_what_was_judged_differently_once_is_judged_alike() -> None:
    database = {"type": "memfile", "persist": False}
    bodies = [{"lease-database": database, **body} for body in json.loads(KEPT.read_text())]
    texts = [json.dumps({"Dhcp4": body}) for body in bodies]
    with workshop() as shop:
        furnish(shop)
        words = [*map(difference, texts, refusals(shop, texts))]
    assert not any(words), "\n".join(filter(None, words))
