"""Retiring a server: when it is refused, and which leases the other server lacks."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keaprov.drill import leases
from keaprov.drill.leases import missing
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


class Leases:
    """A stand-in for a channel to a kea-dhcp4 that has these leases, by address as a number."""

    def __init__(self, name: str, held: Mapping[int, int], late: frozenset[int]) -> None:
        self.name = name
        self._held, self._late = held, late
        self.most = 0

    def program(self, name: str, request: Mapping[str, Any], patience: float = 60.0) -> Any:
        answers = [self._answer(**command) for command in request["ask"]]
        text = json.dumps({"answers": answers}).encode()
        return {"packed": base64.b64encode(zlib.compress(text)).decode()}

    def _answer(self, command: str, arguments: Mapping[str, Any]) -> Any:
        if command == "lease4-get":
            known = {*self._held, *self._late}
            return {"result": 0 if int(IPv4Address(arguments["ip-address"])) in known else 3}
        last = -1 if arguments["from"] == "start" else int(IPv4Address(arguments["from"]))
        following = sorted(number for number in self._held if number > last)[: arguments["limit"]]
        page = [
            {
                "ip-address": str(IPv4Address(number)),
                "state": self._held[number],
                "cltt": 1000,
                "valid-lft": 100,
            }
            for number in following
        ]
        return {"result": 0 if page else 3, "arguments": {"leases": page}}

    def hold(self, run: str) -> Any:
        raise NotImplementedError


TABLES = st.dictionaries(st.integers(0, 60), st.sampled_from([0, 0, 0, 1, 2]))


@given(TABLES, TABLES, st.frozensets(st.integers(0, 60), max_size=5), st.integers(1, 7))
def test_the_leases_that_are_named_are_those_that_are_lacking(
    left: dict[int, int], right: dict[int, int], late: frozenset[int], page: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leases, "PAGE", page)
        found = list(missing(Leases("a", left, late), Leases("b", right, late), 1050.0))
    lacking = [n for n in sorted(left) if left[n] == 0 and n not in right and n not in late]
    assert found == [str(IPv4Address(number)) for number in lacking]


def test_a_lease_that_has_expired_is_not_lacking() -> None:
    none: frozenset[int] = frozenset()
    assert list(missing(Leases("a", {1: 0}, none), Leases("b", {}, none), 1101.0)) == []
