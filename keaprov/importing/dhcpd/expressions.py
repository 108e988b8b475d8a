"""Data expressions of dhcp-eval(5) as the values that Kea's tests compare, by recursive descent.

Whatever has not surely the same meaning in Kea raises Untranslatable.
"""

from __future__ import annotations

from collections.abc import Sequence

from keaprov.importing.dhcpd import options
from keaprov.importing.dhcpd.formats import DHCP, Formats
from keaprov.importing.dhcpd.lexer import Kind, Token
from keaprov.importing.dhcpd.tree import Untranslatable, written
from keaprov.importing.dhcpd.values import (
    Ascii,
    Constant,
    First,
    Hardware,
    Node,
    Number,
    Plain,
    Suffix,
)
from keaprov.words import natural

_FIELDS = {(24, 4): "pkt4.giaddr", (12, 4): "pkt4.ciaddr"}
"""Fields of the packet by their offset and length (RFC 2131, section 2)."""
_DEEPEST = 30
"""Brackets in brackets; Kea's tests may have three times as many."""


def value(words: Sequence[Token], formats: Formats) -> Node:
    """Return a data expression; Untranslatable if Kea has no counterpart."""
    parser = Expressions(words, formats)
    node = parser.value()
    parser.end()
    return node


class Expressions:
    """The words of an expression, and how far they are read."""

    def __init__(self, words: Sequence[Token], formats: Formats) -> None:
        self.words = words
        self.formats = formats
        self.at = 0
        self.depth = 0

    def peek(self, *words: str) -> bool:
        return self.at < len(self.words) and self.words[self.at].is_word(*words)

    def sign(self, sign: str) -> bool:
        """Whether the next token is a sign; it is read if it is."""
        if self.at < len(self.words) and self.words[self.at].is_sign(sign):
            self.at += 1
            return True
        return False

    def need(self, sign: str) -> None:
        if not self.sign(sign):
            raise Untranslatable(f"the expression has no {sign} where it needs one")

    def next(self) -> Token:
        if self.at >= len(self.words):
            raise Untranslatable("the expression ends too early")
        self.at += 1
        return self.words[self.at - 1]

    def end(self) -> None:
        if self.at < len(self.words):
            rest = written(self.words[self.at :])
            raise Untranslatable(f"Kea's expressions have no counterpart of {rest[:40]!r}")

    def number(self) -> int:
        return options.number(self.next())

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise Untranslatable("there are too many brackets in brackets")

    # values

    def value(self) -> Node:
        token = self.next()
        if token.kind is Kind.STRING:
            return Constant(token.text.encode("latin-1"))
        if token.is_sign("("):
            self.deeper()
            node = self.value()
            self.need(")")
            self.depth -= 1
            return node
        if token.is_word("option"):
            return self.option()
        if token.is_word("hardware"):
            return Hardware()
        name = token.text.lower()
        if name in _CALLS and self.sign("("):
            self.deeper()
            node = _CALLS[name](self)
            self.need(")")
            self.depth -= 1
            return node
        self.at -= 1
        return self.octets()

    def octets(self) -> Node:
        """Read octets in hexadecimal: ``0a:1:ff``, or a lone ``7``."""
        start = self.at
        self.at += 1
        while self.sign(":"):
            self.at += 1
        words = self.words[start : self.at]
        numeral = natural(words[0].text) if len(words) == 1 else None
        try:
            return Constant(options.hexadecimal(words), numeral)
        except Untranslatable:
            if numeral is not None:
                return Constant(b"", numeral)
            raise Untranslatable(f"Kea has no {written(words)!r} in its expressions") from None

    def option(self) -> Plain:
        option, length = self.formats.find(self.words[self.at :])
        self.at += length
        if option.space == "agent":
            return Plain(f"relay4[{option.code}].hex", f"relay4[{option.code}].exists")
        if option.space != DHCP:
            raise Untranslatable(f"Kea's expressions do not read the space {option.space}")
        return Plain(f"option[{option.code}].hex", f"option[{option.code}].exists")

    def substring(self) -> Node:
        inner = self.value()
        self.need(",")
        start = self.number()
        self.need(",")
        length = self.number()
        if isinstance(inner, Hardware):
            inner, start = inner.address(), start - 1
        if start < 0 or length < 1:
            raise Untranslatable("Kea has no substring that starts or ends there")
        return Plain(f"substring({inner.text()}, {start}, {length})")

    def suffix(self) -> Node:
        inner = self.value()
        self.need(",")
        return Suffix(inner, self.number())

    def concat(self) -> Node:
        parts = [self.value().text()]
        while self.sign(","):
            parts.append(self.value().text())
        text = parts.pop()
        while parts:
            text = f"concat({parts.pop()}, {text})"
        return Plain(text)

    def lower(self) -> Node:
        return Plain(f"lcase({self.value().text()})")

    def upper(self) -> Node:
        return Plain(f"ucase({self.value().text()})")

    def extract(self) -> Node:
        inner = self.value()
        self.need(",")
        width = self.number()
        if width not in (8, 16, 32):
            raise Untranslatable(f"there are no numbers of {width} bits")
        return Number(inner, width)

    def ascii(self) -> Node:
        base = self.number()
        self.need(",")
        width = self.number()
        self.need(",")
        separator = self.next()
        self.need(",")
        inner = self.value()
        if isinstance(inner, Hardware) or base not in (8, 10, 16) or width != 8:
            raise Untranslatable("Kea's expressions write no such numbers")
        if separator.kind is not Kind.STRING or len(separator.text) != 1:
            raise Untranslatable("only a separator of one character tells the numbers apart")
        return Ascii(base, separator.text, inner)

    def first(self) -> Node:
        nodes = [self.value()]
        while self.sign(","):
            nodes.append(self.value())
        return First(tuple(nodes))

    def packet(self) -> Node:
        start = self.number()
        self.need(",")
        length = self.number()
        if (start, length) not in _FIELDS:
            raise Untranslatable("Kea's expressions do not read these octets of the packet")
        return Plain(_FIELDS[start, length])


_CALLS = {
    "substring": Expressions.substring,
    "suffix": Expressions.suffix,
    "concat": Expressions.concat,
    "lcase": Expressions.lower,
    "ucase": Expressions.upper,
    "extract-int": Expressions.extract,
    "binary-to-ascii": Expressions.ascii,
    "pick-first-value": Expressions.first,
    "pick": Expressions.first,
    "packet": Expressions.packet,
}
