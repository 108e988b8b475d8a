"""Read the report of files/host/observe.py as an `Observed`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keaprov import typed
from keaprov.ha.observed import (
    UNIT,
    Chrony,
    Dnf,
    File,
    Firewalld,
    Managed,
    Observed,
    Partner,
    Placed,
    Running,
    Ssh,
    Unit,
    Zone,
)
from keaprov.ha.states import SERVING, Ha, State, serves_scope
from keaprov.ip import canonical, is_address
from keaprov.model import Role, peer_url

NOTHING: Mapping[str, Any] = {
    "os": {"id": "", "like": "", "version": "", "name": "", "machine": ""},
    "interfaces": {},
    "texts": {},
    "disk": {},
    "read_only": [],
    "firewall": {"services": {}, "permanent": None, "default": ""},
    "chrony": {"synchronised": False, "detail": "not asked"},
    "dnf": {"updates": [], "holder": None, "error": None},
    "key": [],
    "listening": [],
    "updated_since_boot": [],
    "secret": None,
    "repository": False,
    "handover": None,
    "lease_bytes": 0,
    "foreign_leases": (),
    "certificates": {},
    "addresses": {"own": {}, "towards": {}},
    "units": {},
    "packages": {"versions": {}, "error": None},
    "files": {},
    "user": 0,
}
"""The values of the parts that a report does not have."""


def from_report(report: Mapping[str, Any], arrived: float) -> Observed:
    """Build `Observed` from the report of files/host/observe.py.

    `arrived` is this machine's time when the report arrived, in seconds since the epoch. A server
    reads its clock last, so the difference is that of the clocks, apart from the network's delay.

    A report of another form raises what Python raises for it (`keaprov.control.decoding.expected`).
    """
    report = {**NOTHING, **report}
    firewall, kea, dnf = report["firewall"], report["kea"], report["dnf"]
    secret = report["secret"] or {"exists": False, "equal": False}
    observed = Observed(
        ahead=report["clock"] - arrived,
        root=report["user"] == 0,
        os_id=report["os"]["id"],
        os_version=report["os"]["version"],
        os_name=report["os"]["name"],
        os_like=report["os"]["like"],
        machine=report["os"]["machine"],
        interfaces=report["interfaces"],
        packages=report["packages"]["versions"],
        rpm_error=report["packages"]["error"] or "",
        units={
            name: Unit(**{key: unit[key] for key in UNIT if key in unit})
            for name, unit in report["units"].items()
        },
        files={path: File(**entry) for path, entry in report["files"].items() if entry},
        texts=report["texts"],
        disk=report["disk"],
        read_only=tuple(report["read_only"]),
        firewalld=Firewalld(
            services=firewall["services"],
            permanent=_zone(firewall["permanent"]),
            runtime=_zone(firewall.get("runtime")),
            bound=firewall.get("bound", {}),
            default=firewall["default"],
            error=firewall.get("error") or "",
            loaded=firewall.get("loaded", {}),
            ssh=_ssh(firewall.get("ssh")),
            managed={name: Managed(**entry) for name, entry in firewall.get("managed", {}).items()},
            elsewhere={
                name: zone
                for name, entry in firewall.get("elsewhere", {}).items()
                if (zone := _zone(entry))
            },
        ),
        chrony=Chrony(
            report["chrony"]["synchronised"],
            report["chrony"]["detail"],
            report["chrony"].get("offset", 0.0),
        ),
        kea=_running(kea),
        dnf=Dnf(tuple(dnf["updates"]), dnf["holder"], dnf["error"]),
        key=tuple(report["key"]),
        listening=tuple(report["listening"]),
        updated_since_boot=tuple(report["updated_since_boot"]),
        secret_exists=secret["exists"],
        secret_equal=secret["equal"],
        repository_equal=bool(report["repository"]),
        lease_bytes=report["lease_bytes"],
        foreign_leases=tuple(report["foreign_leases"]),
        handover=report["handover"] is not None,
        certificates={name: Placed(**entry) for name, entry in report["certificates"].items()},
        addresses=report["addresses"]["own"],
        towards=report["addresses"]["towards"],
    )
    typed.check(observed)
    return observed


def _running(kea: Mapping[str, Any]) -> Running:
    status = kea["status"] or {}
    ha = Ha.from_status(status, kea.get("peer")) if status else None
    return Running(
        version=kea["version"],
        revision=kea["revision"],
        ha=ha,
        error=kea.get("error"),
        hash=kea.get("hash", ""),
        proven=kea.get("proven", False),
        pid=kea.get("pid", 0),
        sockets=_sockets(status.get("sockets") or {}, kea.get("links") or {}),
        opens_again=_opens_again(status.get("sockets") or {}, kea.get("links") or {}),
        disabled=_disabled(status.get("dhcp-state") or {}),
        config_read=kea.get("config", True),
        this_server=kea.get("this_server", ""),
        role=_role(kea),
        partner=_partner(kea),
        foreign=bool(kea.get("config")) and not kea.get("site"),
        cert_file=next((str(peer.get("cert-file", "")) for peer in _own(kea)), ""),
        peer_serves=_peer_serves(kea.get("peer"), ha.scope if ha else ""),
    )


def _peer_serves(heartbeat: Mapping[str, Any] | None, scope: str) -> bool | None:
    """Return whether a peer that answered a heartbeat answers clients, None without an answer."""
    if not heartbeat or heartbeat.get("error"):
        return None
    scopes = heartbeat.get("scopes") or ()
    return State.of(heartbeat.get("state")) in SERVING and serves_scope(scopes, scope)


def _role(kea: Mapping[str, Any]) -> Role | None:
    """Return the role of a server in the pair that it runs."""
    roles = (Role(peer["role"]) for peer in _own(kea) if peer["role"] in set(Role))
    return next(roles, None)


def _own(kea: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a server's own entry in the pair that it runs."""
    peers = kea.get("ha_peers") or ()
    yield from (peer for peer in peers if peer["name"] == kea["this_server"])


def _partner(kea: Mapping[str, Any]) -> Partner | None:
    """Return the other server of the running pair; files/host/look_kea.py sends it a heartbeat."""
    peers = [peer for peer in kea.get("ha_peers") or () if peer["role"] != "backup"]
    for peer in peers:
        if peer["name"] != kea["this_server"]:
            error = (kea.get("peer") or {}).get("error", "it was not asked")
            return Partner(peer["name"], canonical(_host(peer["url"])), error)
    return None


def _host(text: object) -> str:
    """Return the host of a peer's URL, "" if there is none."""
    url = peer_url.read(text)
    return url.host if url and is_address(url.host) else ""


LINKS = {
    "gone": "there is no interface {} any more",
    "down": "the interface {} is down",
    "bare": "the interface {} has no IPv4 address",
    "anew": "the interface {} was removed and made anew since kea-dhcp4 was started",
    "moved": "the interface {} has another IPv4 address than when kea-dhcp4 was started",
}
"""What keeps packets from a socket that Kea has opened, by the state of its interface."""
OPENED_AGAIN = frozenset({"up", "ready", "anew", "moved"})
"""States of interfaces that a kea-dhcp4 can open when it starts."""
PASSING = ("is down", "is not running", "has no usable IPv4 addresses configured")
"""How Kea's errors end about an interface that may be another one now (iface_mgr.cc)."""


def _sockets(sockets: Mapping[str, Any], links: Mapping[str, str]) -> tuple[str, ...]:
    """Return the errors of the DHCP sockets, () if all are open and receive packets.

    Kea checks an interface only when it opens its socket: `links` has the state of each one now.
    """
    if sockets.get("status", "ready") == "ready":
        return tuple(LINKS[state].format(name) for name, state in links.items() if state in LINKS)
    errors = tuple(str(error) for error in sockets.get("errors") or ())
    return errors or (f"the sockets are {sockets['status']}",)


def _opens_again(sockets: Mapping[str, Any], links: Mapping[str, str]) -> bool:
    """Return whether a restart of kea-dhcp4 opens sockets that are closed, or receive nothing.

    Kea opens its sockets when it starts, and does not look again while its status is failed.
    """
    states, status = set(links.values()), sockets.get("status", "ready")
    if not states or not states <= OPENED_AGAIN:
        return False
    if status == "ready":
        return bool(states & LINKS.keys())
    errors = tuple(str(error) for error in sockets.get("errors") or ())
    return status == "failed" and bool(errors) and all(e.endswith(PASSING) for e in errors)


def _disabled(state: Mapping[str, Any]) -> str:
    """Return who disabled the DHCP service, "" if it is enabled."""
    reasons = {
        "disabled-by-user": "by the command dhcp-disable",
        "disabled-by-db-connection": "because a database is not reachable",
        "disabled-by-remote-command": "by the peer, while it synchronises its leases",
        "disabled-by-local-command": "by the HA hook",
    }
    if not state.get("globally-disabled"):
        return ""
    given = (words for key, words in reasons.items() if state.get(key))
    return next(given, "for an unknown reason")


def _zone(entry: Mapping[str, list[str]] | None) -> Zone | None:
    return Zone(**{key: tuple(value) for key, value in entry.items()}) if entry else None


def _ssh(entry: Mapping[str, Any] | None) -> Ssh:
    return Ssh(**{**entry, "admitting": tuple(entry["admitting"])}) if entry else Ssh()
