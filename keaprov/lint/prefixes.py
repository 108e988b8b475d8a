"""Rules about prefixes with host bits, and about blocks that clients cannot use."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from keaprov.lint.config import Config
from keaprov.lint.forms import address
from keaprov.lint.rule import Finding, warning

SPECIAL = {
    IPv4Network("0.0.0.0/8"): 'is "this network"',
    IPv4Network("127.0.0.0/8"): "is for loopback",
    IPv4Network("169.254.0.0/16"): "is for link-local addresses, which hosts give themselves",
    IPv4Network("224.0.0.0/4"): "is for multicast",
    IPv4Network("240.0.0.0/4"): "is reserved",
}
"""Blocks whose addresses no DHCP client can use (RFC 6890, RFC 5771, RFC 3927)."""


@warning("KP426")
def host_bits(config: Config) -> Iterator[Finding]:
    """A prefix ends where its length says: 10.1.0.0/24, not 10.1.0.77/24.

    Kea accepts it and takes the whole prefix; often another length, or another prefix, is meant.
    """
    for subnet in config.subnets:
        if subnet.network is not None:
            start = address(subnet.name.strip().partition("/")[0].strip())
            if start is not None and start != subnet.first:
                message = f"{subnet.name} has host bits: Kea takes {subnet.network}"
                yield Finding(message, (*subnet.path, "subnet"), f"Write {subnet.network}.")


@warning("KP427")
def special_blocks(config: Config) -> Iterator[Finding]:
    """A subnet is in no block that is set aside: loopback, link-local, multicast, reserved."""
    blocks = [
        (int(block.network_address), int(block.broadcast_address), f"{block} {words}")
        for block, words in SPECIAL.items()
    ]
    for subnet in config.subnets:
        if subnet.network is None or not subnet.network.prefixlen:
            continue
        for first, last, message in blocks:
            if subnet.first <= last and first <= subnet.last:
                hint = "Clients cannot use these addresses: write another prefix."
                yield Finding(message, (*subnet.path, "subnet"), hint)


RULES = (host_bits, special_blocks)
