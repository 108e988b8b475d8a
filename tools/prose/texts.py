"""Every text of the project that a person reads, with its place: pages, docstrings, messages."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Text:
    """A text that starts on a line (from 1) of a file; a value inside it is written ``{}``."""

    path: Path
    line: int
    words: str


def texts(path: Path) -> Iterator[Text]:
    """Yield the texts of a Python module, or the paragraphs of any other file."""
    source = path.read_text("utf-8")
    if path.suffix == ".py":
        yield from _strings(path, source)
        yield from _comments(path, source)
    else:
        yield from _paragraphs(path, source)


def _strings(path: Path, source: str) -> Iterator[Text]:
    """Yield string literals; adjacent ones and the parts of an f-string are one text."""
    inside: set[int] = set()
    literals: list[tuple[int, Text]] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            constants = [part for part in node.values if isinstance(part, ast.Constant)]
            inside.update(map(id, constants))
            parts = (str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values)
            yield Text(path, node.lineno, "".join(parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            literals.append((id(node), Text(path, node.lineno, node.value)))
    yield from (text for key, text in literals if key not in inside)


def _comments(path: Path, source: str) -> Iterator[Text]:
    """Yield comments; those on consecutive lines are one text."""
    first, last, words = 0, 0, ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        comment = token.string.lstrip("#").strip()
        if words and token.start[0] == last + 1:
            words = f"{words} {comment}"
        else:
            if words:
                yield Text(path, first, words)
            first, words = token.start[0], comment
        last = token.start[0]
    if words:
        yield Text(path, first, words)


def _paragraphs(path: Path, source: str) -> Iterator[Text]:
    """Yield a page's paragraphs, and each row of a table and item of a list by itself."""
    first, words = 1, ""
    for number, line in enumerate(source.splitlines(), 1):
        starts = re.match(r"\s*([|*-]|\d+\.) ?|\s*```|#", line)
        if words and (starts or not line.strip()):
            yield Text(path, first, words)
            words = ""
        if line.strip():
            first, words = (first, f"{words}\n{line}") if words else (number, line)
    if words:
        yield Text(path, first, words)
