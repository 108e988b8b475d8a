"""Live changes in the lab, under load: nobody notices, nothing restarts, HA goes on."""

from __future__ import annotations

import time

import pytest

from tests.deploying import (
    HOSTS,
    Stubborn,
    Work,
    ask,
    await_pair,
    ha_state,
    lease,
    running,
    sh,
    subnets,
)
from tests.faults import under
from tests.lab.load import SUBNET, leases, under_load

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]

ADDED = """\
    - id: 70
      subnet: 172.20.70.0/24
      pools: [172.20.70.100 - 172.20.70.199]
      reservations:
        - {hw-address: "bc:24:11:29:11:70", ip-address: 172.20.70.5}
"""
MORE = '        - {duid: "01:02:03:04", ip-address: 172.20.10.9}'
CHANGES: dict[str, tuple[tuple[str, str], ...]] = {
    "reservations": (
        (
            "hostname: dns}",
            'hostname: ns}\n        - {duid: "01:02:03:04", ip-address: 172.20.10.9}',
        ),
    ),
    "an option": (("routers: 172.20.40.254", "routers: 172.20.40.1"),),
    "a pool": (("172.20.50.100 - 172.20.50.199", "172.20.50.50 - 172.20.50.150"),),
}


def options(host: str, subnet: int) -> list[str]:
    config = ask(host, "config-get")["Dhcp4"]
    (entry,) = (entry for entry in config["subnet4"] if entry["id"] == subnet)
    return [option["data"] for option in entry["option-data"]]


@pytest.mark.alone
def test_nobody_notices_a_live_change(work: Work) -> None:
    work.append(SUBNET)
    assert "live: add subnet 900" in work.deploy()
    before = {host: running(host) for host in HOSTS}
    with under_load() as measured:
        time.sleep(1)
        work.append(ADDED)
        assert "live: add subnet 70 (172.20.70.0/24)" in work.deploy()
        for what, changes in CHANGES.items():
            work.site(*changes)
            assert "live: change" in work.deploy(), what
        work.site((ADDED, ""))
        assert "live: remove subnet 70 (172.20.70.0/24)" in work.deploy()
        assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2
    under("five live changes", measured)
    assert measured.unanswered == 0
    assert measured.silence < 1
    assert measured.requests_lost <= measured.requests / 100, measured.losses
    assert (measured.duplicates, measured.lost) == (0, 0)
    assert measured.discovers > 100
    assert {host: running(host) for host in HOSTS} == before
    for host in HOSTS:
        assert subnets(host) == {10, 40, 50, 60, 900}
        assert "172.20.40.1" in options(host, 40)
    work.no_change()


def test_what_a_restart_then_loads_is_what_ran(work: Work) -> None:
    work.append(ADDED)
    work.deploy()
    ran = ask("dhcp2", "config-get")["Dhcp4"]
    assert subnets("dhcp2") == {10, 40, 50, 60, 70}
    sh("dhcp2", "systemctl restart kea-dhcp4")
    await_pair()
    loaded = ask("dhcp2", "config-get")["Dhcp4"]
    for config in (ran, loaded):
        config["user-context"].pop("keaprov")
    assert loaded == ran
    before = {host: running(host) for host in HOSTS}
    assert "turn:" not in work.deploy(), "what was loaded is proven, not restarted"
    assert {host: running(host) for host in HOSTS} == before


@pytest.mark.alone
def test_a_rolling_change_loses_nothing(work: Work) -> None:
    work.append(SUBNET)
    work.deploy()
    with under_load() as measured:
        time.sleep(1)
        work.site(("rebind-timer: 1800", "rebind-timer: 1801"))
        output = work.deploy()
        time.sleep(1)
    assert "rolling restart" in output
    under("a rolling restart", measured)
    assert (measured.duplicates, measured.lost) == (0, 0)
    assert measured.silence < 10, "the standby has not had to take over"
    both = leases(HOSTS)
    assert both["dhcp1"].items() == both["dhcp2"].items()


def test_live_false_goes_by_turns(work: Work) -> None:
    work.site(("site: labo", "site: labo\nlive: false"))
    work.deploy()
    before = {host: running(host) for host in HOSTS}
    work.append(ADDED)
    assert "the site says live: false" in work.deploy()
    for host in HOSTS:
        assert running(host)["kea-dhcp4.service"] != before[host]["kea-dhcp4.service"]
        hooks = ask(host, "config-get")["Dhcp4"]["hooks-libraries"]
        assert not any("subnet_cmds" in hook["library"] for hook in hooks)


@pytest.mark.fault(
    "the primary refuses a live change", "the standby is reverted; a rolling restart"
)
def test_the_second_server_refuses(work: Work, stubborn: Stubborn) -> None:
    work.append(ADDED)
    stubborn("dhcp1", refused="subnet4-add")
    output = work.deploy()
    end = "keaprov reverts the change and falls back to a rolling restart"
    assert f"dhcp1 refuses subnet4-add: not today. {end}" in output
    for host in HOSTS:
        assert subnets(host) == {10, 40, 50, 60, 70}
    assert lease("user")["ip"].startswith("172.20.10.")
    work.no_change()


def test_going_back_is_a_roll_out_too(work: Work) -> None:
    (first,) = {_revision(host) for host in HOSTS}
    work.append(ADDED)
    work.deploy()
    output = work.deploy("--data", f"revision={first}")
    assert "live: remove subnet 70" in output
    for host in HOSTS:
        assert subnets(host) == {10, 40, 50, 60}
    work.no_change("--data", f"revision={first}")
    assert "live: add subnet 70" in work.deploy(), "the site file is ahead again"


def test_a_revision_that_nobody_keeps(work: Work) -> None:
    output = " ".join(work.refused("--data", "revision=r00000000000000").split())
    assert "dhcp1 keeps no configuration of revision r00000000000000" in output


def _revision(host: str) -> str:
    return str(ask(host, "config-get")["Dhcp4"]["user-context"]["keaprov"]["revision"])


def test_an_option_whose_data_kea_does_not_show(work: Work) -> None:
    written = "option-data: {routers: 172.20.40.254, domain-name: infra.labo}"
    listed = """option-data:
        - {name: routers, data: 172.20.40.254}
        - {name: domain-name, data: infra.labo}
        - {code: 43, csv-format: false, data: "0104c0a80101"}"""
    work.site((written, listed))
    assert "live: change subnet 40" in work.deploy()
    work.no_change()
    work.site(("0104c0a80101", "0104c0a80102"))
    output = " ".join(work.deploy().split())
    assert "option 43: Kea does not show its data" in output
    assert "turn: " in output
    work.no_change()
