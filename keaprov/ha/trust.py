"""Whether the servers of a pair accept each other's certificates, now and between their turns.

Kea checks the chain and the dates of the peer's certificate, in both directions (Kea ARM, High
Availability, "TLS"). A listener speaks TLS or HTTP, never both. So if TLS is turned on or off, or
one side does not trust the other's authority, the servers do not hear each other until both had
their turn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from keaprov import paths
from keaprov.certificates.reading import begins, ends, now, trusts
from keaprov.ha.observed import Observed
from keaprov.ha.states import State
from keaprov.model import Server, Site

APART = (State.PARTNER_DOWN, State.COMMUNICATION_RECOVERY, State.WAITING)
"""States of a server that does not hear its peer, or has just begun to."""


@dataclass(frozen=True, slots=True)
class Side:
    """How a server speaks to its peer: whether by TLS; its texts, None if they are not known."""

    tls: bool
    trust: str | None = None
    cert: str | None = None


def hear(one_side: Side, other_side: Side, at: datetime) -> bool:
    """Return whether two servers hear each other; what is not known is taken as good."""
    if one_side.tls != other_side.tls:
        return False
    pairs = ((one_side.trust, other_side.cert), (other_side.trust, one_side.cert))
    return all(cert is None or _accepted(bundle, cert, at) for bundle, cert in pairs)


def _accepted(bundle: str | None, cert: str, at: datetime) -> bool:
    """Return whether a server accepts a certificate; nobody accepts one outside of its dates."""
    if bundle is not None:
        return trusts(bundle, cert, at)
    begin, end = begins(cert), ends(cert)
    return bool(begin and end and begin <= at <= end)


def running(observed: Observed) -> Side:
    """Return how a server speaks to its peer now."""
    return _side(observed, observed.kea.cert_file)


def trust_changes(
    site: Site,
    by_name: Mapping[str, Observed],
    wanted: Mapping[str, str],
    at: datetime | None = None,
) -> bool:
    """Return whether the servers would not hear each other between their turns.

    + wanted: the certificate's file of each server's wanted configuration, "" without TLS; that of
      the site for a server without an entry
    + at: the time to judge by; now if None
    """
    pair = [server for server in site.servers if server.name in by_name]
    if len(pair) != 2 or any(by_name[server.name].kea.ha is None for server in pair):
        return False
    usual = site.failover_files.get("cert-file", "")
    now_, then = {}, {}
    for server in pair:
        observed = by_name[server.name]
        now_[server.name] = running(observed)
        then[server.name] = _wanted(site, server, observed, wanted.get(server.name, usual))
    first, second = (server.name for server in pair)
    moment = at or now()
    hears = hear(now_[first], then[second], moment) and hear(then[first], now_[second], moment)
    return not hears or _repaired(site, [by_name[server.name] for server in pair])


def _repaired(site: Site, pair: Sequence[Observed]) -> bool:
    """Return whether the servers do not hear each other, and one has not read its files yet.

    Its files were repaired while kea-dhcp4 runs with those of before: its restart ends it.
    """
    files = site.tls.files.values() if site.tls else ()
    alone = any(server.kea.ha and server.kea.ha.state in APART for server in pair)
    return alone and any(server.stale("kea-dhcp4", *files) for server in pair)


def _wanted(site: Site, server: Server, observed: Observed, cert_file: str) -> Side:
    side = _side(observed, cert_file)
    if site.tls is None or side.cert is not None or cert_file != site.tls.files["cert-file"]:
        return side
    trust, cert = site.tls.trust.get(server.name), site.tls.certs.get(server.name)
    return Side(True, trust or None, cert or None)  # its files come with the bootstrap


def _side(observed: Observed, cert_file: str) -> Side:
    placed = observed.certificates.get(issue_of(cert_file))
    if placed is None:
        return Side(bool(cert_file))
    return Side(True, placed.trust or None, placed.cert or None)


def issue_of(cert_file: str) -> str:
    """Return the name of the issue that a file belongs to, "" if it is not one of keaprov's."""
    path = PurePosixPath(cert_file)
    return path.parent.name if str(path.parent.parent) == paths.TLS_DIR else ""
