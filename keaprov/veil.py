"""Messages and source texts, cleared of the secrets of a document.

`keaprov.secret` says which values are secret; a text that cannot be read is cleared by the names
that stand in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from keaprov.clearing import Clearing, Finder
from keaprov.errors import Problem
from keaprov.secret import ENDINGS, MASK, REFERENCES, is_secret, without_credentials
from keaprov.words import nearest

UNKNOWN_KEYS = ("KP201", "KP306")
"""The codes of problems about a key that is unknown."""

_SECRET_KEYS = ("basic-auth-password", *ENDINGS)
_WITHOUT_LETTERS = str.maketrans("", "", "".join(_SECRET_KEYS))
_ALIKE = 0.7
"""How much an unknown key looks like a secret's, from 0 (not at all) to 1 (the same)."""
_NAME = re.compile(r"[\w-]+")
_IN_NAME = re.compile(r"[\w-]")
_VALUE = re.compile(r"""["']?[ \t]*[:=][ \t]*(?P<value>[^\r\n]*)""")
_ENDING = "|".join(ENDINGS)
_FIRST = "".join(sorted({ending[0] for ending in ENDINGS}))
_ENTRY = re.compile(
    rf"""(?=[{_FIRST}{_FIRST.upper()}])(?<![^\W_])"""
    rf"""(?P<head>(?i:{_ENDING})(?![\w-])["']?[ \t]*[:=]?[ \t]*)(?P<value>[^\r\n]*)"""
)
"""A name that ends like a secret's, and what follows; most places are passed over by one letter."""
_ESCAPED = re.compile(
    r""""(?P<key>(?:[^"\\\n]|\\.)*\\[ux](?:[^"\\\n]|\\.)*)"[ \t]*:(?P<value>[^\r\n]*)"""
)
"""A key with escapes; which key it is, is known when they are resolved."""
_REFERENCE = re.compile(rf"""\{{\s*["']?(?:{"|".join(REFERENCES)})["']?\s*:[^{{}}:,]*\}}""")
_PIECE = re.compile(r"""[^\s"',{}\[\]]+""")
_QUOTED = re.compile(r"""["'\\]""")
_LONGEST = 1000
"""Characters of a message; longer texts are source texts."""
_PARTS = ("pas", "pwd", "key", "psk", "secret", "token")
"""Every one of `ENDINGS` holds one of these: a large text is searched for fewer."""


def meant_as_secrets(problems: Iterable[Problem]) -> frozenset[str]:
    """Return the unknown keys, in lower case, that may be meant as a secret's key.

    The hint names such a key, or the unknown key looks like one.
    """
    hints: dict[str, set[str]] = {}
    for problem in problems:
        if problem.code in UNKNOWN_KEYS and problem.path:
            hints.setdefault(str(problem.path[-1]).lower(), set()).add(problem.hint)
    telling = {
        hint
        for hint in {hint for texts in hints.values() for hint in texts}
        if any(is_secret(name) for name in _NAME.findall(hint))
    }
    return frozenset(
        key for key, texts in hints.items() if texts & telling or _looks_like_a_secrets(key)
    )


def _looks_like_a_secrets(key: str) -> bool:
    """Whether a key, in lower case, looks like the key of a secret."""
    if any(ending in key for ending in ENDINGS):
        return True
    others = len(key.translate(_WITHOUT_LETTERS))
    if others > (1 / _ALIKE - 1) * 2 * (len(key) - others):
        return False  # so many letters that no such key has
    return bool(nearest(key, _SECRET_KEYS, 1, _ALIKE))


def masked_text(text: str, keys: frozenset[str] = frozenset()) -> str:
    """Return a source text, of YAML or JSON, with the secrets in its lines masked.

    `keys` are further keys, in lower case, whose values are secret.

    Lines stay where they are. More than the secret may be masked: the rest of its line, and lines
    that a value may go on in.
    """
    parts: list[str] = []
    at = 0
    for start, end in _spans(text, keys):
        if start >= at:
            parts += [text[at:start], re.sub(r"[^\r\n]+", MASK, text[start:end])]
            at = end
    return without_credentials("".join([*parts, text[at:]]))


def _spans(text: str, keys: frozenset[str] = frozenset()) -> Iterator[tuple[int, int]]:
    entries = list(_ENTRY.finditer(text))
    if keys:
        entries += _entries_of(text, keys)
        entries.sort(key=lambda entry: entry.start())
    if "\\" in text:
        entries += [
            entry for entry in _ESCAPED.finditer(text) if is_secret(_unescaped(entry["key"]))
        ]
        entries.sort(key=lambda entry: entry.start())
    for entry in entries:
        start, end = entry.span("value")
        value = entry["value"].strip()
        if _REFERENCE.match(value):
            continue
        if not _whole(value):
            line_start = text.rfind("\n", 0, entry.start()) + 1
            line = text[line_start : entry.start()]
            indent = len(line) - len(line.lstrip(" -"))
            end = _block_end(text, end, indent, first=not value)
        yield start, end


def _entries_of(text: str, keys: frozenset[str]) -> Iterator[re.Match[str]]:
    """Yield what follows each of these keys in a text: colon and value."""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(letter.lower()[:1] for letter in text)
    for start, end in Finder(keys).spans(low):
        entry = _VALUE.match(text, end)
        if entry and not _IN_NAME.match(text[start - 1 : start]):
            yield entry


def _unescaped(key: str) -> str:
    return re.sub(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))", _character, key)


def _character(escape: re.Match[str]) -> str:
    return chr(int(escape[1] or escape[2], 16))


def _whole(value: str) -> bool:
    """Whether a value ends in its line."""
    if not value or value[0] in "|>&!":
        return False
    if value[0] in "\"'":
        return value[0] in value[1:]
    return value.count("{") <= value.count("}") and value.count("[") <= value.count("]")


def _block_end(text: str, end: int, indent: int, *, first: bool) -> int:
    """Return where the lines end that go on with a value; with `first`, one follows anyway."""
    while True:
        following = text.find("\n", end + 1)
        line = text[end : following if following != -1 else len(text)].strip("\r\n")
        depth = len(line) - len(line.lstrip(" "))
        if line.strip() and depth <= indent and not first:
            return end
        first = first and not line.strip()
        if following == -1:
            return len(text)
        end = following


class Veil:
    """Clears messages and sources of the secrets of one document.

    + value: the document's values, None if it cannot be read
    + texts: its files' texts
    + broken: whether the files could not be read as they are meant; what stands after a secret's
      name counts as the secret then
    + keys: further keys, in lower case, whose values are secret
    """

    def __init__(
        self,
        value: Any,
        texts: Sequence[str],
        *,
        broken: bool = False,
        keys: frozenset[str] = frozenset(),
    ) -> None:
        self._keys = keys
        self._is_secret = lru_cache(maxsize=None)(partial(_holds_secret, keys))
        self._texts: set[str] = set()
        self._clearing = Clearing(())
        self._cleared: dict[tuple[str, bool], str] = {}
        """What messages and hints became: thousands of problems may share them."""
        self._harmless = frozenset(text for text in texts if not may_hold(text))
        if not keys and self._harmless.issuperset(texts):
            return
        self._texts.update(_written(_values(value, self._is_secret)))
        for text in texts if broken else ():
            for start, end in _spans(text, keys):
                pieces = _PIECE.findall(text[start:end])
                self._texts.update(piece.lstrip("*&!|>") for piece in pieces)
        self._texts.discard("")
        self._clearing = Clearing(self._texts)

    def problem(self, problem: Problem) -> Problem:
        """Return a problem whose path, message and hint show no secret."""
        names = [step for step in problem.path if isinstance(step, str)]
        written = "\n".join(names)
        if not self._texts and "://" not in f"{problem.message}\n{problem.hint}\n{written}":
            return problem
        path = problem.path
        if ":" in written or "=" in written:
            path = tuple(map(_cleared, path))
        at = next(filter(self._is_secret, names), None)
        if at is not None:
            inside = problem.path.index(at) + 1
            path = (*path[:inside], *map(self._step, path[inside:]))
        short = at is not None
        message, hint = self._clear(problem.message, short), self._clear(problem.hint, short)
        if (path, message, hint) == (problem.path, problem.message, problem.hint):
            return problem
        return problem._replace(path=path, message=message, hint=hint)

    def source(self, text: str) -> str:
        """Return a source text without secrets, every line in its place."""
        if self._keys or (text not in self._harmless and may_hold(text)):
            text = masked_text(text, self._keys)
        return self._clear(text, short=False)

    def _step(self, step: str | int) -> str | int:
        return MASK if step in self._texts else step

    def _clear(self, text: str, short: bool) -> str:
        kind = (text, short)
        if kind not in self._cleared:
            cleared = without_credentials(self._clearing.clear(text, short=short))
            if len(text) > _LONGEST:
                return cleared
            self._cleared[kind] = cleared
        return self._cleared[kind]


def may_hold(text: str) -> bool:
    """Return whether a text names a secret, perhaps by escapes: a quick answer for large texts."""
    low = text.lower()
    if "\\u" in low or "\\x" in low:
        return True
    return any(part in low for part in _PARTS) and any(ending in low for ending in ENDINGS)


def _holds_secret(keys: frozenset[str], key: object) -> bool:
    return is_secret(key) or (bool(keys) and str(key).lower() in keys)


def _cleared(step: str | int) -> str | int:
    """Return a step of a path without credentials, and without a secret that stands in the key."""
    if isinstance(step, int):
        return step
    text = step
    for assigned in _assigned(text):
        text = text.replace(assigned, MASK)
    return without_credentials(text)


def _assigned(text: object) -> Iterator[str]:
    """Yield what stands behind the name of a secret in a text: ``password:x`` is one word of YAML.

    The blank after the colon is missing, or the line is one of another program's files.
    """
    if isinstance(text, str) and (":" in text or "=" in text) and may_hold(text):
        for entry in _ENTRY.finditer(text):
            value = entry["value"].strip()
            if entry["head"].rstrip()[-1] in ":=" and value:
                yield value


def _values(value: Any, is_key: Callable[[object], bool], secret: bool = False) -> Iterator[str]:
    """Yield every secret text in a value, the whole if it is `secret`; `is_key` knows the keys."""
    if isinstance(value, str):
        yield from (value,) if secret else _assigned(value)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _assigned(name)
            if secret and inner is None:
                yield str(name)
            elif not (secret and name in REFERENCES):
                yield from _values(inner, is_key, secret or is_key(name))
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _values(inner, is_key, secret)
    elif secret and value is not None and not isinstance(value, bool):
        yield str(value)


def _written(values: Iterable[str]) -> Iterator[str]:
    """Yield texts in every form in which a message may write them."""
    for value in values:
        yield value
        if value.isascii() and value.isprintable() and not _QUOTED.search(value):
            continue  # every form is the same
        yield repr(value)[1:-1]
        yield from (json.dumps(value, ensure_ascii=only)[1:-1] for only in (True, False))
        yield from value.splitlines()
