"""Octets that make an option of each type, and those that do not; Kea's own forms of options."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint.config import Config
from keaprov.lint.definitions import Definition, Definitions
from keaprov.lint.octets import fit

OWN = "inner"
"""A space of sub-options that the configuration defines: 1 is a number, 12 a text."""
BODY = {
    "option-def": [
        {"name": "number", "code": 1, "space": OWN, "type": "uint32"},
        {"name": "word", "code": 12, "space": OWN, "type": "string"},
        {"name": "end", "code": 255, "space": "marked", "type": "uint8"},
        {"name": "private", "code": 224, "type": "uint32"},
    ]
}
KNOWN = Definitions(Config(BODY))


def of_type(*types: str, array: bool = False, inner: str = "", code: int = 224) -> Definition:
    """Return a definition of one's own."""
    return Definition("dhcp4", "mine", code, types, array, inner)


def fits(digits: str, *types: str, **more: Any) -> bool:
    return fit(of_type(*types, **more), bytes.fromhex(digits), KNOWN)


def standard_fits(digits: str, name: str, space: str = "dhcp4") -> bool:
    """Whether one of Kea's own options takes these octets."""
    definition = KNOWN.find(space, name)
    assert definition is not None
    return fit(definition, bytes.fromhex(digits), KNOWN)


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("boolean", 1), ("int8", 1), ("uint8", 1), ("int16", 2), ("uint16", 2), ("int32", 4),
        ("uint32", 4), ("ipv4-address", 4), ("ipv6-address", 16), ("psid", 3),
    ],
)  # fmt: skip
def test_a_field_of_a_fixed_size(kind: str, size: int) -> None:
    """Kea ARM, List of Standard DHCP Option Types; RFC 2132; RFC 7618, section 9, for the PSID."""
    assert not fits("01" * (size - 1), kind)
    assert fits("01" * size, kind)
    assert fits("01" * (size + 1), kind), "Kea reads the field and ignores the rest"


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "uint16", "int32", "uint32"])
def test_an_array_of_numbers_has_whole_numbers_and_one_at_least(kind: str) -> None:
    """RFC 2132, 4.6: the plateau table has one size at least, its length is a multiple of 2."""
    size = int(kind.strip("uint")) // 8
    assert not fits("", kind, array=True)
    for count in (1, 2, 3):
        assert fits("01" * size * count, kind, array=True)
        assert size == 1 or not fits("01" * (size * count + 1), kind, array=True)


@pytest.mark.parametrize(("kind", "size"), [("ipv4-address", 4), ("ipv6-address", 16)])
def test_an_array_of_addresses_has_whole_addresses(kind: str, size: int) -> None:
    """RFC 2132, 3.5: the length is a multiple of 4."""
    for length in (0, size, 2 * size):
        assert fits("01" * length, kind, array=True)
    for length in (1, size - 1, size + 1, 2 * size - 1):
        assert not fits("01" * length, kind, array=True)


@pytest.mark.parametrize(
    ("digits", "kind", "good"),
    [
        ("", "boolean", False),
        ("01", "boolean", True),
        ("0100", "boolean", True),
        ("0400", "psid", False),
        ("040000", "psid", True),
        ("0400000400", "psid", True),  # Kea drops the half of a field at the end
        ("", "ipv6-prefix", True),
        ("2020010db8", "ipv6-prefix", True),
        ("2020010db8100a", "ipv6-prefix", False),
        ("2020010db881", "ipv6-prefix", False),
        ("", "fqdn", False),
        ("016100", "fqdn", True),
        ("016100016200", "fqdn", True),
        ("016100c000", "fqdn", True),  # RFC 1035, 4.1.4: a pointer to a name before it
        ("0161000162", "fqdn", False),
        ("016100c003", "fqdn", False),
        ("012800", "fqdn", True),
        ("012800016100", "fqdn", False),  # Kea takes ( for two octets, and reads on in a label
        ("", "tuple", True),
        ("0161", "tuple", True),
        ("01610162", "tuple", True),
        ("0161026263", "tuple", True),
        ("01610262", "tuple", False),
        ("00", "tuple", True),
    ],
)
def test_an_array(digits: str, kind: str, good: bool) -> None:
    """Kea ARM, Custom DHCPv4 Options: the field comes again until the octets end."""
    assert fits(digits, kind, array=True) is good


@pytest.mark.parametrize(
    ("digits", "good"),
    [
        ("", False),
        ("00", False),
        ("0000", False),
        ("61", True),
        ("6100", True),
    ],
)
def test_a_text_has_a_letter(digits: str, good: bool) -> None:
    """RFC 2132, section 2: a text has one letter at least, and a NUL at its end is dropped."""
    assert fits(digits, "string") is good


@pytest.mark.parametrize("kind", ["binary", "internal"])
@pytest.mark.parametrize("digits", ["", "00", "ff" * 300])
def test_binary_takes_everything(kind: str, digits: str) -> None:
    assert fits(digits, kind)


@pytest.mark.parametrize(
    ("digits", "good"),
    [
        ("016100", True),
        ("016103627a2e00", False),  # the last label holds a dot: its text has one letter more
        ("01610162", False),
        ("0161", False),
        ("0161c000", False),
        ("", False),
        ("00", False),
        ("0128000000", True),
        ("012800", False),  # Kea counts the text \( of the label (OptionCustom::bufferLength)
        ("3f" + "61" * 63 + "00", True),
        ("40" + "61" * 64 + "00", False),
    ],
)
def test_a_name(digits: str, good: bool) -> None:
    """RFC 1035, 3.1: labels of at most 63 octets, and an empty label at the end."""
    assert fits(digits, "fqdn") is good


@pytest.mark.parametrize(
    ("digits", "good"),
    [
        ("0161", True),
        ("0000", True),
        ("0261", False),
        ("", False),
        ("00", False),  # Kea reads behind an empty text at the end, and aborts
        ("ff" + "61" * 255, True),
        ("ff" + "61" * 254, False),
    ],
)
def test_a_tuple(digits: str, good: bool) -> None:
    """Kea ARM, List of Standard DHCP Option Types: a length of one octet, then the data."""
    assert fits(digits, "tuple") is good


@pytest.mark.parametrize(
    ("length", "octets"),
    [(0, 0), (1, 1), (7, 1), (8, 1), (9, 2), (16, 2), (17, 3), (127, 16), (128, 16)],
)
def test_a_prefix_has_the_octets_of_its_length(length: int, octets: int) -> None:
    """RFC 7598, 4.1: the prefix has as many octets as its length needs, and no more."""
    assert fits(f"{length:02x}" + "20" * octets, "ipv6-prefix")
    assert octets == 0 or not fits(f"{length:02x}" + "20" * (octets - 1), "ipv6-prefix")


def test_kea_takes_a_prefix_of_more_than_128_bits() -> None:
    """PrefixLen checks nothing, against its comment (option_data_types.h)."""
    assert fits("81" + "20" * 17, "ipv6-prefix")
    assert not fits("81" + "20" * 16, "ipv6-prefix")
    assert not fits("", "ipv6-prefix")


@pytest.mark.parametrize(
    ("digits", "types", "array", "good"),
    [
        ("01c0000201", ("uint8", "ipv4-address"), False, True),
        ("01c00002", ("uint8", "ipv4-address"), False, False),
        ("01", ("uint8", "ipv4-address"), False, False),
        ("01", ("uint8", "ipv6-prefix"), False, True),
        ("0120", ("uint8", "ipv6-prefix"), False, False),
        ("0100", ("uint8", "ipv6-prefix"), False, True),
        ("01", ("uint8", "string"), False, True),
        ("0161", ("uint8", "string"), False, True),
        ("01", ("uint8", "binary"), False, True),
        ("c0000201", ("uint8", "ipv4-address"), True, False),
        ("01c0000201", ("uint8", "ipv4-address"), True, True),
        ("01c0000201c00002", ("uint8", "ipv4-address"), True, True),
        ("01016100016200", ("uint8", "fqdn"), True, True),
        ("010161000162", ("uint8", "fqdn"), True, False),
        ("0161000505", ("fqdn", "uint8"), True, True),
        ("016100", ("fqdn", "uint8"), True, False),
    ],
)
def test_a_record(digits: str, types: tuple[str, ...], array: bool, good: bool) -> None:
    """Kea ARM, Custom DHCPv4 Options: every field in turn; of an array the last comes again."""
    assert fits(digits, *types, array=array) is good


@pytest.mark.parametrize(
    ("digits", "good"),
    [
        ("010400000001", True),
        ("0103000000", False),
        ("0101000103000000", True),  # RFC 3396: the parts of an option are one
        ("01010001020000", False),
        ("010400000001ff", True),
        ("0104", True),  # Kea leaves out what the octets end within
        ("01040000000101", True),
        ("0104000000010103000000", True),
        ("0c00", True),  # an empty text is left out
        ("0c000103000000", False),
        ("0103ff00000c00", False),
        ("ff000103000000", False),  # no end mark in a space of one's own
        ("00000103000000", False),
        ("020103", True),
    ],
)
@pytest.mark.parametrize("kind", ["empty", "uint8", "boolean"])
def test_suboptions_of_ones_own(digits: str, good: bool, kind: str) -> None:
    """Kea ARM, DHCPv4 Vendor-Specific Options: each has a code, a length and its value."""
    field = "" if kind == "empty" else "01"
    assert fits(field + digits, kind, inner=OWN) is good


def test_an_option_without_a_space_has_no_suboptions() -> None:
    assert fits("0103000000", "empty")
    assert fits("010103000000", "uint8")


@pytest.mark.parametrize(
    ("digits", "good"),
    [
        ("010400000001", True),
        ("0103000000", False),
        ("00010400000001", True),
        ("000103000000", False),
        ("ff0103000000", True),
        ("00ff0103000000", True),
        ("0104000000010103000000ff", True),
    ],
)
def test_suboptions_of_option_43_have_marks(digits: str, good: bool) -> None:
    """RFC 2132, 8.4: the code 255 ends them; Kea takes the code 0 as padding there too."""
    assert fits(digits, "empty", inner=OWN, code=43) is good


def test_a_defined_code_is_no_mark() -> None:
    """Kea ARM, DHCPv4 Vendor-Specific Options: a definition of 255 makes it a sub-option."""
    for digits, good in (("ff00", False), ("ff0101", True), ("00ff00", False)):
        assert fits(digits, "empty", inner="marked", code=43) is good


@pytest.mark.parametrize(
    ("digits", "good"),
    [
        ("0104ffffff00", True),
        ("0103ffffff", False),
        ("000104ffffff00", True),
        ("000103ffffff", False),
        ("ff0103ffffff", True),
        ("0c00", True),
        ("0c0161", True),
        ("e003000000", True),  # a class may define it: Kea reads it later
        ("7c0100", True),
        ("7d0100", True),
        ("5101", True),
        ("510100", False),
    ],
)
def test_options_within_an_option(digits: str, good: bool) -> None:
    """A space of one's own may hold the options of the space dhcp4 (RFC 2132, section 2)."""
    option = Definition("mine", "holder", 1, ("empty",), False, "dhcp4")
    assert fit(option, bytes.fromhex(digits), KNOWN) is good
