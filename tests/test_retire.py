"""Retiring a server: when it is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keaprov.ha.states import State
from keaprov.model import Site
from keaprov.retire import RetireError, Retirement, refusals
from tests.conductor.world import PRIMARY, SITE, Host, World, views

SERVING = Host(scopes=True)
HEALTHY = World(SERVING, Host())


def reasons(world: World, leaves: str = "dhcp2") -> list[str]:
    server = SITE.server(leaves)
    peer = SITE.peer(server)
    assert peer is not None
    return list(refusals(SITE, server, peer, views(world)))


@pytest.mark.parametrize("leaves", ["dhcp1", "dhcp2"])
def test_either_server_of_a_healthy_pair_may_leave(leaves: str) -> None:
    assert reasons(HEALTHY, leaves) == []


def test_nobody_leaves_a_server_that_does_not_serve() -> None:
    deaf = World(SERVING, Host(deaf=True))
    assert reasons(deaf, "dhcp1")[0].startswith("dhcp2: kea-dhcp4 receives no DHCP packets")
    dead = World(SERVING, Host(up=False))
    assert reasons(dead, "dhcp1")[0].startswith("dhcp2: kea-dhcp4 is inactive")
    disabled = World(replace(SERVING, disabled=True), Host())
    assert reasons(disabled)[0].startswith("dhcp1: the DHCP service is disabled")


def test_a_run_that_was_cut_off_goes_on() -> None:
    alone = replace(SERVING, state=State.PARTNER_DOWN)
    assert reasons(World(alone, Host(up=False))) == []
    maintained = replace(SERVING, state=State.PARTNER_IN_MAINTENANCE)
    assert reasons(World(maintained, Host(state=State.IN_MAINTENANCE))) == []
    silent = World(Host(state=State.WAITING), Host(up=False))
    assert reasons(silent)[0].startswith("dhcp1 does not answer clients")


def test_a_single_server_does_not_retire() -> None:
    single = Site("s", (PRIMARY,), {})
    with pytest.raises(RetireError, match="s has no second server that could serve without dhcp1"):
        Retirement(single, PRIMARY.name, {}, {}, lambda *_: None)
