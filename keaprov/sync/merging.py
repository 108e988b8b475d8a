"""From what the sources say to the changes of a site file (pure).

A source owns the prefix, the label of the VLAN, the pools and the mapped options of its subnets,
each as far as it has a value, and the table of reservations. Everything else is the site's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keaprov.errors import KeyPath
from keaprov.source.changes import Append, Change, Put, Remove
from keaprov.sync import pools
from keaprov.sync.model import Subnet, Truth
from keaprov.sync.place import DHCP4, SOURCE, Place, places


@dataclass(frozen=True)
class Step:
    """What happens to a subnet: ``+`` new, ``~`` changed, ``-`` gone; a line for each value."""

    sign: str
    id: int
    prefix: str
    vlan: str
    origin: str
    lines: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The prefix, with the label of the VLAN."""
        return labelled(self.prefix, self.vlan)


def labelled(prefix: str, vlan: str) -> str:
    """Return the name of a subnet for people: ``172.20.10.0/24 (User)``."""
    return f"{prefix} ({vlan})" if vlan else prefix


@dataclass(frozen=True)
class Merged:
    """The changes of the site file, the same as steps for a person, and each subnet's id.

    `ids` is by the key of the subnet's origin.
    """

    changes: tuple[Change, ...] = ()
    steps: tuple[Step, ...] = ()
    ids: Mapping[str, int] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()


def merged(dhcp4: Any, truth: Truth, sources: Collection[str]) -> Merged:
    """Return what has to change in a ``dhcp4`` block, as it is written, for the site's sources.

    A subnet keeps its id: it is known by the object of the source in its user-context, or, if a
    person wrote it, by its prefix. A new one gets its VLAN's number if that is free, else the
    number after the highest id.
    """
    there = list(places(dhcp4))
    work = _Work(dhcp4, {place.id for place in there if place.id is not None})
    by_source = {place.source: place for place in there if place.is_of(sources)}
    by_prefix = {place.network: place for place in there if not place.is_of(sources)}
    for subnet in truth.subnets:
        place = by_source.pop(subnet.prefix.origin.key, None)
        if place is None:
            place = by_prefix.get(subnet.prefix.network)
        if place is None:
            work.add(subnet)
        else:
            work.change(place, subnet)
    for place in by_source.values():
        work.remove(place)
    return work.merged()


class _Work:
    def __init__(self, dhcp4: Any, ids: set[int]) -> None:
        self.ids = ids
        self.is_list = bool(isinstance(dhcp4, Mapping) and dhcp4.get("subnet4"))
        self.changes: list[Change] = []
        self.new: list[dict[str, Any]] = []
        self.steps: list[Step] = []
        self.known: dict[str, int] = {}
        self.conflicts: list[str] = []

    def merged(self) -> Merged:
        path: KeyPath = (*DHCP4, "subnet4")
        if self.is_list:
            added: list[Change] = [Append(path, subnet) for subnet in self.new]
        else:
            added = [Put(path, self.new)] if self.new else []
        changes = (*self.changes, *added)
        return Merged(changes, tuple(self.steps), self.known, tuple(self.conflicts))

    def add(self, subnet: Subnet) -> None:
        prefix = subnet.prefix
        id_ = self._free(prefix.number)
        context = {"vlan": prefix.vlan} if prefix.vlan else {}
        raw: dict[str, Any] = {
            "id": id_,
            "subnet": str(prefix.network),
            "user-context": {**context, SOURCE: prefix.origin.key},
        }
        if subnet.pools:
            raw["pools"] = [str(pool) for pool in subnet.pools]
        if prefix.options:
            raw["option-data"] = dict(prefix.options)
        self.new.append(raw)
        lines = [*(f"pool {pool}" for pool in subnet.pools)]
        lines += [f"{name}: {data}" for name, data in prefix.options.items()]
        self._step("+", id_, str(prefix.network), prefix.vlan, prefix.origin.key, lines)
        self.known[prefix.origin.key] = id_

    def _free(self, number: int | None) -> int:
        """Return the id of a new subnet: its VLAN's number, or the one after the highest id."""
        id_ = number or 0
        if not id_ or id_ in self.ids:
            id_ = max(self.ids, default=0) + 1
        self.ids.add(id_)
        return id_

    def change(self, place: Place, subnet: Subnet) -> None:
        prefix = subnet.prefix
        if place.id is None:
            self.conflicts.append(f"{prefix.origin}: the subnet {prefix.network} has no id yet")
            return
        self.known[prefix.origin.key] = place.id
        lines: list[str] = []
        if place.network != prefix.network:
            self.changes.append(Put((*place.path, "subnet"), str(prefix.network)))
            lines.append(f"subnet {place.raw.get('subnet')} → {prefix.network}")
        lines += self._context(place, subnet)
        changes, words = pools.changes(place, subnet.pools)
        self.changes += changes
        lines += words
        lines += self._options(place, prefix.options)
        if lines:
            label = prefix.vlan or place.vlan
            network = str(prefix.network)
            self._step("~", place.id, network, label, prefix.origin.key, lines)

    def _context(self, place: Place, subnet: Subnet) -> Iterator[str]:
        prefix = subnet.prefix
        wanted: dict[str, Any] = {}
        if prefix.vlan and place.vlan != prefix.vlan:
            wanted["vlan"] = prefix.vlan
            yield f"VLAN {place.vlan or '(none)'} → {prefix.vlan}"
        if place.source != prefix.origin.key:
            wanted[SOURCE] = prefix.origin.key
            yield f"becomes {prefix.origin.key}"
        path: KeyPath = (*place.path, "user-context")
        if wanted and not place.context:
            self.changes.append(Put(path, wanted))
        else:
            self.changes += [Put((*path, key), value) for key, value in wanted.items()]

    def _options(self, place: Place, options: Mapping[str, str]) -> Iterator[str]:
        path: KeyPath = (*place.path, "option-data")
        there = place.raw.get("option-data")
        missing: dict[str, str] = {}
        for name, data in options.items():
            where, written = _option(there, name)
            if written == data:
                continue
            yield f"{name} {written or '(none)'} → {data}"
            if where:
                self.changes.append(Put((*path, *where), data))
            elif isinstance(there, list) and there:
                self.changes.append(Append(path, {"name": name, "data": data}))
            elif there:
                self.changes.append(Put((*path, name), data))
            else:
                missing[name] = data
        if missing:
            self.changes.append(Put(path, missing))

    def remove(self, place: Place) -> None:
        self.changes.append(Remove(place.path))
        self._step("-", place.id or 0, str(place.raw.get("subnet")), place.vlan, place.source, [])

    def _step(
        self, sign: str, id_: int, prefix: str, vlan: str, origin: str, lines: Sequence[str]
    ) -> None:
        self.steps.append(Step(sign, id_, prefix, vlan, origin, tuple(lines)))


def _option(options: Any, name: str) -> tuple[KeyPath, str]:
    """Return the path, within ``option-data``, of an option's data, and the data; () if none."""
    if isinstance(options, Mapping) and name in options:
        value = options[name]
        if isinstance(value, Mapping):
            return (name, "data"), _data(value.get("data"))
        return (name,), _data(value)
    for index, entry in enumerate(options if isinstance(options, list) else ()):
        if isinstance(entry, Mapping) and entry.get("name") == name:
            return (index, "data"), _data(entry.get("data"))
    return (), ""


def _data(value: Any) -> str:
    """Return an option's data as one text, its parts separated by a comma and a blank."""
    parts = value if isinstance(value, list) else str("" if value is None else value).split(",")
    return ", ".join(str(getattr(part, "text", part)).strip() for part in parts)
