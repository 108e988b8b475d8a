"""The comments of a file in Kea's JSON (Kea ARM, JSON Syntax): ``//``, ``#`` and ``/* */``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keaprov.source import Document

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|(?P<comment>//[^\n]*|#[^\n]*|/\*.*?\*/)', re.DOTALL)


def of(document: Document) -> Iterator[tuple[str, int, str]]:
    """Yield the file, the line and the text of each comment, of included files too."""
    for file, text in document.sources:
        line, at = 1, 0
        for token in _TOKEN.finditer(text):
            if token["comment"]:
                line += text.count("\n", at, token.start())
                at = token.start()
                yield file, line, token["comment"]
