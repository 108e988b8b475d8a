"""The hand-over of a rolling restart, interrupted at every step: clients are answered."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from tests.deploy.test_interrupted import output_of, started
from tests.deploy.test_verbs import keaprov
from tests.deploying import HOSTS, Work, ask, await_pair, lease, pid, sh
from tests.faults import asking, under
from tests.lab import lab, services
from tests.lab.load import SUBNET, under_load
from tests.lab.shell import until
from tests.lab.watching import scopes_of, watching

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]

CHANGE = ("rebind-timer: 1800", "rebind-timer: 1801")
MARK = "/run/keaprov-handover.json"
Before = dict[str, str]


def taken() -> bool:
    """Whether the standby has the primary's scopes."""
    return lab.execute("dhcp2", "test", "-e", MARK).returncode == 0


MOMENTS: dict[str, Callable[[Before], bool]] = {
    "the scopes taken": lambda before: taken(),
    "the primary stopped": lambda before: taken() and pid("dhcp1") != before["dhcp1"],
    "the primary waiting": lambda before: pid("dhcp1") not in (before["dhcp1"], "0"),
}


def nothing_is_left() -> None:
    """Wait until the pair is whole by itself, with the scopes where they belong."""
    await_pair(60)
    until(lambda: not taken(), "the hand-over has ended", 60)
    until(lambda: (scopes_of("dhcp1"), scopes_of("dhcp2")) == (["dhcp1"], []), "the scopes", 30)


@pytest.mark.fault("hand-over, controller killed: {}", "the scopes go back by themselves")
@pytest.mark.parametrize("moment", MOMENTS)
def test_the_controller_is_killed(work: Work, moment: str) -> None:
    held = lease("user")["ip"]
    work.site(CHANGE)
    before = {host: pid(host) for host in HOSTS}
    with asking(most=6):
        with started(work) as process:
            until(lambda: MOMENTS[moment](before) or process.poll() is not None, moment, 60)
            process.send_signal(signal.SIGKILL)
        nothing_is_left()
        work.deploy()
    work.no_change()
    for host in HOSTS:
        assert ask(host, "lease4-get", **{"ip-address": held})["ip-address"] == held


@pytest.mark.fault("hand-over, SSH cut: {}", "the scopes go back by themselves")
@pytest.mark.parametrize("moment", MOMENTS)
def test_ssh_is_cut(work: Work, moment: str) -> None:
    work.site(CHANGE)
    before = {host: pid(host) for host in HOSTS}
    with asking(most=6):
        with started(work) as process:
            until(lambda: MOMENTS[moment](before) or process.poll() is not None, moment, 60)
            for host in HOSTS:
                services.stop(f"ssh-{host}")
            until(lambda: process.poll() is not None, "the run ends", 120)
        assert "Traceback" not in output_of(work)
        nothing_is_left()
        for host in HOSTS:
            services.start(f"ssh-{host}")
        work.deploy()
    work.no_change()


@pytest.mark.fault("hand-over, power cut of the {}", "the other server answers; the rerun goes on")
@pytest.mark.parametrize("host", ["standby", "primary"])
def test_the_power_is_cut(work: Work, host: str) -> None:
    name = {"standby": "dhcp2", "primary": "dhcp1"}[host]
    work.site(CHANGE)
    with asking(most=30):
        with started(work) as process:
            until(lambda: taken() or process.poll() is not None, "the scopes taken", 60)
            lab.power_cut(name)
            until(lambda: process.poll() is not None, "the run ends", 120)
        assert "Traceback" not in output_of(work)
        lab.boot(name)
        await_pair()
        work.deploy()
    until(lambda: scopes_of("dhcp2") == [], "the scopes", 30)
    work.no_change()


@pytest.mark.fault("the standby cannot take the scopes", "the turn goes on, and says what it costs")
def test_a_hand_over_that_is_refused(work: Work) -> None:
    sh(
        "dhcp2",
        "printf '#!/bin/sh\\nexit 1\\n' >/usr/sbin/systemd-run; chmod 755 /usr/sbin/systemd-run",
    )
    work.site(CHANGE)
    with asking(most=6):
        output = " ".join(work.deploy().split())
    sh("dhcp2", "rm /usr/sbin/systemd-run")
    assert "it cannot take the scopes" in output
    assert "no hand-over: clients wait for one heartbeat-delay (0.5 s)" in output
    work.no_change()


@pytest.mark.alone
@pytest.mark.parametrize("delay", [2000, 10000])
def test_no_client_notices_a_rolling_change(work: Work, delay: int) -> None:
    work.site(("heartbeat-delay: 500", f"heartbeat-delay: {delay}"))
    work.site(("max-response-delay: 10000", "max-response-delay: 30000"))
    work.append(SUBNET)
    work.deploy()
    with under_load() as measured, watching() as watched:
        work.site(("rebind-timer: 1800", "rebind-timer: 1801"))
        work.deploy()
    under(f"a rolling restart, heartbeat-delay {delay // 1000} s", measured)
    assert watched.restarts() == ["dhcp2", "dhcp1"]
    assert measured.unnoticed, str(measured)
    assert measured.silence < 0.5, str(measured)
    assert (measured.duplicates, measured.lost) == (0, 0)
    assert watched.both_serve() < 1.0, "the scopes go back as soon as the primary is back"
    assert keaprov(work, "status").returncode == 0
