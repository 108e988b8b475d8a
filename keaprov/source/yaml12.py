"""YAML 1.2: libyaml parses, this module resolves, by the core schema of YAML 1.2.2, chapter 10.3.

So ``00:11:22:33:44:55``, ``yes`` and ``12:30`` are strings, and only ``true``, ``42``, ``0x2a``,
``0o52``, ``4.2`` and ``null`` (with their few other spellings) are anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from keaprov.errors import Mark, Problem
from keaprov.source import yaml_cures
from keaprov.source.document import DEEPEST, MOST_ALIASED, Document
from keaprov.source.events import events, locate, start_of

_NUMBER = re.compile(
    r"(?P<int>[-+]?[0-9]+)\Z|(?P<oct>0o[0-7]+)\Z|(?P<hex>0x[0-9a-fA-F]+)\Z"
    r"|(?P<float>[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\Z"
)
_MAY_BE_NUMBER = frozenset("+-.0123456789")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= {"true": True, "True": True, "TRUE": True}
_WORDS |= {"false": False, "False": False, "FALSE": False}
_SCALAR = yaml.ScalarEvent
_MAP_START, _MAP_END = yaml.MappingStartEvent, yaml.MappingEndEvent
_LIST_START, _LIST_END = yaml.SequenceStartEvent, yaml.SequenceEndEvent
_TAG = "tag:yaml.org,2002:"
_TAGS: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "null": (type(None),),
}
_DIGITS = 400
"""Digits that a number may have: Kea's have nineteen at most."""


class Spelled(int):
    """A whole number that is not written as Python writes it; `text` is how: ``0x0010``, ``0104``.

    Where a text belongs, as in the value of an option, its text counts.
    """

    text: str


class _Stop(Exception):  # noqa: N818 - it ends the reading, and nobody else sees it
    pass


def parse(text: str, file: str) -> Document:
    """Read YAML text; `file` is the name for messages."""
    sources = ((file, text),)
    if separator := yaml_cures.separator(text, file):
        return Document(file, None, (separator,), sources, ends_at_cr=True)
    reader = _Reader(file)
    try:
        value = reader.document(events(text))
    except _Stop:
        return Document(file, None, tuple(reader.problems), sources, ends_at_cr=True)
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        mark = Mark(file, at.line + 1, at.column + 1) if at else Mark(file)
        message = error.problem or "syntax error"
        context = f" ({error.context})" if error.context else ""
        hint = yaml_cures.cure(message, text, mark, error)
        problem = Problem("KP103", f"not YAML: {message}{context}", mark, hint=hint)
        return Document(file, None, (*reader.problems, problem), sources, ends_at_cr=True)
    except yaml.YAMLError as error:
        return Document(file, None, (_unreadable(error, text, file),), sources, ends_at_cr=True)
    if reader.empty:
        hint = "Write one with `keaprov init DIR`."
        return Document(file, None, (Problem("KP101", "empty", Mark(file), hint=hint),), sources)
    return Document(
        file,
        value,
        tuple(reader.problems),
        sources,
        lambda wanted: locate(text, file, wanted),
        ends_at_cr=True,
    )


def scalar(text: str) -> Any:
    """Resolve a plain scalar by the core schema."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _MAY_BE_NUMBER or ":" in text or text.count(".") > 1:
        return text  # most texts that begin with a digit are addresses
    match = _NUMBER.match(text)
    if match is None or len(text) > _DIGITS:
        return text
    if match.lastgroup != "float":
        number = int(text) if match["int"] else int(text, 0)
        return number if str(number) == text else _spelled(number, text)
    return float(text.replace(".inf", "inf").replace(".nan", "nan").replace(".Inf", "inf").replace(
        ".INF", "inf").replace(".NaN", "nan").replace(".NAN", "nan"))  # fmt: skip


def _spelled(number: int, text: str) -> Spelled:
    spelled = Spelled(number)
    spelled.text = text
    return spelled


class _Reader:
    """From events to values, without recursion: a document's depth costs no stack."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.empty = True
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.aliased = 0

    def document(self, events: Iterator[Any]) -> Any:
        """Return the value of the first document; most of a large file's time passes here."""
        top: list[Any] = []
        into = _Open(top, None, 0)
        stack = [into]
        count = 0
        documents = 0
        for event in events:
            kind = type(event)
            if kind is _SCALAR:
                count += 1
                value = event.value
                if into.awaits_key:
                    self._key(into, event, value, in_list=not stack[-2].is_map)
                else:
                    if event.tag is not None:
                        value = self._tagged(event.tag, event)
                    elif event.implicit[0]:
                        value = scalar(value)
                    into.put(value)
                if event.anchor is not None:
                    self.anchors[event.anchor] = (value, 1)
            elif kind is _MAP_START or kind is _LIST_START:
                count += 1
                self._check_container(event, stack)
                if into.awaits_key:
                    self._no_key(event)
                made: Any = {} if kind is _MAP_START else []
                into.put(made)
                into = _Open(made, event.anchor, count)
                stack.append(into)
            elif kind is _MAP_END or kind is _LIST_END:
                closed = stack.pop()
                into = stack[-1]
                if closed.anchor is not None:
                    self.anchors[closed.anchor] = (closed.made, count - closed.start + 1)
            elif kind is yaml.AliasEvent:
                count += self._alias(event, stack)
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    hint = "Keep one site in each file."
                    self._problem("KP108", "a second document starts here", event, hint)
                    raise _Stop
        self.empty = not documents
        return top[0] if top else None

    def _key(self, into: _Open, event: Any, key: str, in_list: bool) -> None:
        """Take a scalar as it is written for the key of the value that comes next."""
        into.key = key
        into.awaits_key = False
        if key == "<<" and event.implicit[0]:
            into.merges = True
            self._problem("KP107", "`<<` does not merge here", event, _MERGE)
        elif key in into.made:
            hint = "Keep one of the two: YAML 1.2 allows a key once."
            if in_list:
                hint = "Keep one of the two, or begin another entry of the list there with `- `."
            self._problem("KP105", f"the key {key!r} stands twice in one mapping", event, hint)

    def _no_key(self, event: Any) -> None:
        hint = "Write keys as plain names, quote texts with { or [, fill in templates ({{ }})."
        self._problem("KP107", "a key is a list or a mapping", event, hint)
        raise _Stop

    def _tagged(self, tag: str, event: Any) -> Any:
        short = tag.removeprefix(_TAG)
        if tag == "!" or short == "str":
            return event.value
        value = scalar(event.value)
        fits: tuple[type, ...] = _TAGS.get(short, ())
        if not fits:
            hint = "Put a text that begins with ! in quotes; a site file needs no tags."
            self._problem("KP106", f"the tag {_written(tag)} is not known here", event, hint)
        elif not isinstance(value, fits) or (short == "int" and value in (True, False)):
            hint = "Leave the tag out, or correct the value."
            self._problem("KP106", f"{event.value!r} is not {_written(tag)}", event, hint)
        return float(value) if short == "float" and isinstance(value, int) else value

    def _check_container(self, event: Any, stack: list[_Open]) -> None:
        if len(stack) > DEEPEST:
            hint = "A Kea configuration is never this deep: look for a bracket too many."
            self._problem("KP104", f"nested deeper than {DEEPEST} levels", event, hint)
            raise _Stop
        if event.tag not in (None, "!", f"{_TAG}map", f"{_TAG}seq"):
            hint = "Leave the tag out."
            self._problem("KP106", f"the tag {_written(event.tag)} is not known here", event, hint)

    def _alias(self, event: Any, stack: list[_Open]) -> int:
        if event.anchor not in self.anchors:
            inside = any(container.anchor == event.anchor for container in stack)
            why = "stands inside what it repeats" if inside else "has no anchor before it"
            hint = f"Write `&{event.anchor}` before the value that it repeats, or quote the text."
            self._problem("KP109", f"the alias *{event.anchor} {why}", event, hint)
            raise _Stop
        value, size = self.anchors[event.anchor]
        self.aliased += size
        if self.aliased > MOST_ALIASED:
            message = f"aliases stand for more than {MOST_ALIASED:,} values"
            self._problem("KP104", message, event, "Write them out, or use a CSV file.")
            raise _Stop
        if stack[-1].awaits_key:
            self._no_key(event)
        stack[-1].put(value)
        return size

    def _problem(self, code: str, message: str, event: Any, hint: str) -> None:
        self.problems.append(Problem(code, message, start_of(self.file, event), hint=hint))


class _Open:
    """A container whose end has not come yet; `awaits_key` is for a map between two entries."""

    __slots__ = ("anchor", "awaits_key", "is_map", "key", "made", "merges", "start")

    def __init__(self, made: Any, anchor: str | None, start: int) -> None:
        self.made = made
        self.anchor = anchor
        self.start = start
        self.is_map = self.awaits_key = type(made) is dict
        self.merges = False
        self.key = ""

    def put(self, value: Any) -> None:
        """Take a value: the next entry of a list, or that of the key before."""
        if not self.is_map:
            self.made.append(value)
            return
        self.awaits_key = True
        if self.merges:
            self.merges = False
        else:
            self.made[self.key] = value


def _written(tag: str) -> str:
    return f"!!{tag.removeprefix(_TAG)}" if tag.startswith(_TAG) else tag


_MERGE = (
    "`<<` merge keys are YAML 1.1, and a site file is YAML 1.2. Write the keys out, or repeat a "
    "whole value with an alias (*NAME)."
)


def _unreadable(error: yaml.YAMLError, text: str, file: str) -> Problem:
    position = getattr(error, "position", None)
    mark = Mark(file)
    if isinstance(position, int) and 0 <= position <= len(text):
        start = text.rfind("\n", 0, position) + 1
        mark = Mark(file, text.count("\n", 0, position) + 1, position - start + 1)
    hint = "Remove the control characters, or save the file as text."
    return Problem("KP103", "not YAML: a character that YAML does not allow", mark, hint=hint)
