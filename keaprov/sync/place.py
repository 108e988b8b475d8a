"""The subnets that a site file has, and which of them are of which source."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from keaprov.errors import KeyPath
from keaprov.source import Spelled
from keaprov.sync import values

SOURCE = "source"
"""The key of a subnet's user-context that says which object of a source it is."""
DHCP4: KeyPath = ("dhcp4",)


@dataclass(frozen=True)
class Place:
    """A subnet as the site file has it, in short forms, and its path in the file."""

    path: KeyPath
    raw: Mapping[str, Any]

    @property
    def id(self) -> int | None:
        """Kea's id of the subnet."""
        number = self.raw.get("id")
        return number if isinstance(number, int) else None

    @property
    def network(self) -> IPv4Network | None:
        """The subnet's prefix."""
        text = self.raw.get("subnet")
        try:
            return IPv4Network(text, strict=False) if isinstance(text, str) else None
        except ValueError:
            return None

    @property
    def context(self) -> Mapping[str, Any]:
        """The user-context of the subnet."""
        context = self.raw.get("user-context")
        return context if isinstance(context, Mapping) else {}

    @property
    def source(self) -> str:
        """The object of a source that the subnet is, "" if it is written by hand."""
        return values.text(self.context, SOURCE)

    @property
    def vlan(self) -> str:
        """The label of the subnet's VLAN."""
        label = self.context.get("vlan")
        return label.text if isinstance(label, Spelled) else values.text(label)

    def is_of(self, sources: Collection[str]) -> bool:
        """Whether the subnet is of one of these sources."""
        return self.source.partition("/")[0] in sources and "/" in self.source


def places(dhcp4: Any) -> Iterator[Place]:
    """Yield the subnets of a ``dhcp4`` block, those of shared networks too."""
    yield from _of(dhcp4, DHCP4)
    networks = values.inner(dhcp4, "shared-networks")
    for index, shared in enumerate(networks if isinstance(networks, list) else ()):
        yield from _of(shared, (*DHCP4, "shared-networks", index))


def _of(scope: Any, path: KeyPath) -> Iterator[Place]:
    subnets = values.inner(scope, "subnet4")
    for index, raw in enumerate(subnets if isinstance(subnets, list) else ()):
        if isinstance(raw, Mapping):
            yield Place((*path, "subnet4", index), raw)
