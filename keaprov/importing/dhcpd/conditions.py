"""Conditions of dhcp-eval(5) as tests of Kea's classes, by recursive descent.

What this writes is read back by `keaprov.expression`, which has Kea's grammar. Whatever has not
surely the same meaning in Kea raises Untranslatable.
"""

from __future__ import annotations

from collections.abc import Sequence

from keaprov.importing.dhcpd.expressions import Expressions
from keaprov.importing.dhcpd.formats import Formats
from keaprov.importing.dhcpd.kea_tests import bracketed, joined, proved
from keaprov.importing.dhcpd.lexer import Token
from keaprov.importing.dhcpd.tree import Untranslatable
from keaprov.importing.dhcpd.values import Constant, Node, Number


def condition(words: Sequence[Token], formats: Formats, known: bool = True) -> str:
    """Return Kea's test that says the same as a condition; Untranslatable if there is none.

    `known` is False where dhcpd has not looked for the host yet: in the match of a class.
    """
    parser = _Conditions(words, formats, known)
    text = parser.condition()
    parser.end()
    return proved(text)


class _Conditions(Expressions):
    def __init__(self, words: Sequence[Token], formats: Formats, known: bool) -> None:
        super().__init__(words, formats)
        self.known = known

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

    def comparison(self) -> str:
        if self.peek("not"):
            self.at += 1
            following = self.words[self.at : self.at + 1]
            if not following or not (
                following[0].is_word("not", "exists", "known") or following[0].is_sign("(")
            ):
                raise Untranslatable("write brackets around what `not` is about")
            return f"not {bracketed(self.comparison())}"
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
