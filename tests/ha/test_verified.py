"""What a finished deploy promises: each promise is broken here once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keaprov.ha.states import State
from keaprov.ha.verified import CLOCKS_APART, listening, shortcomings, shortcomings_of_pair
from keaprov.model import Failover, ManagementApi, Role, Server, Site
from tests.ha.observations import REVISION, UP, ha, kea, server

PRIMARY = Server("a", "10.60.1.67", ("ens18",), Role.PRIMARY)
SITE = Site("s", (PRIMARY,), {}, failover=Failover(), api=ManagementApi())
WELL = server(kea=kea(relationship=replace(ha(), scopes=("a",))))


def of(site: Site = SITE, revision: str = REVISION, port: int | None = None, **changes: Any) -> str:
    return "\n".join(shortcomings(site, PRIMARY, replace(WELL, **changes), revision, port))


def test_a_server_as_promised_has_no_shortcoming() -> None:
    assert not of()


def test_a_version_that_rpm_cannot_tell_is_not_another_version() -> None:
    unknown = replace(WELL, packages={}, rpm_error="rpm's database cannot be read: error: x")
    assert of(packages={}, rpm_error=unknown.rpm_error) == unknown.rpm_error
    assert not list(shortcomings_of_pair({"a": WELL, "b": unknown}))


@pytest.mark.parametrize("name", ["kea-dhcp4", "firewalld", "chronyd"])
def test_each_unit_runs_and_is_enabled(name: str) -> None:
    assert f"{name} is absent, not enabled" in of(
        units={each: UP for each in WELL.units if each != name}
    )
    assert of(units={**WELL.units, name: replace(UP, enabled=False)}) == (
        f"{name} is active, not enabled"
    )
    assert f"{name} is failed, enabled" in of(
        units={**WELL.units, name: replace(UP, active="failed", pid=0)}
    )


def test_the_wanted_revision_runs() -> None:
    assert of(revision="other") == f"kea-dhcp4 runs revision {REVISION}, wanted other"
    assert f"runs revision unknown, wanted {REVISION}" in of(kea=kea(""))


def test_it_serves() -> None:
    assert of(kea=kea(relationship=ha(State.WAITING))).startswith("it is in waiting")


def test_every_socket_listens() -> None:
    assert of(listening=()) == (
        "nothing listens on tcp 10.60.1.67:8005\nnothing listens on tcp 10.60.1.67:8000"
    )
    assert of(port=9) == "nothing listens on tcp 10.60.1.67:9"


def test_what_a_server_listens_on() -> None:
    assert listening(replace(SITE, api=None), PRIMARY) == ("tcp 10.60.1.67:8005",)
    assert listening(replace(SITE, failover=None), PRIMARY, 9) == ("tcp 10.60.1.67:8000",)
    assert not listening(replace(SITE, failover=None, api=None), PRIMARY)


def test_two_servers_are_alike() -> None:
    assert not list(shortcomings_of_pair({"a": WELL, "b": WELL}))
    older = replace(WELL, packages={"isc-kea-dhcp4": "3.0.2"}, kea=kea("older"))
    assert list(shortcomings_of_pair({"b": older, "a": WELL})) == [
        "Kea versions differ: a 3.0.3-isc1, b 3.0.2",
        f"revisions differ: a {REVISION}, b older",
    ]


def test_the_clocks_of_a_pair() -> None:
    def apart(seconds: float) -> list[str]:
        ahead = replace(WELL, ahead=5 + seconds)
        return list(shortcomings_of_pair({"a": replace(WELL, ahead=5.0), "b": ahead}))

    assert not apart(CLOCKS_APART)
    assert apart(CLOCKS_APART + 0.5) == ["the clocks are 1.5 s apart"]
