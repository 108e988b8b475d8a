"""A host that comes back with the configuration and the leases of weeks ago."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.deploy.test_verbs import keaprov
from tests.deploying import (
    HOSTS,
    NO_CHANGE,
    ROOT,
    Work,
    await_pair,
    ha_port_blocked,
    ha_state,
    lease,
    leases_of,
    pid,
)
from tests.faults import asking, under
from tests.lab import lab, machine
from tests.lab.load import SUBNET, duplicates, leases, under_load
from tests.lab.shell import until
from tests.lab.topology import server
from tests.terminal import at_a_terminal

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]


def come_back(host: str) -> None:
    """Boot a host from the disk that it had when the pair was deployed first."""
    lab.power_cut(host)
    machine.restore(server(host), "deployed")
    lab.boot(host)


@pytest.mark.alone
@pytest.mark.fault(
    "a standby comes back with an old disk", "the pair is terminated; the deploy brings it back"
)
def test_an_old_standby(work: Work) -> None:
    """It has no place for the leases of the subnet that came since: it rejects them."""
    work.append(SUBNET)
    work.site(("rebind-timer: 1800", "rebind-timer: 1801"))
    work.deploy()
    held = lease("user")["ip"]
    with asking(most=8), under_load() as measured:
        come_back("dhcp2")
        until(lambda: ha_state("dhcp1") == "terminated", "dhcp2 has rejected enough leases", 60)
        served = pid("dhcp1")
        status = keaprov(work, "status").stdout
        assert "its peer has rejected the lease updates of" in status
        assert "dhcp2  standby" in status
        assert "! drift: it runs revision" in status
        output = work.deploy()
    assert "terminated: no leases are replicated, says dhcp1" in output
    assert "dhcp1 serves alone, dhcp2 stops, starts again and fetches every lease" in output
    await_pair()
    under("a standby comes back with an old disk", measured)
    assert pid("dhcp1") == served, "the server that answers clients was not restarted"
    assert (measured.duplicates, measured.lost, measured.naks) == (0, 0, 0), str(measured)
    assert held in leases_of("dhcp2")
    assert keaprov(work, "diff", "--leases").returncode == 0
    work.no_change()


@pytest.mark.fault(
    "a primary comes back with an old disk", "it fetches every lease before it serves"
)
def test_an_old_primary(work: Work) -> None:
    work.site(("rebind-timer: 1800", "rebind-timer: 1801"))
    work.deploy()
    held = lease("user")["ip"]
    with asking(most=20):
        come_back("dhcp1")
        await_pair()
        assert held in leases_of("dhcp1")
        assert lease("user")["ip"] == held
        assert "! drift: it runs revision" in keaprov(work, "status").stdout
        work.deploy()
    await_pair()
    assert duplicates(leases(HOSTS)) == 0
    work.no_change()


def test_a_pair_that_heals_by_itself_is_waited_for(work: Work) -> None:
    """To wait is not a change."""
    program = str(Path(sys.executable).with_name("pyinfra"))
    words = [program, str(work.folder / "inventory.py"), str(ROOT / "deploy.py"), "-y"]
    with ExitStack() as stack:
        blocked = stack.enter_context(ExitStack())
        blocked.enter_context(ha_port_blocked())
        terminal = stack.enter_context(at_a_terminal(words))
        terminal.read_until("waiting: dhcp")
        blocked.close()
        output = terminal.read_all()
    assert NO_CHANGE.search(output), output
    await_pair()
