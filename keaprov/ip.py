"""Addresses of hosts, IPv4 and IPv6, in the one spelling that texts are compared in."""

from __future__ import annotations

import ipaddress


def is_address(text: object) -> bool:
    """Return whether a value is the text of an IPv4 or IPv6 address."""
    try:
        return isinstance(text, str) and bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def is_ipv6(text: str) -> bool:
    """Return whether a text is an IPv6 address."""
    return is_address(text) and ":" in text


def canonical(text: str) -> str:
    """Return an address or a network in its canonical form; another text is returned as it is.

    That of IPv6 is the form of RFC 5952: firewalld, ``ss``, certificates and known_hosts have
    addresses as text, and ``2001:DB8:0::1`` is ``2001:db8::1`` there.
    """
    try:
        if "/" in text:
            network = ipaddress.ip_network(text)
            return f"{_written(network.network_address)}/{network.prefixlen}"
        return _written(ipaddress.ip_address(text))
    except ValueError:
        return text


def _written(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """Return an address as Python writes it since 3.13: IPv4 as IPv6 by RFC 5952, section 5."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped and not address.scope_id:
        return f"::ffff:{address.ipv4_mapped}"
    return str(address)


def with_port(address: str, port: int) -> str:
    """Return where a TCP socket listens, as in a URL and as ``ss`` writes it (RFC 3986, 3.2.2)."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
