"""Conditions of dhcp-eval(5) as tests of Kea's classes, by recursive descent.

What this writes is read back by `keaprov.expression`, which has Kea's grammar. Whatever has not
surely the same meaning in Kea raises Untranslatable.
"""

from __future__ import annotations

from collections.abc import Sequence

from keaprov import expression
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

_FIELDS = {(24, 4): "pkt4.giaddr", (12, 4): "pkt4.ciaddr"}
"""Fields of the packet by their offset and length (RFC 2131, section 2)."""
_LONGEST = 1_000_000
"""Characters that one test may have."""
_DEEPEST = 30
"""Brackets in brackets; Kea's tests may have three times as many."""


def condition(words: Sequence[Token], formats: Formats, known: bool = True) -> str:
    """Return Kea's test that says the same as a condition; Untranslatable if there is none.

    `known` is False where dhcpd has not looked for the host yet: in the match of a class.
    """
    parser = _Parser(words, formats, known)
    text = parser.condition()
    parser.end()
    return proved(text)


def value(words: Sequence[Token], formats: Formats) -> Node:
    """Return a data expression; Untranslatable if Kea has no counterpart."""
    parser = _Parser(words, formats)
    node = parser.value()
    parser.end()
    return node


def proved(text: str) -> str:
    """Return a test if Kea's grammar takes it; Untranslatable if not, or if it is too long."""
    if len(text) > _LONGEST:
        raise Untranslatable(f"the test has more than {_LONGEST} characters")
    faults = expression.parse(text, expression.Kind.CONDITION, ()).faults
    if faults:
        raise Untranslatable(f"Kea's grammar does not take {text}: {faults[0].message}")
    return text


def joined(joiner: str, parts: Sequence[str]) -> str:
    """Return conditions joined by and, or by or; each that is not the only one in brackets."""
    return parts[0] if len(parts) == 1 else f" {joiner} ".join(map(_bracketed, parts))


class _Parser:
    def __init__(self, words: Sequence[Token], formats: Formats, known: bool = True) -> None:
        self.words = words
        self.known = known
        self.formats = formats
        self.at = 0
        self.depth = 0

    # tokens

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

    # conditions

    def condition(self) -> str:
        """Read conditions that are all joined by and, or all by or.

        dhcpd gives both the same rank, and reads a mixture in a way that nobody expects.
        """
        self.deeper()
        parts = [self.comparison()]
        joiner = ""
        while self.peek("and", "or"):
            word = self.next().text.lower()
            if joiner and word != joiner:
                raise Untranslatable("it mixes and with or: write brackets around one of them")
            joiner = word
            parts.append(self.comparison())
        self.depth -= 1
        return joined(joiner, parts)

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise Untranslatable("there are too many brackets in brackets")

    def comparison(self) -> str:
        if self.peek("not"):
            self.at += 1
            following = self.words[self.at : self.at + 1]
            if not following or not (
                following[0].is_word("not", "exists", "known") or following[0].is_sign("(")
            ):
                raise Untranslatable("write brackets around what `not` is about")
            return f"not {_bracketed(self.comparison())}"
        if self.peek("exists"):
            self.at += 1
            return self.option().exists()
        if self.peek("known"):
            if not self.known:
                raise Untranslatable("dhcpd looks for the host later, so no client is known yet")
            self.at += 1
            return "member('KNOWN')"
        start, depth = self.at, self.depth
        if self.sign("("):
            try:
                text = self.condition()
                self.need(")")
            except Untranslatable:
                self.at, self.depth = start, depth
            else:
                return text
        return self.equality(self.value())

    def equality(self, left: Node) -> str:
        negated = self.sign("!")
        if not self.sign("="):
            end = self.words[self.at : self.at + 1]
            shown = f" {end[0].text!r}" if end else ""
            raise Untranslatable(f"Kea's expressions have no counterpart of this comparison{shown}")
        text = _equal(left, self.value())
        return f"not ({text})" if negated else text

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
        numeral = int(words[0].text) if words[0].text.isdigit() and len(words) == 1 else None
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
    "substring": _Parser.substring,
    "suffix": _Parser.suffix,
    "concat": _Parser.concat,
    "lcase": _Parser.lower,
    "ucase": _Parser.upper,
    "extract-int": _Parser.extract,
    "binary-to-ascii": _Parser.ascii,
    "pick-first-value": _Parser.first,
    "pick": _Parser.first,
    "packet": _Parser.packet,
}


def _equal(left: Node, right: Node) -> str:
    """Return Kea's condition that two values are equal; one of them has to be a constant."""
    if isinstance(left, Constant) and not isinstance(right, Constant | Number):
        left, right = right, left
    if not isinstance(right, Constant) or isinstance(left, Constant):
        raise Untranslatable("dhcpd and Kea compare values that may both be missing differently")
    if isinstance(left, Number):
        if right.numeral is None:
            raise Untranslatable("a number is compared with octets")
        return left.equals_number(right.numeral)
    return left.equals(right.octets)


def _bracketed(text: str) -> str:
    alone = " " not in text or (text.startswith("(") and _whole(text))
    return text if alone else f"({text})"


def _whole(text: str) -> bool:
    """Whether the first bracket is closed by the last one."""
    depth = 0
    quoted = False
    for index, letter in enumerate(text):
        quoted ^= letter == "'"
        if not quoted:
            depth += (letter == "(") - (letter == ")")
            if not depth:
                return index == len(text) - 1
    return False
