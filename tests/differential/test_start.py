"""Real Kea starts with what `check` passes: some values stop it that ``kea-dhcp4 -T`` accepts."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from keaprov.errors import Severity
from keaprov.site import check_file
from tests.lab.workshop import Workshop, workshop

pytestmark = pytest.mark.lab

INSIDE = "/tmp/start"
SCRIPT = f"""cd {INSIDE}; timeout 20 kea-dhcp4 -c kea.conf >output 2>&1 & daemon=$!
until grep -q DHCP4_STARTED output || ! kill -0 $daemon; do sleep 0.1; done
kill $daemon; wait $daemon; grep -q DHCP4_STARTED output"""
FILE = "/var/log/kea/x.log"


def logger(**output: int) -> dict[str, Any]:
    return {
        "name": "kea-dhcp4",
        "severity": "INFO",
        "output-options": [{"output": "stdout"}, {"output": FILE, **output}],
    }


BODIES: tuple[tuple[dict[str, Any], bool], ...] = (
    ({"loggers": [logger()]}, True),
    ({"loggers": [logger(), {"name": "kea-dhcp4.leases"}]}, False),
    ({"loggers": [logger(maxsize=2147483647999999, maxver=2147483647)]}, True),
    ({"loggers": [logger(maxsize=2147483648000000)]}, False),
    ({"loggers": [logger(maxver=2147483648)]}, False),
)


def starts(shop: Workshop) -> bool:
    process = subprocess.run(shop.inside("sh", "-c", SCRIPT), stdin=subprocess.DEVNULL)
    return process.returncode == 0


def test_kea_starts_with_what_check_passes_and_with_nothing_else() -> None:
    with workshop() as shop:
        place = shop.root / INSIDE.lstrip("/")
        place.mkdir(parents=True)
        for body, right in BODIES:
            database = {"type": "memfile", "persist": False}
            text = json.dumps({"Dhcp4": {"lease-database": database, **body}})
            (place / "kea.conf").write_text(text)
            problems = check_file(place / "kea.conf").problems
            errors = [problem for problem in problems if problem.severity is Severity.ERROR]
            assert (starts(shop), not errors) == (right, right), (body, errors)
