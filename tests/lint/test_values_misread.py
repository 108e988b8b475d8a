"""Values that Kea takes and clients get otherwise: what the message and the cure say."""

from __future__ import annotations

import pytest

from keaprov.lint.definitions import Definition
from keaprov.lint.values import misread, short

NUMBER = "mine takes a number from 0 to 255"


def of_text(data: str, *types: str, array: bool = False) -> tuple[str, str]:
    return misread(Definition("dhcp4", "mine", 224, types, array), data)


@pytest.mark.parametrize(
    ("data", "types", "array"),
    [
        ("1", ("uint8",), False),
        ("1, 2, 3", ("uint8",), True),
        ("+1", ("int8",), False),
        ("-1", ("int8",), False),
        ("0x1f", ("uint16",), False),
        ("0X1F", ("uint32",), False),
        ("10.0.0.1", ("ipv4-address",), False),
        ("10.0.0.1, 10.0.0.2", ("ipv4-address",), True),
        ("2001:db8::1", ("ipv6-address",), False),
        ("::/128", ("ipv6-prefix",), False),
        ("a.example", ("fqdn",), False),
        ("a-b.example.", ("fqdn",), True),
        (".", ("fqdn",), False),
        ("@", ("fqdn",), False),
        ("a", ("string",), False),
        (r"a\,b", ("string",), False),
        ("1, a", ("uint8", "string"), False),
        ("1, a, b", ("uint8", "string"), True),
        ("", ("empty",), False),
        ("", ("internal",), False),
        ("a, b", ("internal",), False),
    ],
)
def test_clients_get_what_is_written(data: str, types: tuple[str, ...], array: bool) -> None:
    assert of_text(data, *types, array=array) == ("", "")


@pytest.mark.parametrize(
    ("data", "types", "array", "message", "hint"),
    [
        ("", ("ipv4-address",), True,
         "mine needs a value: an IPv4 address (one or more)", "Kea would send an empty option."),
        (",", ("uint8", "string"), False,
         "mine needs a value: a number from 0 to 255, text", "Kea would send an empty option."),
        ("1, 2", ("uint8",), False, f"{NUMBER}: Kea drops what follows '1'", ""),
        ("1, a, b", ("uint8", "string"), False,
         f"{NUMBER}, text: Kea drops what follows '1, a'", r"Write a comma within a text as \,."),
        ("a,b", ("string",), False,
         "mine takes text: Kea drops what follows 'a'", r"Write a comma within a text as \,."),
        ("a, b, c", ("tuple",), False, "mine takes text: Kea drops what follows 'a'", ""),
        ("::/129", ("ipv6-prefix",), False,
         "mine takes an IPv6 prefix (2001:db8::/32), not '::/129'",
         "A prefix has 128 bits at most."),
        ("::/128, ::/0xff", ("ipv6-prefix",), True,
         "mine takes an IPv6 prefix (2001:db8::/32), not '::/0xff'",
         "A prefix has 128 bits at most."),
        ("2001:db8::1", ("ipv4-address",), False,
         "mine takes an IPv4 address, not '2001:db8::1'", ""),
        ("10.0.0.1, ::1", ("ipv4-address",), True, "mine takes an IPv4 address, not '::1'", ""),
        ("1f", ("uint8",), False, f"{NUMBER}, not '1f'", "Write 31, or 0x1f."),
        ("-f", ("int8",), False,
         "mine takes a number from -128 to 127, not '-f'", "Write -15, or -0xf."),
        ("+F", ("uint8",), False, f"{NUMBER}, not '+F'", "Write 15, or +0xF."),
        ("1, ff", ("uint8",), True, f"{NUMBER}, not 'ff'", "Write 255, or 0xff."),
        ("a b", ("fqdn",), True,
         "'a b' is not a host name: clients get no name, or another one",
         "Separate names by commas."),
        ("a, b$", ("fqdn",), True,
         "'b$' is not a host name: clients get no name, or another one", ""),
        ("é", ("fqdn",), False,
         "'é' is not a host name: clients get no name, or another one", ""),
    ],
)  # fmt: skip
def test_clients_get_something_else(
    data: str, types: tuple[str, ...], array: bool, message: str, hint: str
) -> None:
    """Kea ARM, Custom DHCPv4 Options; OptionDefinition::writeToBuffer in Kea's source."""
    assert of_text(data, *types, array=array) == (message, hint)


@pytest.mark.parametrize(
    ("letter", "plain"),
    [("!", True), ("~", True), ("-", True), ("_", True), (r"\032", False), (r"\127", False),
     (r"\128", False), (r"\033", True), (r"\126", True), ('"', False), ("(", False), (")", False),
     (r"\.", False), (";", False), (r"\\\\", False), (r"\@", False), ("$", False)],
)  # fmt: skip
def test_letters_that_the_text_of_a_name_escapes(letter: str, plain: bool) -> None:
    """RFC 1035, 5.1: such letters and those that cannot be printed; Kea counts the escapes."""
    message, _ = of_text(f"a{letter}b", "fqdn", array=True)
    assert (message == "") is plain


def test_a_long_value_is_shortened() -> None:
    assert short("a" * 60) == repr("a" * 60)
    assert short("a" * 61) == repr("a" * 57 + "…")
