"""Green means that clients are served: sockets, links, a disabled service, scopes set by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.deploy.test_verbs import keaprov
from tests.deploying import HOSTS, Work, active, ask, await_pair, lease, running, sh
from tests.faults import asking
from tests.lab.shell import until
from tests.lab.watching import scopes_of

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]

LISTENERS = {
    "is down": "ip link add dum0 type veth peer name dum1",
    "has no IPv4 address": "ip link add dum0 type veth peer name dum1; ip link set dum1 up; "
    "ip link set dum0 up",
}


def dummies(script: str) -> None:
    """Make a second interface on both servers: the lab's kernel has no dummy devices."""
    for host in HOSTS:
        sh(host, f"ip link del dum0 2>/dev/null || true; {script}")


@pytest.fixture(autouse=True)
def no_dummies() -> Iterator[None]:
    """The interfaces are in network namespaces that outlive the machines."""
    yield
    for host in HOSTS:
        sh(host, "ip link del dum0 2>/dev/null || true")


@pytest.mark.fault("the only listener {}", "the standby's gate closes; the primary not touched")
@pytest.mark.parametrize("state", LISTENERS)
def test_a_listener_that_hears_nobody(work: Work, state: str) -> None:
    dummies(LISTENERS[state])
    work.site(("interfaces: [ens18]", "interfaces: [dum0]"))
    primary, file = running("dhcp1"), active("dhcp2")
    with asking(most=5):
        output = " ".join(work.refused().split())
    assert "kea-dhcp4 receives no DHCP packets: the interface dum0" in output
    assert running("dhcp1") == primary
    assert active("dhcp2") == file
    assert "the previous configuration is active again on this host" in output
    await_pair()
    assert keaprov(work, "status").returncode == 3, "the site file is not what runs"
    work.site(("interfaces: [dum0]", "interfaces: [ens18]"))
    done = keaprov(work, "status")
    assert done.returncode == 0, done.stdout
    work.no_change()


@pytest.mark.fault("a link that goes down later", "not healthy, and the deploy says so")
def test_a_link_that_goes_down_later(work: Work) -> None:
    dummies(
        "ip link add dum0 type veth peer name dum1; ip link set dum1 up; ip link set dum0 up; "
        "ip addr add 192.0.2.$(hostname | tail -c 2)/24 dev dum0"
    )
    work.site(("interfaces: [ens18]", "interfaces: [ens18, dum0]"))
    work.deploy()
    assert keaprov(work, "status").returncode == 0
    sh("dhcp2", "ip link set dum1 down")
    done = keaprov(work, "status")
    assert done.returncode == 3
    assert "kea-dhcp4 receives no DHCP packets: the interface dum0 is down" in done.stdout
    output = " ".join(work.refused().split())
    assert "receives no DHCP packets: the interface dum0 is down" in output
    assert "Bring the interface up" in output
    sh("dhcp2", "ip link set dum1 up")
    until(lambda: keaprov(work, "status").returncode == 0, "healthy again", 30)
    work.no_change()


@pytest.mark.fault("the DHCP service disabled by hand", "not healthy, and the deploy says so")
def test_a_service_that_was_disabled(work: Work) -> None:
    ask("dhcp1", "dhcp-disable", origin="user")
    done = keaprov(work, "status")
    assert done.returncode == 3
    assert "the DHCP service is disabled" in done.stdout
    output = " ".join(work.refused().split())
    assert "the DHCP service is disabled by the command dhcp-disable" in output
    ask("dhcp1", "dhcp-enable", origin="user")
    work.no_change()


@pytest.mark.fault("scopes given or taken by hand", "named, and restored by the deploy")
def test_scopes_that_somebody_set(work: Work) -> None:
    ask("dhcp2", "ha-scopes", scopes=["dhcp1"])
    done = keaprov(work, "status")
    assert done.returncode == 3
    assert "somebody has given it scopes" in done.stdout
    output = work.deploy()
    assert "dhcp2 has scopes that somebody gave it: it gives them back" in output
    assert scopes_of("dhcp2") == []
    assert lease("user")["serverid"] == "10.60.1.67"
    for scopes in ([], ["dhcp2"]):  # all clients are in the scope of the primary
        ask("dhcp1", "ha-scopes", scopes=scopes)
        output = work.deploy()
        assert "somebody has changed who serves: dhcp1 does not have its scope" in output
        assert scopes_of("dhcp1") == ["dhcp1"]
    assert lease("user")["serverid"] == "10.60.1.67"
    work.no_change()
