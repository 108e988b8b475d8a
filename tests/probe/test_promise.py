"""What a site promises a client, against answers that keep it and answers that break it."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from keaprov import load_site
from keaprov.model import Site
from keaprov.promise import broken, codes, lines
from keaprov.promise.wire import options, plain, shown

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


def changed(text: str, tmp_path: Path) -> Site:
    """Return the lab's site with more at the end of its last subnet's block."""
    path = tmp_path / "site.yaml"
    path.write_text(SITE_TEXT + text)
    return load_site(path)


SITE_TEXT = (Path(__file__).parents[2] / "inventories/lab/site.yaml").read_text()
MORE = """
    - id: 70
      subnet: 172.20.70.0/24
      pools: [172.20.70.100 - 172.20.70.199]
      option-data: {domain-search: "infra.labo, sam.lan"}
      reservations:
        - {client-id: "01:02:03", ip-address: 172.20.70.5}
        - {circuit-id: "'port 7'", ip-address: 172.20.70.6}
"""


@pytest.mark.parametrize(
    ("address", "client_id", "said"),
    [
        ("172.20.70.100", "", []),
        ("172.20.70.5", "01:02:03", []),
        ("172.20.70.100", "01:02:03", ["promised 172.20.70.5 (reserved)"]),
        ("172.20.70.5", "", ["not one that is reserved for somebody else"]),
        ("172.20.70.6", "", []),  # by what a relay adds: whose it is cannot be told
        ("172.20.70.7", "", ["one of the pools"]),
    ],
)
def test_reservations_by_other_identifiers(
    tmp_path: Path, address: str, client_id: str, said: list[str]
) -> None:
    site = changed(MORE, tmp_path)
    given = {"server": "10.60.1.67", "address": address, "options": OPTIONS}
    found = [one for one in broken(site, given, MAC, client_id) if one.what == "address"]
    assert len(found) == len(said)
    for one, words in zip(found, said, strict=True):
        assert words in str(one)


def test_a_global_reservation_counts_when_the_site_looks_there(tmp_path: Path) -> None:
    text = SITE_TEXT.replace(
        "  authoritative: true\n",
        "  authoritative: true\n  reservations-global: true\n"
        f'  reservations: [{{hw-address: "{MAC}", ip-address: 172.20.10.200}}]\n',
    )
    (tmp_path / "site.yaml").write_text(text)
    site = load_site(tmp_path / "site.yaml")
    given = {"server": "10.60.1.67", "address": "172.20.10.130", "options": OPTIONS}
    assert [str(one) for one in broken(site, given, MAC)] == [
        "address: promised 172.20.10.200 (reserved), given 172.20.10.130"
    ]
    (tmp_path / "site.yaml").write_text(text.replace("-global: true", "-global: false"))
    assert list(broken(load_site(tmp_path / "site.yaml"), given, MAC)) == []


NAMES = b"\x05infra\x04labo\x00\x03sam\x03lan\x00"
POINTED = b"\x05infra\x04labo\x00\x03sam\xc0\x06"


def test_names_with_and_without_pointers(tmp_path: Path) -> None:
    subnet = changed(MORE, tmp_path).dhcp4["subnet4"][-1]
    assert list(options((subnet,))) == [(119, "domain-search", NAMES)]
    assert plain(119, NAMES) == NAMES
    assert plain(119, POINTED) == b"\x05infra\x04labo\x00\x03sam\x04labo\x00"
    assert shown(119, POINTED) == "infra.labo, sam.labo"
    answer = {"options": {"119": NAMES.hex(), "53": "02", "250": "ff"}}
    assert lines(answer) == ["domain-search: infra.labo, sam.lan", "250: ff"]


@drawn(st.binary(max_size=300), st.sampled_from([1, 3, 15, 51, 119, 121, 250]))
def test_no_value_is_too_odd_to_be_shown(value: bytes, code: int) -> None:
    assert isinstance(shown(code, value), str)
    assert isinstance(plain(code, value), bytes)
