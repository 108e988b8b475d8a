"""Plain tables (CSV) into the common model (pure): one of subnets, one of reservations."""

from __future__ import annotations

from collections.abc import Iterator

from keaprov.source import Table
from keaprov.sync import values
from keaprov.sync.model import Answer, Origin, Prefix, Range, Reservation

COLUMNS = ("subnet", "id", "vlan", "vlan-id", "pools")
"""The columns of the table of subnets, beside ``option.NAME``."""
OPTION = "option."


def column(name: str) -> str:
    """Return a column's name as `COLUMNS` has it: ``VLAN ID`` is vlan-id."""
    return "-".join(name.lower().replace("_", " ").split())


def answer(source: str, subnets: Table, reservations: Table | None) -> Answer:
    """Return what the tables say; `source` is their name in the site.

    A row's ``id`` is the source's own name for the subnet; without it, it is the prefix.
    """
    conflicts: list[str] = []
    prefixes: list[Prefix] = []
    ranges: list[Range] = []
    for number, row in enumerate(subnets.rows):
        network = values.network(row.get("subnet", ""))
        if network is None:
            conflicts.append(f"{subnets.mark(number)}: {row.get('subnet', '')!r} is not a prefix")
            continue
        vlan, digits = row.get("vlan", ""), row.get("vlan-id", "")
        origin = Origin(source, f"subnets/{row.get('id') or network}", vlan)
        options = {
            name.removeprefix(OPTION): data for name, data in row.items() if name.startswith(OPTION)
        }
        vid = values.vlan_number(digits)
        if digits and vid is None:
            wrong = f"{digits!r} is not the number of a VLAN (1 to 4094)"
            conflicts.append(f"{subnets.mark(number, 'vlan-id')}: {wrong}")
        prefixes.append(Prefix(network, origin, vlan=vlan, number=vid, options=options))
        for text in filter(None, row.get("pools", "").replace(";", ",").split(",")):
            pool = _pool(text, origin)
            if pool:
                ranges.append(pool)
            else:
                conflicts.append(f"{subnets.mark(number)}: {text.strip()!r} is not a pool")
    notes: list[str] = []
    hosts = tuple(_reservations(source, reservations, conflicts, notes)) if reservations else ()
    return Answer(tuple(prefixes), tuple(ranges), hosts, tuple(conflicts), tuple(notes))


def _pool(text: str, origin: Origin) -> Range | None:
    if block := values.network(text.strip()):
        return Range(block.network_address, block.broadcast_address, origin)
    first, last = (values.address(part) for part in (*text.split("-", 1), "")[:2])
    if first is None or last is None or first > last or "/" in text:
        return None
    return Range(first, last, origin)


def _reservations(
    source: str, table: Table, conflicts: list[str], notes: list[str]
) -> Iterator[Reservation]:
    for number, row in enumerate(table.rows):
        written, name = row.get("hw-address", ""), row.get("hostname", "")
        mac, address = values.mac(written), values.address(row.get("ip-address", ""))
        if not mac:
            conflicts.append(f"{table.mark(number)}: {written!r} is not a MAC address")
        elif address is None:
            conflicts.append(f"{table.mark(number)}: no IPv4 address for {mac}")
        else:
            origin = Origin(source, f"reservations/{table.lines[number]}", name)
            if name and not values.hostname(name):
                place = table.mark(number, "hostname")
                notes.append(f"{place}: {name!r} is not a host name, left out")
            yield Reservation(mac, address, origin, values.hostname(name))
