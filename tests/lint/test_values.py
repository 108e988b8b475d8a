"""Values of options as text: what a field of each type takes, what a message says of others."""

from __future__ import annotations

import pytest

from keaprov.lint.config import Config
from keaprov.lint.definitions import Definition, Definitions
from keaprov.lint.values import misfit, misfit_octets

KNOWN = Definitions(Config({}))
RECORD = ("uint8", "string")


def of_type(*types: str, array: bool = False, inner: str = "") -> Definition:
    """Return a definition of one's own."""
    return Definition("dhcp4", "mine", 224, types, array, inner)


def refusal(data: str, *types: str, array: bool = False) -> str:
    return misfit(of_type(*types, array=array), data, KNOWN)


def standard(name: str) -> Definition:
    """Return one of Kea's own definitions."""
    definition = KNOWN.find("dhcp4", name)
    assert definition is not None
    return definition


@pytest.mark.parametrize(
    ("kind", "lowest", "highest"),
    [
        ("uint8", 0, 255),
        ("uint16", 0, 65535),
        ("uint32", 0, 4294967295),
        ("int8", -128, 127),
        ("int16", -32768, 32767),
        ("int32", -2147483648, 2147483647),
    ],
)
def test_a_number_is_in_the_range_of_its_type(kind: str, lowest: int, highest: int) -> None:
    """Kea ARM, List of Standard DHCP Option Types."""
    for number in (lowest, lowest + 1, highest - 1, highest):
        assert refusal(str(number), kind) == ""
    for number in (lowest - 1, highest + 1, 1 << 62, 1 << 64):
        words = f"mine takes a number from {lowest} to {highest}, not '{number}'"
        assert refusal(str(number), kind) == words


@pytest.mark.parametrize(
    ("kind", "good", "wrong"),
    [
        ("uint8", "5 +5 05 -0 a ff FF 0x5 0X5 0xff +0xff",
         "0x100 -1 -0x1 x 0x 5x 5.0 1e3 --5 9223372036854775808"),
        ("int8", "-1 -0x1 -0x80 -80 7f", "0x80 80x -0x81 ff"),
        ("uint16", "01f4 0x01f4 fff", "0x10000 g"),
        ("boolean", "true TRUE False 0 1 +1 -0 00 01", "2 -1 yes 0x1 t"),
        ("ipv4-address", "10.0.0.1 0.0.0.0 255.255.255.255", "10.0.0 10.0.0.256 10.0.0.1/8 a"),
        ("ipv6-address", "2001:db8::1 :: ::192.0.2.1", "::g ::1/64 1::2::3 192.0.2.1"),
        ("ipv6-prefix", "2001:db8::/32 ::/0 ::/1 ::/128 2001:db8::/0x20 ::/129 ::/255",
         "2001:db8:: ::/256 ::/-1 ::/ ::/x 2001/16 ::g/8 /8 192.0.2.0/24"),
        ("psid", "0/0 65535/0 0/1 1/1 3/2 15/4 0xf/4 0/16 65535/16",
         "1/17 0/-1 2/1 4/2 16/4 -1/4 -1/0 65536/0 65536/16 3 3/ /4 x/4 3/x"),
        ("binary", "00 0a0b 0A0B ff", "0 0a0 0g 0x0a 0a:0b"),
        ("fqdn", r"a a.example a.example. a\[b", r"a..b .a a\ a\256 a\25 \[b ."),
        ("string", "a ' 0", ""),
        ("tuple", "a 0", ""),
    ],
)  # fmt: skip
def test_a_field_of_each_type(kind: str, good: str, wrong: str) -> None:
    """Kea ARM, List of Standard DHCP Option Types; the notations are those Kea's reader takes."""
    for text in good.split():
        assert refusal(text, kind) == "", text
    for text in wrong.split():
        assert refusal(text, kind) == f"mine takes {WORDS[kind]}, not {text!r}"


WORDS = {
    "uint8": "a number from 0 to 255",
    "uint16": "a number from 0 to 65535",
    "int8": "a number from -128 to 127",
    "boolean": "true or false",
    "ipv4-address": "an IPv4 address",
    "ipv6-address": "an IPv6 address",
    "ipv6-prefix": "an IPv6 prefix (2001:db8::/32)",
    "psid": "a port set (PSID/length)",
    "binary": "hexadecimal digits (0a0b0c)",
    "fqdn": "a domain name",
}


@pytest.mark.parametrize(
    ("data", "types", "array", "words"),
    [
        ("", ("uint8",), False, "mine needs a value: a number from 0 to 255"),
        (" , ,", ("uint8",), False, "mine takes a number from 0 to 255, not ''"),
        (",,", ("uint8",), False, "mine needs a value: a number from 0 to 255"),
        ("", ("ipv4-address",), True, ""),
        ("", ("empty",), False, ""),
        ("", ("internal",), False, "mine needs a value"),
        ("x", ("internal",), False, ""),
        ("x", ("empty",), False, "mine takes sub-options or, with csv-format: false, octets in "
         "hexadecimal, not 'x'"),
        ("", ("uint8",), True, "mine takes a number from 0 to 255 (one or more), not ''"),
        ("1, 256", ("uint8",), True, "mine takes a number from 0 to 255, not '256'"),
        ("", RECORD, False, "mine takes 2 values (a number from 0 to 255, text), not 0"),
        ("1", RECORD, False, "mine takes 2 values (a number from 0 to 255, text), not 1"),
        ("1, a", RECORD, False, ""),
        ("x, 1", RECORD, False, "mine takes a number from 0 to 255, not 'x'"),
        ("1, 10.0.0.1, x", ("uint8", "ipv4-address"), True, "mine takes an IPv4 address, not 'x'"),
        ("1, 10.0.0.1, x", ("uint8", "ipv4-address"), False, ""),
        (" 1 ,\t2\n", ("uint8",), True, ""),
        ("2001:db8:: / 32", ("ipv6-prefix",), False, ""),
        ("3 /\t4", ("psid",), False, ""),
        ("0a 0b\t0c", ("binary",), False, ""),
        ("a" * 63, ("fqdn",), False, ""),
        ("a" * 64, ("fqdn",), False, f"mine takes a domain name, not '{'a' * 57}…'"),
        ("a" * 255, ("tuple",), False, ""),
        ("a" * 256, ("tuple",), False, f"mine takes text, not '{'a' * 57}…'"),
        ("é" * 128, ("tuple",), False, f"mine takes text, not '{'é' * 57}…'"),
        ("2001:db8:ff00::/32, a", ("ipv6-prefix", "fqdn"), False, ""),
        (".", ("fqdn",), True, ""),
        ("@", ("fqdn",), True, ""),
        (r"a\\.b", ("fqdn",), True, ""),
    ],
)  # fmt: skip
def test_fields(data: str, types: tuple[str, ...], array: bool, words: str) -> None:
    """Kea ARM, Custom DHCPv4 Options: commas part the fields, blanks around them do not count."""
    assert refusal(data, *types, array=array) == words


@pytest.mark.parametrize(
    ("name", "data", "good"),
    [
        ("fqdn", "1, 0, 0, a.example.", True),
        ("fqdn", "8, 0, 0, a.example.", True),
        ("fqdn", "9, 0, 0, a.example.", False),
        ("vivco-suboptions", "4491, 03616263", True),
        ("vivco-suboptions", "4491, 04616263", False),
        ("vivco-suboptions", "4491, 0161 0000118b 0162", True),
        ("vivco-suboptions", "4491, 0161 8b110000 0162", False),
        ("slp-service-scope", "false, a", True),
        ("slp-service-scope", "TRUE, a", True),
        ("slp-directory-agent", "1, 10.0.0.1", True),
        ("v4-portparams", "6, 3/4", True),
        ("v4-sztp-redirect", "a, " + "b" * 256, True),
        ("v4-sztp-redirect", "a" * 65535, True),
        ("v4-sztp-redirect", "a" * 65536, False),
        ("domain-search", ".".join(["a" * 49] * 5), True),
        ("domain-search", ".".join(["a" * 50] * 5), False),
        ("classless-static-route", "0.0.0.0/0 - 10.0.0.1", True),
        ("classless-static-route", "10.0.0.0/32 - 10.0.0.1", True),
        ("classless-static-route", "10.0.0.0/33 - 10.0.0.1", False),
        ("classless-static-route", "10.0.0.0/8-10.0.0.1,10.1.0.0/16 - 10.0.0.2", True),
        ("classless-static-route", "10.0.0.0/8 - 10.0.0.1, 10.1.0.0/16", False),
        ("classless-static-route", "10.0.0.0 - 10.0.0.1", False),
        ("classless-static-route", "10.0.0/8 - 10.0.0.1", False),
        ("classless-static-route", "10.0.0.0/8 - 10.0.0", False),
        ("classless-static-route", "10.0.0.0/8 - 10.0.0.1 - 10.0.0.2", False),
        ("classless-static-route", "10.0.0.0/x - 10.0.0.1", False),
        ("classless-static-route", "10.0.0.0/-1 - 10.0.0.1", False),
        ("classless-static-route", "10.0.0.0/+8 - 10.0.0.1", True),
        ("classless-static-route", "-", False),
        ("classless-static-route", " ", False),
        ("v4-dnr", "1, a.example., 10.0.0.1, port=853", True),
        ("v4-dnr", "1, a.example., 10.0.0.1, port=853, x", False),
        ("v4-dnr", r"1, a.example., 10.0.0.1, alpn=dot\,doq", True),
    ],
)
def test_options_of_kea(name: str, data: str, good: bool) -> None:
    """RFC 4702, 3925, 2610, 7618, 8572, 3397, 3442 and 9463; their forms are in test_octets."""
    words = misfit(standard(name), data, KNOWN)
    assert (words == "") is good, words


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("10.0.0.0/8 - 10.0.0.1,x - y", "x - y"),
    ],
)
def test_a_route_that_is_none_is_named(data: str, text: str) -> None:
    """Kea ARM, Classless Static Route Option: a network, a dash, a router."""
    words = f"{text!r} is not a route: write 10.0.0.0/8 - 172.20.10.254"
    assert misfit(standard("classless-static-route"), data, KNOWN) == words


@pytest.mark.parametrize(
    ("types", "array", "octets", "words"),
    [
        (("uint8",), False, b"", "0 octets do not make mine: a number from 0 to 255"),
        (("uint8",), False, b"\1", ""),
        (("uint16",), True, b"123", "3 octets do not make mine: a number from 0 to 65535 "
         "(one or more)"),
        (RECORD, False, b"", "0 octets do not make mine: a number from 0 to 255, text"),
        (("x", "uint8"), False, b"", "0 octets do not make mine: x, a number from 0 to 255"),
    ],
)  # fmt: skip
def test_octets_that_do_not_fit(
    types: tuple[str, ...], array: bool, octets: bytes, words: str
) -> None:
    assert misfit_octets(of_type(*types, array=array), octets, KNOWN) == words
