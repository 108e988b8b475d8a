"""Real Kea judges the servers and the attributes of its hook library radius."""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any

import pytest

from tests.differential.draws import CASES, SEED
from tests.differential.test_kea import alarms
from tests.differential.test_parts import judged

pytestmark = pytest.mark.lab

SHARE = 4
"""A kea-dhcp4 starts for each file: of so many draws of another kind, one is drawn here."""
UNKNOWN = re.compile(
    r"attribute ('[^']*'|type [0-9]+) is unknown \(parsing"
    r"|INTEGER_ATTRIBUTE_FROM_TEXT_FAILED Creating an integer attribute [0-9]+ '[^']*' from [^0-9]"
)
"""What Kea says of names that its dictionary does not have: `check` asks no host."""
KEYS: dict[str, tuple[Any, ...]] = {
    "name": (
        "User-Name", "NAS-Port", "Framed-IP-Address", "NAS-IPv6-Address", "Class", "Nix",
        "Service-Type", "user-name",
    ),
    "type": (1, 5, 8, 25, 95, 255, 256, -1, "1"),
    "data": ("a", "10.0.0.1", "::1", "1", "4294967296", "0x01", "Login-User", "-1", "", "x" * 253),
    "raw": ("0102", "01020304", "0x0102", "01:02", "1020304", "", "0102 0304", "01" * 254),
    "expr": ("'a'", "option[60].hex", "pkt4.mac ==", ""),
}  # fmt: skip
RIGHT = {
    "User-Name": "a",
    "NAS-Port": "1",
    "Framed-IP-Address": "10.0.0.1",
    "NAS-IPv6-Address": "::1",
    "Class": "a",
    "Service-Type": "1",
}
PORTS: tuple[dict[str, Any], ...] = (
    {"port": 1}, {"port": 1, "subnet-id": 1}, {"port": 1, "subnet-prefix": "10.0.1.0/24"},
    {"port": 1, "subnet-prefix": "10.0.1.0"}, {"port": 1, "shared-network-name": "n"},
    {"port": 1, "shared-network-name": "m"}, {"port": 1, "bogus": 1}, {"subnet-id": 1},
    {"port": 1, "subnet-prefix": "10.0.9.0/24", "subnet-id": 7}, {"port": "1"},
)  # fmt: skip
WAYS = ("reservations-global", "reservations-in-subnet")


def test_kea_takes_what_check_takes_of_radius() -> None:
    random = Random(SEED)
    verdicts = judged([drawn(random) for _ in range(CASES // SHARE)])
    accepted = sum(not verdict.kea for verdict in verdicts)
    wrong = [
        f"{json.dumps(verdict.body)}\n  Kea: {verdict.kea[:900]}\n  check: {verdict.errors}"
        for verdict in verdicts
        if (verdict.kea and not verdict.errors and not UNKNOWN.search(verdict.kea))
        or alarms(verdict)
    ]
    print(f"{len(verdicts)} files, seed {SEED}: Kea accepts {accepted}")
    assert accepted > len(verdicts) / 5, "the files have to be right often enough to mean much"
    assert not wrong, f"{len(wrong)} disagreements\n" + "\n".join(wrong[:20])


def drawn(random: Random) -> dict[str, Any]:
    """Draw the body of a ``Dhcp4`` map with radius."""
    parameters: dict[str, Any] = {}
    if random.random() < 0.7:
        parameters["access"] = service(random)
    if random.random() < 0.5:
        parameters["accounting"] = service(random)
    if random.random() < 0.2:
        parameters["nas-ports"] = [dict(random.choice(PORTS))]
    hooks: list[dict[str, Any]] = [{"library": "libdhcp_radius.so", "parameters": parameters}]
    if random.random() < 0.9:
        hooks.insert(random.choice((0, 1)), {"library": "libdhcp_host_cache.so"})
    body: dict[str, Any] = {"hooks-libraries": hooks}
    if random.random() < 0.1:
        body["early-global-reservations-lookup"] = random.random() < 0.5
    if random.random() < 0.3:
        subnets = [
            {"id": n, "subnet": f"10.0.{n}.0/24", **ways(random)}
            for n in range(1, random.choice((2, 3)))
        ]
        body["shared-networks"] = [{"name": "n", "subnet4": subnets, **ways(random)}]
        body |= ways(random)
    return body


def ways(random: Random) -> dict[str, bool]:
    """Draw where Kea looks for reservations, or nothing."""
    wanted = {"reservations-global": True, "reservations-in-subnet": False}
    if random.random() < 0.5:
        return wanted
    return {key: random.random() < 0.5 for key in WAYS if random.random() < 0.3}


def service(random: Random) -> dict[str, Any]:
    """Draw a service: servers, attributes."""
    servers = [
        {"name": "127.0.0.1", "secret": random.choice(("s", "s", "s", "s", "1234", "a b"))}
        for _ in range(random.choice((0, 1, 1, 2)))
    ]
    made: dict[str, Any] = {"servers": servers} if servers or random.random() < 0.5 else {}
    if random.random() < 0.6:
        made["attributes"] = [attribute(random) for _ in range(random.choice((1, 1, 2)))]
    return made


def attribute(random: Random) -> dict[str, Any]:
    """Draw an attribute; about half of them are right."""
    name = random.choice(tuple(RIGHT))
    made: dict[str, Any] = {"name": name, "data": RIGHT[name]}
    if random.random() < 0.5:
        return made
    made = {"name": name} if random.random() < 0.8 else {}
    for key in random.sample(tuple(KEYS), random.choice((1, 1, 2))):
        made[key] = random.choice(KEYS[key])
    return made
