"""NetBox's objects into the common model (pure): prefixes, IP ranges, IP addresses, interfaces.

The fields are those of NetBox 3.7 to 4.x (netbox/ipam/api/serializers_). A MAC address is a field
of an interface up to 4.1, and an object with a primary one from 4.2 on: ``mac_address`` of an
interface is the primary one in both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address

from keaprov.sync import values
from keaprov.sync.lookup import Lookup
from keaprov.sync.model import Answer, Origin, Prefix, Range, Reservation
from keaprov.sync.values import Object

PREFIXES, RANGES, ADDRESSES = "prefixes", "ip-ranges", "ip-addresses"
INTERFACES = {"dcim.interface": "interfaces", "virtualization.vminterface": "vm-interfaces"}
"""The lists of interfaces, by the type of the object that an address is assigned to."""
LISTS = (PREFIXES, RANGES, ADDRESSES, *INTERFACES.values())
"""The names of the lists, as their files in an export are named."""
ACTIVE, DHCP = "active", "dhcp"
NO_VRF = "global"
"""What ``where: {vrf: …}`` says for prefixes without a VRF: NetBox's own word."""


@dataclass(frozen=True)
class Selection:
    """What of NetBox is the site's.

    `where` are the values that a prefix must have, `ranges` those of an IP range; by the slugs of
    ``role``, ``site``, ``tenant`` and ``tag``, and the name of ``vrf``. `options` is the custom
    field of a prefix for each option. `marks` are, for other options, the values that an IP address
    must have to be in the option's data: ``role`` and the slug of ``tag``.
    """

    where: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def answer(source: str, lists: Mapping[str, Sequence[Object]], selection: Selection) -> Answer:
    """Return what NetBox's lists (see `LISTS`) say; `source` is its name in the site.

    Prefixes and ranges count if they are active. An address with the status DHCP is a reservation
    for the MAC address of the interface that it is assigned to. An active address may be the data
    of an option of its prefix (`Selection.marks`).
    """
    work = _Work(source, selection)
    addresses = lists.get(ADDRESSES, ())
    prefixes = tuple(work.marked(list(work.prefixes(lists.get(PREFIXES, ()))), addresses))
    ranges = tuple(work.ranges(lists.get(RANGES, ())))
    interfaces = {
        (kind, values.text(interface, "id")): interface
        for kind, name in INTERFACES.items()
        for interface in lists.get(name, ())
    }
    reservations = tuple(work.reservations(addresses, interfaces))
    return Answer(prefixes, ranges, reservations, tuple(work.conflicts), tuple(work.notes))


class _Work:
    def __init__(self, source: str, selection: Selection) -> None:
        self.source = source
        self.selection = selection
        self.conflicts: list[str] = []
        self.notes: list[str] = []

    def prefixes(self, objects: Sequence[Object]) -> Iterator[Prefix]:
        for raw in objects:
            network = values.network(values.text(raw, "prefix"))
            if network is None:
                continue  # an IPv6 prefix
            vlan = values.text(raw, "vlan", "name")
            yield Prefix(
                network,
                Origin(self.source, f"{PREFIXES}/{values.text(raw, 'id')}", vlan),
                _realm(raw),
                vlan,
                _number(values.inner(raw, "vlan", "vid")),
                dict(self._options(raw)),
                values.choice(raw, "status") == ACTIVE and _matches(raw, self.selection.where),
            )

    def _options(self, raw: Object) -> Iterator[tuple[str, str]]:
        for name, custom_field in self.selection.options.items():
            if data := values.option(values.inner(raw, "custom_fields", custom_field)):
                yield name, data

    def marked(self, prefixes: Sequence[Prefix], objects: Sequence[Object]) -> Iterator[Prefix]:
        """Yield the prefixes, with the options whose data are addresses in them.

        An address belongs to the smallest prefix that NetBox has for it, selected or not.
        """
        homes = Lookup(prefixes)
        data: dict[tuple[str, str], set[IPv4Address]] = {}
        for raw in objects:
            address = values.address(values.text(raw, "address"))
            if address is None or values.choice(raw, "status") != ACTIVE:
                continue
            home = homes.of(_realm(raw), address)
            for name, conditions in self.selection.marks.items():
                if home and _matches(raw, conditions):
                    data.setdefault((home.origin.key, name), set()).add(address)
        for prefix in prefixes:
            options = dict(prefix.options)
            for name, conditions in self.selection.marks.items():
                if addresses := data.get((prefix.origin.key, name)):
                    options[name] = ", ".join(map(str, sorted(addresses)))
                elif prefix.selected:
                    wanted = " and ".join(f"{key} {value}" for key, value in conditions.items())
                    self.notes.append(f"{prefix.origin}: no address with {wanted} for {name}")
            yield replace(prefix, options=options)

    def ranges(self, objects: Sequence[Object]) -> Iterator[Range]:
        for raw in objects:
            first = values.address(values.text(raw, "start_address"))
            last = values.address(values.text(raw, "end_address"))
            if first is None or last is None or values.choice(raw, "status") != ACTIVE:
                continue
            if _matches(raw, self.selection.ranges):
                name = values.text(raw, "description")
                yield Range(first, last, self._origin(RANGES, raw, name), _realm(raw))

    def reservations(
        self, objects: Sequence[Object], interfaces: Mapping[tuple[str, str], Object]
    ) -> Iterator[Reservation]:
        for raw in objects:
            address = values.address(values.text(raw, "address"))
            if address is None or values.choice(raw, "status") != DHCP:
                continue
            name = values.text(raw, "dns_name")
            origin = self._origin(ADDRESSES, raw, name or values.text(raw, "address"))
            key = values.text(raw, "assigned_object_type"), values.text(raw, "assigned_object_id")
            mac = self._mac(origin, address, interfaces.get(key))
            if name and not values.hostname(name):
                self.notes.append(f"{origin}: dns_name {name!r} is not a host name, left out")
            if mac:
                yield Reservation(mac, address, origin, values.hostname(name), _realm(raw))

    def _mac(self, origin: Origin, address: IPv4Address, interface: Object | None) -> str:
        """Return the MAC address of an interface, "" with the reason noted if there is none."""
        if interface is None:
            self.notes.append(f"{origin}: no interface, so no reservation of {address}")
            return ""
        others = values.inner(interface, "mac_addresses")
        texts = [values.text(interface, "mac_address")]
        if not texts[0] and isinstance(others, (list, tuple)):
            texts = [values.text(other, "mac_address") for other in others]
        texts = [written for written in texts if written]
        name = values.text(interface, "name")
        if not texts:
            reason = f"its interface {name} has no MAC address"
            self.notes.append(f"{origin}: {reason}, so no reservation of {address}")
            return ""
        if len(texts) > 1:
            reason = f"{len(texts)} MAC addresses ({', '.join(texts)}) and no primary one"
            self.conflicts.append(f"{origin}: its interface {name} has {reason}")
            return ""
        mac = values.mac(texts[0])
        if not mac:
            self.conflicts.append(f"{origin}: {texts[0]!r} of {name} is not a MAC address")
        return mac

    def _origin(self, kind: str, raw: Object, name: str) -> Origin:
        return Origin(self.source, f"{kind}/{values.text(raw, 'id')}", name)


def _realm(raw: Object) -> str:
    return values.text(raw, "vrf", "id")


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _matches(raw: Object, where: Mapping[str, str]) -> bool:
    return all(wanted in _values(raw, key) for key, wanted in where.items())


def _values(raw: Object, key: str) -> Sequence[str]:
    """Return what an object has for a key of ``where``."""
    if key == "tag":
        return [values.text(tag, "slug") for tag in values.several(raw, "tags")]
    if key == "site" and values.text(raw, "scope_type") == "dcim.site":
        return [values.text(raw, "scope", "slug")]  # NetBox 4.2 and later
    if key == "vrf":
        return [values.text(raw, "vrf", "name") or NO_VRF]
    return [values.text(raw, key, "slug") or values.choice(raw, key)]
