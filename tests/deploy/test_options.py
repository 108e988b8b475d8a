"""pyinfra's own options cannot change the order of a roll-out, and cannot leave a server out."""

from __future__ import annotations

import pytest

from tests.deploy.test_interrupted import started
from tests.deploy.test_serves import dummies
from tests.deploying import HOSTS, Work, active, await_pair, ha_state, running
from tests.faults import asking
from tests.lab.shell import until
from tests.lab.watching import watching

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]

CHANGE = ("rebind-timer: 1800", "rebind-timer: 1801")
OPTIONS = {
    "--no-wait": ("--no-wait",),
    "--serial": ("--serial",),
    "--parallel 1": ("--parallel", "1"),
    "--retry 2": ("--retry", "2"),
}


@pytest.mark.fault("a rolling restart with {}", "standby, gate, primary, gate, as without it")
@pytest.mark.parametrize("option", OPTIONS)
def test_the_order_is_the_conductors(work: Work, option: str) -> None:
    work.site(CHANGE)
    with watching() as watched, asking(most=5):
        work.deploy(*OPTIONS[option])
    assert watched.restarts() == ["dhcp2", "dhcp1"]
    assert watched.unserved() < 0.5, "some server answers at every moment"
    assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2
    work.no_change(*OPTIONS[option])


@pytest.mark.fault("--limit {}", "refused, nothing changed: a site is changed as a whole")
@pytest.mark.parametrize("host", HOSTS)
def test_a_server_that_is_left_out(work: Work, host: str) -> None:
    work.site(CHANGE)
    before = {name: (running(name), active(name)) for name in HOSTS}
    output = " ".join(work.refused("--limit", host).split())
    assert f"[{host}] Refused: stopped before anything is changed" in output
    assert "--limit leaves it out" in output
    assert {name: (running(name), active(name)) for name in HOSTS} == before


@pytest.mark.fault("two runs at once, each limited to one server", "both refused, nothing changed")
def test_two_limited_runs(work: Work) -> None:
    work.site(CHANGE)
    before = {name: (running(name), active(name)) for name in HOSTS}
    with started(work, "--limit", "dhcp1") as process:
        work.refused("--limit", "dhcp2")
        until(lambda: process.poll() is not None, "the first run ends", 60)
        assert process.returncode != 0
    assert {name: (running(name), active(name)) for name in HOSTS} == before


@pytest.mark.fault("a gate that closes with {}", "the roll-out is not tried again")
@pytest.mark.parametrize("option", ["--retry 2", "--no-wait"])
def test_a_closed_gate_is_not_retried(work: Work, option: str) -> None:
    work.site(("interfaces: [ens18]", "interfaces: [dum0]"))
    dummies("ip link add dum0 type veth peer name dum1")
    with watching() as watched, asking(most=5):
        output = work.refused(*OPTIONS[option])
    assert output.count("Gate closed") == 1
    assert set(watched.restarts()) == {"dhcp2"}
    await_pair()
