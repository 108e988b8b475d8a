"""Maps and lists that nobody can change: a value made of them is hashable and safe to share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, TypeVar

_Map = TypeVar("_Map", bound="FrozenMap")
_PLAIN = frozenset((str, int, bool, float, type(None)))
"""Types of most values: they are frozen as they are."""


class FrozenMap(dict[str, Any]):
    """A map of frozen values that cannot change.

    It is a ``dict``, so that it compares, pickles and becomes JSON as a plain one does. A change
    raises TypeError; ``dict(frozen)`` and ``frozen | {...}`` are plain maps of frozen values.
    """

    __slots__ = ()

    def __init__(self, content: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()) -> None:
        dict.__init__(self, content)
        if not _PLAIN.issuperset(map(type, self.values())):
            for key, value in self.items():
                super().__setitem__(key, frozen(value))

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type[FrozenMap], tuple[dict[str, Any]]]:
        return type(self), (dict(self),)

    def __copy__(self: _Map) -> _Map:
        return self

    def __deepcopy__(self: _Map, memo: object) -> _Map:
        return self

    def _refuse(self, *args: Any, **changes: Any) -> NoReturn:
        raise TypeError("a site cannot change; load it again, or make another one of it")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


def frozen(value: Any) -> Any:
    """Return a value that nobody can change: maps as `FrozenMap`, lists as tuples.

    A value that is frozen already comes back as it is, unless it is a tuple: that is read again.
    """
    kind = type(value)
    if kind in _PLAIN or kind is FrozenMap:
        return value
    if kind is dict or isinstance(value, Mapping):
        return FrozenMap(value)
    if isinstance(value, (list, tuple)):
        return tuple([frozen(element) for element in value])
    return value
