"""Rules about the servers of a site: their addresses, and who may reach them."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address, ip_network

from keaprov.ip import is_address, is_ipv6
from keaprov.lint.config import Config, Subnet
from keaprov.lint.forms import address
from keaprov.lint.rule import Finding, error, warning

_SHORTEST = {4: 8, 6: 32}
"""The longest of the private networks is 10.0.0.0/8 (RFC 1918); a provider gets an IPv6 /32."""
_LONGEST_WITH_BROADCAST = 30
"""Networks of 31 and 32 bits have neither network nor broadcast address (RFC 3021)."""


@error("KP314", stricter=True)
def addresses(config: Config) -> Iterator[Finding]:
    """A server's address is that of a host: its peer connects to it, and the API listens there.

    Addresses in 0.0.0.0/8, loopback, multicast, the reserved block and broadcast are not (RFC 6890,
    RFC 5771). Nor are the network and the broadcast address of a subnet (RFC 1122, 3.2.1.3). A
    link-local address of IPv6 is none either: it is valid on one link only, and a firewall rule
    cannot name it with its interface (RFC 4291, 2.5.6). An IPv4 address in IPv6 notation is written
    as IPv4.
    """
    ends = {number: (kind, subnet) for subnet in config.subnets for number, kind in _ends(subnet)}
    for server in config.site.servers if config.site else ():
        for key, text in (("address", server.address), ("dhcp-address", server.dhcp_address)):
            kind = _kind(text or "")
            number = address(text)
            if not kind and number in ends:
                end, subnet = ends[number]
                kind = f"the {end} address of {subnet.network}"
            if kind:
                message = f"{text} is {kind}, not the address of a host on the network"
                hint = "Write the address of the interface by which its peer reaches it."
                if key == "dhcp-address":
                    hint = "Write the address of the interface by which relays reach it."
                yield Finding(message, ("servers", server.name, key), hint)


def _ends(subnet: Subnet) -> Iterator[tuple[int | None, str]]:
    """Yield the two addresses of a subnet that no host has, each with what it is."""
    if subnet.network is not None and subnet.network.prefixlen <= _LONGEST_WITH_BROADCAST:
        yield subnet.first, "network"
        yield subnet.last, "broadcast"


def _kind(text: str) -> str:
    """Return what an address is if it is not a host's; "" for a host's, and for another text."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    if address.is_loopback:
        return "a loopback address"
    if address.is_multicast:
        return "a multicast address"
    return _kind_of_ipv4(address) if isinstance(address, IPv4Address) else _kind_of_ipv6(address)


def _kind_of_ipv4(address: IPv4Address) -> str:
    if address == IPv4Address("255.255.255.255"):
        return "the broadcast address"
    if address.is_reserved:
        return "in the reserved block 240.0.0.0/4"
    return "in 0.0.0.0/8" if address in IPv4Network("0.0.0.0/8") else ""


def _kind_of_ipv6(address: IPv6Address) -> str:
    if address.is_unspecified:
        return "the unspecified address"
    if address.is_link_local:
        return "a link-local address"
    if address.scope_id:
        return "an address with an interface"
    if address.ipv4_mapped:
        return f"the IPv4 address {address.ipv4_mapped}"
    return "in a block that IPv6 reserves" if address.is_reserved else ""


@error("KP316")
def identifiers(config: Config) -> Iterator[Finding]:
    """A server that is reached by IPv6 says by which IPv4 address it answers DHCP.

    Clients know a server by its IPv4 address (option 54, RFC 2132), and relays send to it. With an
    address of IPv6, `dhcp-address` says it, or the interfaces do (``ens18/10.60.1.67``). So the
    linter keeps it out of pools, and `keaprov probe` and a drill know who answered.
    """
    for server in config.site.servers if config.site else ():
        if is_ipv6(server.address) and not server.identifiers:
            message = f"the address of {server.name} is IPv6, and clients know a server by IPv4"
            hint = "Add dhcp-address: the IPv4 address of this server that relays send to."
            yield Finding(message, ("servers", server.name, "address"), hint)


@error("KP317")
def one_family(config: Config) -> Iterator[Finding]:
    """The two servers of a pair have addresses of one family: IPv4 both, or IPv6 both.

    A server that has an address of IPv4 only cannot connect to its peer's address of IPv6, and the
    firewall of each server lets in the address of its peer that the site has.
    """
    servers = config.site.servers if config.site else ()
    families = [is_ipv6(server.address) for server in servers if is_address(server.address)]
    if len(set(families)) > 1:
        first, second = ("IPv6" if ipv6 else "IPv4" for ipv6 in families)
        message = f"the address of {servers[0].name} is {first}, this one is {second}"
        hint = "Give both servers an address of the same family."
        yield Finding(message, ("servers", servers[1].name, "address"), hint)


@warning("KP315")
def management(config: Config) -> Iterator[Finding]:
    """The management API is open to few networks: it changes and stops the service.

    A prefix shorter than /8, or than /32 with IPv6, holds public addresses.
    """
    for index, text in enumerate(config.site.firewall.management if config.site else ()):
        try:
            network = ip_network(text)
        except ValueError:
            continue
        private = network.version == 6 and network.is_private
        if network.prefixlen < _SHORTEST[network.version] and not private:
            whose = "every address there is" if network.prefixlen == 0 else "public addresses too"
            hint = "Name the network that your management hosts are in."
            where = ("firewall", "management", index)
            yield Finding(f"{text} opens the management API to {whose}", where, hint)


RULES = (addresses, management, identifiers, one_family)
