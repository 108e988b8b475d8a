"""Real Kea is the judge of every number of its vocabulary, at and beyond its bounds.

A daemon judges them all, and ``kea-dhcp4 -T`` whatever the daemon and `check` disagree on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from keaprov import lint, schema
from keaprov.errors import Severity
from tests.differential.daemon import Kea
from tests.differential.draws import ON_PURPOSE
from tests.differential.judge import judge

pytestmark = pytest.mark.lab

Json = dict[str, Any]
ROOT = schema.schema("dhcp4")
SUBNET: Json = {"id": 1, "subnet": "10.0.0.0/24"}
PLACES: dict[str, Callable[[Json], Json]] = {
    "": lambda part: part,
    "subnet4": lambda part: {"subnet4": [{**SUBNET, **part}]},
    "shared-network": lambda part: {
        "shared-networks": [{"name": "n", "subnet4": [SUBNET], **part}]
    },
    "pool": lambda part: {
        "subnet4": [{**SUBNET, "pools": [{"pool": "10.0.0.10 - 10.0.0.20", **part}]}]
    },
    "client-class": lambda part: {"client-classes": [{"name": "a", **part}]},
    "option-def": lambda part: {
        "option-def": [{"name": "a", "code": 224, "type": "string", **part}]
    },
    "option-data": lambda part: {
        "option-data": [{"code": 224, "csv-format": False, "data": "00", **part}]
    },
    "reservation": lambda part: {
        "subnet4": [{**SUBNET, "reservations": [{"hw-address": "00:11:22:33:44:55", **part}]}]
    },
}
"""Bodies around a part of each kind, by its name in the schema."""
AROUND: dict[str, Json] = {
    "lease-database": {"type": "memfile", "persist": False},
    "dhcp-queue-control": {"enable-queue": True, "queue-type": "kea-ring4", "capacity": 5},
    "loggers": {"name": "kea-dhcp4", "severity": "DEBUG"},
    "output-options": {"output": "stdout"},
    "multi-threading": {"enable-multi-threading": True},
    "dhcp-ddns": {"enable-updates": True},
}
"""What a map needs beside its number, by its key."""
OTHERS = (
    "control-socket", "control-sockets", "hosts-database", "hosts-databases", "output_options",
    "config-databases",
)  # fmt: skip
"""Maps that keaprov sets itself, that need a database, or whose key is an old spelling."""
VALUES = (-(2**63), -(2**31) - 1, -1, 0, 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1)
SHARES = (-0.5, 0.0, 0.25, 0.99, 1.0, 1.5)


def numbers(node: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Yield each number below a part of the schema: the keys on the way, and its schema."""
    for key, inner in node.get("properties", {}).items():
        part = _resolved(inner)
        listed = _resolved(part["items"]) if part and part.get("type") == "array" else part
        if listed is None or key in OTHERS:
            continue
        if listed.get("type") in ("integer", "number"):
            yield (*path, key), listed
        else:
            yield from numbers(listed, (*path, key))


def _resolved(part: Json) -> Json | None:
    """Return a part that may be a reference; None if it is a place of its own."""
    name = part.get("$ref", "").rpartition("/")[2]
    if name in PLACES and name:
        return None
    resolved: Json = ROOT["$defs"][name] if name else part
    return resolved


def values(number: Json) -> list[float]:
    """Return numbers at, within and beyond the bounds of a number's schema."""
    if number["type"] == "number":
        return [*SHARES]
    bounds = [number[key] for key in ("minimum", "maximum") if key in number]
    near = {bound + step for bound in bounds for step in (-1, 0, 1)}
    return sorted(near | set(VALUES))


def written(path: tuple[str, ...], value: Any) -> Json:
    """Return the part that has a value below these keys, with what its maps need."""
    made = value
    for key, below in reversed(list(zip(path, (*path[1:], ""), strict=True))):
        if below:
            made = {**AROUND.get(key, {}), **made}
        made = {key: [made] if below and key in ("loggers", "output-options") else made}
    return dict(made)


def test_every_number(tmp_path: Path) -> None:
    kea, doubtful, judged = Kea(), [], {"taken": 0, "refused": 0}
    with kea.running:
        for body in bodies():
            refused = bool(kea.refusal(body))
            judged["refused" if refused else "taken"] += 1
            errors = errors_of(body)
            if (refused and not errors) or (not refused and alarming(errors)):
                doubtful.append(body)
    print(judged)
    assert min(judged.values()) > 200
    wrong = [
        f"{json.dumps(verdict.body)}\n  Kea: {verdict.kea[-300:]}\n  check: {verdict.errors}"
        for verdict in judge(doubtful, tmp_path)
        if verdict.missed or (verdict.stricter and alarming(verdict.errors))
    ]
    assert not wrong, f"{len(wrong)} disagreements\n" + "\n".join(wrong[:20])


def bodies() -> Iterator[Json]:
    """Yield a body for each number and each of its values."""
    for place, around in PLACES.items():
        for path, number in numbers(ROOT["$defs"][place] if place else ROOT):
            for value in values(number):
                yield around(written(path, value))


def errors_of(body: Json) -> list[str]:
    problems = [*schema.dhcp4_problems(body, ("dhcp4",)), *lint.lint_dhcp4(body)]
    return [str(problem) for problem in problems if problem.severity is Severity.ERROR]


def alarming(errors: Collection[str]) -> bool:
    """Whether none of the errors of one odd number is on purpose."""
    return bool(errors) and not any(map(ON_PURPOSE.search, errors))
