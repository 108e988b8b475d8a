"""``keaprov import dhcpd``: option spaces that options hold, by dhcp-options(5)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.importing.dhcpd_cases import HOLDERS
from tests.importing.dhcpd_site import SUBNET, body, imported, kept

DEFINED = """\
option space s; option s.a code 1 = ip-address; option s.b code 2 = text;
option holder code 230 = encapsulate s;
"""


def test_an_option_holds_the_options_of_its_space(tmp_path: Path) -> None:
    dhcp4 = body(tmp_path, HOLDERS)
    assert dhcp4["option-data"] == [
        {"name": "site-options"},
        {"name": "mode", "space": "site", "data": "3"},
        {"name": "name", "space": "site", "data": "labo"},
    ]
    holder = {"name": "site-options", "code": 230, "type": "empty", "encapsulate": "site"}
    assert holder in dhcp4["option-def"]
    assert [subnet["option-data"] for subnet in dhcp4["subnet4"]] == [
        [{"name": "near-options"}, {"name": "server", "space": "near", "data": address}]
        for address in ("192.0.2.9", "198.51.100.9")
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('option s.b "x";' + SUBNET % "option s.a 192.0.2.1;", "those of one"),
        (
            SUBNET % 'option s.b "x"; pool { range 192.0.2.9; option s.a 192.0.2.1; }',
            "those of one",
        ),
        (SUBNET % "option s.a 192.0.2.1; option holder 01:04:c0:0:2:1;", "by its octets too"),
        (SUBNET % "if known { option s.a 192.0.2.1; }", "in a condition"),
    ],
)
def test_what_kea_would_not_send_is_named(text: str, reason: str, tmp_path: Path) -> None:
    result = imported(tmp_path, DEFINED + text)
    reasons = kept(result).values()
    assert reasons
    assert all(reason in words for words in reasons)


def test_octets_of_a_holder_need_no_definition(tmp_path: Path) -> None:
    result = imported(tmp_path, DEFINED + SUBNET % "option holder 01:04:c0:0:2:1;")
    (subnet,) = result.site["dhcp4"]["subnet4"]
    assert subnet["option-data"] == [{"code": 230, "csv-format": False, "data": "0104c0000201"}]
    names = [entry["name"] for entry in result.site["dhcp4"]["option-def"]]
    assert names == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("fqdn.no-client-update on", "ddns-override-client-update"),
        ("fqdn.rcode2 255", "option 81"),
        ("nwip.nsq-broadcast true", "write nwip-suboptions in hexadecimal"),
        ('agent.circuit-id "x"', "a relay sets it"),
        ("s.a 192.0.2.1", "in a class with `vendor-option-space s` only"),
    ],
)
def test_spaces_that_a_site_does_not_send(name: str, reason: str, tmp_path: Path) -> None:
    text = "option space s; option s.a code 1 = ip-address;" + SUBNET % f"option {name};"
    (words,) = kept(imported(tmp_path, text)).values()
    assert reason in words
