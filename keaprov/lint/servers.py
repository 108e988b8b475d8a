"""Rules about the servers of a site: their addresses, and who may reach them."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from keaprov.lint.config import Config
from keaprov.lint.rule import Finding, error, warning

_PRIVATE = 8
"""The longest of the private networks is 10.0.0.0/8 (RFC 1918): a shorter prefix is public."""


@error("KP314", stricter=True)
def addresses(config: Config) -> Iterator[Finding]:
    """A server's address is that of a host: its peer connects to it, and the agent listens there.

    Addresses in 0.0.0.0/8, loopback, multicast, the reserved block and broadcast are not (RFC 6890,
    RFC 5771).
    """
    for server in config.site.servers if config.site else ():
        kind = _kind(server.address)
        if kind:
            message = f"{server.address} is {kind}, not the address of a host on the network"
            hint = "Write the address of the interface by which its peer reaches it."
            yield Finding(message, ("servers", server.name, "address"), hint)


def _kind(text: str) -> str:
    try:
        address = IPv4Address(text)
    except ValueError:
        return ""
    if address == IPv4Address("255.255.255.255"):
        return "the broadcast address"
    if address.is_loopback:
        return "a loopback address"
    if address.is_multicast:
        return "a multicast address"
    if address.is_reserved:
        return "in the reserved block 240.0.0.0/4"
    return "in 0.0.0.0/8" if address in IPv4Network("0.0.0.0/8") else ""


@warning("KP315")
def management(config: Config) -> Iterator[Finding]:
    """The management API is open to few networks: it changes and stops the service.

    A prefix shorter than /8 holds public addresses.
    """
    for index, text in enumerate(config.site.firewall.management if config.site else ()):
        try:
            network = IPv4Network(text)
        except ValueError:
            continue
        if network.prefixlen < _PRIVATE:
            whose = "every address there is" if network.prefixlen == 0 else "public addresses too"
            hint = "Name the network that your management hosts are in."
            where = ("firewall", "management", index)
            yield Finding(f"{text} opens the management API to {whose}", where, hint)


RULES = (addresses, management)
