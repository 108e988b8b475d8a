"""Changes of single values in a YAML text: all other bytes stay, comments and order included.

Each edit is proven: the new text is read, and has to have exactly the values that are wanted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from keaprov.errors import KeaprovError, KeyPath, dotted
from keaprov.source.changes import Append, Change, Put, Remove, Rename, applied, value_at
from keaprov.source.dumping import flow
from keaprov.source.events import events
from keaprov.source.yaml12 import parse

_STARTS = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


class EditError(KeaprovError):
    """A text cannot be edited so that nothing else in it changes."""


def _simple(editor: _Editor, value: Any, changes: Sequence[Change]) -> Iterator[Change]:
    """Yield the changes; in place of those of a list that is written anew, the whole list."""
    lists: dict[KeyPath, list[Change]] = {}
    for change in changes:
        if isinstance(change, Remove):
            lists.setdefault(change.path[:-1], [])
    for path, inner in lists.items():
        inner += [change for change in changes if change.path[: len(path)] == path]
    anew = {path for path, inner in lists.items() if editor.is_written_anew(path, inner)}
    for path in anew:
        if not _is_within(path[:-1], anew):
            yield Put(path, value_at(applied(value, lists[path]), path))
    for change in changes:
        if not _is_within(change.path, anew):
            yield change


def edited(text: str, changes: Sequence[Change]) -> str:
    """Return a YAML text with the changes; EditError if its other values would change too."""
    if not changes:
        return text
    before = parse(text, "")
    if before.problems:
        raise EditError("it is not YAML")
    wanted = applied(before.value, changes)
    editor = _Editor(text)
    splices = [editor.splice(change) for change in _simple(editor, before.value, changes)]
    new = _spliced(text, splices, "\r\n" if "\r\n" in text else "\n")
    document = parse(new, "")
    if document.problems or document.value != wanted:
        names = ", ".join(dict.fromkeys(dotted(change.path[:3]) for change in changes))
        raise EditError(f"cannot change {names} without changing other values")
    return new


@dataclass
class _Node:
    """A value in the text, from `start` to `end`; `ends_at` is the last of its characters."""

    start: int
    end: int
    column: int = 0
    text: str = ""
    container: str = ""
    flow: bool = False
    alias: bool = False
    keys: list[_Node] = field(default_factory=list)
    values: list[_Node] = field(default_factory=list)

    @property
    def ends_at(self) -> int:
        """Where the value ends, without the blank lines and comments behind a block."""
        if self.container and not self.flow and self.values:
            return self.values[-1].ends_at
        return self.end


@dataclass(frozen=True, order=True)
class _Splice:
    start: int
    end: int
    text: str


class _Editor:
    def __init__(self, text: str) -> None:
        self.text = text
        self.root = _tree(text)

    def splice(self, change: Change) -> _Splice:
        if isinstance(change, Append):
            return self._append(self._node(change.path), change)
        parent = self._node(change.path[:-1])
        if isinstance(change, Remove):
            return self._remove(parent.values[int(change.path[-1])])
        index = _index(parent, change.path[-1])
        if isinstance(change, Rename):
            return self._rename(parent, index, change)
        if index is None:
            return self._insert(parent, str(change.path[-1]), change.value)
        return self._replace(parent, index, change.value)

    def _node(self, path: KeyPath) -> _Node:
        node = self.root
        for at, step in enumerate(path):
            index = _index(node, step)
            if index is None or node.values[index].alias:
                raise EditError(f"cannot change {dotted(path[: at + 1])}: it stands elsewhere")
            node = node.values[index]
        return node

    def _replace(self, parent: _Node, index: int, value: Any) -> _Splice:
        node = parent.values[index]
        start = node.start
        if parent.container == "map":
            key = parent.keys[index]
            colon = self.text.index(":", key.end) + 1
            start = start if self.text[colon:start].strip() else colon
            written = _after_key(value, key.column, parent.flow)
            text = written if start == colon else written.lstrip()
        else:
            text = flow(value)
        return _Splice(start, max(node.ends_at, start), text)

    def _rename(self, parent: _Node, index: int | None, change: Rename) -> _Splice:
        if index is None or _index(parent, change.name) is not None:
            raise EditError(f"cannot rename {dotted(change.path)}: it is not there, or both are")
        key = parent.keys[index]
        quote = self.text[key.start] if self.text[key.start] in "\"'" else ""
        return _Splice(key.start, key.end, f"{quote}{change.name}{quote}")

    def _insert(self, parent: _Node, key: str, value: Any) -> _Splice:
        if parent.container != "map" or not parent.keys:
            raise EditError(f"cannot add {key}: write a key into the map before")
        if parent.flow:
            end = parent.values[-1].end
            return _Splice(end, end, f", {flow(key)}: {flow(value)}")
        column = parent.keys[0].column
        line = f"{' ' * column}{flow(key)}:{_after_key(value, column, False)}\n"
        return self._line(parent.ends_at, line)

    def _append(self, node: _Node, change: Append) -> _Splice:
        if node.container != "list" or not node.values:
            raise EditError(f"cannot add to {dotted(change.path)}: it is not a list with elements")
        if node.flow:
            end = node.values[-1].end
            return _Splice(end, end, f", {flow(change.value)}")
        return self._line(node.ends_at, _item(change.value, node.column) + "\n")

    def is_written_anew(self, path: KeyPath, changes: Sequence[Change]) -> bool:
        """Whether changes within a list write all of it: it is in brackets, or gets empty."""
        node = self._node(path)
        removed = sum(isinstance(change, Remove) for change in changes if change.path[:-1] == path)
        added = any(isinstance(change, Append) for change in changes if change.path == path)
        return node.flow or (removed == len(node.values) and not added)

    def _remove(self, node: _Node) -> _Splice:
        dash = self.text.rindex("-", 0, node.start)
        start = self.text.rfind("\n", 0, dash) + 1
        return _Splice(start, self._line_end(node.ends_at), "")

    def _line(self, after: int, line: str) -> _Splice:
        """Return a splice that adds lines below the line of a value's end."""
        end = self._line_end(after)
        is_last = end == len(self.text) and not self.text.endswith("\n")
        return _Splice(end, end, "\n" + line.removesuffix("\n") if is_last else line)

    def _line_end(self, at: int) -> int:
        """Return where the line of a value's last character ends, its line break included."""
        if at and self.text[at - 1] == "\n":
            return at
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end + 1


def _tree(text: str) -> _Node:
    """Return the values of a text with their places."""
    root = _Node(0, len(text), container="list")
    stack = [root]
    for event in events(text):
        kind = type(event)
        if kind in _ENDS:
            stack.pop().end = event.end_mark.index
            continue
        if kind not in (*_STARTS, yaml.ScalarEvent, yaml.AliasEvent):
            continue
        node = _Node(event.start_mark.index, event.end_mark.index, event.start_mark.column)
        parent = stack[-1]
        awaits_key = parent.container == "map" and len(parent.keys) == len(parent.values)
        (parent.keys if awaits_key else parent.values).append(node)
        node.text = getattr(event, "value", None) or ""
        node.alias = kind is yaml.AliasEvent
        if kind in _STARTS:
            node.container = "map" if kind is yaml.MappingStartEvent else "list"
            node.flow = bool(event.flow_style)
            stack.append(node)
    if not root.values:
        raise EditError("there is no value to change")
    return root.values[0]


def _index(node: _Node, step: str | int) -> int | None:
    if node.container == "list":
        return step if isinstance(step, int) and step < len(node.values) else None
    names = [key.text for key in node.keys]
    return names.index(str(step)) if str(step) in names else None


def _after_key(value: Any, column: int, within_flow: bool) -> str:
    """Return what stands behind the colon of a key: a list of maps as a block, else one line."""
    if not within_flow and isinstance(value, list) and any(isinstance(v, Mapping) for v in value):
        return "".join(f"\n{_item(element, column + 2)}" for element in value)
    return f" {flow(value)}"


def _item(value: Any, column: int) -> str:
    """Return an element of a block list, without the last line break."""
    indent = " " * column
    if not isinstance(value, Mapping) or not value:
        return f"{indent}- {flow(value)}"
    lines = [f"{flow(key)}: {flow(inner)}" for key, inner in value.items()]
    return f"{indent}- " + f"\n{indent}  ".join(lines)


def _spliced(text: str, splices: list[_Splice], line_break: str) -> str:
    """Return a text with the splices; those at the same place keep their order."""
    parts: list[str] = []
    at = 0
    for splice in sorted(splices, key=lambda splice: (splice.start, splice.end)):
        if splice.start < at:
            raise EditError("two changes are at the same place")
        parts += [text[at : splice.start], splice.text.replace("\n", line_break)]
        at = splice.end
    return "".join([*parts, text[at:]])


def _is_within(path: KeyPath, lists: Collection[KeyPath]) -> bool:
    return any(path[:length] in lists for length in range(len(path) + 1))
