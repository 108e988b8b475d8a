"""What Kea does with the tutorial's mistakes (docs/tutorial.md), asked of a real Kea."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from tests.lab import lab, services

pytestmark = pytest.mark.lab

SUBNET = {
    "id": 10,
    "subnet": "172.20.10.0/24",
    "pools": [{"pool": "172.20.10.130 - 172.20.10.253"}],
    "option-data": [{"name": "routers", "data": "172.20.10.254"}],
    "reservations": [{"hw-address": "bc:24:11:29:11:09", "ip-address": "172.20.10.53"}],
}
GOOD: dict[str, Any] = {"interfaces-config": {"interfaces": []}, "subnet4": [SUBNET]}


def kea_says(config: dict[str, Any]) -> tuple[bool, str]:
    """Give kea-dhcp4 -t a configuration; return whether it takes it, and what it says."""
    lab.up()
    file = services.tools() / "tmp/tutorial.json"
    file.write_text(json.dumps({"Dhcp4": config}))
    done = lab.run_in("load", "kea-dhcp4", "-t", "/tmp/tutorial.json")
    return done.returncode == 0, done.stdout + done.stderr


def changed(**subnet: Any) -> dict[str, Any]:
    config = deepcopy(GOOD)
    config["subnet4"][0].update(subnet)
    return config


def test_the_corrected_one_is_accepted() -> None:
    assert kea_says(GOOD)[0]


@pytest.mark.parametrize(("config", "expected"), [
    (GOOD | {"options-data": []}, 'got unexpected keyword "options-data"'),
    (changed(**{"option-data": [{"name": "infra.labo", "data": "sam.lan"}]}),
     "definition for the option 'dhcp4.infra.labo' does not exist"),
    (changed(reservations=[{"hw-address": "bc:24:11:29:11:09", "ip-address": "10.60.1.53"}]),
     "'10.60.1.53' is not within the IPv4 subnet"),
    (changed(pools=[{"pool": "172.20.10.100 172.20.10.199"}]), "invalid pool definition"),
    (GOOD | {"subnet4": [{"subnet": "172.20.40.0/24"}]}, "id"),
    (GOOD | {"control-socket": {"socket-type": "unix", "socket-name": "/tmp/ctrl-socket"}},
     "invalid path specified"),
])  # fmt: skip
def test_kea_refuses(config: dict[str, Any], expected: str) -> None:
    taken, words = kea_says(config)
    assert not taken
    assert expected in words


def test_kea_takes_a_pool_with_the_gateway_in_it() -> None:
    assert kea_says(changed(pools=[{"pool": "172.20.10.130 - 172.20.10.254"}]))[0]


def test_kea_does_not_notice_a_log_file_in_the_wrong_place() -> None:
    logger = {"name": "kea-dhcp4", "output-options": [{"output": "/var/log/kea-dhcp4.log"}]}
    assert kea_says(GOOD | {"loggers": [logger]})[0]
