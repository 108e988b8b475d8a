"""Texts cleared of secrets: thousands of them cost little more than one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import chain

from keaprov.secret import MASK

SHORTEST = 4
"""Characters that a secret needs to be looked for inside of words."""
_LINE = re.compile(r"[^\r\n]+")
_FIRST = 4
"""Letters by which most places are passed over."""
_FEW = 16
"""Secrets that are looked for one after the other."""


class Clearing:
    """Clears texts of secrets.

    What several secrets cover together is masked as one, so that no rest of any shows. A secret
    that is a part of the mask itself stays.
    """

    def __init__(self, secrets: Collection[str]) -> None:
        wanted = [secret for secret in secrets if secret and secret not in MASK]
        self._long = Finder(secret for secret in wanted if len(secret) >= SHORTEST)
        self._short = Finder(secret for secret in wanted if len(secret) < SHORTEST)

    def clear(self, text: str, *, short: bool) -> str:
        """Return a text without the secrets; `short` ones only if wanted, and as whole words."""
        spans = self._long.spans(text)
        if short:
            words = (span for span in self._short.spans(text) if _is_word(text, *span))
            spans = chain(spans, words)
        return _masked(text, spans)


class Finder:
    """Finds some texts within others: thousands of them in one pass."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self._wanted = frozenset(wanted)
        self._size = min(map(len, self._wanted), default=0)
        self._lengths: dict[str, list[int]] = {}
        """The lengths of the texts that begin alike, the longest first."""
        if len(self._wanted) > _FEW:
            self._beginning = _beginning(self._wanted, min(self._size, _FIRST))
            for text in sorted(self._wanted, key=len, reverse=True):
                lengths = self._lengths.setdefault(text[: self._size], [])
                if lengths[-1:] != [len(text)]:
                    lengths.append(len(text))

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where the texts stand: start and end."""
        if not self._lengths:
            for wanted in self._wanted:
                at = text.find(wanted)
                while at != -1:
                    yield at, at + len(wanted)
                    at = text.find(wanted, at + 1)
            return
        size, by_beginning = self._size, self._lengths
        for place in self._beginning.finditer(text):
            at = place.start()
            for length in by_beginning.get(text[at : at + size], ()):
                if text[at : at + length] in self._wanted:
                    yield at, at + length


def _beginning(texts: Collection[str], size: int) -> re.Pattern[str]:
    """Return a pattern of the places where one of some texts may begin: each letter fits one."""
    letters = ({text[at] for text in texts} for at in range(size))
    classes = ("".join(map(re.escape, sorted(each))) for each in letters)
    return re.compile(f"(?={''.join(f'[{each}]' for each in classes)})")


def _is_word(text: str, start: int, end: int) -> bool:
    """Whether a part of a text is not a part of a word."""
    return not any(map(_of_word, (text[start - 1 : start], text[end : end + 1])))


def _of_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return a text with the mask in place of spans; every line stays in its place."""
    parts: list[str] = []
    done = 0
    for start, end in _joined(spans):
        parts += [text[done:start], _LINE.sub(MASK, text[start:end])]
        done = end
    return "".join([*parts, text[done:]])


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans in order, those that overlap as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
