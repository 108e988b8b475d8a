"""The servers of a site together: who is there, who still stands, and refusing with a reason."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.context import host, state

from keaprov import paths
from keaprov.errors import ControlError, SecretError
from keaprov.facts import lock, program, repositories, sudo
from keaprov.facts.server import members, observe
from keaprov.facts.wanted import wanted_of
from keaprov.firewall import as_needed, openings
from keaprov.ha import preflight as rules
from keaprov.ha.observed import Observed
from keaprov.ha.plan import is_version
from keaprov.ha.turns import endpoints_change
from keaprov.model import Server, Site
from keaprov.operations.refusal import answered, refusal, refuse


def standing(one: Host) -> bool:
    """Whether the host is in this run and has not failed."""
    return one in state.activated_hosts and one not in state.failed_hosts


@operation()
@answered
def preflight() -> program.Commands:
    """Refuse a host that the deploy could not bring to its end; nothing is changed yet.

    **Example:**

    .. code:: python

        pair.preflight(name="Look before anything is changed")
    """
    reasons = list(_reasons())
    if not reasons:
        host.noop("nothing stands in the way")
        return
    if not state.is_executing:
        refuse(state, host, reasons)  # a dry run ends before the command
    yield refusal(reasons)


def _reasons() -> Iterator[str]:
    site: Site = host.data.site
    server: Server = host.data.server
    if reason := sudo.refusal(host):
        yield reason
        return
    if state.is_executing and (reason := lock.refusal(host)):
        yield reason
        return
    try:
        seen = observe(host)
    except SecretError as error:
        yield str(error)
        return
    except ControlError as error:
        yield f"{error}: it needs /usr/bin/python3, and root's rights (log in as root, or --sudo)"
        return
    found = list(rules.refusals(site, server, seen))
    try:
        wanted_of(host)
    except ControlError as error:
        found.append(str(error))
    yield from found
    if not found and lacks_packages(site, seen):
        answer = repositories.offer(host, seen, wanted_version(site))
        if answer.refusal:
            yield answer.refusal


def lacks_packages(site: Site, seen: Observed) -> bool:
    """Whether something has yet to be installed or upgraded, or the vendor's key to be pinned."""
    missing = any(name not in seen.packages for name in paths.PACKAGES)
    pinned, installed = site.kea.version, rules.kea_version(seen)
    upgrade = bool(pinned and installed) and not is_version(str(installed), str(pinned))
    return missing or upgrade or seen.key != (site.kea.repository.fingerprint,)


def wanted_version(site: Site) -> str | None:
    """Return the version to install: the site's pin, else what a server of the site has already."""
    if site.kea.version:
        return site.kea.version
    versions = (rules.kea_version(observe(one)) for one in members(host) if one.connected)
    return next((version for version in versions if version), None)


@operation()
@answered
def require(before: str, at_the_start: bool = False) -> program.Commands:
    """Fail this host when another server of its site did not come this far.

    + before: what comes next, for the message
    + at_the_start: nothing is changed yet; refuse a split brain, too, that the deploy cannot heal

    **Example:**

    .. code:: python

        pair.require(before="the packages are changed", name="Both servers stand")
    """
    site: Site = host.data.site
    reasons = list(_gaps(site, before, at_the_start))
    if not reasons:
        host.noop("every server of the site is here")
        return
    yield refusal(reasons)


def _gaps(site: Site, before: str, at_the_start: bool) -> Iterator[str]:
    here = {one.data.server.name: one for one in members(host)}
    for server in site.servers:
        one = here.get(server.name)
        if one is None:
            yield f"{server.name} of the site {site.name} is not in the inventory"
        elif not standing(one) and not _answers(one):
            yield (
                f"stopped before {before}, because {one.name} did not come this far "
                "(see its own message above). Nothing more is done on this host; "
                "put the cause right and run the deploy again"
            )
    if len(here) == len(site.servers) and all(standing(one) for one in here.values()):
        seen = {name: observe(one) for name, one in here.items()}
        yield from rules.refusals_of_pair(site, seen)
        moving = endpoints_change(site, seen)
        reason = rules.split_brain(seen) if at_the_start and not moving else None
        ports = ((seen[one.name].firewalld, openings(site, one)) for one in site.servers)
        if reason and all(as_needed(*pair) for pair in ports):
            yield reason


def _answers(one: Host) -> bool:
    """Whether a server that this run leaves out (``--limit``) is well all the same."""
    if one in state.failed_hosts or state.is_host_in_limit(one):
        return False
    try:
        return observe(one).kea.answers
    except (ControlError, ConnectError):
        return False
