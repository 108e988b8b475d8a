"""Whether firewalld's permanent zones let this run's own SSH connection in.

A rule counts only if it lets in every connection to the port from this source: a rule with a limit,
or one for a hardware address, does not. A rule that may reject counts (firewalld.richlanguage(5):
by priority, and rejections first within one).
"""

from __future__ import annotations

import ipaddress
import json
import os
from collections.abc import Iterator
from typing import Any

import firewall_files
import reading
import rich_rule
import shell

DENY, ALLOW = 0, 1


class Connection:
    """An SSH connection: `source` and `local` are addresses, None if they are not known."""

    def __init__(self, words: list[str]) -> None:
        self.source: firewall_files.Address | None = None
        self.local: firewall_files.Address | None = None
        self.port = 22
        if len(words) == 4:
            self.source, self.local = _address(words[0]), _address(words[2])
            self.port = int(words[3])
        self.interface = _interface_of(self.local)


def _address(text: str) -> firewall_files.Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _interface_of(local: firewall_files.Address | None) -> str:
    try:
        links = json.loads(shell.run("ip", "-j", "addr").stdout)
    except ValueError:
        return ""
    for link in links:
        for entry in link.get("addr_info", []):
            if local is not None and entry.get("local") == str(local):
                return str(link.get("ifname", ""))
    return ""


def connection() -> Connection:
    """Return the SSH connection that this program was started by.

    sudo takes the variable out of our environment; a parent of ours still has it.
    """
    pid = os.getpid()
    while pid > 1:
        for word in reading.quiet(f"/proc/{pid}/environ").split("\0"):
            if word.startswith("SSH_CONNECTION="):
                return Connection(word.partition("=")[2].split())
        fields = reading.quiet(f"/proc/{pid}/stat").rpartition(")")[2].split()
        pid = int(fields[1]) if len(fields) > 1 else 0
    return Connection([])


def report() -> dict[str, object]:
    """Return the connection, the zone that is bound to it, "" if none is, and who lets it in.

    `by_source` says that the zone has the connection's source: it keeps this zone whatever zone
    its interface is in.
    """
    ssh = connection()
    zones = {name: firewall_files.element("zones", name) for name in firewall_files.names("zones")}
    zones = {name: zone for name, zone in zones.items() if zone is not None}
    by_source = next((name for name, zone in zones.items() if any(_from(zone, ssh))), "")
    return {
        "source": str(ssh.source) if ssh.source else None,
        "port": ssh.port,
        "interface": ssh.interface,
        "zone": by_source or firewall_files.zone_of(ssh.interface),
        "by_source": bool(by_source),
        "admitting": [name for name, zone in zones.items() if admits(zone, ssh)],
    }


def _from(zone: Any, ssh: Connection) -> Iterator[bool]:
    for source in zone.findall("source"):
        yield firewall_files.contains(source.get("address", ""), ssh.source)
        yield firewall_files.in_ipset(source.get("ipset", ""), ssh.source)


def admits(zone: Any, ssh: Connection) -> bool:
    """Whether a zone lets a connection in: the first verdict decides."""
    verdicts = list(_rules(zone, ssh))
    if zone.get("target") == "ACCEPT" or any(_opens(child, ssh) for child in zone):
        verdicts.append((0, ALLOW))
    return min(verdicts, default=(0, DENY))[1] == ALLOW


def _rules(zone: Any, ssh: Connection) -> Iterator[tuple[int, int]]:
    for rule in zone.findall("rule"):
        accept = rule.find("accept")
        denies = rule.find("reject") is not None or rule.find("drop") is not None
        sure = accept is not None and accept.find("limit") is None
        if (sure or denies) and _concerns(rule, ssh, denies):
            priority = rich_rule.number(rule.get("priority", ""))
            yield priority, DENY if denies else ALLOW


ELEMENTS = ("service", "port", "protocol", "source-port", "forward-port", "icmp-block",
            "icmp-type", "masquerade", "tcp-mss-clamp")  # fmt: skip


def _concerns(rule: Any, ssh: Connection, doubt: bool) -> bool:
    """Whether a rule is about the connection; `doubt` is the answer where that is not known."""
    version = {"ipv4": 4, "ipv6": 6}.get(rule.get("family", ""))
    if version and ssh.source and version != ssh.source.version:
        return False
    ends = (("source", ssh.source), ("destination", ssh.local))
    if not all(_matches(rule.find(tag), address, doubt) for tag, address in ends):
        return False
    things = [child for child in rule if child.tag in ELEMENTS]
    return all(_opens(child, ssh) for child in things)


def _matches(end: Any, address: firewall_files.Address | None, doubt: bool) -> bool:
    if end is None:
        return True
    if address is None or end.get("mac"):
        return doubt
    inside = firewall_files.contains(end.get("address", ""), address) or (
        firewall_files.in_ipset(end.get("ipset", ""), address)
    )
    return inside != (end.get("invert", "").lower() in ("yes", "true"))


def _opens(child: Any, ssh: Connection) -> bool:
    """Whether a service, port or protocol is that of the connection."""
    if child.tag == "service":
        return service(child.get("name", ""), ssh.port, set())
    if child.tag == "protocol":
        return str(child.get("value")) in ("tcp", "6")
    return child.tag == "port" and _is_port(child, ssh.port)


def _is_port(child: Any, port: int) -> bool:
    first, _, last = child.get("port", "").partition("-")
    if child.get("protocol") != "tcp" or not rich_rule.NUMBER.fullmatch(first):
        return False
    return rich_rule.number(first) <= port <= rich_rule.number(last or first)


def service(name: str, port: int, visited: set[str]) -> bool:
    """Whether a service, or one that it includes, has a TCP port."""
    definition = firewall_files.element("services", name)
    if definition is None or name in visited:
        return False
    visited.add(name)
    return any(
        _is_port(child, port)
        if child.tag == "port"
        else child.tag == "include" and service(child.get("service", ""), port, visited)
        for child in definition
    )
