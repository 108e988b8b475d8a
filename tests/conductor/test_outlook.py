"""What a plan and a dry run say: each server's turn, live changes, and the bootstrap's work."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest

from keaprov.conductor.outlook import MOST_DIFFERENCES, outlook
from keaprov.conductor.views import Kind, Views
from keaprov.diff import ABSENT, Difference
from keaprov.ha.commands import Command
from keaprov.ha.live import Live
from keaprov.ha.observed import Dnf, Firewalld, Zone
from keaprov.ha.renumbering import Renumbering
from tests.conductor.world import SITE, Host, World, views
from tests.ha.observations import DOWN, UP

HEALTHY = World(Host(scopes=True), Host())
DONE = World(Host(scopes=True, runs="new", file="new"), Host(runs="new", file="new"))
ADDED = Command({}, (), "add subnet 7")
PACKAGES = dict.fromkeys(
    ("chrony", "firewalld", *(f"isc-kea-{name}" for name in ("common", "dhcp4", "hooks", "admin"))),
    "3.0.3",
)


def observed(world: World, **changes: Any) -> Views:
    """Return the views of a world, each observation with these changes."""
    kept = views(world)
    return {
        name: replace(view, observed=replace(view.observed, **changes))
        for name, view in kept.items()
    }


def test_nothing_to_do_has_no_words() -> None:
    prospect = outlook(SITE, views(DONE))
    assert prospect.step.kind is Kind.DONE
    assert prospect.changes == {"dhcp1": [], "dhcp2": []}
    assert list(prospect.lines_of("dhcp1")) == list(prospect.lines_of("dhcp2")) == []


def test_a_rolling_change_is_a_turn_of_each_server() -> None:
    prospect = outlook(SITE, views(HEALTHY))
    first, second = (list(prospect.lines_of(name)) for name in ("dhcp1", "dhcp2"))
    assert first[0] == str(prospect.situation)
    assert [line.startswith("turn: ") for line in first[1:]] == [True]
    assert [line.startswith("turn: ") for line in second] == [True]
    assert prospect.step.servers == ("dhcp2",)


def test_a_live_change_is_named_and_is_no_turn() -> None:
    kept = views(replace(HEALTHY, rolling=False))
    live = {name: replace(view, change=Live(grow=(ADDED,))) for name, view in kept.items()}
    prospect = outlook(SITE, live)
    assert prospect.step.kind is Kind.LIVE
    for lines in prospect.changes.values():
        assert "live: add subnet 7" in lines
        assert not any(line.startswith("turn: ") for line in lines)


def test_a_subnet_that_gets_another_id_is_in_the_situation() -> None:
    change = Renumbering({60: 61}, {60: IPv4Network("172.20.60.0/24")})
    kept = views(replace(HEALTHY, rolling=False))
    renumbers = {name: replace(view, renumbering=change) for name, view in kept.items()}
    assert change.words in str(outlook(SITE, renumbers).situation)
    assert change.words not in str(outlook(SITE, kept).situation)
    obstacle = replace(change, obstacle="no hook")
    stays = {name: replace(view, renumbering=obstacle) for name, view in kept.items()}
    assert outlook(SITE, stays).situation == outlook(SITE, kept).situation


def test_what_the_bootstrap_would_do() -> None:
    updates = Dnf(("bash", "curl"), None, None)
    bare = outlook(SITE, observed(HEALTHY, packages={}, dnf=updates, firewalld=CLOSED))
    for lines in bare.preparations.values():
        assert lines[0].startswith("install ")
        assert "isc-kea-dhcp4" in lines[0]
        assert lines[1:] == ["open the firewall for the service", "install 2 pending updates"]
    assert "chrony" not in outlook(SITE, observed(DONE, packages=PACKAGES)).preparations["dhcp1"]


CLOSED = Firewalld({}, Zone(), Zone(), {}, "public")


@pytest.mark.parametrize("more", [0, 1, 3])
def test_what_somebody_else_configured_is_listed_within_bounds(more: int) -> None:
    each = Difference(("valid-lifetime",), 4000, ABSENT)
    kept = views(HEALTHY)
    differing = (each,) * (MOST_DIFFERENCES + more)
    prospect = outlook(SITE, {**kept, "dhcp1": replace(kept["dhcp1"], differing=differing)})
    lines = [line for line in prospect.changes["dhcp1"] if not line.startswith("turn: ")]
    assert lines[0] == "valid-lifetime: it runs nothing, the site wants 4000"
    assert len(lines) == MOST_DIFFERENCES + bool(more)
    if more:
        noun = "difference" if more == 1 else "differences"
        assert lines[-1] == f"{more} more {noun}: keaprov diff lists them all"


def test_what_a_deploy_mends_beside_kea_is_named() -> None:
    up = {"kea-dhcp4": UP, "chronyd": DOWN, "firewalld": replace(UP, enabled=False)}
    file = "/var/lib/kea/kea-leases4.csv"
    kept = observed(DONE, packages=PACKAGES, units=up, foreign_leases=(file,))
    lines = outlook(SITE, kept).preparations["dhcp1"]
    assert {"start chronyd", "enable firewalld", f"give {file} to user kea"} <= {*lines}


def test_packages_that_are_unknown_are_not_called_missing() -> None:
    kept = observed(DONE, packages={}, rpm_error="rpm's database is damaged")
    assert not [line for line in outlook(SITE, kept).preparations["dhcp1"] if "install" in line]


def test_a_restart_that_changes_no_configuration_is_not_called_live() -> None:
    kept = views(DONE)
    need = replace(kept["dhcp1"].need, restart=("kea-dhcp4",), reasons=("another password",))
    prospect = outlook(SITE, {name: replace(view, need=need) for name, view in kept.items()})
    assert prospect.changes["dhcp1"] == ["turn: another password"]
    assert str(prospect.situation).startswith(
        "rolling restart: another password; no command of Kea does this. One server after the"
    )
