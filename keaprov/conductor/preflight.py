"""Why a server, or the pair, must not be touched: asked before anything is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from keaprov import paths
from keaprov.channel import Channel
from keaprov.conductor.subnets import rejection
from keaprov.conductor.views import Views, observed
from keaprov.firewall import as_needed, openings
from keaprov.ha import preflight as rules
from keaprov.ha import system, turns
from keaprov.ha.left_out import LeftOut, left_out
from keaprov.ha.observed import Observed
from keaprov.ha.plan import is_version
from keaprov.model import Server, Site

DISTRIBUTION = ("epel-release", "chrony", "firewalld")
OFFERS = 600.0
"""Seconds for the repositories to be read: their metadata may have to be fetched."""


@dataclass
class Offers:
    """The vendor's signing key, its fingerprint checked, by the name of the server that has it."""

    keys: dict[str, str] = field(default_factory=dict)


def reasons_of_server(
    site: Site,
    server: Server,
    seen: Mapping[str, Observed],
    channel: Channel,
    offers: Offers,
) -> list[str]:
    """Return every reason not to touch a server; asks the repositories if it lacks something."""
    own = seen[server.name]
    reasons = list(rules.refusals(site, server, own))
    if not reasons and lacks_packages(site, own):
        reasons += _offered(site, own, wanted_version(site, seen), channel, offers)
    return reasons


def reasons_of_pair(site: Site, views: Views) -> Iterator[str]:
    """Yield every reason not to touch the servers together."""
    seen = observed(views)
    yield from (partner.words for partner in left_out(site, seen) if not partner.gone)
    yield from rules.refusals_of_pair(site, dict(seen))
    wanted = {name: view.wanted for name, view in views.items()}
    reason = rejection(site, views)
    if reason:
        yield reason
    apart = rules.split_brain(dict(seen))
    if apart is None or turns.endpoints_change(site, seen, wanted):
        return
    relationships = [one.kea.ha for one in seen.values() if one.kea.ha]
    if all(ha.healing for ha in relationships):
        return
    if all(as_needed(seen[one.name].firewalld, openings(site, one)) for one in site.servers):
        yield apart


def warnings_of_pair(site: Site, views: Views) -> Iterator[LeftOut]:
    """Yield what somebody has to know before the servers are changed, and nothing here can."""
    yield from (partner for partner in left_out(site, observed(views)) if partner.gone)


def lacks_packages(site: Site, seen: Observed) -> bool:
    """Whether something has yet to be installed or upgraded, or the vendor's key to be pinned."""
    missing = any(name not in seen.packages for name in paths.PACKAGES)
    return missing or upgrades(site, seen) or seen.key != (site.kea.repository.fingerprint,)


def upgrades(site: Site, seen: Observed) -> bool:
    """Whether the installed Kea is not the version that the site pins."""
    pinned, installed = site.kea.version, rules.kea_version(seen)
    return bool(pinned and installed) and not is_version(str(installed), str(pinned))


def wanted_version(site: Site, seen: Mapping[str, Observed]) -> str | None:
    """Return the version to install: the site's pin, else what a server of the site has already."""
    if site.kea.version:
        return site.kea.version
    versions = (rules.kea_version(one) for one in seen.values())
    return next((version for version in versions if version), None)


def _offered(
    site: Site, seen: Observed, version: str | None, channel: Channel, offers: Offers
) -> Iterator[str]:
    repository = site.kea.repository
    vendor = {n: v for n, v in seen.packages.items() if n.startswith("isc-kea")}
    request = {
        "url": repository.url,
        "release": system.release(seen),
        "key_url": repository.key_url,
        "fingerprint": repository.fingerprint,
        "vendor": paths.KEA_PACKAGES,
        "version": version or "",
        "distribution": [name for name in DISTRIBUTION if name not in seen.packages],
        "installed": [f"{n}-{v}" for n, v in vendor.items()] if upgrades(site, seen) else [],
    }
    answer = channel.program("rehearse", request, OFFERS)
    offers.keys[channel.name] = answer["key"]
    if answer["refusal"]:
        yield answer["refusal"]
