"""The whole tutorial: two bare hosts become a pair that hands out the right leases."""

from __future__ import annotations

import json
import re

import pytest

from tests.deploying import HOSTS, Work, ask, ha_state, lease, look, on, running, sh
from tests.lab import lab

pytestmark = pytest.mark.lab

COMMON = {
    "mask": "24",
    "dns": ["172.20.21.53", "172.20.23.53"],
    "ntpsrv": ["10.20.2.254"],
    "domain": "infra.labo",
    "lease": "28800",
}


@pytest.mark.usefixtures("deployed")
class TestDeployed:
    """What a deploy of inventories/lab promises; these tests leave the pair as it is."""

    def test_both_are_in_hot_standby_with_one_version(self) -> None:
        assert [ha_state(host) for host in HOSTS] == ["hot-standby", "hot-standby"]
        versions = {on(host, "rpm", "-q", "isc-kea-dhcp4") for host in HOSTS}
        assert len(versions) == 1

    @pytest.mark.parametrize(("vlan", "first", "last", "router"), [
        ("user", 130, 253, "172.20.10.254"),
        ("voice", 100, 199, "172.20.60.254"),
    ])  # fmt: skip
    def test_a_real_client_gets_the_right_lease(
        self, vlan: str, first: int, last: int, router: str
    ) -> None:
        held = lease(vlan)
        network, _, number = held["ip"].rpartition(".")
        assert network == router.rpartition(".")[0]
        assert first <= int(number) <= last
        assert held["router"] == [router]
        assert {key: held[key] for key in COMMON} == COMMON
        got = ask("dhcp1", "lease4-get", **{"ip-address": held["ip"]})
        assert got["subnet-id"] == {"user": 10, "voice": 60}[vlan]
        assert ask("dhcp2", "lease4-get", **{"ip-address": held["ip"]})["hw-address"]

    def test_the_reserved_client_gets_its_address(self) -> None:
        lab.run_in("user", "ip", "link", "set", "eth0", "down")
        before = lab.run_in("user", "cat", "/sys/class/net/eth0/address").stdout.strip()
        try:
            lab.run_in("user", "ip", "link", "set", "eth0", "address", "bc:24:11:29:11:09")
            lab.run_in("user", "ip", "link", "set", "eth0", "up")
            assert lease("user")["ip"] == "172.20.10.53"
        finally:
            lab.run_in("user", "ip", "link", "set", "eth0", "address", before)
            lab.run_in("user", "ip", "link", "set", "eth0", "up")

    @pytest.mark.parametrize("host", HOSTS)
    def test_everything_is_enabled_and_runs(self, host: str) -> None:
        for unit in ("kea-dhcp4", "kea-ctrl-agent", "firewalld", "chronyd"):
            assert on(host, "systemctl", "is-active", unit).strip() == "active"
            assert on(host, "systemctl", "is-enabled", unit).strip() == "enabled"

    @pytest.mark.parametrize("host", HOSTS)
    def test_owners_and_modes(self, host: str) -> None:
        paths = ("", "/kea-dhcp4.conf", "/kea-ctrl-agent.conf", "/kea-api-password", "/bkp")
        shown = on(host, "stat", "-c", "%U:%G %a", *(f"/etc/kea{path}" for path in paths))
        assert shown.splitlines() == ["root:kea 750", *["root:kea 640"] * 3, "root:kea 750"]

    def test_the_configurations_differ_in_the_server_only(self) -> None:
        first, second = (on(host, "cat", "/etc/kea/kea-dhcp4.conf").splitlines() for host in HOSTS)
        differing = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
        assert len(differing) == 1
        assert '"this-server-name": "dhcp1"' in differing[0][0]
        assert '"this-server-name": "dhcp2"' in differing[0][1]

    @pytest.mark.parametrize(("host", "peer"), [("dhcp1", "10.60.1.68"), ("dhcp2", "10.60.1.67")])
    def test_the_firewall_is_open_to_those_who_need_it(self, host: str, peer: str) -> None:
        def zone(*permanent: str) -> dict[str, str]:
            lines = on(host, "firewall-cmd", *permanent, "--zone=public", "--list-all").splitlines()
            pairs = (line.strip().partition(":") for line in lines if ":" in line)
            return {key: value.strip() for key, _, value in pairs}

        runtime, permanent = zone(), zone("--permanent")
        assert runtime["services"] == permanent["services"]
        assert "keaprov-dhcp" in runtime["services"].split()
        assert runtime["ports"] == permanent["ports"] == ""
        rules = on(host, "firewall-cmd", "--zone=public", "--list-rich-rules").splitlines()
        assert len(rules) == 2
        assert all(f'source address="{peer}"' in rule for rule in rules)

    def test_a_stranger_reaches_neither_port(self) -> None:
        for port in (8000, 8005):
            for host, open_ in (("load", False), ("dhcp2", True)):
                script = f"exec 3<>/dev/tcp/10.60.1.67/{port}"
                words = ("timeout", "2", "bash", "-c", script)
                done = lab.run_in(host, *words) if host == "load" else lab.execute(host, *words)
                assert (done.returncode == 0) is open_, (port, host, done.stderr)

    @pytest.mark.parametrize("host", HOSTS)
    def test_chrony_follows_the_site_and_keeps_the_old_lines(self, host: str) -> None:
        text = on(host, "cat", "/etc/chrony.conf")
        active = re.findall(r"(?m)^(?:pool|server) .*$", text)
        assert active == ["pool 10.20.2.254 iburst"]
        assert "# keaprov: was pool 2.rocky.pool.ntp.org iburst" in text
        assert "10.20.2.254" in on(host, "chronyc", "-n", "tracking")

    @pytest.mark.parametrize("host", HOSTS)
    def test_no_package_of_epels_kea(self, host: str) -> None:
        installed = on(host, "rpm", "-qa").split()
        assert not [name for name in installed if name.startswith("kea")]
        offered = on(host, "dnf", "-q", "repoquery", "--disablerepo=*", "--enablerepo=epel", "*")
        assert "kea" not in offered
        assert "excludepkgs=kea kea-*" in on(host, "cat", "/etc/yum.repos.d/epel.repo")

    @pytest.mark.parametrize("host", HOSTS)
    def test_packages_are_signed_by_the_pinned_key_only(self, host: str) -> None:
        text = on(host, "cat", "/etc/yum.repos.d/isc-kea.repo")
        assert text.count("\ngpgcheck=1\n") == text.count("\nrepo_gpgcheck=1\n") == 2
        assert "gpgcheck=0" not in text

    @pytest.mark.parametrize("host", HOSTS)
    def test_no_updates_are_pending(self, host: str) -> None:
        assert lab.execute(host, "dnf", "-q", "check-update").returncode == 0

    @pytest.mark.parametrize("host", HOSTS)
    def test_the_packaged_configuration_is_kept(self, host: str) -> None:
        for name, package in (
            ("kea-dhcp4", "isc-kea-dhcp4"),
            ("kea-ctrl-agent", "isc-kea-ctrl-agent"),
        ):
            listed = on(host, "rpm", "-q", "--qf", "[%{FILENAMES} %{FILEDIGESTS}\\n]", package)
            digests = dict(line.split(" ", 1) for line in listed.splitlines())
            kept = on(host, "sha256sum", f"/etc/kea/bkp/{name}.conf.bkp").split()[0]
            assert kept == digests[f"/etc/kea/{name}.conf"]

    def test_a_second_run_changes_nothing(self, work: Work) -> None:
        before = {host: (running(host), look(host)) for host in HOSTS}
        work.no_change()
        assert {host: (running(host), look(host)) for host in HOSTS} == before

    def test_a_dry_run_of_a_change_shows_it_and_changes_nothing(self, work: Work) -> None:
        work.site(("172.20.10.253", "172.20.10.240"))
        before = {host: (running(host), look(host)) for host in HOSTS}
        output = work.deploy("--dry")
        assert re.search(r"Kea accepts the configuration +2 \(dhcp1, dhcp2\)", output)
        assert "[dhcp2] /etc/kea/kea-dhcp4.conf is not as the site wants it; " in output
        assert "[dhcp2] live: change subnet 10 (172.20.10.0/24)" in output
        assert {host: (running(host), look(host)) for host in HOSTS} == before

    def test_the_agent_asks_for_the_password(self) -> None:
        url = "http://10.60.1.67:8000/"
        body = json.dumps({"command": "version-get", "service": ["dhcp4"]})
        ask_agent = f"curl -s -o /dev/null -w '%{{http_code}}' -d '{body}' {url}"
        ask_agent = f"{ask_agent} -H 'Content-Type: application/json'"
        assert sh("dhcp1", ask_agent) == "401"
        assert sh("dhcp1", f'{ask_agent} -u "admin:$(cat /etc/kea/kea-api-password)"') == "200"
