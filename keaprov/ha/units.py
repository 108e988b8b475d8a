"""The systemd units of a server: which must run, and which of them would not start again."""

from __future__ import annotations

from collections.abc import Iterator

from keaprov.ha.observed import Observed
from keaprov.ha.serving import UNMASK, Trouble, down
from keaprov.model import Site

BESIDE_KEA = ("chronyd", "firewalld")
"""The units besides Kea's that every server runs."""


def needed(site: Site) -> tuple[str, ...]:
    """Return the units that run on every server of a site, and start with its host."""
    agent = ("kea-ctrl-agent",) if site.api and site.api.by_agent else ()
    return *BESIDE_KEA, *agent, "kea-dhcp4"


def masked(site: Site, observed: Observed) -> list[str]:
    """Return the units that nothing can start; one that runs does not come back from a turn."""
    return [name for name in needed(site) if observed.unit(name).masked]


def fixed(site: Site, observed: Observed) -> list[str]:
    """Return the units that no deploy can have started with their host."""
    return [name for name in needed(site) if observed.unit(name).fixed]


def install(name: str) -> str:
    """Return what to do about a unit file without the section that enables it."""
    return (
        f"Give it one with WantedBy=multi-user.target (systemctl cat {name} shows the file), or "
        f"remove what somebody has put in the place of the package's file: systemctl revert {name}"
    )


def signs(site: Site, observed: Observed) -> Iterator[Trouble]:
    """Yield what keeps no client waiting now, but may after the next start.

    A daemon of Kea that does not run is a trouble instead (`keaprov.ha.serving`).
    """
    for name in needed(site):
        unit = observed.unit(name)
        if not unit.running:
            if name in BESIDE_KEA:
                yield down(name, unit)
        elif unit.masked:
            what = f"{name} is masked: if it ends, nothing starts it again"
            yield Trouble(what, f"{UNMASK} {name}")
        elif unit.fixed:
            what = f"{name} does not start with its host: its unit file has no [Install] section"
            yield Trouble(what, install(name))
        elif not unit.enabled:
            what = f"{name} is not enabled: it does not start with its host"
            yield Trouble(what, "Run the deploy: it enables it")


def preparations(observed: Observed) -> Iterator[str]:
    """Yield which of the installed units besides Kea's a deploy starts or enables."""
    for name, package in (("chronyd", "chrony"), ("firewalld", "firewalld")):
        unit = observed.unit(name)
        if package in observed.packages and not unit.running:
            yield f"start {name}"
        elif package in observed.packages and not unit.enabled:
            yield f"enable {name}"
