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
    for path in wanted:
        at = top
        for step in path:
            inside = at.steps.get(step)
            if inside is None:
                inside = Wanted()
                if at.steps is _NOTHING:
                    at.steps = {step: inside}
                else:
                    at.steps[step] = inside
            at = inside
        at.paths = (path,)
    return top
