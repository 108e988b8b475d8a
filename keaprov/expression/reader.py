"""What a parser of expressions stands on: the next token, and refusing it in words."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum
from typing import NoReturn

from keaprov.expression import tokens as t
from keaprov.expression.tokens import Fault, Token
from keaprov.words import Suggestions, did_you_mean

_FIELD_NAMES = {"chaddr": "mac", "hwaddr": "mac", "interface": "iface", "length": "len"}
"""Kea's words for fields by the words that people use."""


class Kind(Enum):
    """What an expression results in."""

    CONDITION = "a condition"
    VALUE = "a value"


@dataclass(frozen=True, slots=True)
class Member:
    """A class that an expression asks for with ``member('name')``, and the offset of its name."""

    name: str
    start: int


class Stop(Exception):  # noqa: N818 - it carries the fault that ends the reading
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Reader:
    """Reads tokens from left to right; Stop is raised at one that Kea refuses."""

    def __init__(self, text: str, options: Collection[str], suggestions: Suggestions) -> None:
        self.text = text
        self.options = options
        self.suggestions = suggestions
        self.tokens = t.tokens(text)
        self.position = 0
        self.depth = 0
        self.faults: list[Fault] = []
        self.members: list[Member] = []

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def advance(self) -> Token:
        token = self.token
        self.position += 1
        return token

    def expect(self, kind: str, hint: str) -> Token:
        if self.token.kind == kind:
            return self.advance()
        return self.refuse(kind, hint)

    def close(self, kind: str, opening: Token) -> None:
        place = t.place(self.text, opening.start)
        self.expect(kind, f"Close the {opening.text} of {place}.")

    def refuse(self, wanted: str, hint: str) -> NoReturn:
        """Stop at the next token, which is not what is wanted."""
        token = self.token
        if token.fault:
            raise Stop(token.fault)
        if token.kind == t.END:
            raise Stop(Fault(token.start, f"the expression ends where {wanted} should be", hint))
        raise Stop(Fault(token.start, f"expected {wanted}, not {t.short(token.text)}", hint))

    def require(self, kind: Kind, wanted: Kind, first: Token, hint: str = "") -> None:
        """Stop if what was read since `first` is a value where a condition belongs, or reversed."""
        if kind is wanted:
            return
        last = self.tokens[self.position - 1]
        part = t.short(self.text[first.start : last.start + len(last.text)])
        if wanted is Kind.CONDITION:
            message = f"{part} is a value, not a condition"
            hint = hint or f"Compare it: {part} == 'text'."
        else:
            message = f"{part} is a condition (true or false), not a value"
            hint = hint or "Write ifelse(CONDITION, 'text', 'other text') for a value."
        raise Stop(Fault(first.start, message, hint))

    def bracketed(self, inner: Callable[[], None]) -> None:
        before = self.tokens[self.position - 1].text
        opening = self.expect("[", f"Write {before}[CODE].")
        inner()
        self.close("]", opening)

    def dotted(self, *words: str) -> str:
        """Read a dot and one of these words; return the word."""
        *most, last = (f".{word}" for word in words)
        wanted = f"{', '.join(most)} or {last}" if most else last
        if self.token.kind != ".":
            self.refuse(wanted, f"Add {wanted}.")
        dot = self.advance()
        if self.token.kind in words:
            return self.advance().kind
        word = self.token.text
        near = _FIELD_NAMES.get(word, "")
        hint = f"Write .{near}." if near in words else did_you_mean(word, words)
        hint = hint or f"Write {wanted}."
        if word and self.token.fault:
            raise Stop(Fault(dot.start, f"expected {wanted}, not .{t.short(word)}", hint))
        return self.refuse(wanted, hint)

    def number(self, low: int, high: int, message: str = "") -> None:
        """Read a whole number within bounds; a wrong one is a fault, but does not stop."""
        token = self.token
        if token.kind != t.INTEGER:
            self.refuse("a whole number", f"Write a number from {low} to {high}.")
        self.advance()
        if not low <= t.integer(token.text) <= high:
            message = message or f"a number here is {low} to {high}, not "
            self.faults.append(
                Fault(token.start, message + t.short(token.text), "Write another number.")
            )
