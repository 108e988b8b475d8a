"""Serves: what keeps a server from it, whether waiting helps, and the cure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keaprov.ha.observed import Observed, Unit
from keaprov.ha.serving import Trouble, answers_clients, may_answer, troubles
from keaprov.ha.states import Ha, State
from keaprov.model import Failover, Role, Server, Site
from tests.ha.observations import DOWN, UP, ha, kea, server

PRIMARY = Server("a", "10.0.0.1", ("e",), Role.PRIMARY)
STANDBY = Server("b", "10.0.0.2", ("e",), Role.STANDBY)
SITE = Site("s", (PRIMARY, STANDBY), {}, failover=Failover())
SERVES = replace(ha(), scopes=("a",))


def running(relationship: Ha | None = SERVES, **changes: Any) -> dict[str, Any]:
    return {"kea": replace(kea(), ha=relationship, **changes)}


def unit(**changes: Any) -> dict[str, Any]:
    return {"units": {"kea-dhcp4": replace(UP, **changes)}}


FAILED = Unit("failed", enabled=True, pid=0, started=1.0, words="no such file")


OTHERS = replace(ha(), scopes=("b",), scope="a")
"""Scopes that Kea takes, and that no client of a hot-standby pair is in."""


@pytest.mark.parametrize(
    ("changes", "what", "passing", "soon"),
    [
        ({"units": {"kea-dhcp4": FAILED}}, "unexpectedly; its last words:\nno such", False, False),
        ({"units": {"kea-dhcp4": DOWN}}, "kea-dhcp4 is inactive", False, False),
        (unit(active="activating", pid=0), "kea-dhcp4 is activating", True, False),
        (running(revision=None, error="refused"), "control socket (refused)", True, False),
        (running(revision=None), "control socket (no answer)", True, False),
        (running(revision=""), "unknown configuration", False, False),
        (running(sockets=("e is down",)), "no DHCP packets: e is down", True, True),
        (running(disabled="by the command"), "disabled by the command", False, False),
        (running(disabled="by the peer"), "disabled by the peer", True, False),
        (running(disabled="by the HA hook"), "disabled by the HA hook", True, False),
        (running(None, disabled="by the command"), "disabled by the command", False, False),
        (running(None), "without its HA hook", False, False),
        (running(ha(State.TERMINATED)), "is terminated", False, False),
        (running(ha(peer=State.TERMINATED)), "is terminated", False, False),
        (running(ha(State.WAITING)), "it is in waiting", True, False),
        (running(ha(State.UNKNOWN)), "it is in an unknown state", True, False),
        (running(ha(peer=State.READY)), "its peer is in ready", True, False),
        (running(ha(in_touch=False)), "its peer is not heard", True, False),
        (running(ha()), "it has no scopes", False, False),
        (running(OTHERS), "it has scopes of nobody (b)", False, False),
    ],
)
def test_what_keeps_the_primary_from_serving(
    changes: dict[str, Any], what: str, passing: bool, soon: bool
) -> None:
    trouble = next(troubles(SITE, PRIMARY, server(**changes)))
    assert what in trouble.what
    assert (trouble.passing, trouble.soon) == (passing, soon)
    assert trouble.cure


@pytest.mark.parametrize(
    ("handover", "what", "passing"), [(True, "in a hand-over", True), (False, "somebody", False)]
)
def test_a_standby_that_serves_beside_its_primary(handover: bool, what: str, passing: bool) -> None:
    (trouble,) = troubles(SITE, STANDBY, server(handover=handover, **running()))
    assert what in trouble.what
    assert trouble.passing is passing
    assert trouble.cure


@pytest.mark.parametrize(
    ("own", "observed"),
    [
        (PRIMARY, server(**running())),
        (STANDBY, server(**running(ha()))),
    ],
)
def test_a_healthy_server_has_no_trouble(own: Server, observed: Observed) -> None:
    assert not list(troubles(SITE, own, observed))


def test_a_server_that_comes_up_is_not_reported_as_disabled() -> None:
    """The hook itself disables the service in these states."""
    observed = server(**running(ha(State.SYNCING), disabled="by the HA hook"))
    assert ["it is in syncing" in each.what for each in troubles(SITE, PRIMARY, observed)] == [True]


def test_a_standalone_server_needs_no_relationship() -> None:
    alone = replace(SITE, servers=(PRIMARY,), failover=None)
    assert not list(troubles(alone, PRIMARY, server(**running(None))))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"disk": {"/var/lib/kea": 0}}, "the disk of /var/lib/kea is full"),
        ({"disk": {"/var/lib/kea": 1 << 20}}, ""),
        ({"disk": {}}, ""),
        ({"read_only": ("/var/lib/kea",)}, "/var/lib/kea is on a read-only file system"),
        ({"read_only": ("/usr",)}, ""),
    ],
)
def test_a_server_that_cannot_write_leases_does_not_serve(
    changes: dict[str, Any], what: str
) -> None:
    for own, relationship in ((PRIMARY, SERVES), (STANDBY, ha())):
        observed = server(**running(relationship), **changes)
        reasons = [trouble.what for trouble in troubles(SITE, own, observed)]
        assert [words[: len(what)] for words in reasons] == ([what] if what else [])
        for database in ({"type": "mysql"}, {"type": "memfile", "persist": False}):
            elsewhere = replace(SITE, dhcp4={"lease-database": database})
            assert not list(troubles(elsewhere, own, observed))


def test_a_dead_unit_without_words_has_no_words_in_its_trouble() -> None:
    silent = server(units={"kea-dhcp4": replace(FAILED, words="")})
    assert next(troubles(SITE, PRIMARY, silent)).what == "kea-dhcp4 ended unexpectedly"


def test_a_trouble_is_shown_with_its_cure() -> None:
    assert str(Trouble("it is down", "Start it")) == "it is down. Start it"


@pytest.mark.parametrize(
    ("changes", "answers"),
    [
        (running(), True),
        (running(None), True),
        (running(ha()), False),
        (running(replace(SERVES, state=State.WAITING)), False),
        (running(disabled="by the command"), False),
        (running(sockets=("e is down",)), False),
        (running(revision=None), False),
        ({**running(), "units": {"kea-dhcp4": DOWN}}, False),
    ],
)
def test_who_answers_clients(changes: dict[str, Any], answers: bool) -> None:
    assert answers_clients(server(**changes)) is answers


def heard(serves: bool | None, **changes: Any) -> Observed:
    """Return a peer by whether it heard that the other server serves, None for no answer."""
    return server(kea=replace(kea(), peer_serves=serves), **changes)


@pytest.mark.parametrize(
    ("peer", "may"),
    [
        (heard(True), True),
        (heard(False), False),
        (heard(None), True),
        (heard(None, units={"kea-dhcp4": DOWN}), True),
        (heard(False, units={"kea-dhcp4": DOWN}), False),
        (server(kea=kea(None)), False),
        (server(kea=replace(kea(None), peer_serves=True)), True),
        (None, False),
    ],
)
def test_a_server_without_a_control_socket_may_answer_clients(
    peer: Observed | None, may: bool
) -> None:
    mute = server(kea=kea(None))
    assert may_answer(PRIMARY, mute, peer) is may
    assert not may_answer(PRIMARY, server(kea=kea(None), units={"kea-dhcp4": DOWN}), peer)
