"""What a finished deploy promises, checked one by one."""

from __future__ import annotations

from collections.abc import Iterator

from keaprov.ha.observed import Observed
from keaprov.ha.serving import troubles
from keaprov.ip import with_port
from keaprov.model import Server, Site

CLOCKS_APART = 1.0
"""Seconds between the clocks of a pair, at most."""


def shortcomings(
    site: Site, server: Server, observed: Observed, revision: str, ha_port: int | None = None
) -> Iterator[str]:
    """Yield everything about this server that is not as the site promises."""
    for name in ("kea-dhcp4", "firewalld", "chronyd"):
        unit = observed.unit(name)
        if not unit.running or not unit.enabled:
            yield f"{name} is {unit.active}, {'' if unit.enabled else 'not '}enabled"
    if observed.kea.revision != revision:
        yield f"kea-dhcp4 runs revision {observed.kea.revision or 'unknown'}, wanted {revision}"
    yield from map(str, troubles(site, server, observed))
    if observed.rpm_error:
        yield observed.rpm_error
    for port in listening(site, server, ha_port):
        if port not in observed.listening:
            yield f"nothing listens on {port}"


def shortcomings_of_pair(by_name: dict[str, Observed]) -> Iterator[str]:
    """Yield everything in which two servers differ, from what is observed by server name."""
    versions = {
        name: observed.packages.get("isc-kea-dhcp4")
        for name, observed in by_name.items()
        if not observed.rpm_error
    }
    revisions = {name: observed.kea.revision for name, observed in by_name.items()}
    for what, values in (("Kea versions", versions), ("revisions", revisions)):
        if len(set(values.values())) > 1:
            yield f"{what} differ: " + ", ".join(f"{n} {v}" for n, v in sorted(values.items()))
    ahead = [observed.ahead for observed in by_name.values()]
    if max(ahead) - min(ahead) > CLOCKS_APART:
        yield f"the clocks are {max(ahead) - min(ahead):.1f} s apart"


def listening(site: Site, server: Server, ha_port: int | None = None) -> tuple[str, ...]:
    """Return what a server listens on for its peer and its operators.

    `ha_port` is that of the configuration that is wanted, the site's if None.
    """
    ports = [ha_port or site.failover.port] if site.failover else []
    ports += [site.api.port] if site.api else []
    return tuple(f"tcp {with_port(server.address, port)}" for port in ports)
