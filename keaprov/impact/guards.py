"""Client classes as guards: which clients a pool, a subnet or a shared network admits.

A list of classes admits a client that is in any of them (Kea ARM, Client Classification). A lease
does not show the classes of its client, so guards are compared, not evaluated: a guard that admits
every client that another guard admits is looser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from keaprov.model import Json

Condition = frozenset[str]
"""Signatures of classes: a client must be in one of them."""
Guard = frozenset[Condition]
"""Conditions that a client must all meet; an empty guard admits every client."""
OPEN: Guard = frozenset()
_MEMBERSHIP = ("test", "template-test", "only-in-additional-list")
_MENTIONED = re.compile(r"'([^']*)'")


class Classes:
    """The client classes of a configuration."""

    def __init__(self, body: Json) -> None:
        self.definitions: Mapping[str, Json] = {
            entry["name"]: entry for entry in body.get("client-classes") or []
        }
        self._signatures: dict[str, str] = {}

    def condition(self, scope: Json) -> Guard:
        """Return the guard of one map of the configuration: a pool's, a subnet's, a network's."""
        names = scope.get("client-classes") or []
        return frozenset([frozenset(map(self.signature, names))]) if names else OPEN

    def signature(self, name: str) -> str:
        """Return what decides who is in a class: its own test, and those of the classes in it."""
        if name not in self._signatures:
            self._signatures[name] = name  # a class may not depend on itself
            entry = self.definitions.get(name)
            if entry is not None:
                own = {key: entry[key] for key in _MEMBERSHIP if entry.get(key)}
                text = json.dumps(own, sort_keys=True)
                inner = sorted({*_MENTIONED.findall(text)} & {*self.definitions} - {name})
                self._signatures[name] = json.dumps([name, text, [*map(self.signature, inner)]])
        return self._signatures[name]


def together(guards: Iterable[Guard]) -> Guard:
    """Return the guard of what lies inside several guarded scopes."""
    return OPEN.union(*guards)


def looser(old: Guard, new: Guard) -> bool:
    """Whether the new guard admits every client that the old one admits."""
    return all(any(before <= condition for before in old) for condition in new)
