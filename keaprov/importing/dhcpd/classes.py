"""Classes, subclasses and conditions of dhcpd as Kea's client classes.

A client of a subclass counts as a member of its class too, so the class is the last of them in
Kea's order, and has them as members. Of two classes that set the same, the first one of the file
counts in dhcpd and in Kea.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from keaprov.importing.dhcpd import conditions, kea_tests, options
from keaprov.importing.dhcpd.lexer import Kind as TokenKind
from keaprov.importing.dhcpd.lifetimes import Lifetime
from keaprov.importing.dhcpd.matching import Matching
from keaprov.importing.dhcpd.parameters import Key, Reader, Settings
from keaprov.importing.dhcpd.scopes import BRANCHES, Kind, Scope
from keaprov.importing.dhcpd.tree import Statement, Untranslatable

VENDOR_43 = ("dhcp4", 43)
"""The option that `vendor-option-space` is about (RFC 2132, 8.4)."""
_NAME = re.compile(r"[A-Za-z0-9][ -&(-~]*\Z")
_RESERVED = re.compile(
    r"(ALL|KNOWN|UNKNOWN|BOOTP|DROP|SKIP_DDNS)\Z|(VENDOR_CLASS|HA|AFTER|EXTERNAL|SPAWN)_"
)
"""Names that Kea gives a meaning of their own."""


@dataclass
class Made:
    """A client class that is to be written: its name, its test, and what it sets.

    `additional` classes are evaluated for one network only. `outer` is the class of a subclass,
    `lifetime` are the lease times that hold without those of the class.
    """

    name: str
    test: str
    settings: Settings
    additional: bool = False
    outer: Settings | None = None
    lifetime: Lifetime = field(default_factory=Lifetime)

    def keys(self) -> dict[str, Any]:
        """Return Kea's client class."""
        keys: dict[str, Any] = {"name": self.name, "test": self.test}
        if self.additional:
            keys["only-in-additional-list"] = True
        keys.update(self.settings.keys())
        if self.settings.lifetimes:
            of_outer = self.outer.lifetimes if self.outer else {}
            times = {**of_outer, **self.settings.lifetimes}
            seconds = {word: value for word, (value, _) in times.items()}
            keys.update(self.lifetime.changed(seconds).keys())
        if self.settings.vendor is not None:
            space, _ = self.settings.vendor
            own = {"name": "vendor-encapsulated-options", "code": 43, "type": "empty"}
            keys["option-def"] = [{**own, "encapsulate": space}]
            first = {"name": "vendor-encapsulated-options"}
            keys["option-data"] = [first, *keys.get("option-data", [])]
        return keys


@dataclass
class Classes:
    """The client classes of a site, in Kea's order; `names` are those that pools may ask for."""

    reader: Reader
    made: list[Made] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)

    def read(self, top: Scope) -> None:
        """Make the classes that a file declares, in any scope: they are of the whole file."""
        declared: dict[str, list[Scope]] = {}
        below: dict[str, list[Scope]] = {}
        for scope in top.walk():
            if scope.kind is Kind.CLASS:
                declared.setdefault(_name(scope), []).append(scope)
            elif scope.kind is Kind.SUBCLASS:
                below.setdefault(_name(scope), []).append(scope)
        self.used.update(declared)
        for name, listed in declared.items():
            self._declared(name, listed, below.pop(name, []))
        for listed in below.values():
            for scope in listed:
                self._keep(scope, "its class is not declared")

    def _declared(self, name: str, declared: list[Scope], below: list[Scope]) -> None:
        try:
            made = self._class(name, declared, below)
        except Untranslatable as reason:
            for scope in (*declared, *below):
                self._keep(scope, str(reason))
            return
        self.made += made
        self.names.add(name)

    def _class(self, name: str, declared: list[Scope], below: list[Scope]) -> list[Made]:
        if not _NAME.match(name) or _RESERVED.match(name):
            raise Untranslatable("Kea has no class of this name")
        scope = declared[0]
        if len(declared) > 1:
            raise Untranslatable("the class is declared more than once")
        if any(outer.statements for outer in scope.around() if outer.kind is not Kind.GLOBAL):
            raise Untranslatable("it takes statements of the scope around it into other networks")
        matching = Matching(self.reader, scope.statements)
        rest = [inner for inner in scope.statements if inner not in matching.statements]
        settings = self.reader.read(rest, Kind.CLASS)
        subclasses, tests = self._subclasses(name, matching, below, settings)
        test = kea_tests.proved(matching.test(tests))
        self._vendor(settings)
        self.reader.notes.carry(*matching.statements)
        if scope.statement is not None:
            self.reader.notes.carry(scope.statement)
        own = self.branches(settings, rest, test)
        return [*subclasses, *own, Made(name, test, settings)]

    def _subclasses(
        self, name: str, matching: Matching, below: list[Scope], outer: Settings
    ) -> tuple[list[Made], list[str]]:
        """Return a class for each subclass that sets something, and all of their tests."""
        subclasses, tests = [], []
        for number, scope in enumerate(below, 1):
            assert scope.statement is not None
            octets = options.octets(scope.statement.words[2:])
            test = matching.is_subclass(octets)
            tests.append(test)
            self.reader.notes.carry(scope.statement)
            if not scope.statements:
                continue
            settings = self.reader.read(scope.statements, Kind.CLASS)
            for statement in settings.branches:
                self.reader.notes.keep(statement, "a site has no condition in a subclass")
            if settings.vendor is not None:
                self.reader.notes.keep(settings.vendor[1], "a site has it in classes only")
                settings.vendor = None
            made = Made(
                self.unique(f"{name}#{number}"), kea_tests.proved(test), settings, outer=outer
            )
            subclasses.append(made)
        return subclasses, tests

    def _vendor(self, settings: Settings) -> None:
        """Check option 43 of a class: its space, and that nothing else sets the options of one."""
        spaces = {space for space, _ in settings.options if space != "dhcp4"}
        spaces -= self.reader.holders.keys()
        own = settings.vendor[0] if settings.vendor else ""
        if own and own not in self.reader.formats.spaces:
            raise Untranslatable(f"there is no option space {own}")
        if own and VENDOR_43 in settings.options:
            raise Untranslatable("it sets option 43 in two ways")
        for key, (_, statement) in list(settings.options.items()):
            if key[0] in spaces - {own}:
                words = "without `vendor-option-space` in its class it reaches no client"
                self.reader.notes.keep(statement, words)
                del settings.options[key]

    def branches(
        self,
        settings: Settings,
        order: Sequence[Statement],
        around: str = "",
        additional: bool = False,
    ) -> list[Made]:
        """Return a class for each branch of the conditions of a scope, in Kea's order.

        `order` are the statements of the scope, `around` is its own test, empty if it has none. Of
        two conditions that set the same, the last one of the file counts in dhcpd, so it is the
        first one here.
        """
        made: list[Made] = []
        for chain in _chains(settings.branches):
            try:
                of_chain = self._chain(chain, around, additional)
            except Untranslatable as reason:
                for statement in chain:
                    self.reader.notes.keep(statement, str(reason))
                continue
            self._replaced(of_chain, settings, order[order.index(chain[-1]) + 1 :])
            made = [*of_chain, *made]
        return made

    def _replaced(
        self, made: Sequence[Made], settings: Settings, later: Sequence[Statement]
    ) -> None:
        """Drop what a later statement of the same scope replaces."""
        words = "a later statement of the same scope replaces it"
        for branch in made:
            for key in [key for key in branch.settings.options if key in settings.options]:
                if settings.options[key][1] in later:
                    self.dropped(branch, key, words)
            for name in [name for name in branch.settings.fields if name in settings.fields]:
                if settings.fields[name][1] in later:
                    self.dropped(branch, name, words)

    def _chain(self, chain: Sequence[Statement], around: str, additional: bool) -> list[Made]:
        tests = [_condition(statement, self.reader) for statement in chain]
        made: list[Made] = []
        before: list[str] = [around] if around else []
        for statement, test in zip(chain, tests, strict=False):
            parts = [*before, *([test] if test else [])]
            whole = kea_tests.proved(kea_tests.joined("and", parts))
            before.append(f"not ({test})")
            inner = list(statement.body or ())
            settings = self.reader.read(inner, Kind.BRANCH)
            self.reader.notes.carry(statement)
            nested = self.branches(settings, inner, whole, additional)
            own = Made(self._branch_name(statement), whole, settings, additional)
            made += [*nested, *([own] if settings.keys() else [])]
        return made

    def _branch_name(self, statement: Statement) -> str:
        return self.unique(f"{statement.head}-line-{statement.mark.line}")

    def unique(self, name: str) -> str:
        """Return a name that no other class has: this one, or with a number after it."""
        free, number = name, 1
        while free in self.used:
            number += 1
            free = f"{name}-{number}"
        self.used.add(free)
        return free

    def _keep(self, scope: Scope, words: str) -> None:
        if scope.statement is not None:
            self.reader.notes.keep(scope.statement, words)

    def dropped(self, made: Made, key: Key | str, words: str) -> None:
        """Take an option or a field out of a class, and note why."""
        if isinstance(key, str):
            _, statement = made.settings.fields.pop(key)
        else:
            _, statement = made.settings.options.pop(key)
        self.reader.notes.keep(statement, words)


def _name(scope: Scope) -> str:
    words = scope.statement.words if scope.statement else ()
    return words[1].text if len(words) > 1 and words[1].kind is TokenKind.STRING else ""


def _chains(statements: Sequence[Statement]) -> list[list[Statement]]:
    """Return the branches of each condition: an if with its elsif and else."""
    chains: list[list[Statement]] = []
    for statement in statements:
        if statement.head == "if" or not chains:
            chains.append([])
        chains[-1].append(statement)
    return chains


def _condition(statement: Statement, reader: Reader) -> str:
    """Return the test of a branch, empty for else."""
    words = list(statement.words)
    if statement.head == "else":
        words = words[1:]
        if not words:
            return ""
    if not words[0].is_word(*BRANCHES):
        raise Untranslatable("the condition is not one of dhcpd's")
    return conditions.condition(words[1:], reader.formats)
