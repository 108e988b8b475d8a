"""What a site promises a client, against answers that keep it and answers that break it."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

import pytest

from keaprov import load_site
from keaprov.promise import broken, codes

SITE = load_site(Path(__file__).parents[2] / "inventories/lab/site.yaml")
MAC = "02:00:00:00:00:01"
RESERVED = "bc:24:11:29:11:09"


def packed(*addresses: str) -> str:
    return "".join(ipaddress.IPv4Address(one).packed.hex() for one in addresses)


OPTIONS = {
    "1": "ffffff00",
    "2": "00000000",
    "3": packed("172.20.10.254"),
    "6": packed("172.20.21.53", "172.20.23.53"),
    "15": b"infra.labo".hex(),
    "42": packed("10.20.2.254"),
    "51": "00007080",
    "58": "00000384",
    "59": "00000708",
}


def found(mac: str = MAC, **changes: Any) -> list[str]:
    answer = {"server": "10.60.1.67", "address": "172.20.10.130", "options": OPTIONS, **changes}
    return [str(one) for one in broken(SITE, answer, mac)]


def test_a_promise_that_is_kept() -> None:
    assert found() == []
    assert found(RESERVED, address="172.20.10.53") == []
    assert found(server="10.60.1.68") == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"server": "10.9.9.9"}, "server: promised 10.60.1.67 or 10.60.1.68, given 10.9.9.9"),
        ({"address": "10.9.9.9"}, "address: promised one of the site's subnets, given 10.9.9.9"),
        (
            {"address": "172.20.10.5"},
            "address: promised one of the pools of 172.20.10.0/24, given 172.20.10.5",
        ),
        (
            {"options": {**OPTIONS, "3": packed("172.20.10.1")}},
            "routers: promised 172.20.10.254, given 172.20.10.1",
        ),
        (
            {"options": {**OPTIONS, "51": "00000001"}},
            "valid-lifetime: promised 28800, given 1",
        ),
        (
            {"options": {key: one for key, one in OPTIONS.items() if key != "15"}},
            "domain-name: promised infra.labo, given none",
        ),
    ],
)
def test_a_promise_that_is_broken(changes: dict[str, Any], said: str) -> None:
    assert said in found(**changes)


def test_a_reserved_client_gets_its_own_address_and_nobody_else_does() -> None:
    assert found(RESERVED) == ["address: promised 172.20.10.53 (reserved), given 172.20.10.130"]
    told = found(address="172.20.10.53")
    assert any("reserved for somebody else" in one for one in told)


def test_a_client_asks_for_all_that_the_site_hands_out() -> None:
    assert set(codes(SITE)) >= {2, 3, 6, 15, 42}
