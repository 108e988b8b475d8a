"""What a site promises a client, against answers that keep it and answers that break it."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from keaprov import load_site
from keaprov.model import Site
from keaprov.promise import broken_promises, identifiers, option_codes, option_lines, strangers
from keaprov.promise.wire import options, readable, uncompressed

SITE = load_site(Path(__file__).parents[2] / "inventories/lab/site.yaml")
MAC = "02:00:00:00:00:01"
RESERVED = "bc:24:11:29:11:09"


def packed(*addresses: str) -> str:
    return "".join(ipaddress.IPv4Address(address).packed.hex() for address in addresses)


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


def broken_by(mac: str = MAC, **changes: Any) -> list[str]:
    answer = {"server": "10.60.1.67", "address": "172.20.10.130", "options": OPTIONS, **changes}
    return [str(promise) for promise in broken_promises(SITE, answer, mac)]


def test_a_promise_that_is_kept() -> None:
    assert broken_by() == []
    assert broken_by(RESERVED, address="172.20.10.53") == []
    assert broken_by(server="10.60.1.68") == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
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
            {"options": {key: value for key, value in OPTIONS.items() if key != "15"}},
            "domain-name: promised infra.labo, given none",
        ),
    ],
)
def test_a_promise_that_is_broken(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in broken_by(**changes)


def test_a_reserved_client_gets_its_own_address_and_nobody_else_does() -> None:
    assert broken_by(RESERVED) == ["address: promised 172.20.10.53 (reserved), given 172.20.10.130"]
    sentences = broken_by(address="172.20.10.53")
    assert any("reserved for somebody else" in sentence for sentence in sentences)


def test_a_client_asks_for_all_that_the_site_hands_out() -> None:
    assert set(option_codes(SITE)) >= {2, 3, 6, 15, 42}


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
    ("address", "client_id", "expected"),
    [
        ("172.20.70.100", "", []),
        ("172.20.70.5", "01:02:03", []),
        ("172.20.70.100", "01:02:03", ["promised 172.20.70.5 (reserved)"]),
        ("172.20.70.5", "", ["not one that is reserved for somebody else"]),
        ("172.20.70.6", "", []),  # by what a relay adds: the site does not show whose it is
        ("172.20.70.7", "", ["one of the pools"]),
    ],
)
def test_reservations_by_other_identifiers(
    tmp_path: Path, address: str, client_id: str, expected: list[str]
) -> None:
    site = changed(MORE, tmp_path)
    answer = {"server": "10.60.1.67", "address": address, "options": OPTIONS}
    broken = [
        promise
        for promise in broken_promises(site, answer, MAC, client_id)
        if promise.what == "address"
    ]
    assert len(broken) == len(expected)
    for promise, words in zip(broken, expected, strict=True):
        assert words in str(promise)


def test_a_global_reservation_counts_if_the_site_looks_there(tmp_path: Path) -> None:
    text = SITE_TEXT.replace(
        "  authoritative: true\n",
        "  authoritative: true\n  reservations-global: true\n"
        f'  reservations: [{{hw-address: "{MAC}", ip-address: 172.20.10.200}}]\n',
    )
    (tmp_path / "site.yaml").write_text(text)
    site = load_site(tmp_path / "site.yaml")
    answer = {"server": "10.60.1.67", "address": "172.20.10.130", "options": OPTIONS}
    assert [str(promise) for promise in broken_promises(site, answer, MAC)] == [
        "address: promised 172.20.10.200 (reserved), given 172.20.10.130"
    ]
    ignored = replace(site, dhcp4={**site.dhcp4, "reservations-global": False})
    assert list(broken_promises(ignored, answer, MAC)) == []


NAMES = b"\x05infra\x04labo\x00\x03sam\x03lan\x00"
POINTED = b"\x05infra\x04labo\x00\x03sam\xc0\x06"


def test_names_with_and_without_pointers(tmp_path: Path) -> None:
    subnet = changed(MORE, tmp_path).dhcp4["subnet4"][-1]
    assert list(options((subnet,))) == [(119, "domain-search", NAMES)]
    assert uncompressed(119, NAMES) == NAMES
    assert uncompressed(119, POINTED) == b"\x05infra\x04labo\x00\x03sam\x04labo\x00"
    assert readable(119, POINTED) == "infra.labo, sam.labo"
    answer = {"options": {"119": NAMES.hex(), "53": "02", "250": "ff"}}
    assert option_lines(answer) == ["domain-search: infra.labo, sam.lan", "250: ff"]


@drawn(st.binary(max_size=300), st.sampled_from([1, 3, 15, 51, 119, 121, 250]))
def test_every_value_is_readable(value: bytes, code: int) -> None:
    assert isinstance(readable(code, value), str)
    assert isinstance(uncompressed(code, value), bytes)


def test_a_server_that_is_not_the_sites_is_named_by_all_that_is_seen_of_it() -> None:
    own = {"server": "10.60.1.68", "source": "172.20.10.254", "hardware": "a"}
    rogue = {"server": "10.9.9.9", "source": "172.20.10.66", "hardware": "02:66:00:00:00:01"}
    nameless = {"server": "", "source": "", "hardware": ""}
    words = list(strangers(SITE, [own, rogue, rogue, nameless]))
    assert [sentence.partition(" answers clients")[0] for sentence in words] == [
        "10.9.9.9 (from 172.20.10.66, MAC 02:66:00:00:00:01)",
        "a server without an identifier",
    ]


def test_a_site_may_give_its_servers_another_identifier(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "inventories/lab/site.yaml").read_text()
    site = SITE.dhcp4["subnet4"]
    assert site
    assert "option-data:" in text
    subnet = {**site[0], "option-data": [{"name": "dhcp-server-identifier", "data": "10.0.0.5"}]}
    changed = replace(SITE, dhcp4={**SITE.dhcp4, "subnet4": [subnet]})
    assert identifiers(changed) == ["10.60.1.67", "10.60.1.68", "10.0.0.5"]
