"""In no pair of states does a turn, or a restore, stop the only server that answers."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from keaprov.ha.observed import Observed, Running
from keaprov.ha.serving import answers_clients
from keaprov.ha.states import Ha, State
from keaprov.ha.turns import endpoints_change, may_put_back, order
from keaprov.model import Failover, Role, Server, Site
from tests.ha.observations import DOWN, server

PRIMARY = Server("dhcp1", "10.0.0.1", ("ens18",), Role.PRIMARY)
STANDBY = Server("dhcp2", "10.0.0.2", ("ens18",), Role.STANDBY)


def every() -> list[Observed]:
    """Return a server in every state: dead, and each HA state and scope; deaf ones too."""
    observed = [
        server(units={"kea-dhcp4": DOWN}, kea=Running(None, None, None, "gone")),
        server(kea=Running(None, None, None, "no answer")),
    ]
    for state, scopes in product(State, ((), ("dhcp1",))):
        ha = Ha(state, scopes, State.UNKNOWN, in_touch=False, interrupted=True)
        observed.append(server(kea=Running("3.0.3", "x", ha, None)))
        observed.append(server(kea=Running("3.0.3", "x", ha, None, sockets=("it is down",))))
    return observed


def test_the_first_turn_is_never_that_of_the_only_server_that_answers() -> None:
    for primary, standby in product(every(), every()):
        by_name = {"dhcp1": primary, "dhcp2": standby}
        first, second = order((PRIMARY, STANDBY), by_name)
        assert {first, second} == {PRIMARY, STANDBY}
        answering = [name for name, observed in by_name.items() if answers_clients(observed)]
        assert answering != [first.name]


def test_nothing_is_restored_on_the_only_server_that_answers() -> None:
    for own, peer in product(every(), [*every(), None]):
        if answers_clients(own) and (peer is None or not answers_clients(peer)):
            assert not may_put_back(PRIMARY, own, peer)
        if not answers_clients(own):
            assert may_put_back(PRIMARY, own, peer)


def test_a_server_that_answers_on_one_of_its_interfaces_is_not_restored_alone() -> None:
    two = replace(PRIMARY, interfaces=("ens18", "ens19"))
    kea = replace(_in(State.PARTNER_DOWN, ("dhcp1",)), sockets=("ens19 is down",))
    assert not may_put_back(two, server(kea=kea), None)
    assert may_put_back(two, server(kea=replace(kea, sockets=("a", "b"))), None)
    every_interface = replace(PRIMARY, interfaces=("*",))
    assert not may_put_back(every_interface, server(kea=kea), None)


def test_the_standby_comes_first_in_a_healthy_pair() -> None:
    primary = server(kea=_in(State.HOT_STANDBY, ("dhcp1",)))
    standby = server(kea=_in(State.HOT_STANDBY, ()))
    for servers in ((PRIMARY, STANDBY), (STANDBY, PRIMARY)):
        assert order(servers, {"dhcp1": primary, "dhcp2": standby})[0] is STANDBY


def test_the_primary_comes_first_if_it_is_down() -> None:
    dead = server(units={"kea-dhcp4": DOWN}, kea=Running(None, None, None, "gone"))
    alone = server(kea=_in(State.PARTNER_DOWN, ("dhcp1",)))
    assert order((PRIMARY, STANDBY), {"dhcp1": dead, "dhcp2": alone})[0] is PRIMARY


MUTE = server(kea=Running(None, None, None, "the control socket is gone"))


def test_the_primary_comes_first_if_the_standby_may_be_the_only_one_that_answers() -> None:
    two = tuple(replace(each, interfaces=("ens18", "ens19")) for each in (PRIMARY, STANDBY))
    dead = server(units={"kea-dhcp4": DOWN}, kea=Running(None, None, None, "gone"))
    half = replace(_in(State.PARTNER_DOWN, ("dhcp1",)), sockets=("ens19 is down",))
    for standby in (MUTE, server(kea=half)):
        assert order(two, {"dhcp1": dead, "dhcp2": standby})[0].name == "dhcp1"


def test_a_server_that_serves_without_ha_comes_before_the_one_that_joins_it() -> None:
    alone = server(kea=Running("3.0.3", "x", None, None))
    bare = server(units={}, kea=Running(None, None, None, "no such socket"))
    assert order((PRIMARY, STANDBY), {"dhcp1": alone, "dhcp2": bare})[0] is PRIMARY


def test_a_single_server() -> None:
    assert order((PRIMARY,), {"dhcp1": server()}) == (PRIMARY,)


@pytest.mark.parametrize(
    ("state", "scopes", "answers"),
    [
        (State.HOT_STANDBY, ("dhcp1",), True),
        (State.HOT_STANDBY, (), False),
        (State.PARTNER_DOWN, ("dhcp1",), True),
        (State.TERMINATED, ("dhcp1",), True),
        (State.WAITING, (), False),
        (State.SYNCING, ("dhcp1",), False),
    ],
)
def test_who_answers(state: State, scopes: tuple[str, ...], answers: bool) -> None:
    assert answers_clients(server(kea=_in(state, scopes))) is answers


@pytest.mark.parametrize(("port", "moves"), [(8005, False), (8006, True)])
def test_another_port_of_the_peers(port: int, moves: bool) -> None:
    site = Site("s", (PRIMARY, STANDBY), {}, failover=Failover(port=port))
    listening = ("tcp 10.0.0.1:8005", "tcp 10.0.0.2:8005")
    by_name = {name: server(listening=listening) for name in ("dhcp1", "dhcp2")}
    assert endpoints_change(site, by_name) is moves


@pytest.mark.parametrize(("listening", "moves"), [("[2001:db8::1]", False), ("10.0.0.1", True)])
def test_another_family_of_addresses(listening: str, moves: bool) -> None:
    primary = replace(PRIMARY, address="2001:db8::1")
    standby = replace(STANDBY, address="2001:db8::2")
    site = Site("s", (primary, standby), {}, failover=Failover())
    observed = server(listening=(f"tcp {listening}:8005", "tcp [2001:db8::2]:8005"))
    assert endpoints_change(site, dict.fromkeys(("dhcp1", "dhcp2"), observed)) is moves


def _in(state: State, scopes: tuple[str, ...]) -> Running:
    return Running("3.0.3", "x", Ha(state, scopes, State.UNKNOWN, True, False), None)
