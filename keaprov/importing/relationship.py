"""The servers of a site and their failover, out of the HA hook of kea-dhcp4.conf."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from keaprov import secret
from keaprov.errors import KeyPath
from keaprov.importing.ledger import Ledger
from keaprov.importing.migration import maps
from keaprov.model import peer_url
from keaprov.model.names import HA_DEFAULTS

_ROLES = {"primary": "primary", "standby": "standby", "secondary": "standby"}
_OURS = ("this-server-name", "mode", "peers")


@dataclass
class Peers:
    """What the HA hook says: servers by name, and the failover of a site; empty without the hook.

    `this` is the name of the server that has the file. A server's map has `role` and `address`;
    the address is missing if the URL has a name in its place.
    """

    this: str = ""
    servers: dict[str, dict[str, Any]] = field(default_factory=dict)
    failover: dict[str, Any] = field(default_factory=dict)


def read(parameters: Any, path: KeyPath, ledger: Ledger) -> Peers:
    """Return what the parameters of the HA hook say; what a site cannot carry goes to the ledger.

    `path` is where the parameters are.
    """
    relationships = parameters.get("high-availability") if isinstance(parameters, Mapping) else None
    listed = maps(relationships)
    here: KeyPath = (*path, "high-availability")
    if len(listed) != 1 or listed != relationships:
        ledger.keep(here, relationships, "a site has one HA relationship")
        return Peers()
    for key in parameters:
        if key != "high-availability":
            ledger.keep((*path, key), parameters[key], "the HA hook reads no such parameter")
    return _peers(listed[0], (*here, 0), ledger)


def _peers(relationship: dict[str, Any], path: KeyPath, ledger: Ledger) -> Peers:
    peers = Peers(str(relationship.get("this-server-name", "")))
    ledger.move(path, ("failover",))
    ports: dict[int, None] = {}
    for index, peer in enumerate(maps(relationship.get("peers"))):
        _peer(peer, (*path, "peers", index), peers, ports, ledger)
    mode = relationship.get("mode")
    if mode == "hot-standby":
        ledger.own((*path, "mode"), "keaprov writes hot-standby")
    else:
        ledger.keep((*path, "mode"), mode, "a site's pair is hot-standby: one server answers")
    ledger.own((*path, "this-server-name"), f"is the server {peers.this} of the site")
    if len(peers.servers) < 2:
        ledger.keep(path, relationship, "without a second server a site has no failover")
        return peers
    peers.failover = {"port": next(iter(ports), 8005)}
    for key, usual in HA_DEFAULTS.items():
        peers.failover[key] = relationship.get(key, usual)
        if key in relationship:
            ledger.own((*path, key), f"is failover.{key}")
            ledger.move((*path, key), ("failover", key))
    for key, value in relationship.items():
        if key in _OURS or key in HA_DEFAULTS:
            continue
        if secret.masked(value, key) != value:
            ledger.keep((*path, key), value, "a site has no place for this secret")
        elif key == "delayed-updates-limit" and value and mode != "hot-standby":
            ledger.keep((*path, key), value, "Kea has it in load-balancing only")
        else:
            peers.failover[key] = value
            ledger.own((*path, key), f"is failover.{key}")
            ledger.move((*path, key), ("failover", key))
    return peers


def _peer(
    peer: dict[str, Any], path: KeyPath, peers: Peers, ports: dict[int, None], ledger: Ledger
) -> None:
    name, role = str(peer.get("name", "")), str(peer.get("role", ""))
    if role not in _ROLES or len(peers.servers) == 2:
        ledger.keep(path, peer, f"a site has a primary and a standby, but no {role} server")
        return
    if role == "secondary":
        ledger.changed((*path, "role"), "the secondary server of load-balancing is the standby")
    server: dict[str, Any] = {"role": _ROLES[role]}
    try:
        url = peer_url.read(peer.get("url"))
        server["address"] = str(ip_address(url.host if url else ""))
        ports.setdefault((url and url.port) or 80)
    except ValueError:
        words = "the URL has no address: the address is from --server"
        ledger.keep((*path, "url"), peer.get("url"), words)
    else:
        if len(ports) > 1:
            ledger.keep((*path, "url"), peer.get("url"), "a site has one HA port for both servers")
        else:
            ledger.own((*path, "url"), f"is the address {server['address']} and failover.port")
    peers.servers[name] = server
    ledger.move(path, ("servers", name))
    ledger.move((*path, "name"), ("servers", name))
    ledger.move((*path, "url"), ("servers", name, "address"))
    ledger.own((*path, "name"), f"is the server {name} of the site")
    if role != "secondary":
        ledger.own((*path, "role"), f"is the role of {name}")
    for key, value in peer.items():
        if (key, value) == ("auto-failover", True):
            ledger.own((*path, key), "keaprov writes true")
        elif key not in ("name", "url", "role"):
            ledger.keep((*path, key), value, "a site's servers have no such key")
