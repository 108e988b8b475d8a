"""The lab's network, as data: who is where, in which namespace, on which bridge.

The addresses are the tutorial's. Bridges stand for its VLANs (this kernel has no 802.1Q): each
client VLAN is a bridge of its own, and a router with a real relay agent joins them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

STATE = Path(os.environ.get("KEAPROV_LAB_STATE", "/run/keaprov-lab"))
CACHE = Path(os.environ.get("KEAPROV_LAB_CACHE", "/var/cache/keaprov-lab"))
DISKS = Path("/var/lib/keaprov-lab")
PREFIX = "keaprov-"
SWITCH = f"{PREFIX}switch"
PACKAGES = "packages.lab"
PACKAGES_ADDRESS = "10.60.1.5"
IPV6_PREFIX = "2001:db8:60::"
"""The servers' bridge has IPv6 too: ``2001:db8:60::67`` is dhcp1. The VLANs of clients do not."""


@dataclass(frozen=True)
class Link:
    """An interface of a namespace on a bridge; no address means none before DHCP."""

    name: str
    bridge: str
    address: str = ""
    ipv6: str = ""


@dataclass(frozen=True)
class Space:
    """A network namespace: its links, its routes (``to via``)."""

    name: str
    links: tuple[Link, ...]
    routes: tuple[tuple[str, str], ...] = ()
    forward: bool = False

    @property
    def netns(self) -> str:
        """The namespace's name on this machine."""
        return PREFIX + self.name

    @property
    def path(self) -> Path:
        """Where the namespace is mounted."""
        return Path("/run/netns") / self.netns


@dataclass(frozen=True)
class Host:
    """A booted machine with sshd: `port` on 127.0.0.1 leads to it."""

    space: Space
    port: int
    address: str = field(default="127.0.0.1")
    ipv6: str = ""

    @property
    def name(self) -> str:
        """The host's name, which is its namespace's."""
        return self.space.name


BRIDGES = ("servers", "user", "voice", "ntp")


def _server(name: str, address: str, port: int) -> Host:
    ipv6 = f"{IPV6_PREFIX}{address.rpartition('.')[2]}"
    links = (Link("ens18", "servers", f"{address}/24", f"{ipv6}/64"),)
    return Host(Space(name, links, (("default", "10.60.1.254"),)), port, address, ipv6)


SERVERS = (_server("dhcp1", "10.60.1.67", 2201), _server("dhcp2", "10.60.1.68", 2202))
BRANCH = (_server("branch1", "10.60.1.77", 2203), _server("branch2", "10.60.1.78", 2204))
"""A second pair, for several sites in one inventory: booted when a test asks for it."""
HOSTS = (*SERVERS, *BRANCH)
PACKAGE_SERVER = Space(
    "packages",
    (Link("eth0", "servers", f"{PACKAGES_ADDRESS}/24"),),
    (("default", "10.60.1.254"),),
)
NTP_SERVER = Space("ntp", (Link("eth0", "ntp", "10.20.2.254/24"),), (("default", "10.20.2.1"),))
ROUTER = Space(
    "router",
    (
        Link("servers", "servers", "10.60.1.254/24"),
        Link("user", "user", "172.20.10.254/24"),
        Link("voice", "voice", "172.20.60.254/24"),
        Link("ntp", "ntp", "10.20.2.1/24"),
    ),
    forward=True,
)
CLIENTS = (Space("user", (Link("eth0", "user"),)), Space("voice", (Link("eth0", "voice"),)))
CLIENT_PORTS = {"user": 2211, "voice": 2212}
"""Where the clients' sshd is reached on this machine's loopback."""
LOAD = Space(
    "load",
    (Link("eth0", "servers", "10.60.1.100/24", f"{IPV6_PREFIX}100/64"),),
    (("default", "10.60.1.254"),),
)
RUNNABLE = (*CLIENTS, LOAD, ROUTER, PACKAGE_SERVER, NTP_SERVER)
SPACES = (*(host.space for host in HOSTS), *RUNNABLE)


def server(name: str) -> Host:
    """Return the server of that name; SystemExit with the known names if there is none."""
    for host in HOSTS:
        if host.name == name:
            return host
    raise SystemExit(f"lab: no host {name}; there are {', '.join(h.name for h in HOSTS)}")


def space(name: str) -> Space:
    """Return the namespace of that name; SystemExit with the known names if there is none."""
    for known in SPACES:
        if known.name == name:
            return known
    raise SystemExit(f"lab: no namespace {name}; there are {', '.join(s.name for s in SPACES)}")
