"""The series of Kea that keaprov knows: series.json, one entry each.

Sources: ISC's repositories, whose names and signing keys they are; Kea's ChangeLog 2458 (3.2 has no
control agent); "Things to be aware of when upgrading to Kea 3.2" in ISC's knowledge base.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

DEFAULT = "3.0"
KEA_PACKAGES = ("isc-kea-dhcp4", "isc-kea-hooks", "isc-kea-admin")
TAKEN_OVER = "2.6"
"""A series that keaprov does not run, but brings to the first one that it knows.

Its lease file has the same columns (csv_lease_file4.cc), and its HA hook the same commands
(command_creator.cc): a test has both series in one pair.
"""
AGENT_PACKAGE = "isc-kea-ctrl-agent"
"""The package of the control agent: not every series has it."""


@dataclass(frozen=True, slots=True)
class Series:
    """A vendor's series of Kea.

    + slug: its name in ISC's repositories (``kea-3-0``)
    + fingerprint: of the key that signs its packages, forty hexadecimal digits, "" if unknown
    + agent: whether it has a control agent
    """

    slug: str
    fingerprint: str
    agent: bool


@cache
def known() -> Mapping[str, Series]:
    """Return the series by name (``3.0``), the oldest first."""
    text = resources.files("keaprov").joinpath("series.json").read_text("utf-8")
    return {name: Series(**entry) for name, entry in json.loads(text).items()}


def packages(name: str) -> tuple[str, ...]:
    """Return the packages of Kea that a server of a series needs."""
    series = known().get(name)
    return (*KEA_PACKAGES, *([AGENT_PACKAGE] if series and series.agent else []))


def obstacle(installed: str, wanted: str) -> str:
    """Return why Kea of one series cannot become another one, and the way out; "" if it can.

    An upgrade goes to the next stable series: Kea's manual describes it for one server of a pair
    while the other one serves (Kea ARM, High Availability hook, Controlled Shutdown).
    """
    names = [TAKEN_OVER, *known()]
    if installed == wanted:
        return ""
    if installed not in names:
        return (
            f"keaprov does not know Kea {installed}. Upgrade both servers by hand in a maintenance "
            "window"
        )
    if names.index(wanted) < names.index(installed):
        return (
            f"keaprov does not go back from Kea {installed} to {wanted}. Set kea.series and "
            "kea.version to what is installed"
        )
    if names.index(wanted) > names.index(installed) + 1:
        between = names[names.index(installed) + 1]
        return f"an upgrade skips no series. Upgrade from Kea {installed} to {between} first"
    return ""


def of_version(version: str) -> str:
    """Return the series of a version or version-release: ``3.0`` for ``3.0.3-isc20250912``."""
    return ".".join(version.split("-", 1)[0].split(".")[:2])
