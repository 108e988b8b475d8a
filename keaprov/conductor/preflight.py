"""Why a server, or the pair, must not be touched: checked before anything is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

from keaprov import paths, repository, series
from keaprov.channel import Channel
from keaprov.conductor import reports
from keaprov.conductor.subnets import rejection
from keaprov.conductor.views import Views, observed_by_name
from keaprov.firewall import as_needed, lockout, openings
from keaprov.ha import preflight as rules
from keaprov.ha import system, turns
from keaprov.ha.left_out import LeftOut, left_out
from keaprov.ha.observed import Observed
from keaprov.ha.upgrade import kea_version, upgrade
from keaprov.model import Server, Site

DISTRIBUTION = ("chrony", "firewalld")
OFFERS = 600.0
"""Seconds for the repositories to be read: their metadata may have to be fetched."""


@dataclass
class Offers:
    """What the repositories of a server offer, by the server's name.

    `keys` has the vendor's signing key, its fingerprint checked. `epel` has the package that
    enables EPEL, "" if none is needed.
    """

    keys: dict[str, str] = field(default_factory=dict)
    epel: dict[str, str] = field(default_factory=dict)


def reasons_of_server(
    site: Site,
    server: Server,
    by_name: Mapping[str, Observed],
    channel: Channel,
    offers: Offers,
) -> list[str]:
    """Return every reason not to touch a server; asks the repositories if it lacks something."""
    own = by_name[server.name]
    reasons = list(rules.refusals(site, server, own))
    if not reasons and "firewalld" in own.packages:
        reasons += filter(None, [lockout(site, server, own.firewalld)])
    if not reasons and lacks_packages(site, own):
        reasons += _offered(site, own, wanted_version(site, by_name), channel, offers)
    return reasons


def reasons_of_pair(site: Site, views: Views) -> Iterator[str]:
    """Yield every reason not to touch the servers together."""
    by_name = observed_by_name(views)
    yield from (partner.words for partner in left_out(site, by_name) if not partner.gone)
    yield from rules.refusals_of_pair(site, dict(by_name))
    wanted = {name: view.wanted for name, view in views.items()}
    reason = rejection(site, views)
    if reason:
        yield reason
    apart = rules.split_brain(dict(by_name))
    if apart is None or turns.endpoints_change(site, by_name, wanted):
        return
    relationships = [observation.kea.ha for observation in by_name.values() if observation.kea.ha]
    if all(ha.healing for ha in relationships):
        return
    if all(
        as_needed(by_name[server.name].firewalld, openings(site, server)) for server in site.servers
    ):
        yield apart


def warnings_of_pair(site: Site, views: Views) -> Iterator[LeftOut]:
    """Yield partners that do not answer: an operator has to make sure that they stay disabled."""
    yield from (partner for partner in left_out(site, observed_by_name(views)) if partner.gone)


def lacks_packages(site: Site, observation: Observed) -> bool:
    """Whether something has yet to be installed or upgraded, or the vendor's key to be pinned."""
    needed = (*paths.PACKAGES, *site.kea.packages)
    missing = any(name not in observation.packages for name in needed)
    return (
        missing
        or upgrades(site, observation)
        or observation.key != (site.kea.repository.fingerprint,)
    )


def upgrades(site: Site, observation: Observed) -> bool:
    """Whether the installed Kea is not the version that the site pins, or not the vendor's."""
    return bool(upgrade(observation, site.kea.version).install)


def missing_version(site: Site, own: Observed, by_name: Mapping[str, Observed]) -> str | None:
    """Return the version in which a server gets the packages of Kea that it lacks.

    It is that of its own Kea: hook libraries of another version do not load, and ISC's packages
    may require each other in one version.
    """
    return kea_version(own) or wanted_version(site, by_name)


def wanted_version(site: Site, by_name: Mapping[str, Observed]) -> str | None:
    """Return the version to install: the site's pin, else what a server of the site has already."""
    if site.kea.version:
        return site.kea.version
    versions = (kea_version(observation) for observation in by_name.values())
    return next((version for version in versions if version), None)


def _offered(
    site: Site, observation: Observed, version: str | None, channel: Channel, offers: Offers
) -> Iterator[str]:
    where, key = repository.access(site), repository.key_access(site)
    request = {
        "repository": repository.text(site, system.release(observation), repository.KEY),
        "url": where.shown,
        "release": system.release(observation),
        "key": asdict(key),
        "private": where.private or key.private,
        "fingerprint": site.kea.repository.fingerprint,
        "vendor": site.kea.packages,
        "former": series.of_version(kea_version(observation) or "") != site.kea.series,
        "version": version or "",
        "distribution": [name for name in DISTRIBUTION if name not in observation.packages],
        "library": "isc-kea-common" not in observation.packages,
        "installed": list(upgrade(observation, site.kea.version).installed),
    }
    answer = reports.offered(channel.name, channel.program("rehearse", request, OFFERS))
    offers.keys[channel.name] = answer.key
    offers.epel[channel.name] = answer.epel
    if answer.refusal:
        yield answer.refusal
