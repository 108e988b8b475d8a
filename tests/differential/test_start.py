"""Real Kea starts with what `check` passes: some values stop it that ``kea-dhcp4 -T`` accepts."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from keaprov.errors import Severity
from keaprov.lint.config import maps
from keaprov.site import check_text
from tests.differential.draws import CASES, ON_PURPOSE, SEED
from tests.differential.parts import drawn_loggers
from tests.lab.workshop import Workshop, workshop

pytestmark = pytest.mark.lab

INSIDE = "/tmp/start"
SCRIPT = f"""cd {INSIDE}; : >output; timeout 20 kea-dhcp4 -c kea.conf >>output 2>&1 & daemon=$!
until grep -q DHCP4_STARTED output || ! kill -0 $daemon 2>/dev/null; do sleep 0.1; done
kill $daemon 2>/dev/null; wait $daemon; grep -q DHCP4_STARTED output"""
FILE = "/var/log/kea/x.log"


def logger(**output: int) -> dict[str, Any]:
    return {
        "name": "kea-dhcp4",
        "severity": "INFO",
        "output-options": [{"output": "stdout"}, {"output": FILE, **output}],
    }


def lease_file(**keys: str) -> dict[str, Any]:
    return {"lease-database": {"type": "memfile", **keys}}


def unix_socket(name: str) -> dict[str, Any]:
    return {"control-socket": {"socket-type": "unix", "socket-name": name}}


BODIES: tuple[tuple[dict[str, Any], bool], ...] = (
    ({"loggers": [logger()]}, True),
    ({"loggers": [logger(), {"name": "kea-dhcp4.leases"}]}, False),
    ({"loggers": [logger(maxsize=2147483647999999, maxver=2147483647)]}, True),
    ({"loggers": [logger(maxsize=2147483648000000)]}, False),
    ({"loggers": [logger(maxver=2147483648)]}, False),
    (lease_file(name="x"), True),
    (lease_file(name="."), False),
    (lease_file(name=".."), False),
    (unix_socket("x"), True),
    (unix_socket("x" * 90), True),
    (unix_socket("x" * 120), False),
    (unix_socket("."), False),
    (unix_socket(".."), False),
)
"""Bodies, and whether Kea starts with each: ``-T`` opens neither files nor sockets."""

LOGGERS = CASES // 40
"""How many times loggers are drawn: a daemon starts with each."""


def starts(shop: Workshop) -> bool:
    process = subprocess.run(shop.inside("sh", "-c", SCRIPT), stdin=subprocess.DEVNULL)
    return process.returncode == 0


def judged(shop: Workshop, body: dict[str, Any]) -> tuple[bool, list[str]]:
    """Return whether Kea starts with a body of a ``Dhcp4`` map, and the errors of `check`."""
    place = shop.root / INSIDE.lstrip("/")
    place.mkdir(parents=True, exist_ok=True)
    database = {"type": "memfile", "persist": False}
    text = json.dumps({"Dhcp4": {"lease-database": database, **body}})
    (place / "kea.conf").write_text(text)
    problems = check_text(text.encode(), "kea-dhcp4.conf", Path()).problems
    return starts(shop), [str(p) for p in problems if p.severity is Severity.ERROR]


def shows_its_start(loggers: Sequence[dict[str, Any]]) -> bool:
    """Whether Kea says on standard output that it has started: its own logger may go elsewhere."""
    return all(
        any(output.get("output") == "stdout" for _, output in maps(logger.get("output-options")))
        for logger in loggers
        if logger.get("name") == "kea-dhcp4" and "severity" in logger
    )


def test_kea_starts_with_what_check_passes_and_with_nothing_else() -> None:
    with workshop() as shop:
        for body, right in BODIES:
            started, errors = judged(shop, body)
            assert (started, not errors) == (right, right), (body, errors)


def test_kea_starts_with_the_loggers_that_check_passes() -> None:
    random = Random(SEED)
    wrong = []
    with workshop() as shop:
        for _ in range(LOGGERS):
            body = {"loggers": drawn_loggers(random)}
            if not shows_its_start(body["loggers"]):
                continue
            started, errors = judged(shop, body)
            alarms = [error for error in errors if not ON_PURPOSE.search(error)]
            if alarms if started else not errors:
                wrong.append(f"{json.dumps(body)} starts: {started}, check: {errors}")
    assert not wrong, "\n".join(wrong)
