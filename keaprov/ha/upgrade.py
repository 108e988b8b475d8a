"""Which packages of Kea a server gets in its turn, and which it gets back if the gate closes: pure.

Kea of the distribution or of EPEL is replaced by the vendor's: both have the same files, so that
they cannot be installed together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from keaprov import paths, series
from keaprov.ha.observed import Observed

VENDOR = "isc-kea"
"""How the names of the vendor's packages begin."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A change of packages; everything is empty if the wanted version is installed.

    `install` has the vendor's packages with the wanted version, those that are missing among them,
    `installed` what is replaced, with its version. `erase` names installed packages that the wanted
    series does not have, `swap` those of the distribution or of EPEL, whose files are in the way.
    `test_later`: the installed Kea cannot test a configuration for the wanted one (another series,
    or other hook libraries), so that the wanted one tests it in the turn.
    """

    install: tuple[str, ...] = ()
    installed: tuple[str, ...] = ()
    erase: tuple[str, ...] = ()
    swap: tuple[str, ...] = ()
    test_later: bool = False
    reasons: tuple[str, ...] = ()


def upgrade(observed: Observed, version: str | None) -> Upgrade:
    """Return the change of packages that brings a server to the pinned version, if there is one."""
    own = {name: has for name, has in observed.packages.items() if name.startswith(VENDOR)}
    others = distributions_kea(observed)
    behind = [name for name, has in own.items() if version and not is_version(has, version)]
    if not version or not (behind or others):
        return Upgrade()
    wanted_series = series.of_version(version)
    gone = tuple(name for name in _gone(wanted_series) if name in own)
    unknown = [name for name in behind if series.of_version(own[name]) == series.TAKEN_OVER]
    needed = series.packages(wanted_series) if others or kea_version(observed) else ()
    missing = [name for name in needed if name not in own]
    names = [*missing, *own] if others else [*own, *missing]
    return Upgrade(
        install=tuple(f"{name}-{version}" for name in names if name not in gone),
        installed=tuple(f"{name}-{has}" for name, has in (others or own).items()),
        erase=gone,
        swap=tuple(others),
        test_later=bool(others or unknown or missing),
        reasons=(*_behind({name: own[name] for name in behind}, version), *_foreign(others)),
    )


def _behind(versions: Mapping[str, str], version: str) -> Iterator[str]:
    """Yield which packages are of another version, in a sentence for each version."""
    for has in dict.fromkeys(versions.values()):
        names = [name for name, of in versions.items() if of == has]
        verb = "is" if len(names) == 1 else "are"
        yield f"{', '.join(names)} {verb} {has}, the site pins {version}"


def _foreign(others: Mapping[str, str]) -> Iterator[str]:
    """Yield that ISC's packages replace those of the distribution or of EPEL."""
    if others:
        yield f"ISC's packages replace {', '.join(f'{name} {has}' for name, has in others.items())}"


def kea_version(observed: Observed) -> str | None:
    """Return the installed version-release of the vendor's Kea, None if it is not installed."""
    return observed.packages.get("isc-kea-dhcp4")


def any_kea_version(observed: Observed) -> str | None:
    """Return the installed version-release of Kea, whoever packaged it, None if there is none."""
    return kea_version(observed) or observed.packages.get("kea")


def distributions_kea(observed: Observed) -> dict[str, str]:
    """Return the version of each installed package of Kea from the distribution or EPEL."""
    packages = observed.packages
    return {name: packages[name] for name in paths.DISTRIBUTIONS_KEA if name in packages}


def is_version(installed: str, wanted: str) -> bool:
    """Whether an installed version-release is the wanted version, or version-release."""
    return installed == wanted or installed.startswith((f"{wanted}-", f"{wanted}."))


def _gone(wanted: str) -> tuple[str, ...]:
    """Return the packages that a series does not have."""
    known = series.known().get(wanted)
    return () if known is None or known.agent else (series.AGENT_PACKAGE,)
