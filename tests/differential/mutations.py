"""Files that are right but for one to three mutations: values replaced, keys moved, entries copied.

What a mutation puts in is drawn from the other files, so that it is often nearly right: a key of
another scope, a prefix of another subnet, a class or an option of another file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from random import Random
from typing import Any

Body = dict[str, Any]
Path = tuple["str | int", ...]

ODD: tuple[Any, ...] = (
    "x", "", " ", 0, 1, -1, 2, 255, 256, 65535, 65536, 2147483647, 2147483648, 4294967295,
    4294967296, 9223372036854775807, 1.5, 0.5, 1.0, 0.0, True, False, None, [], {}, [[]], [{}],
    {"x": 1}, ["x"], [1], "a" * 300, "é", "0", "1", "true", "10.0.0.1", "10.0.0.0/24", "::1", "*",
    "a b", "1,2", "\t", "a\nb", "0x01", "01:02:03:04:05:06", "'a'", "\\", '"', "-", "/", ".",
)  # fmt: skip
"""Values at borders, and of other types than most keys have."""
CONTEXTS: tuple[Any, ...] = (
    "c", "", 1, None, [], {}, {"comment": "x"}, {"comment": 1}, {"limits": {}},
    {"hostname-expr": "x"}, {"ping-check": {}},
)  # fmt: skip
SIGNS = " ,:.'\"\\-/0a*é()[]{}$%#\t\n"
OF_OPTIONS = (
    "name", "code", "space", "data", "type", "csv-format", "array", "record-types", "encapsulate",
    "always-send", "never-send", "client-classes",
)  # fmt: skip
THREADS = frozenset((
    "thread-pool-size", "max-bulk-query-threads", "ping-channel-threads", "http-client-threads",
    "http-listener-threads", "packet-queue-size",
))  # fmt: skip
"""Numbers of what Kea starts at once: only small ones are drawn."""
WAITS = frozenset((
    "max-reconnect-tries", "reconnect-wait-time", "retry-on-startup", "connect-timeout",
))  # fmt: skip
"""What Kea waits by: it stays as it is."""
_MOST = 4
"""Entries that are left of a list."""
_TRIES = 100


def places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield a value and everything in it, each with its path."""
    yield path, value
    steps = value.items() if isinstance(value, dict) else ()
    for step, inner in enumerate(value) if isinstance(value, list) else steps:
        yield from places(inner, (*path, step))


def at(value: Any, path: Path) -> Any:
    """Return what is at a path."""
    for step in path:
        value = value[step]
    return value


def kind(path: Path) -> str:
    """Return the last key of a path: what an entry of a list is, too."""
    return next((step for step in reversed(path) if isinstance(step, str)), "")


class Mutator:
    """Draws mutations; what it puts in comes from the files that it is made of."""

    def __init__(self, files: Sequence[Body], random: Random) -> None:
        self.files = files
        self.random = random
        self.values: dict[str, list[Any]] = {}
        self.keys: dict[str, set[str]] = {}
        for body in files:
            for path, value in places(body):
                if path and isinstance(path[-1], str):
                    self.values.setdefault(path[-1], []).append(value)
                    self.keys.setdefault(kind(path[:-1]), set()).add(path[-1])

    def drawn(self) -> tuple[Body, list[str]]:
        """Return a part of a file with one to three mutations, and what they are."""
        body = deepcopy(self.random.choice(self.files))
        self._shorten(body)
        return body, [self._mutate(body) for _ in range(self.random.choice((1, 1, 1, 2, 3)))]

    def _shorten(self, body: Body) -> None:
        """Leave a few keys and entries: a fault is not hidden by another one then."""
        if len(body) > _MOST * 2:
            for key in self.random.sample(sorted(body), len(body) - self.random.choice((3, 5, 8))):
                del body[key]
        for path, value in list(places(body)):
            if isinstance(value, list) and len(value) > _MOST and at(body, path[:1]):
                kept = sorted(self.random.sample(range(len(value)), _MOST))
                value[:] = [value[index] for index in kept]

    def _mutate(self, body: Body) -> str:
        for _ in range(_TRIES):
            name = self.random.choice(sorted(_MUTATIONS))
            try:
                words = _MUTATIONS[name](self, body)
            except IndexError:
                continue  # nothing here can have it
            if words:
                return f"{name}: {words}"
        return "nothing: there is nothing left to change"

    def place(
        self, body: Body, fits: Callable[[Path, Any], bool] = lambda _path, _value: True
    ) -> tuple[Path, Any]:
        """Draw a place by its key first: a long list does not make its keys frequent."""
        kinds: dict[tuple[str, int], list[tuple[Path, Any]]] = {}
        for path, value in places(body):
            if path and kind(path) not in WAITS and fits(path, value):
                kinds.setdefault((kind(path), len(path)), []).append((path, value))
        return self.random.choice(kinds[self.random.choice(sorted(kinds))])

    def put(self, body: Body, path: Path, value: Any) -> str:
        """Put a value in the place of another one, and say so."""
        small = value in (1, 2) and not isinstance(value, bool)
        if kind(path) in THREADS and not small and isinstance(value, (int, float)):
            return ""
        at(body, path[:-1])[path[-1]] = deepcopy(value)
        return f"{path} = {str(value)[:80]!r}"

    def odd(self, body: Body) -> str:
        path, _ = self.place(body)
        return self.put(body, path, self.random.choice(ODD))

    def number(self, body: Body) -> str:
        path, value = self.place(body, lambda _, value: isinstance(value, (int, float)))
        numbers = [number for number in ODD if isinstance(number, (int, float))]
        return self.put(body, path, self.random.choice((*numbers, value + 1, value - 1, -value)))

    def text(self, body: Body) -> str:
        path, text = self.place(body, lambda _, value: isinstance(value, str) and value != "")
        cut, sign = self.random.randrange(len(text)), self.random.choice(SIGNS)
        made = (
            text[:cut] + text[cut + 1 :], text[:cut] + sign + text[cut:], text[:cut], text + text,
            text[:cut] + sign + text[cut + 1 :], f" {text}", f"{text} ", sign + text, text + sign,
            text.upper(), text.lower(), text.capitalize(),
        )  # fmt: skip
        return self.put(body, path, self.random.choice(made))

    def retype(self, body: Body) -> str:
        path, value = self.place(body)
        made: tuple[Any, ...] = ([value], {"x": value}, None)
        if isinstance(value, (bool, int, float)):
            made = (*made, str(value).lower(), float(value), int(value), bool(value))
        elif isinstance(value, list):
            made = (*made, value[::-1], value * 2, *value[:1])
        elif isinstance(value, dict):
            made = (*made, list(value), {**value, "bogus": 1}, {})
        return self.put(body, path, self.random.choice(made))

    def delete(self, body: Body) -> str:
        path, _ = self.place(body)
        del at(body, path[:-1])[path[-1]]
        return f"{path}"

    def duplicate(self, body: Body) -> str:
        path, values = self.place(body, lambda _, value: isinstance(value, list) and value != [])
        twin = deepcopy(self.random.choice(values))
        if isinstance(twin, dict) and twin and self.random.random() < 0.5:
            key = self.random.choice(sorted(twin))
            twin[key] = deepcopy(self.random.choice(self.values[key]))
        values.insert(self.random.randrange(len(values) + 1), twin)
        return f"{path} gets {str(twin)[:80]}"

    def swap(self, body: Body) -> str:
        path, value = self.place(body, lambda path, _: isinstance(path[-1], str))
        others = [
            (other, inner)
            for other, inner in places(body)
            if other and other[-1] == path[-1] and not _within(other, path)
        ]
        other, inner = self.random.choice(others)
        return f"{self.put(body, path, inner)}, {self.put(body, other, value)}"

    def move(self, body: Body) -> str:
        path, value = self.place(body, lambda path, _: isinstance(path[-1], str))
        maps = [p for p, inner in places(body) if isinstance(inner, dict) and not _below(p, path)]
        near = [p for p in maps if p in (path[:-2], path[:-3]) or p[:-1] == path[:-1]]
        target = self.random.choice(near if near and self.random.random() < 0.7 else maps)
        if self.random.random() < 0.7:
            del at(body, path[:-1])[path[-1]]
        at(body, target)[path[-1]] = deepcopy(value)
        return f"{path} to {target}"

    def copy(self, body: Body) -> str:
        path, value = self.place(body, lambda _, value: isinstance(value, (dict, list)))
        others = [
            other
            for other, inner in places(body)
            if other and type(inner) is type(value) and not _within(other, path)
        ]
        return f"{path}: {self.put(body, self.random.choice(others), value)}"

    def plant(self, body: Body) -> str:
        path, _ = self.place(body, lambda _, value: isinstance(value, dict))
        known = self.keys.get(kind(path)) if self.random.random() < 0.7 else None
        key = self.random.choice(sorted(known or self.values))
        return "" if key in WAITS else self.put(body, (*path, key), self._value(key))

    def cross(self, body: Body) -> str:
        """Take a key of another file, in place of the same key or as more of its entries."""
        other = self.random.choice(self.files)
        key = self.random.choice(sorted(other))
        if key in WAITS:
            return ""
        given, own = other[key], body.get(key)
        more = isinstance(given, list) and isinstance(own, list) and self.random.random() < 0.6
        return self.put(body, (key,), own + given if own and more else given)

    def alias(self, body: Body) -> str:
        path, _ = self.place(body, lambda path, _: isinstance(path[-1], str))
        return self.put(body, path, self._value(str(path[-1])))

    def _value(self, key: str) -> Any:
        return self.random.choice(self.values.get(key, ODD))

    def option(self, body: Body) -> str:
        keys = {"data", "code", "csv-format"}
        path, option = self.place(
            body, lambda _, value: isinstance(value, dict) and keys & set(value) != set()
        )
        key = self.random.choice(OF_OPTIONS)
        if key in option and self.random.random() < 0.3:
            del option[key]
            return f"{path} without {key}"
        return self.put(body, (*path, key), self._value(key))

    def context(self, body: Body) -> str:
        path, _ = self.place(body, lambda _, value: isinstance(value, dict))
        key = self.random.choice(("comment", "user-context"))
        return self.put(body, (*path, key), self.random.choice(CONTEXTS))


def _below(path: Path, other: Path) -> bool:
    return path[: len(other)] == other


def _within(path: Path, other: Path) -> bool:
    return _below(path, other) or _below(other, path)


_MUTATIONS = {
    "odd": Mutator.odd,
    "number": Mutator.number,
    "text": Mutator.text,
    "retype": Mutator.retype,
    "delete": Mutator.delete,
    "duplicate": Mutator.duplicate,
    "swap": Mutator.swap,
    "move": Mutator.move,
    "copy": Mutator.copy,
    "cross": Mutator.cross,
    "plant": Mutator.plant,
    "alias": Mutator.alias,
    "option": Mutator.option,
    "context": Mutator.context,
}
