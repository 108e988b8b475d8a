"""A parser of expressions by recursive descent (Kea's src/lib/eval/parser.yy, eval_context.cc)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum

from keaprov.expression import tokens as t
from keaprov.expression.reader import Kind, Member, Reader, Stop
from keaprov.expression.regex import regex_fault
from keaprov.expression.tokens import Fault
from keaprov.words import Suggestions

DEEPEST = 100
"""Brackets within brackets; Kea takes more, but nobody writes them."""


class _Argument(Enum):
    """What a function takes besides conditions and values: whole numbers, written out."""

    NUMBER = "a whole number"
    LENGTH = "a whole number or all"


_V, _C = Kind.VALUE, Kind.CONDITION
_FUNCTIONS: dict[str, tuple[str, tuple[Kind | _Argument, ...]]] = {
    "substring": ("(VALUE, START, LENGTH)", (_V, _Argument.NUMBER, _Argument.LENGTH)),
    "split": ("(VALUE, DELIMITERS, NUMBER)", (_V, _V, _Argument.NUMBER)),
    "concat": ("(VALUE, VALUE)", (_V, _V)),
    "ifelse": ("(CONDITION, VALUE, VALUE)", (_C, _V, _V)),
    "sifelse": ("(CONDITION, VALUE, VALUE)", (_C, _V, _V)),
    "hexstring": ("(VALUE, SEPARATOR)", (_V, _V)),
    "lcase": ("(VALUE)", (_V,)),
    "ucase": ("(VALUE)", (_V,)),
    "addrtotext": ("(VALUE)", (_V,)),
    **{f"{sign}int{bits}totext": ("(VALUE)", (_V,)) for sign in ("", "u") for bits in (8, 16, 32)},
}
_REPRESENTATIONS = ("hex", "text", "exists")
_RELAY_CODES = {"circuit-id": 1, "remote-id": 2, "link-selection": 5, "subscriber-id": 6}
"""Sub-options of option 82 by the names that people use (RFC 3046 and its successors)."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What the parser found in an expression; `faults` is empty if Kea accepts it.

    Whether the classes in `members` may be asked for depends on the place of the expression.
    """

    faults: tuple[Fault, ...] = ()
    members: tuple[Member, ...] = ()


def parse(
    text: str, wanted: Kind, options: Collection[str], suggestions: Suggestions | None = None
) -> Parsed:
    """Parse an expression that has to result in `wanted`.

    `options` are the names that may stand in ``option[NAME]``: those of the space dhcp4.
    `suggestions` are for other names; expressions of one file share them. Nothing is raised. After
    an error of grammar the rest is not read; wrong codes and names do not stop it.
    """
    parser = _Parser(text, options, suggestions or Suggestions(options))
    try:
        parser.whole(wanted)
    except Stop as stop:
        parser.faults.append(stop.fault)
    faults = sorted(parser.faults, key=lambda fault: fault.start)
    return Parsed(tuple(faults), tuple(parser.members))


class _Parser(Reader):
    # the grammar, from the whole to its parts

    def whole(self, wanted: Kind) -> None:
        if self.token.kind == t.END:
            raise Stop(Fault(0, "the expression is empty", "Remove it, or write one."))
        kind = self.expression()
        if self.token.kind != t.END:
            self.refuse("the end, or one of == and or +", "Check the brackets before it.")
        self.require(kind, wanted, self.tokens[0])

    def expression(self) -> Kind:
        """Read conditions that are joined by and, or; or one value."""
        first = self.token
        kind = self.comparison()
        while self.token.kind in t.JOINERS:
            self.require(kind, Kind.CONDITION, first)
            self.advance()
            first = self.token
            kind = self.comparison()
            self.require(kind, Kind.CONDITION, first)
        return kind

    def comparison(self) -> Kind:
        negated = False
        while self.token.kind == "not":
            self.advance()
            negated = True
        first = self.token
        kind = self.joined()
        if self.token.kind == "==":
            self.require(kind, Kind.VALUE, first)
            self.advance()
            first = self.token
            self.require(self.joined(), Kind.VALUE, first)
            kind = Kind.CONDITION
            if self.token.kind == "==":
                hint = "Write (A == B) and (B == C)."
                raise Stop(Fault(self.token.start, "== compares two values, not three", hint))
        if negated:
            self.require(kind, Kind.CONDITION, first)
        return kind

    def joined(self) -> Kind:
        """Read values that + joins, or one condition."""
        first = self.token
        kind = self.atom()
        while self.token.kind == "+":
            self.require(kind, Kind.VALUE, first)
            self.advance()
            first = self.token
            self.require(self.atom(), Kind.VALUE, first)
        return kind

    def atom(self) -> Kind:
        token = self.token
        if token.kind == "(":
            return self.bracket()
        if token.kind in _FUNCTIONS:
            return self.function()
        if token.kind in _ATOMS:
            self.advance()
            return _ATOMS[token.kind](self)
        if token.kind in ("relay6", "pkt6"):
            message = f"{token.text} belongs to DHCPv6"
            raise Stop(Fault(token.start, message, f"Write {token.text[:-1]}4."))
        if token.kind in (t.STRING, t.HEXSTRING, t.ADDRESS):
            self.advance()
            return Kind.VALUE
        if token.kind == t.INTEGER:
            self.number(0, 4294967295)
            return Kind.VALUE
        return self.refuse("a condition or a value", "Write option[60].hex, 'text', 0x0102, ….")

    def bracket(self) -> Kind:
        opening = self.advance()
        self.depth += 1
        if self.depth > DEEPEST:
            message = f"there are more than {DEEPEST} brackets within brackets"
            raise Stop(Fault(opening.start, message, "Remove the brackets that change nothing."))
        kind = self.expression()
        self.close(")", opening)
        self.depth -= 1
        return kind

    def function(self) -> Kind:
        name = self.advance()
        usage, arguments = _FUNCTIONS[name.text]
        hint = f"Write {name.text}{usage}."
        self.expect("(", hint)
        self.depth += 1
        if self.depth > DEEPEST:
            raise Stop(Fault(name.start, f"there are more than {DEEPEST} calls in calls", hint))
        for index, argument in enumerate(arguments):
            if index:
                self.expect(",", hint)
            self.argument(argument, hint)
        self.expect(")", hint)
        self.depth -= 1
        return Kind.VALUE

    def argument(self, wanted: Kind | _Argument, hint: str) -> None:
        first = self.token
        if isinstance(wanted, Kind):
            self.require(self.expression(), wanted, first, hint)
        elif first.kind == t.INTEGER or (first.kind == "all" and wanted is _Argument.LENGTH):
            self.advance()
        else:
            self.refuse(wanted.value, hint)

    def option(self) -> Kind:
        self.bracketed(self.option_code)
        if self.dotted("option", *_REPRESENTATIONS) == "option":
            self.bracketed(self.sub_option_code)
            return self.representation()
        return self.option_part()

    def relay4(self) -> Kind:
        self.bracketed(self.sub_option_code)
        return self.representation()

    def vendor(self) -> Kind:
        if self.token.kind == ".":
            self.dotted("enterprise")
            return Kind.VALUE
        self.bracketed(self.enterprise)
        if self.dotted("option", "exists") == "option":
            self.bracketed(self.sub_option_code)
            return self.representation()
        return Kind.CONDITION

    def vendor_class(self) -> Kind:
        if self.token.kind == ".":
            self.dotted("enterprise")
            return Kind.VALUE
        self.bracketed(self.enterprise)
        if self.dotted("data", "exists") == "exists":
            return Kind.CONDITION
        if self.token.kind == "[":
            self.bracketed(lambda: self.number(0, 255))
        return Kind.VALUE

    def pkt(self) -> Kind:
        self.dotted(*t.PKT)
        return Kind.VALUE

    def pkt4(self) -> Kind:
        self.dotted(*t.PKT4)
        return Kind.VALUE

    def member(self) -> Kind:
        hint = "Write member('NAME')."
        self.expect("(", hint)
        name = self.expect(t.STRING, hint)
        self.expect(")", hint)
        self.members.append(Member(name.text[1:-1], name.start))
        return Kind.CONDITION

    def match(self) -> Kind:
        hint = "Write match('REGULAR EXPRESSION', VALUE)."
        self.expect("(", hint)
        pattern = self.expect(t.STRING, hint)
        self.expect(",", hint)
        self.argument(Kind.VALUE, hint)
        self.expect(")", hint)
        if wrong := regex_fault(pattern.text[1:-1]):
            message = f"{t.short(pattern.text)} is not a regular expression: {wrong}"
            self.faults.append(Fault(pattern.start, message, "Write \\ before a sign to mean it."))
        return Kind.CONDITION

    # what stands in square brackets and behind a dot

    def option_code(self) -> None:
        token = self.token
        if token.kind == t.OPTION_NAME:
            self.advance()
            if token.text not in self.options:
                near = self.suggestions.hint(token.text)
                hint = near or "Write its code, or define it in the global option-def."
                self.faults.append(
                    Fault(token.start, f"there is no option {t.short(token.text)!r}", hint)
                )
        elif token.kind == t.INTEGER:
            self.number(0, 255, "an option's code is 0 to 255, not ")
        else:
            self.refuse("an option's name or code", "Write option[60] or option[host-name].")

    def sub_option_code(self) -> None:
        token = self.token
        if token.kind == t.INTEGER:
            self.number(0, 255, "an option's code is 0 to 255, not ")
        else:
            code = _RELAY_CODES.get(token.text.removeprefix("agent-"))
            hint = f"Write {code}." if code else "Write its number."
            self.refuse("the code of a sub-option", hint)

    def enterprise(self) -> None:
        if self.token.kind == "*":
            self.advance()
        elif self.token.kind == t.INTEGER:
            self.number(0, 4294967295)
        else:
            self.refuse("an enterprise number or *", "Write vendor[4491] or vendor[*].")

    def representation(self) -> Kind:
        self.dotted(*_REPRESENTATIONS)
        return self.option_part()

    def option_part(self) -> Kind:
        """Return what the representation that was just read results in."""
        exists = self.tokens[self.position - 1].kind == "exists"
        return Kind.CONDITION if exists else Kind.VALUE


_ATOMS: dict[str, Callable[[_Parser], Kind]] = {
    "option": _Parser.option,
    "relay4": _Parser.relay4,
    "vendor": _Parser.vendor,
    "vendor-class": _Parser.vendor_class,
    "pkt": _Parser.pkt,
    "pkt4": _Parser.pkt4,
    "member": _Parser.member,
    "match": _Parser.match,
}
