"""What a finished deploy promises of its servers, and of the packages that it has installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from keaprov.channel import Channel
from keaprov.conductor.observing import Known, Observer
from keaprov.conductor.promises import altered_packages, broken_promises
from keaprov.ha.observed import Chrony, Firewalld, Zone
from keaprov.model import Ntp, Site
from tests.conductor.hosts import each
from tests.conductor.test_conductor import Scripted
from tests.conductor.world import SITE, Host, World, views

VIEWS = views(World(Host(), Host()))
UNSIGNED = {"signers": {"isc-kea-dhcp4": ""}, "keys": [], "changed": [], "number": 0, "error": None}


class Verifying(Scripted):
    """A host whose packages nobody signed."""

    def program(self, name: str, request: Mapping[str, Any], patience: float = 60.0) -> Any:
        """Report the packages, if they are asked for."""
        super().program(name, request, patience)
        assert request["signs"]["packages"]["fingerprint"] == SITE.kea.repository.fingerprint
        return {"signs": {"log": None, "leases": None, "denials": None, "packages": UNSIGNED}}


def observer(log: list[tuple[str, str]], *installed: str) -> Observer:
    """Return an observer that saw these servers without Kea before the run changed them."""
    channels: dict[str, Channel] = {
        server.name: Verifying(server.name, log) for server in SITE.servers
    }
    known = {
        name: Known(first=replace(view.observed, packages={}) if name in installed else
                    view.observed)
        for name, view in VIEWS.items()
    }  # fmt: skip
    return Observer(SITE, channels, {}, known=known)


def test_packages_that_this_run_installed_are_verified() -> None:
    log: list[tuple[str, str]] = []
    (broken,) = altered_packages(observer(log, "dhcp2"), VIEWS)
    assert broken.startswith("dhcp2: Kea's packages are not signed: isc-kea-dhcp4. Find out")
    assert log == [("dhcp2", "observe")]


def test_a_server_of_which_no_earlier_report_is_known_is_verified() -> None:
    log: list[tuple[str, str]] = []
    watching = observer(log)
    watching.known["dhcp1"] = Known()
    assert [line.split(":")[0] for line in altered_packages(watching, VIEWS)] == ["dhcp1"]


def test_a_run_that_installs_nothing_asks_nothing() -> None:
    log: list[tuple[str, str]] = []
    assert list(altered_packages(observer(log), VIEWS)) == []
    assert log == []


DONE = World(Host(scopes=True, runs="new", file="new"), Host(runs="new", file="new"))


def broken(site: Site = SITE, **changes: Any) -> list[str]:
    """Return the promises that are not kept if the standby is observed with these changes."""
    by_name = views(DONE)
    return list(broken_promises(site, {**by_name, "dhcp2": each(by_name, **changes)["dhcp2"]}))


def test_a_pair_as_promised_breaks_none() -> None:
    assert broken() == []


def test_each_broken_promise_names_its_server() -> None:
    assert broken(listening=()) == ["dhcp2: nothing listens on tcp 10.60.1.68:8005"]
    closed = Firewalld({}, Zone(), Zone(), {}, "public")
    (firewall,) = broken(firewalld=closed)
    assert firewall.startswith("dhcp2: firewalld's zone is not open")
    (clocks,) = broken(ahead=5.0)
    assert clocks == "the clocks are 5.0 s apart"


def test_the_port_is_that_of_the_configuration_that_is_wanted() -> None:
    """An earlier configuration may have another one than the site."""
    by_name = dict(views(DONE))
    view = by_name["dhcp2"]
    by_name["dhcp2"] = replace(view, wanted=replace(view.wanted, ha_port=9000))
    listens, firewall = broken_promises(SITE, by_name)
    assert listens == "dhcp2: nothing listens on tcp 10.60.1.68:9000"
    assert firewall.startswith("dhcp2: firewalld's zone is not open")


@pytest.mark.parametrize("ntp", [Ntp(pools=("p",)), Ntp(servers=("s",), pools=()), Ntp(pools=())])
def test_a_clock_follows_a_source_if_the_site_has_one(ntp: Ntp) -> None:
    lines = broken(replace(SITE, ntp=ntp), chrony=Chrony(False, "Not synchronised"))
    words = "dhcp2: the clock follows no source (Not synchronised)"
    assert lines == ([words] if ntp.pools or ntp.servers else [])
