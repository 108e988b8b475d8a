"""The leases of a server page by page, and which of them are lost."""

from __future__ import annotations

import time

import pytest

from keaprov.control import api
from keaprov.drill import leases
from keaprov.drill.leases import Lease, Table, Uncompared, lost, read_leases
from keaprov.errors import Unreachable
from keaprov.replication.leases import ACTIVE, INFINITE
from tests.drill.world import PRIMARY, STANDBY, Channel, World

A = "172.20.10.130"
SOON, LATER = 1000.0, 3000.0
NOW = 2000.0
RELEASED = 3


def held(expires: float = LATER) -> dict[str, Lease]:
    return {A: Lease(ACTIVE, expires)}


NONE: Table = {}


@pytest.mark.parametrize(
    ("before", "after", "keeper", "is_lost"),
    [
        ((held(), held()), (held(), held()), STANDBY, False),
        ((held(), held()), (NONE, held()), STANDBY, True),
        ((held(), held()), (held(), NONE), STANDBY, False),  # released there
        ((held(), held()), (held(), NONE), "", True),  # it restarted, and lacks it
        ((held(), held()), (NONE, NONE), STANDBY, False),
        ((held(), held()), (NONE, NONE), "", False),  # released or expired on both
        ((held(), held()), (NONE, held(SOON)), STANDBY, False),  # expired, not yet reclaimed
        ((held(), held()), (NONE, {A: Lease(RELEASED, LATER)}), STANDBY, False),
        ((held(), held()), ({A: Lease(RELEASED, LATER)}, held()), STANDBY, False),
        ((held(), NONE), (NONE, NONE), STANDBY, True),  # the standby never had it
        ((held(SOON), NONE), (NONE, NONE), STANDBY, False),
        ((NONE, held()), (NONE, held()), STANDBY, False),  # the primary never had it
        ((NONE, held()), (NONE, NONE), STANDBY, False),
        (({A: Lease(RELEASED, LATER)}, NONE), (NONE, NONE), STANDBY, False),
    ],
)
def test_which_leases_are_lost(
    before: tuple[Table, Table], after: tuple[Table, Table], keeper: str, is_lost: bool
) -> None:
    names = (PRIMARY, STANDBY)
    first, last = (dict(zip(names, pair, strict=True)) for pair in (before, after))
    assert lost(first, last, keeper, NOW) == ({A} if is_lost else set())


def test_a_table_comes_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "PAGE", 10)
    world, paused = World(), []
    world.hosts[PRIMARY].leases = {f"10.0.0.{at}": (0, 900) for at in range(25)}
    table = read_leases(Channel(world, PRIMARY), lambda: paused.append(1))
    assert len(table) == 25
    assert len(world.calls) == len(paused) == 3, "one program for each page"
    assert world.calls[1][2]["ask"][0]["arguments"] == {"from": "10.0.0.9", "limit": 10}
    assert table["10.0.0.3"].expires == pytest.approx(time.time() + 900, abs=5)


def test_no_leases_and_leases_without_an_end() -> None:
    world = World()
    assert read_leases(Channel(world, PRIMARY), lambda: None) == {}
    world.hosts[PRIMARY].leases = {A: (0, INFINITE)}
    assert read_leases(Channel(world, PRIMARY), lambda: None)[A].expires == float("inf")


def test_an_interruption_between_two_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "PAGE", 10)
    world = World()
    world.hosts[PRIMARY].leases = {f"10.0.0.{at}": (0, 900) for at in range(25)}

    def proceed() -> None:
        if world.calls:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_leases(Channel(world, PRIMARY), proceed)
    assert len(world.calls) == 1


def test_too_many() -> None:
    leases.check_number(leases.MOST)
    with pytest.raises(Uncompared, match="too many leases to compare: 200001"):
        leases.check_number(leases.MOST + 1)


def test_kea_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "unpacked", lambda _: {"answers": [{"unanswered": "no answer"}]})
    with pytest.raises(Unreachable, match="dhcp1: no answer"):
        read_leases(Channel(World(), PRIMARY), lambda: None)
