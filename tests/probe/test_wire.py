"""Options from a site's text to octets, and from octets to text."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.promise.wire import name_of, options, readable, uncompressed


def encoded(**entry: Any) -> list[tuple[int, str, str]]:
    scope = {"option-data": [entry]}
    return [(code, name, value.hex()) for code, name, value in options((scope,))]


@pytest.mark.parametrize(
    ("entry", "code", "octets"),
    [
        ({"name": "routers", "data": "10.0.0.1, 10.0.0.2"}, 3, "0a0000010a000002"),
        ({"code": 3, "data": " 10.0.0.1 "}, 3, "0a000001"),
        ({"name": "subnet-mask", "data": " 255.255.0.0 "}, 1, "ffff0000"),
        ({"name": "time-offset", "data": "-3600"}, 2, "fffff1f0"),
        ({"name": "time-offset", "data": "0x10"}, 2, "00000010"),
        ({"name": "interface-mtu", "data": "1500"}, 26, "05dc"),
        ({"name": "default-ip-ttl", "data": "255"}, 23, "ff"),
        ({"name": "path-mtu-plateau-table", "data": "68,  1500"}, 25, "004405dc"),
        ({"name": "ip-forwarding", "data": " True "}, 19, "01"),
        ({"name": "ip-forwarding", "data": "1"}, 19, "01"),
        ({"name": "ip-forwarding", "data": "false"}, 19, "00"),
        ({"name": "domain-name", "data": "a, b"}, 15, b"a, b".hex()),
        ({"name": "domain-search", "data": "a.b, c."}, 119, "016101620001" + "6300"),
        ({"name": "routers", "data": "10.0.0.1", "space": "dhcp4"}, 3, "0a000001"),
        ({"name": "routers", "data": "10.0.0.1", "always-send": True}, 3, "0a000001"),
        ({"name": "routers", "data": "10.0.0.1", "csv-format": True}, 3, "0a000001"),
        ({"name": "routers", "data": "10.0.0.1", "client-classes": []}, 3, "0a000001"),
    ],
)
def test_what_the_site_writes(entry: dict[str, Any], code: int, octets: str) -> None:
    assert encoded(**entry) == [(code, name_of(code), octets)]


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "routers", "data": "10.0.0.1", "space": "mine"},
        {"name": "routers", "data": "10.0.0.1", "never-send": True},
        {"name": "routers", "data": "0a000001", "csv-format": False},
        {"name": "routers", "data": "10.0.0.1", "client-classes": ["a"]},
        {"name": "routers"},
        {"name": "routers", "data": "x"},
        {"name": "default-ip-ttl", "data": "256"},
        {"name": "interface-mtu", "data": "x"},
        {"name": "domain-search", "data": f"{'a' * 256}.b"},
        {"name": "own", "data": "1"},
        {"code": 250, "data": "1"},
        {"name": "vendor-encapsulated-options", "data": "01"},
        {"name": "slp-directory-agent", "data": "true, 10.0.0.1"},
    ],
)
def test_what_is_not_promised(entry: dict[str, Any]) -> None:
    """Another space, not for all clients, not as text, or of a type that keaprov does not write."""
    assert encoded(**entry) == []


def test_scopes_in_turn() -> None:
    router = {"name": "routers", "data": "10.0.0.1"}
    scopes: tuple[dict[str, Any], ...] = (
        {"option-data": [router]},
        {},
        {"option-data": None},
        {"option-data": [router]},
    )
    assert [code for code, _, _ in options(scopes)] == [3, 3]


@pytest.mark.parametrize(
    ("code", "octets", "text"),
    [
        (3, None, "none"),
        (3, "0a0000010a000002", "10.0.0.1, 10.0.0.2"),
        (3, "0a00", "0a00"),
        (2, "fffff1f0", "-3600"),
        (51, "fffff1f0", "4294963696"),
        (26, "05dc", "1500"),
        (26, "05", "05"),
        (15, b"infra.labo".hex(), "infra.labo"),
        (15, "ff", "ff"),
        (119, "016101620001" + "6300", "a.b, c"),
        (43, "0102", "0102"),
        (250, "61", "61"),
    ],
)
def test_for_people(code: int, octets: str | None, text: str) -> None:
    assert readable(code, None if octets is None else bytes.fromhex(octets)) == text


def test_options_without_a_name() -> None:
    assert (name_of(3), name_of(250)) == ("routers", "250")


LABEL = bytes((63,)) + b"x" * 63


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (b"", b""),
        (b"\x01a\x00", b"\x01a\x00"),
        (b"\x01a\x00\x01b\xc0\x00", b"\x01a\x00\x01b\x01a\x00"),
        (b"\xc0\x02\x01a\x00", b"\x01a\x00\x01a\x00"),
        (b"\x01a\x01b\x00\xc0\x02", b"\x01a\x01b\x00\x01b\x00"),
        (b"\x01a", b"\x01a\x00"),
        (b"\x05ab", b"\x02ab\x00"),
        (LABEL + b"\x00", LABEL + b"\x00"),
    ],
)
def test_pointers_of_names(value: bytes, names: bytes) -> None:
    """A pointer is two octets, the first from 0xC0 on: the offset of the rest (RFC 1035, 4.1.4)."""
    assert uncompressed(119, value) == names
    assert uncompressed(3, value) == value
    assert uncompressed(119, None) is None


def test_a_circle_of_pointers_ends() -> None:
    """128 labels at most (RFC 1035, 2.3.4)."""
    assert uncompressed(119, b"\x01a\xc0\x00") == b"\x01a" * 128 + b"\x00"
    assert uncompressed(119, b"\xc0\x00") == b"\x00"
