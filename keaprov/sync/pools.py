"""The pools of a subnet in the site file, and those that a source has for it (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from keaprov.errors import KeyPath
from keaprov.source.changes import Append, Change, Put, Remove
from keaprov.sync.model import Range
from keaprov.sync.place import Place


@dataclass(frozen=True)
class _Pool:
    """A pool as it is written; `path` is that of its text, from the subnet on."""

    index: int
    text: str
    path: KeyPath
    first: IPv4Address
    last: IPv4Address


def changes(place: Place, wanted: Sequence[Range]) -> tuple[list[Change], list[str]]:
    """Return the changes of a subnet's pools, and a line for each.

    A pool with the same addresses stays as it is written. One that overlaps one range only gets
    its addresses, and keeps its other keys (classes, options). A source without a range for the
    subnet changes no pool.
    """
    raw = place.raw.get("pools")
    path: KeyPath = (*place.path, "pools")
    if not wanted:
        return [], []
    if not isinstance(raw, list) or not raw:
        texts = [str(pool) for pool in wanted]
        return [Put(path, texts)], [f"pool {text} is new" for text in texts]
    there = [pool for index, value in enumerate(raw) if (pool := _pool(index, value))]
    same = {(pool.first, pool.last) for pool in there} & {(p.first, p.last) for p in wanted}
    rest = [pool for pool in there if (pool.first, pool.last) not in same]
    missing = [pool for pool in wanted if (pool.first, pool.last) not in same]
    made: list[Change] = []
    lines: list[str] = []
    for pool in rest:
        alike = [new for new in missing if _overlap(pool, new)]
        if len(alike) == 1 and sum(_overlap(other, alike[0]) for other in rest) == 1:
            made.append(Put((*path, *pool.path), str(alike[0])))
            lines.append(f"pool {pool.text} → {alike[0]}")
            missing.remove(alike[0])
        else:
            made.append(Remove((*path, pool.index)))
            lines.append(f"pool {pool.text} is gone")
    for new in missing:
        made.append(Append(path, str(new)))
        lines.append(f"pool {new} is new")
    return made, lines


def _pool(index: int, value: Any) -> _Pool | None:
    text = value.get("pool") if isinstance(value, Mapping) else value
    if not isinstance(text, str):
        return None
    ends = _ends(text)
    path: KeyPath = (index, "pool") if isinstance(value, Mapping) else (index,)
    return _Pool(index, text, path, *ends) if ends else None


def _ends(text: str) -> tuple[IPv4Address, IPv4Address] | None:
    try:
        if "/" in text:
            block = IPv4Network("".join(text.split()), strict=False)
            return block.network_address, block.broadcast_address
        first, last = text.split("-")
        return IPv4Address(first.strip()), IPv4Address(last.strip())
    except ValueError:
        return None


def _overlap(pool: _Pool, new: Range) -> bool:
    return pool.first <= new.last and new.first <= pool.last
