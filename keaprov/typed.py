"""Whether a value is what its annotation says: for values that a host reported."""

from __future__ import annotations

import types
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

__all__ = ["check"]

MOST_SECONDS = 1 << 32
"""136 years: each such time, and each such time before or after now, is a date of the calendar."""


def check(value: Any, annotation: Any = None, where: str = "") -> None:
    """Raise TypeError, with the place, if a value or one inside it is of another type.

    Without an annotation the value is a dataclass, and its fields' annotations count. The
    annotations are those of keaprov's values: dataclasses, enumerations, plain types, unions,
    mappings, tuples and sequences. An int may stand for a float, a bool for neither. A float is
    seconds, as everywhere in what hosts report: `MOST_SECONDS` at most, and a number.
    """
    annotation = type(value) if annotation is None else annotation
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is Any:
        return
    if origin in (Union, types.UnionType):
        _check_union(value, arguments, where)
    elif origin is not None:
        _check_collection(value, origin, arguments, where)
    elif not _is(value, annotation):
        named = getattr(annotation, "__name__", annotation)
        raise TypeError(f"{where or 'it'} is {type(value).__name__}, not {named}")
    elif annotation is float and not abs(value) <= MOST_SECONDS:
        raise TypeError(f"{where or 'it'} is not a number of seconds")
    elif is_dataclass(annotation):
        for name, hint in _hints(cast("Hashable", type(value))):
            check(getattr(value, name), hint, f"{where}.{name}".lstrip("."))


def _is(value: Any, kind: Any) -> bool:
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)


def _check_union(value: Any, kinds: Iterable[Any], where: str) -> None:
    errors = [_error(value, kind, where) for kind in kinds]
    if all(errors):
        raise TypeError(errors[0])


def _error(value: Any, kind: Any, where: str) -> str:
    try:
        check(value, kind, where)
    except TypeError as error:
        return str(error)
    return ""


def _check_collection(value: Any, kind: Any, arguments: tuple[Any, ...], where: str) -> None:
    if not isinstance(value, kind) or isinstance(value, str):
        raise TypeError(f"{where or 'it'} is {type(value).__name__}, not {kind.__name__}")
    if issubclass(kind, Mapping):
        for key, inner in value.items():
            check(key, arguments[0], f"a key of {where}")
            check(inner, arguments[1], f"{where}[{key!r:.40}]")
    else:
        for inner in value:
            check(inner, arguments[0], f"{where}[]")


@cache
def _hints(kind: Any) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, hints[field.name]) for field in fields(kind))
