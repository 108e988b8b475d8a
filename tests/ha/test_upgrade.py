"""Which packages of Kea a server gets in its turn, and which it gets back."""

from __future__ import annotations

import pytest

from keaprov.ha.upgrade import Upgrade, any_kea_version, kea_version, upgrade
from tests.ha.observations import server

ISC = ("isc-kea-dhcp4", "isc-kea-hooks", "isc-kea-admin", "isc-kea-ctrl-agent")
EPELS = ("kea-libs", "kea", "kea-hooks")
OLD, NEW = "3.0.2-isc1", "3.0.3-isc2"


@pytest.mark.parametrize("version", [None, "3.0.2", OLD])
def test_nothing_is_installed_where_the_version_is_the_wanted_one(version: str | None) -> None:
    assert upgrade(server(packages=dict.fromkeys(ISC, OLD)), version) == Upgrade()


@pytest.mark.parametrize("packages", [{}, dict.fromkeys(EPELS, "2.6.3-1.el9")])
def test_nothing_is_changed_without_an_exact_version(packages: dict[str, str]) -> None:
    assert upgrade(server(packages=packages), None) == Upgrade()


def test_every_package_of_kea_is_upgraded_and_can_come_back() -> None:
    kea = {"isc-kea-common": OLD, **dict.fromkeys(ISC, NEW), "isc-kea-dhcp4": OLD}
    assert upgrade(server(packages={"chrony": "4.6", **kea}), NEW) == Upgrade(
        install=tuple(f"{name}-{NEW}" for name in kea),
        installed=tuple(f"{name}-{version}" for name, version in kea.items()),
        reasons=(f"isc-kea-common, isc-kea-dhcp4 are {OLD}, the site pins {NEW}",),
    )


@pytest.mark.parametrize("old", [OLD, "2.6.3-isc1"])
def test_what_is_missing_comes_with_the_upgrade_which_tests_the_configuration(old: str) -> None:
    """Hook libraries of another version than the daemon's do not load: none comes before."""
    kea = {"isc-kea-common": old, "isc-kea-dhcp4": old}
    todo = upgrade(server(packages=kea), NEW)
    assert todo.install == tuple(f"{name}-{NEW}" for name in ("isc-kea-common", *ISC))
    assert todo.installed == tuple(f"{name}-{old}" for name in kea)
    assert todo.test_later
    assert upgrade(server(packages={"isc-kea-common": old}), NEW).install == (
        f"isc-kea-common-{NEW}",
    )


def test_each_version_that_is_behind_has_its_reason() -> None:
    packages = {"isc-kea-common": "3.0.1-isc1", "isc-kea-dhcp4": OLD}
    assert upgrade(server(packages=packages), NEW).reasons == (
        f"isc-kea-common is 3.0.1-isc1, the site pins {NEW}",
        f"isc-kea-dhcp4 is {OLD}, the site pins {NEW}",
    )


@pytest.mark.parametrize("installed", ["2.6.3-1.el9", "3.0.3-1.el10"])
def test_iscs_packages_replace_those_of_the_distribution(installed: str) -> None:
    packages = {"isc-kea-common": NEW, **dict.fromkeys(reversed(EPELS), installed)}
    listed = ", ".join(f"{name} {installed}" for name in EPELS)
    assert upgrade(server(packages=packages), NEW) == Upgrade(
        install=tuple(f"{name}-{NEW}" for name in (*ISC, "isc-kea-common")),
        installed=tuple(f"{name}-{installed}" for name in EPELS),
        swap=EPELS,
        test_later=True,
        reasons=(f"ISC's packages replace {listed}",),
    )


@pytest.mark.parametrize(
    ("installed", "wanted", "later"),
    [("2.6.3-isc1", NEW, True), (OLD, NEW, False), (NEW, "3.2.0-isc1", False)],
)
def test_which_kea_tests_the_new_configuration(installed: str, wanted: str, later: bool) -> None:
    assert upgrade(server(packages=dict.fromkeys(ISC, installed)), wanted).test_later is later


def test_a_series_without_agent_erases_its_package() -> None:
    change = upgrade(server(packages=dict.fromkeys(ISC, NEW)), "3.2.0")
    assert change.erase == ("isc-kea-ctrl-agent",)
    assert "isc-kea-ctrl-agent-3.2.0" not in change.install
    assert f"isc-kea-ctrl-agent-{NEW}" in change.installed


@pytest.mark.parametrize(
    ("packages", "own", "any_"),
    [
        ({}, None, None),
        ({"isc-kea-dhcp4": NEW, "kea": "2.6.3"}, NEW, NEW),
        ({"kea": "2.6.3", "kea-libs": "2.6.4"}, None, "2.6.3"),
    ],
)
def test_whose_kea_is_installed(
    packages: dict[str, str], own: str | None, any_: str | None
) -> None:
    observed = server(packages=packages)
    assert (kea_version(observed), any_kea_version(observed)) == (own, any_)
