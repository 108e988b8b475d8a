"""What the next deploy issues: decided from what was issued last, and from the time.

An *issue* is one set of files of a site, the same name on every server: the bundle of authorities
that both trust, and a certificate for each server. It never changes. A renewal is another issue, so
that it reaches the servers as any change of the configuration does, and can be taken back.

An authority changes in three issues, one deploy each, so that the servers trust each other at every
step: first both trust the old and the new one, then the new one signs, then the old one leaves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from keaprov.certificates.reading import (
    certificates,
    fingerprints,
    names,
    signed_by,
)
from keaprov.errors import CertificateError

NAME = re.compile(r"[0-9]{8}(-[0-9]+)?")
"""The name of an issue: the day on which it was decided, and a number from the second one on."""
LEFT = 3
"""A certificate is renewed as soon as less than a third of its time is left."""


@dataclass(frozen=True, slots=True)
class Issued:
    """What a site's authority has issued: texts in PEM form.

    `name` is "" if nothing was issued yet. `authority` signs, `successor` is the next one while the
    authority changes, otherwise "". `certs` are by server.
    """

    name: str = ""
    trust: str = ""
    certs: Mapping[str, str] = field(default_factory=dict)
    authority: str = ""
    successor: str = ""


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue to make: its name, why, the authorities to trust, and whether the new one signs.

    With `promote` the successor takes the place of the authority.
    """

    name: str
    reason: str
    trust: str
    by_successor: bool = False
    promote: bool = False


def due(issued: Issued, servers: Mapping[str, Sequence[str]], at: datetime) -> Issue | None:
    """Return the issue that a deploy makes now, None if the last one is still good.

    + servers: the names and addresses of each server, by server
    """
    name = following(issued.name, at)
    if issued.successor:
        return _of_change(issued, name)
    if not issued.name:
        return Issue(name, "no certificates were issued yet", issued.authority)
    if fingerprints(issued.trust) != fingerprints(issued.authority):
        return Issue(name, "the earlier authority is trusted no more", issued.authority)
    for server, wanted in servers.items():
        if reason := _stale(issued.certs.get(server, ""), wanted, at):
            return Issue(name, f"the certificate of {server} {reason}", issued.authority)
    return None


def following(name: str, at: datetime) -> str:
    """Return the name of the issue after one: the day, and a number if the day has one already."""
    day = f"{at:%Y%m%d}"
    last, _, number = name.partition("-")
    return f"{day}-{int(number or 1) + 1}" if last == day else day


def _of_change(issued: Issued, name: str) -> Issue:
    """Return the next issue of a change of the authority."""
    both = issued.authority + issued.successor
    if not issued.name or not fingerprints(issued.successor) <= fingerprints(issued.trust):
        return Issue(name, "the authority changes (1 of 3): both are trusted", both)
    if not all(signed_by(cert, issued.successor) for cert in issued.certs.values()):
        words = "the authority changes (2 of 3): the new one signs"
        return Issue(name, words, both, by_successor=True)
    words = "the authority changes (3 of 3): the old one is trusted no more"
    return Issue(name, words, issued.successor, promote=True)


def _stale(cert: str, wanted: Sequence[str], at: datetime) -> str:
    """Return why a certificate is renewed, "" if it is still good."""
    if not cert:
        return "is missing"
    try:
        leaf = certificates(cert)[0]
    except CertificateError:
        return "cannot be read"
    if lacking := sorted(set(wanted) - names(leaf)):
        return f"is not for {', '.join(lacking)}"
    return f"ends on {leaf.not_valid_after_utc:%Y-%m-%d}" if old(cert, at) else ""


def old(cert: str, at: datetime) -> bool:
    """Return whether less than a third of a certificate's time is left; CertificateError."""
    leaf = certificates(cert)[0]
    whole = leaf.not_valid_after_utc - leaf.not_valid_before_utc
    return leaf.not_valid_after_utc - at < whole / LEFT
