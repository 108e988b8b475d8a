"""Where Kea runs, updates of the system come on one server at a time."""

from __future__ import annotations

import re

import pytest

from tests.deploying import HOSTS, Work, await_pair, on, running, sh
from tests.faults import asking

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]

BEHIND = "rocky-release-9.6-1.5.el9"


def behind() -> None:
    """Have an update pending on both servers."""
    for host in HOSTS:
        on(host, "dnf", "-y", "-q", "downgrade", BEHIND)


@pytest.mark.fault("updates are pending", "standby, gate, primary, gate; Kea goes on")
def test_updates_come_by_turns(work: Work) -> None:
    behind()
    before = {host: running(host)["kea-dhcp4.service"] for host in HOSTS}
    with asking(most=3):
        output = " ".join(work.deploy().split())
    order = re.findall(r"\[(dhcp.)\] turn: 1 updates are pending|\[(dhcp.)\] (gate open)", output)
    assert [first or second for first, second, *_ in order] == ["dhcp2", "dhcp2", "dhcp1", "dhcp1"]
    for host in HOSTS:
        assert "1.6.el9" in on(host, "rpm", "-q", "rocky-release")
        assert running(host)["kea-dhcp4.service"] == before[host]
    work.no_change()


def test_an_update_and_a_change_are_one_turn(work: Work) -> None:
    behind()
    work.site(("rebind-timer: 1800", "rebind-timer: 1801"))
    with asking(most=5):
        output = work.deploy()
    assert output.count("gate open") == 2
    await_pair()
    work.no_change()


def test_a_site_that_wants_no_updates(work: Work) -> None:
    behind()
    work.site(("site: labo", "site: labo\nupdate: false"))
    work.no_change()


def test_dnf_is_asked_again_only_if_it_could_say_something_else(work: Work) -> None:
    def answers() -> dict[str, str]:
        return {host: on(host, "stat", "-c", "%s", "/var/log/dnf.log") for host in HOSTS}

    def silent() -> bool:
        before = answers()
        work.no_change()
        return answers() == before

    def aged(age: str) -> None:
        """Let Kea's metadata be older than its 300 s, that of the system younger than two days."""
        for host in HOSTS:
            sh(host, f"touch -d '-{age}' /var/cache/dnf/*/repodata/*primary.xml*")

    work.deploy()
    for age in ("1 minute", "1 hour"):
        aged(age)
        # dnf may read metadata anew, or has them confirmed by a mirror: then it answered
        assert any(silent() for _ in range(3))
        assert silent()
    before = answers()
    on("dhcp2", "sh", "-c", "echo '# a remark' >>/etc/dnf/dnf.conf")
    work.no_change()
    assert answers()["dhcp1"] == before["dhcp1"]
    assert answers()["dhcp2"] != before["dhcp2"]
    behind()
    assert "1 updates are pending" in work.deploy()
