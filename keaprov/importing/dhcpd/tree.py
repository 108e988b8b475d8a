"""The statements of dhcpd.conf(5) as a tree: the words of each, and the statements inside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from keaprov.errors import Mark, Problem
from keaprov.importing.dhcpd.lexer import CODE, Kind, Token

DEEPEST = 50
"""Blocks within blocks; dhcpd has no use for more than ten."""

_WITH_BLOCK = (
    *("group", "shared-network", "subnet", "pool", "host", "class", "subclass"),
    *("vendor-class", "user-class", "subnet6", "pool6", "failover", "key", "zone", "lease"),
    *("if", "elsif", "else", "switch", "on", "set", "define", "ia-na", "ia-ta", "ia-pd"),
)
"""The words that begin a statement with a block."""


class Untranslatable(Exception):  # noqa: N818 - a verdict, not a fault
    """A site cannot say this; the text is the reason."""


@dataclass(frozen=True, eq=False)
class Statement:
    """One statement: its words, and for a block the statements inside it, else None."""

    words: tuple[Token, ...]
    body: tuple[Statement, ...] | None

    @property
    def head(self) -> str:
        """The first word, in lower case."""
        return self.words[0].text.lower() if self.words[0].kind is Kind.WORD else ""

    @property
    def mark(self) -> Mark:
        """The place of the first word."""
        return self.words[0].mark

    def says(self, *words: str) -> bool:
        """Return whether the statement is exactly these words."""
        return len(self.words) == len(words) and self.starts(*words)

    def starts(self, *words: str) -> bool:
        """Return whether the statement starts with these words."""
        pairs = zip(self.words, words, strict=False)
        return len(self.words) >= len(words) and all(token.is_word(word) for token, word in pairs)

    def walk(self) -> Iterator[Statement]:
        """Yield the statement and all that are inside it."""
        yield self
        for inner in self.body or ():
            yield from inner.walk()


def written(words: Sequence[Token]) -> str:
    """Return tokens as text that dhcpd reads as the same tokens."""
    text = ""
    for token in words:
        shown = _quoted(token.text) if token.kind is Kind.STRING else token.text
        tight = not text or shown in ".:,;)" or text[-1] in ".:("
        text += shown if tight else f" {shown}"
    return text


def text_of(statement: Statement) -> str:
    """Return a statement as text, with what is inside it."""
    if statement.body is None:
        return f"{written(statement.words)};"
    inside = " ".join(map(text_of, statement.body))
    return f"{written(statement.words)} {{ {inside} }}".replace("{  }", "{ }")


def _quoted(text: str) -> str:
    shown = "".join(
        f"\\{sign}" if sign in '"\\' else sign if " " <= sign <= "~" else f"\\x{ord(sign):02x}"
        for sign in text
    )
    return f'"{shown}"'


def parse(tokens: Sequence[Token]) -> tuple[tuple[Statement, ...], list[Problem]]:
    """Return the statements of a file, and every problem of their brackets and semicolons."""
    parser = _Parser(tokens)
    return tuple(parser.block(None, 0)), parser.problems


class _Parser:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.problems: list[Problem] = []

    def refuse(self, message: str, mark: Mark, hint: str) -> None:
        self.problems.append(Problem(CODE, message, mark, hint=hint))

    def block(self, opening: Token | None, depth: int) -> Iterator[Statement]:
        """Yield statements up to the bracket that closes the block, or up to the end."""
        last: Statement | None = None
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.is_sign("}"):
                self.at += 1
                if opening is not None:
                    return
                self.refuse("a } without its {", token.mark, "Remove it, or write the {.")
            elif token.is_sign(";"):
                self.at += 1
                if not (last is not None and last.head == "key" and self.after_block()):
                    message = "a ; without a statement"
                    self.refuse(message, token.mark, "Remove it: dhcpd refuses the file.")
            else:
                last = self.statement(depth)
                if last is not None:
                    yield last
        if opening is not None:
            message = "the { of this block has no }"
            self.refuse(message, opening.mark, "Write the closing bracket.")

    def after_block(self) -> bool:
        """Whether the ; that was just read follows a block: ``key NAME { … };`` may have it."""
        return self.at >= 2 and self.tokens[self.at - 2].is_sign("}")

    def statement(self, depth: int) -> Statement | None:
        start = self.at
        inside = 0
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.is_sign("{") and (inside or self.is_record(start)):
                inside += 1
            elif token.is_sign("}") and inside:
                inside -= 1
            elif token.is_sign(";") and not inside:
                self.at += 1
                return Statement(tuple(self.tokens[start : self.at - 1]), None)
            elif token.is_sign("{"):
                return self.with_block(start, token, depth)
            elif token.is_sign("}"):
                break
            self.at += 1
        words = self.tokens[start : self.at]
        hint = "Write the ; after it."
        self.refuse("the statement has no ;", words[-1].mark, hint)
        return None

    def with_block(self, start: int, opening: Token, depth: int) -> Statement | None:
        words = tuple(self.tokens[start : self.at])
        self.at += 1
        if depth >= DEEPEST:
            message = f"more than {DEEPEST} blocks in blocks"
            self.refuse(message, opening.mark, "Write fewer levels.")
            self.at = len(self.tokens)
            return None
        body = tuple(self.block(opening, depth + 1))
        if not words or not words[0].is_word(*_WITH_BLOCK):
            hint = "Write the ; before it, or the statement that the block belongs to."
            self.refuse("a { where dhcpd has no block", opening.mark, hint)
            return None
        return Statement(words, body)

    def is_record(self, start: int) -> bool:
        """Whether the { is that of a record: ``option NAME code N = { TYPE, TYPE };``."""
        before = self.tokens[self.at - 1]
        return self.tokens[start].is_word("option") and (
            before.is_sign("=") or before.is_word("of")
        )
