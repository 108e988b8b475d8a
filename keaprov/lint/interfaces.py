"""Rules about the interfaces that kea-dhcp4 listens on, in a site's servers and in Kea's own files.

Sources: cfg_iface.cc and pkt_filter_lpf.cc of Kea 3.0; ``dev_valid_name`` of the Linux kernel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from keaprov.errors import KeyPath
from keaprov.lint.config import Config, as_map
from keaprov.lint.forms import address
from keaprov.lint.rule import Finding, error, warning
from keaprov.model.names import EVERY_INTERFACE

_LONGEST = 15
"""Bytes of an interface's name (IFNAMSIZ, with the zero at its end)."""
_VLAN = re.compile(r"(?P<parent>.+)\.[0-9]+\Z")


@error("KP733")
def interfaces(config: Config) -> Iterator[Finding]:
    """Each interface is named once: as a whole, or by its addresses (``eth0/192.0.2.1``).

    Linux allows names of 15 bytes, without white space, slash or colon. That goes for the
    ``interface`` of a subnet or shared network too: Kea refuses one that the host does not have.
    """
    for scope in config.scopes:
        text = scope.raw.get("interface") if scope.kind in ("shared", "subnet") else None
        if isinstance(text, str) and text and (fault := _fault(text) or _with_slash(text)):
            where = (*scope.path, "interface")
            yield Finding(f"{text!r} {fault}", where, "Write the name alone, such as eth0.")
    for where, names in _lists(config):
        earlier: set[tuple[str, str]] = set()
        for index, text in enumerate(names):
            if not isinstance(text, str):
                continue
            name, slash, text_address = (part.strip() for part in text.partition("/"))
            fault = _fault(name) or (
                "is not an interface"
                if slash and (name == EVERY_INTERFACE or address(text_address) is None)
                else ""
            )
            if fault:
                yield Finding(
                    f"{text!r} {fault}", (*where, index), "Write eth0, eth0/192.0.2.1 or *."
                )
            elif (name, text_address) in earlier or (
                name != EVERY_INTERFACE and _overlaps(name, slash, earlier)
            ):
                hint = "Name an interface once, or each of its addresses once."
                yield Finding(f"{name} is named twice", (*where, index), hint)
            earlier.add((name, text_address))


@warning("KP736")
def parents(config: Config) -> Iterator[Finding]:
    """Kea listens on a VLAN's interface or on its parent, not on both.

    Through its raw socket on the parent Kea 3.0 receives the VLAN's packets too, takes the parent's
    subnet for them, and answers the client twice. Kea 3.2 mends it (ChangeLog 2448). A UDP socket
    (``dhcp-socket-type: udp``) does not receive them.
    """
    sockets = as_map(config.dhcp4.get("interfaces-config")).get("dhcp-socket-type")
    for where, names in _lists(config) if sockets != "udp" else ():
        whole = {name.partition("/")[0].strip() for name in names if isinstance(name, str)}
        for index, text in enumerate(names):
            vlan = _VLAN.match(text.partition("/")[0].strip()) if isinstance(text, str) else None
            if vlan and (vlan["parent"] in whole or EVERY_INTERFACE in whole):
                message = f"Kea listens on {vlan['parent']} too, and receives this VLAN's packets"
                hint = f"Name {vlan['parent']} or its VLANs."
                yield Finding(f"{message} twice", (*where, index), hint)


def _lists(config: Config) -> Iterator[tuple[KeyPath, list[object] | tuple[object, ...]]]:
    """Yield the lists of interfaces, each with its path."""
    if config.site:
        for server in config.site.servers:
            yield ("servers", server.name, "interfaces"), server.interfaces
    names = as_map(config.dhcp4.get("interfaces-config")).get("interfaces")
    if isinstance(names, (list, tuple)):
        yield (*config.root, "interfaces-config", "interfaces"), names


def _fault(name: str) -> str:
    """Return why Linux has no interface of this name, "" if it may."""
    if not name or name in (".", "..") or any(sign in ":\0" or sign.isspace() for sign in name):
        return "is not an interface"
    if len(name.encode()) > _LONGEST:
        return f"is not an interface: a name has at most {_LONGEST} bytes"
    return ""


def _with_slash(name: str) -> str:
    return "is not an interface" if "/" in name else ""


def _overlaps(name: str, slash: str, earlier: set[tuple[str, str]]) -> bool:
    if slash:
        return (name, "") in earlier
    return any(other == name for other, _ in earlier)


RULES = (interfaces, parents)
