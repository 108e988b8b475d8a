"""Read firewalld's files: zones, services and ipsets; /etc goes before the vendor's."""

from __future__ import annotations

import glob
import ipaddress
import os
import re
import xml.etree.ElementTree as ElementTree
from typing import Any, Union

import reading

ROOT = "/etc/firewalld"
VENDOR = "/usr/lib/firewalld"

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]


def path(kind: str, name: str) -> str:
    """Return the file of a zone, service or ipset that counts; "" if there is none."""
    for directory in (ROOT, VENDOR):
        candidate = f"{directory}/{kind}/{name}.xml"
        if reading.quiet(candidate):
            return candidate
    return ""


def names(kind: str) -> list[str]:
    """List the zones, services or ipsets that have a file."""
    files = (name for root in (ROOT, VENDOR) for name in glob.glob(f"{root}/{kind}/*.xml"))
    return sorted({os.path.basename(name)[:-4] for name in files})


def own_names(kind: str) -> list[str]:
    """List the zones, services or ipsets that somebody has changed on this host."""
    return sorted(os.path.basename(name)[:-4] for name in glob.glob(f"{ROOT}/{kind}/*.xml"))


def zone_of(interface: str) -> str:
    """Return the zone whose file has an interface, "" if none has it."""
    for name in names("zones"):
        zone = element("zones", name)
        members = () if zone is None else zone.findall("interface")
        if any(each.get("name") == interface for each in members):
            return name
    return ""


def element(kind: str, name: str) -> Any:
    """Return the root element of a zone, service or ipset; None without a file that can be read."""
    try:
        return ElementTree.fromstring(reading.text(path(kind, name)))
    except (OSError, ElementTree.ParseError, ValueError):
        return None


def default_zone() -> str:
    """Return the name of the default zone."""
    match = re.search(r"^DefaultZone=(\S+)", reading.quiet(f"{ROOT}/firewalld.conf"), re.M)
    return match.group(1) if match else "public"


def contains(text: str, address: Address | None) -> bool:
    """Whether an address is in a network, or is that address; False if it is not known."""
    try:
        return address is not None and address in ipaddress.ip_network(text, strict=False)
    except (ValueError, TypeError):
        return False


def in_ipset(name: str, address: Address | None) -> bool:
    """Whether an address is in the permanent entries of an ipset."""
    ipset = element("ipsets", name)
    entries = () if ipset is None else ipset.findall("entry")
    return any(contains((entry.text or "").strip(), address) for entry in entries)
