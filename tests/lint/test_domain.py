"""Domain names: their octets by RFC 1035, and how many octets Kea takes them for."""

from __future__ import annotations

import pytest

from keaprov.lint.domain import DomainError, read, taken, to_octets

LABEL = b"\x3f" + b"a" * 63


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        (b".", b"\0"),
        (b"@", b"\0"),
        (b"a", b"\1a\0"),
        (b"a.", b"\1a\0"),
        (b"a.bc", b"\1a\2bc\0"),
        (b"a.bc.", b"\1a\2bc\0"),
        (b"A-b_0", b"\5A-b_0\0"),
        (rb"a\.b", b"\3a.b\0"),
        (rb"a\046b", b"\3a.b\0"),
        (rb"a\000b", b"\3a\0b\0"),
        (rb"a\255.b", b"\2a\xff\1b\0"),
        (rb"\a", b"\1a\0"),
        (rb"a\[", b"\2a[\0"),
        (rb"a\\", b"\2a\\\0"),
        (rb"a.\046", b"\1a\1.\0"),
        (b"a" * 63, LABEL + b"\0"),
        (b".".join([b"a" * 63] * 3 + [b"a" * 61]), LABEL * 3 + b"\x3d" + b"a" * 61 + b"\0"),
    ],
)
def test_a_name_as_text(text: bytes, octets: bytes) -> None:
    r"""RFC 1035, 5.1: ``\`` and three digits are an octet, ``\`` and a letter that letter."""
    assert to_octets(text) == octets


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"..",
        b".a",
        b"a..b",
        b"a..",
        b"\\",
        b"a\\",
        rb"\[a",
        rb"a.\[b",
        rb"a\25",
        rb"a\2",
        rb"a\256",
        rb"a\25x",
        b"a" * 64,
        b".".join([b"a" * 63] * 3 + [b"a" * 62]),
    ],
)
def test_a_text_that_is_no_name(text: bytes) -> None:
    """RFC 1035, 2.3.4: labels have at most 63 octets, names 255."""
    with pytest.raises(DomainError) as raised:
        to_octets(text)
    assert raised.value.args == (text,)


@pytest.mark.parametrize(
    ("octets", "start", "name", "end"),
    [
        (b"\0", 0, b"\0", 1),
        (b"\1a\0", 0, b"\1a\0", 3),
        (b"\1a\0rest", 0, b"\1a\0", 3),
        (b"x\1a\0", 1, b"\1a\0", 4),
        (LABEL + b"\0", 0, LABEL + b"\0", 65),
        (b"\1a\0\xc0\0", 3, b"\1a\0", 5),
        (b"\1a\0\1b\xc0\0x", 3, b"\1b\1a\0", 7),
        (b"\1a\0\xc0\0\xc0\3", 5, b"\1a\0", 7),
        (b"x" * 256 + b"\1a\0\xc1\0", 259, b"\1a\0", 261),
        (LABEL * 3 + b"\x3d" + b"a" * 61 + b"\0", 0, LABEL * 3 + b"\x3d" + b"a" * 61 + b"\0", 255),
    ],
)
def test_a_name_in_octets(octets: bytes, start: int, name: bytes, end: int) -> None:
    """RFC 1035, 4.1.4: a pointer, 11 in its first two bits, leads to a name before it."""
    assert read(octets, start) == (name, end)


@pytest.mark.parametrize(
    ("octets", "start"),
    [
        (b"", 0),
        (b"\1", 0),
        (b"\1a", 0),
        (b"\2a", 0),
        (b"\2a\0", 0),
        (b"\x40" + b"a" * 64 + b"\0", 0),  # RFC 1035, 4.1.4: 01 and 10 are reserved
        (b"\x80\0\0", 0),
        (b"\xbf\0\0", 0),
        (b"\1a\0\xc0", 3),
        (b"\xc0\0", 0),
        (b"\1a\xc0\0", 0),
        (b"\xc0\2\1a\0", 0),
        (b"\1a\0\xc0\3", 3),
        (b"\1a\0\xc0\5\xc0\3", 3),
        (b"\xc0\2\xc0\0", 2),
        (LABEL * 3 + b"\x3e" + b"a" * 62 + b"\0", 0),
    ],
)
def test_octets_that_are_no_name(octets: bytes, start: int) -> None:
    with pytest.raises(DomainError):
        read(octets, start)


@pytest.mark.parametrize(
    ("octets", "size"),
    [
        (b"\0", 2),
        (b"\1a\0", 3),
        (b"\1a\2bc\0", 6),
        (b"\1.\0", 4),
        (b'\7"().;@$\0', 16),
        (b"\1\\\0", 4),
        (b"\1\x20\0", 6),
        (b"\1\x21\0", 3),
        (b"\1\x7e\0", 3),
        (b"\1\x7f\0", 6),
        (b"\2\0\xff\0", 10),
    ],
)
def test_the_octets_that_kea_takes_a_name_for(octets: bytes, size: int) -> None:
    """The letters of its text and one more (OptionCustom::bufferLength in Kea's source)."""
    assert taken(octets) == size
