"""The life of a server under load: another role, another name, another host in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.deploy.test_retire import retire
from tests.deploy.test_verbs import keaprov
from tests.deploying import (
    HOSTS,
    Work,
    active,
    ask,
    await_pair,
    ha_state,
    lease,
    leases_of,
    sh,
)
from tests.faults import asking, under
from tests.lab import lab
from tests.lab.load import SUBNET, Measured, under_load

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]

PRIMARY, STANDBY = "{role: primary, address: 10.60.1.67", "{role: standby, address: 10.60.1.68"


def named(work: Work, name: str) -> None:
    """Give the second server of the site another name; its host stays the same."""
    work.site(("  dhcp2: {role", f"  {name}: {{role"))
    work.edit("inventory.py", ('"dhcp2": {"ssh_port"', f'"{name}": {{"ssh_port"'))


def peers(host: str) -> dict[str, str]:
    """Return the role of each server in the pair that a host runs, by name."""
    hooks = ask(host, "config-get")["Dhcp4"]["hooks-libraries"]
    (pair,) = [hook for hook in hooks if hook["library"].endswith("libdhcp_ha.so")]
    relationship = pair["parameters"]["high-availability"][0]
    return {peer["name"]: peer["role"] for peer in relationship["peers"]}


@pytest.fixture
def loaded(work: Work) -> Work:
    """The pair with the subnet of the load's own clients."""
    work.append(SUBNET)
    work.deploy()
    return work


def no_lease_suffered(what: str, measured: Measured) -> None:
    """Hold that no lease was lost or given twice, and that no client was sent back to the start."""
    under(what, measured)
    assert (measured.duplicates, measured.lost, measured.naks) == (0, 0, 0), str(measured)


@pytest.mark.alone
@pytest.mark.fault("no fault: the servers change roles", "the new primary serves first")
def test_roles_are_swapped(loaded: Work) -> None:
    work = loaded
    held = lease("user")["ip"]
    swapped = [PRIMARY.replace("primary", "standby"), STANDBY.replace("standby", "primary")]
    work.site((PRIMARY, swapped[0]), (STANDBY, swapped[1]))
    with asking(most=4), under_load() as measured:
        output = " ".join(work.deploy().split())
    no_lease_suffered("the servers change roles", measured)
    assert "the servers change roles: dhcp2 becomes the primary, dhcp1 the standby" in output
    assert "dhcp1 becomes the standby: it gives its scopes up" in output
    await_pair()
    for host in HOSTS:
        assert peers(host) == {"dhcp1": "standby", "dhcp2": "primary"}
        assert held in leases_of(host)
    assert lease("user")["ip"] == held
    assert keaprov(work, "status").returncode == 0
    work.no_change()


@pytest.mark.alone
@pytest.mark.fault("no fault: a server gets another name", "the second turn follows at once")
def test_a_server_is_renamed(loaded: Work) -> None:
    work = loaded
    named(work, "kea-b")
    with asking(most=20), under_load() as measured:
        output = work.deploy()
    no_lease_suffered("a server gets another name", measured)
    assert "a server gets another name: dhcp2 becomes kea-b" in output
    await_pair()
    for host in HOSTS:
        assert peers(host) == {"dhcp1": "primary", "kea-b": "standby"}
    work.no_change()


@pytest.mark.alone
@pytest.mark.fault("no fault: another host takes the place of a server", "it fetches every lease")
def test_a_server_is_replaced(loaded: Work) -> None:
    work = loaded
    held = lease("user")["ip"]
    with asking(most=20), under_load() as measured:
        assert retire(work, "dhcp2").returncode == 0
        lab.reset("dhcp2")
        named(work, "dhcp3")
        output = work.deploy()
        await_pair()
    no_lease_suffered("another host takes the place of a server", measured)
    assert output.index("[dhcp3] turn: ") < output.index("[dhcp1] turn: ")
    await_pair()
    assert (ha_state("dhcp1"), ha_state("dhcp2")) == ("hot-standby", "hot-standby")
    assert held in leases_of("dhcp2")
    assert peers("dhcp1") == {"dhcp1": "primary", "dhcp3": "standby"}
    work.no_change()


@pytest.fixture
def second_address() -> Iterator[Callable[[], str]]:
    """Take the address 10.60.1.69 away from dhcp2 when the test has ended."""
    network = "ip route change 10.60.1.0/24 dev ens18 src"
    sh("dhcp2", "ip address add 10.60.1.69/24 dev ens18")
    yield lambda: sh("dhcp2", f"{network} 10.60.1.69")
    sh("dhcp2", f"{network} 10.60.1.68; ip address delete 10.60.1.69/24 dev ens18")


@pytest.mark.alone
@pytest.mark.fault("no fault: a server gets another address", "the second turn follows at once")
def test_a_server_gets_another_address(loaded: Work, second_address: Callable[[], str]) -> None:
    """The old one stays on the host, so that what was sent from it goes on."""
    work = loaded
    before = [active(host) for host in HOSTS]
    work.site(("10.60.1.68", "10.60.1.69"))
    refusal = " ".join(work.refused().split())
    assert "this host sends to its peer 10.60.1.67 from 10.60.1.68" in refusal
    work.site(("10.60.1.69", "10.60.1.70"))
    assert "this host does not have the address 10.60.1.70" in " ".join(work.refused().split())
    assert [active(host) for host in HOSTS] == before
    work.site(("10.60.1.70", "10.60.1.69"))
    second_address()
    with asking(most=20), under_load() as measured:
        work.deploy()
        await_pair()
    no_lease_suffered("a server gets another address", measured)
    zone = sh("dhcp1", "firewall-cmd --list-rich-rules")
    assert "10.60.1.69" in zone
    assert "10.60.1.68" not in zone
    done = keaprov(work, "status")
    assert done.returncode == 0, done.stdout
    work.no_change()
