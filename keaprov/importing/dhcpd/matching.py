"""What makes a client a member of a class of dhcpd: ``match if``, ``match``, ``spawn with``."""

from __future__ import annotations

from collections.abc import Sequence

from keaprov.importing.dhcpd import conditions, expressions, kea_tests
from keaprov.importing.dhcpd.parameters import Reader
from keaprov.importing.dhcpd.tree import Statement, Untranslatable


class Matching:
    """The statements of a class that say who is a member; Untranslatable if Kea cannot."""

    def __init__(self, reader: Reader, statements: Sequence[Statement]) -> None:
        self.statements = [
            statement
            for statement in statements
            if statement.body is None and statement.head in ("match", "spawn")
        ]
        self.condition = ""
        self.node = None
        self.spawns = False
        for statement in self.statements:
            words = statement.words
            if statement.starts("match", "if"):
                self.condition = conditions.condition(words[2:], reader.formats, known=False)
            elif statement.starts("spawn", "with"):
                self.node = expressions.value(words[2:], reader.formats)
                self.spawns = True
            else:
                self.node = expressions.value(words[1:], reader.formats)

    def is_subclass(self, octets: bytes) -> str:
        """Return the test of a subclass."""
        if self.node is None:
            raise Untranslatable("the class has no `match` that its subclasses belong to")
        test = self.node.equals(octets)
        return kea_tests.joined("and", [self.condition, test]) if self.condition else test

    def test(self, subclasses: Sequence[str]) -> str:
        """Return the test of the class; Untranslatable if no client is a member."""
        if self.spawns and self.node is not None:
            here = self.node.exists()
            return kea_tests.joined("and", [self.condition, here]) if self.condition else here
        if self.node is not None:
            if not subclasses:
                raise Untranslatable("the class has no subclass, so no client is a member")
            return kea_tests.joined("or", subclasses)
        if not self.condition:
            raise Untranslatable("the class has no `match`: only `add` makes a client a member")
        return self.condition
