"""The paths that are looked for in a document, as a tree: each step is compared once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from keaprov.errors import KeyPath


class Wanted:
    """A value that is looked for, if `paths` has its path, or that holds some by `steps`."""

    __slots__ = ("paths", "steps")

    def __init__(self) -> None:
        self.paths: tuple[KeyPath, ...] = ()
        self.steps = _NOTHING

    def everything(self) -> Iterator[KeyPath]:
        """Yield the paths of this value and of all inside."""
        yield from self.paths
        for inner in self.steps.values():
            yield from inner.everything()


_NOTHING: dict[str | int, Wanted] = {}


def tree(wanted: Iterable[KeyPath]) -> Wanted:
    """Return the top of the tree of these paths."""
    top = Wanted()
    head: KeyPath = ()
    at_head = top
    for path in wanted:
        if path[:-2] != head:  # of most paths it is that of the one before: rows of one list
            head = path[:-2]
            at_head = top
            for step in head:
                at_head = _inside(at_head, step)
        at = at_head
        for step in path[-2:]:
            at = _inside(at, step)
        at.paths = (path,)
    return top


def _inside(outer: Wanted, step: str | int) -> Wanted:
    """Return what is one step further; it is made if nothing was looked for there."""
    inner = outer.steps.get(step)
    if inner is None:
        inner = Wanted()
        if outer.steps is _NOTHING:
            outer.steps = {step: inner}
        else:
            outer.steps[step] = inner
    return inner
