"""Messages and source texts, cleared of the secrets of a document.

`keaprov.secret` says which values are secret; a text that cannot be read is cleared by the names
that stand in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from keaprov.clearing import Clearing
from keaprov.errors import KeyPath, Problem
from keaprov.secret import ENDINGS, MASK, REFERENCES, is_secret, without_credentials
from keaprov.words import nearest

UNKNOWN_KEYS = ("KP201", "KP306")
"""The codes of problems about a key that is unknown."""

_SECRET_KEYS = ("basic-auth-password", *ENDINGS)
_ALIKE = 0.7
"""How much an unknown key looks like a secret's, from 0 (not at all) to 1 (the same)."""
_NAME = re.compile(r"[\w-]+")
_ENDING = "|".join(ENDINGS)
_ENTRY = re.compile(
    rf"""(?P<head>(?:\b|_)(?:{_ENDING})(?![\w-])["']?[ \t]*[:=]?[ \t]*)(?P<value>[^\r\n]*)""",
    re.IGNORECASE,
)
_ESCAPED = re.compile(
    r""""(?P<key>(?:[^"\\\n]|\\.)*\\[ux](?:[^"\\\n]|\\.)*)"[ \t]*:(?P<value>[^\r\n]*)"""
)
"""A key with escapes; which key it is, is known when they are resolved."""
_REFERENCE = re.compile(rf"""\{{\s*["']?(?:{"|".join(REFERENCES)})["']?\s*:[^{{}}:,]*\}}""")
_PIECE = re.compile(r"""[^\s"',{}\[\]]+""")
_LONGEST = 1000
"""Characters of a message; longer texts are source texts."""
_PARTS = ("pas", "pwd", "private-key", "secret", "token")
"""Every one of `ENDINGS` holds one of these: a large text is searched for fewer."""


def meant_as_secrets(problems: Iterable[Problem]) -> frozenset[str]:
    """Return the unknown keys, in lower case, that may be meant as a secret's key.

    The hint names such a key, or the unknown key looks like one.
    """
    hints: dict[str, set[str]] = {}
    for problem in problems:
        if problem.code in UNKNOWN_KEYS and problem.path:
            hints.setdefault(str(problem.path[-1]).lower(), set()).add(problem.hint)
    return frozenset(
        key
        for key, texts in hints.items()
        if nearest(key, _SECRET_KEYS, 1, _ALIKE)
        or any(is_secret(name) for text in texts for name in _NAME.findall(text))
    )


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
        names = "|".join(map(re.escape, sorted(keys)))
        pattern = rf"""(?<![\w-])(?:{names})["']?[ \t]*[:=][ \t]*(?P<value>[^\r\n]*)"""
        entries += re.finditer(pattern, text, re.IGNORECASE)
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
        line_start = text.rfind("\n", 0, entry.start()) + 1
        line = text[line_start : entry.start()]
        indent = len(line) - len(line.lstrip(" -"))
        if not _whole(value):
            end = _block_end(text, end, indent, first=not value)
        yield start, end


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
        self._texts: set[str] = set()
        self._clearing = Clearing(())
        self._cleared: dict[tuple[str, bool], str] = {}
        """What messages and hints became: thousands of problems may share them."""
        self._harmless = frozenset(text for text in texts if not may_hold(text))
        if not keys and self._harmless.issuperset(texts):
            return
        self._texts.update(_written(_values(value, keys)))
        for text in texts if broken else ():
            for start, end in _spans(text, keys):
                pieces = _PIECE.findall(text[start:end])
                self._texts.update(piece.lstrip("*&!|>") for piece in pieces)
        self._texts.discard("")
        self._clearing = Clearing(self._texts)

    def problem(self, problem: Problem) -> Problem:
        """Return a problem whose path, message and hint show no secret."""
        names = [step for step in problem.path if isinstance(step, str)]
        texts = (problem.message, problem.hint, *names)
        if not self._texts and "://" not in "\n".join(texts):
            return problem
        steps = enumerate(problem.path)
        at = next((index for index, step in steps if _holds_secret(step, self._keys)), None)
        path: KeyPath = tuple(
            _without_assigned(step) if isinstance(step, str) else step for step in problem.path
        )
        if at is not None:
            path = (*path[: at + 1], *(self._step(step) for step in path[at + 1 :]))
        short = at is not None
        message, hint = (self._clear(text, short) for text in (problem.message, problem.hint))
        if (path, message, hint) == (problem.path, problem.message, problem.hint):
            return problem
        return replace(problem, path=path, message=message, hint=hint)

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


def _holds_secret(key: object, keys: frozenset[str]) -> bool:
    return is_secret(key) or (bool(keys) and str(key).lower() in keys)


def _without_assigned(text: str) -> str:
    """Return a key without credentials, and without a secret that was written into it."""
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


def _values(value: Any, keys: frozenset[str], key: object = "") -> Iterator[str]:
    """Yield every secret text in a value; `keys` are further keys of secrets."""
    secret = _holds_secret(key, keys)
    if not secret:
        yield from _assigned(value)
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _assigned(name)
            if secret and inner is None:
                yield str(name)
            elif not (secret and name in REFERENCES):
                yield from _values(inner, keys, key if secret else name)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _values(inner, keys, key if secret else "")
    elif secret and value is not None and not isinstance(value, bool):
        yield str(value)


def _written(values: Iterable[str]) -> Iterator[str]:
    """Yield texts in every form in which a message may write them."""
    for value in values:
        yield from (value, repr(value)[1:-1])
        yield from (json.dumps(value, ensure_ascii=only)[1:-1] for only in (True, False))
        yield from value.splitlines()
