"""phpIPAM's objects into the common model (pure): subnets, VLANs and addresses of its API.

phpIPAM has no ranges: addresses with the tag DHCP (4) and without a MAC address are a pool, one
with a MAC address is a reservation (phpIPAM, db/SCHEMA.sql: ipTags; api/controllers/Common.php).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address

from keaprov.sync import values
from keaprov.sync.model import Answer, Origin, Prefix, Range, Reservation
from keaprov.sync.values import Object

SUBNETS, ADDRESSES, VLANS = "subnets", "addresses", "vlans"
LISTS = (SUBNETS, ADDRESSES, VLANS)
"""The names of the lists, as their files in an export are named."""
DHCP = "4"
GATEWAY = "gateway"
"""The field that stands for the address with the mark "gateway" in a subnet."""


def answer(
    source: str,
    lists: Mapping[str, Sequence[Object]],
    where: Mapping[str, str],
    options: Mapping[str, str],
) -> Answer:
    """Return what phpIPAM's lists (see `LISTS`) say; `source` is its name in the site.

    `where` may have ``section``, a section's id. `options` is the field of a subnet for each
    option. A folder, and a subnet that others lie in, is not a subnet of the site.
    """
    vlans = {values.text(raw, "vlanId") or values.text(raw, "id"): raw for raw in lists[VLANS]}
    masters = {values.text(raw, "masterSubnetId") for raw in lists[SUBNETS]}
    by_subnet: dict[str, list[Object]] = {}
    for raw in lists[ADDRESSES]:
        by_subnet.setdefault(values.text(raw, "subnetId"), []).append(raw)
    prefixes: list[Prefix] = []
    ranges: list[Range] = []
    reservations: list[Reservation] = []
    conflicts: list[str] = []
    notes: list[str] = []
    for raw in lists[SUBNETS]:
        number = values.text(raw, "id")
        network = values.network(f"{values.text(raw, 'subnet')}/{values.text(raw, 'mask')}")
        if network is None or values.text(raw, "isFolder") == "1":
            continue
        hosts = by_subnet.get(number, [])
        vlan = vlans.get(values.text(raw, "vlanId"), {})
        name = values.text(vlan, "name") or values.text(raw, "description")
        realm = values.text(raw, "vrfId")
        digits = values.text(vlan, "number")
        prefixes.append(
            Prefix(
                network,
                Origin(source, f"{SUBNETS}/{number}", name),
                "" if realm == "0" else realm,
                values.text(vlan, "name"),
                values.vlan_number(digits),
                dict(_options(raw, hosts, options)),
                number not in masters and where.get("section") in (None, _section(raw)),
            )
        )
        if prefixes[-1].selected:
            ranges += _ranges(source, hosts, prefixes[-1].realm)
            reservations += _reservations(source, hosts, prefixes[-1].realm, conflicts, notes)
    return Answer(
        tuple(prefixes), tuple(ranges), tuple(reservations), tuple(conflicts), tuple(notes)
    )


def _section(raw: Object) -> str:
    return values.text(raw, "sectionId")


def _options(
    raw: Object, hosts: Sequence[Object], options: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    for name, field in options.items():
        data = values.option(raw.get(field))
        if field == GATEWAY:
            marked = [host for host in hosts if values.text(host, "is_gateway") == "1"]
            data = values.option([_address_text(host) for host in marked])
        if data:
            yield name, data


def _address_text(raw: Object) -> str:
    return values.text(raw, "ip") or values.text(raw, "ip_addr")


def _is_dhcp(raw: Object) -> bool:
    return DHCP in (values.text(raw, "tag"), values.text(raw, "state"))


def _ranges(source: str, hosts: Sequence[Object], realm: str) -> Iterator[Range]:
    """Yield the runs of addresses that follow each other; the first gives a run its origin."""
    free = {
        address: host
        for host in hosts
        if _is_dhcp(host)
        and not values.text(host, "mac")
        and (address := values.address(_address_text(host))) is not None
    }
    run: list[IPv4Address] = []
    for address in sorted(free):
        if run and int(address) != int(run[-1]) + 1:
            yield _range(source, free, run, realm)
            run = []
        run.append(address)
    if run:
        yield _range(source, free, run, realm)


def _range(
    source: str, hosts: Mapping[IPv4Address, Object], run: Sequence[IPv4Address], realm: str
) -> Range:
    path = f"{ADDRESSES}/{values.text(hosts[run[0]], 'id')}"
    return Range(run[0], run[-1], Origin(source, path), realm)


def _reservations(
    source: str, hosts: Sequence[Object], realm: str, conflicts: list[str], notes: list[str]
) -> Iterator[Reservation]:
    for host in hosts:
        written = values.text(host, "mac")
        address = values.address(_address_text(host))
        if not written or address is None or not _is_dhcp(host):
            continue
        name = values.text(host, "hostname")
        origin = Origin(source, f"{ADDRESSES}/{values.text(host, 'id')}", name)
        if mac := values.mac(written):
            if name and not values.hostname(name):
                notes.append(f"{origin}: the name {name!r} is not a host name, left out")
            yield Reservation(mac, address, origin, values.hostname(name), realm)
        else:
            conflicts.append(f"{origin}: {written!r} of {address} is not a MAC address")
