"""Options of dhcpd as Kea's option-data: their values, and the definitions that they need."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from keaprov.importing.dhcpd.formats import DHCP, Format
from keaprov.importing.dhcpd.lexer import Kind, Token
from keaprov.importing.dhcpd.tree import Untranslatable
from keaprov.lint.config import Config
from keaprov.lint.definitions import Definition, Definitions, builtin, is_space_name
from keaprov.lint.values import misfit, misfit_octets

TYPES = {"I": "ipv4-address", "6": "ipv6-address", "f": "boolean", "t": "string", "X": "binary",
         "d": "fqdn", "D": "fqdn", "Z": "empty", "B": "uint8", "b": "int8", "S": "uint16",
         "s": "int16", "L": "uint32", "l": "int32"}  # fmt: skip
"""Kea's types by the letters of dhcpd's formats."""
_BITS = {"b": 8, "s": 16, "l": 32}
_FLAGS = {"true": 1, "on": 1, "false": 0, "off": 0}
_TEXT = re.compile(r"(?! )[ -~]+(?<! )\Z")
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_-]+)*\.?\Z")
NUMBER = re.compile(r"-?(?:0[xX][0-9A-Fa-f]+|[0-9]+)\Z")
_ADDRESS = 7
"""Tokens of an IPv4 address: four numbers and three points."""


@dataclass(frozen=True)
class Value:
    """One field of an option: Kea's type, Kea's text ("" if it has none), and the octets."""

    kind: str
    text: str
    octets: bytes


_LONGEST = 40
"""Characters of a number: no number of dhcpd's has more."""


def number(token: Token) -> int:
    """Return a whole number as dhcpd reads it: 0x is hexadecimal, a leading 0 is octal.

    Raises Untranslatable if the token is not a number.
    """
    text = token.text.lower()
    if token.kind is not Kind.WORD or not NUMBER.match(text) or len(text) > _LONGEST:
        raise Untranslatable(f"{token.text[:_LONGEST]!r} is not a number")
    digits = text.lstrip("-")
    base = 16 if digits.startswith("0x") else 8 if len(digits) > 1 and digits[0] == "0" else 10
    try:
        return int(text, base)
    except ValueError:
        raise Untranslatable(f"{token.text!r} is not a number") from None


def address(words: Sequence[Token]) -> IPv4Address:
    """Return the IPv4 address that seven tokens are. Raises Untranslatable if they are none."""
    text = "".join(token.text for token in words[:_ADDRESS])
    try:
        return IPv4Address(text)
    except ValueError:
        if any(letter.isalpha() for letter in text):
            words_ = "".join(token.text for token in words)
            reason = f"{words_.partition(',')[0]} is a name: write its address"
            raise Untranslatable(reason) from None
        raise Untranslatable(f"{text} is not an IPv4 address") from None


def hexadecimal(words: Sequence[Token]) -> bytes:
    """Return the octets of ``0a:1:ff``. Raises Untranslatable if the tokens are not that."""
    digits, colons = words[::2], words[1::2]
    fits = len(digits) == len(colons) + 1 and all(token.is_sign(":") for token in colons)
    if not fits or not all(re.fullmatch("[0-9A-Fa-f]{1,2}", token.text) for token in digits):
        raise Untranslatable("the octets are not written as 0a:1:ff")
    return bytes(int(token.text, 16) for token in digits)


def octets(words: Sequence[Token]) -> bytes:
    """Return the octets of a string, or of ``0a:1:ff``. Raises Untranslatable if it is neither."""
    if len(words) == 1 and words[0].kind is Kind.STRING:
        return words[0].text.encode("latin-1")
    return hexadecimal(words)


def values(option: Format, words: Sequence[Token]) -> list[Value]:
    """Return the fields of an option's value; Untranslatable with the reason if it cannot."""
    reader = _Reader(words)
    if len(words) > 1 and words[0].is_sign("="):
        return [reader.constant()]
    listed: list[Value] = []
    while True:
        listed += [value for letter in option.fields for value in reader.field(letter)]
        if reader.at == len(words):
            return listed
        if not reader.comma() or not option.repeats:
            raise Untranslatable("the value does not fit the type of the option")
        while option.repeats == "a":
            listed += reader.field(option.fields[-1])
            if reader.at == len(words):
                return listed
            if not reader.comma():
                raise Untranslatable("the value does not fit the type of the option")


class _Reader:
    """Reads the fields of a value from left to right."""

    def __init__(self, words: Sequence[Token]) -> None:
        self.words = words
        self.at = 0

    def take(self, count: int = 1) -> Sequence[Token]:
        taken = self.words[self.at : self.at + count]
        if not taken:
            raise Untranslatable("the value ends too early")
        self.at += len(taken)
        return taken

    def comma(self) -> bool:
        return self.take()[0].is_sign(",")

    def constant(self) -> Value:
        """Read ``= "TEXT"`` or ``= 0a:ff``: of expressions, only a constant has one value."""
        words = self.words[1:]
        self.at = len(self.words)
        if len(words) == 1 and words[0].kind is Kind.STRING:
            return _text(words[0].text)
        try:
            return Value("binary", "", hexadecimal(words))
        except Untranslatable:
            reason = "dhcpd works the value out for each client, Kea has no such option"
            raise Untranslatable(reason) from None

    def field(self, letter: str) -> list[Value]:
        if letter == "D":
            names = [_domain(self.take()[0])]
            while self.at < len(self.words) and self.words[self.at].is_sign(","):
                self.at += 1
                names.append(_domain(self.take()[0]))
            return names
        return [self.single(letter)]

    def single(self, letter: str) -> Value:
        if letter == "Z":
            return Value("empty", "", b"")
        if letter == "I":
            held = address(self.take(_ADDRESS))
            return Value("ipv4-address", str(held), held.packed)
        if letter == "6":
            return self.ipv6()
        if letter == "X":
            return self.octets()
        token = self.take()[0]
        if letter == "t":
            return _text(token.text)
        if letter == "d":
            return _domain(token)
        if letter == "f":
            if token.text.lower() not in _FLAGS:
                raise Untranslatable(f"{token.text!r} is not true or false")
            flag = _FLAGS[token.text.lower()]
            return Value("boolean", "true" if flag else "false", bytes([flag]))
        return _number(letter, token)

    def ipv6(self) -> Value:
        start = self.at
        while self.at < len(self.words) and not self.words[self.at].is_sign(","):
            self.at += 1
        try:
            held = IPv6Address("".join(token.text for token in self.words[start : self.at]))
        except ValueError:
            raise Untranslatable("the value is not an IPv6 address") from None
        return Value("ipv6-address", str(held), held.packed)

    def octets(self) -> Value:
        if self.words[self.at :] and self.words[self.at].kind is Kind.STRING:
            return _text(self.take()[0].text)
        start = self.at
        while self.at < len(self.words) and not self.words[self.at].is_sign(","):
            self.at += 1
        return Value("binary", "", hexadecimal(self.words[start : self.at]))


def _text(text: str) -> Value:
    if not text:
        raise Untranslatable("Kea sends no empty text")
    plain = _TEXT.match(text) and not set(text) & set(",\\'")
    return Value("string", text if plain else "", text.encode("latin-1"))


def _domain(token: Token) -> Value:
    text = token.text
    labels = [label for label in text.rstrip(".").split(".") if label]
    if not _NAME.match(text) or ".." in text or max(map(len, labels), default=64) > 63:
        raise Untranslatable(f"{text!r} is not a domain name")
    wire = b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"
    return Value("fqdn", text, wire)


def _number(letter: str, token: Token) -> Value:
    held, bits = number(token), _BITS[letter.lower()]
    signed = letter.islower()
    least, most = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    if not least <= held <= most:
        raise Untranslatable(f"{held} does not fit into {bits} bits")
    return Value(TYPES[letter], str(held), held.to_bytes(bits // 8, "big", signed=signed))


def definition(option: Format) -> dict[str, Any] | None:
    """Return Kea's option-def of an option that the file defines, None if Kea has or needs none.

    Kea's own definitions cannot be replaced. Values of an option without a definition are octets.
    """
    space = kea_space(option.space)
    taken = builtin()
    if option.own or (space, option.code) in taken or (space, option.name) in taken:
        return None
    if not is_space_name(option.name) or not is_space_name(space) or not 0 < option.code < 255:
        return None
    if option.repeats == "A" and len(option.fields) > 1:
        return None
    if option.encapsulates == space:
        return None
    kinds = [TYPES[letter] for letter in option.fields]
    made: dict[str, Any] = {"name": option.name, "code": option.code}
    if space != "dhcp4":
        made["space"] = space
    made["type"] = kinds[0] if len(kinds) == 1 else "record"
    if len(kinds) > 1:
        made["record-types"] = ", ".join(kinds)
    if option.repeats or "D" in option.fields:
        made["array"] = True
    return made if not option.encapsulates else _holder(made, option.encapsulates)


def _holder(made: dict[str, Any], space: str) -> dict[str, Any] | None:
    """Return the definition of an option that holds the options of a space."""
    if not is_space_name(space):
        return None
    return {**made, "type": "empty", "encapsulate": space}


def kea_space(space: str) -> str:
    """Return Kea's name of a space of dhcpd's."""
    return "dhcp4" if space == DHCP else space


def data(option: Format, listed: Sequence[Value], own: dict[str, Any] | None) -> dict[str, Any]:
    """Return Kea's option-data of an option with these fields.

    `own` is the option-def that the site has for it. If Kea's definition reads the same fields from
    text, the value is text, else octets.
    """
    if not 0 < option.code < 255:
        raise Untranslatable("Kea's options have codes from 1 to 254")
    space = kea_space(option.space)
    known = builtin().get((space, option.code))
    if known is None and own is not None:
        types = tuple(str(own.get("record-types", own["type"])).split(", "))
        known = Definition(space, option.name, option.code, types, own.get("array") is True)
    made: dict[str, Any] = {"name": known.name} if known else {"code": option.code}
    if space != "dhcp4":
        made["space"] = space
    if known is not None and _reads(known, listed):
        text = ", ".join(value.text for value in listed)
        _prove(misfit(known, text, _definitions()))
        return {**made, "data": text} if known.types != ("empty",) else made
    octets = b"".join(value.octets for value in listed)
    if not octets:
        raise Untranslatable("Kea sends no empty option of this code")
    if known is not None:
        _prove(misfit_octets(known, octets, _definitions()))
    return {**made, "csv-format": False, "data": octets.hex()}


@cache
def _definitions() -> Definitions:
    """Return Kea's own definitions, for sub-options."""
    return Definitions(Config({}))


def _prove(reason: str) -> None:
    """Raise Untranslatable if there is a reason why Kea refuses a value."""
    if reason:
        raise Untranslatable(f"Kea does not take the value: {reason}")


def _reads(known: Definition, listed: Sequence[Value]) -> bool:
    """Whether Kea reads these fields from text as a definition says."""
    types = known.types
    more = len(listed) - len(types)
    if more > 0 and known.array:
        types = (*types, *(types[-1],) * more)
    kinds = tuple(value.kind for value in listed)
    return kinds == types and all(value.text or value.kind == "empty" for value in listed)
