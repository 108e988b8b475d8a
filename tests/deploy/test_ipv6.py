"""A running pair moves from IPv4 to IPv6 between its servers; DHCP itself stays IPv4."""

from __future__ import annotations

import subprocess

import pytest

from tests.deploy.test_drill import FROM_THE_STANDBY, await_whole, drill
from tests.deploy.test_verbs import keaprov
from tests.deploying import HOSTS, Work, ask, await_pair, ha_state, on, sh
from tests.faults import asking
from tests.lab import lab
from tests.lab.topology import LOAD, server, space

pytestmark = pytest.mark.lab

PEERS = (("dhcp1", "dhcp2"), ("dhcp2", "dhcp1"))
TO_IPV6 = (
    *(
        (
            f"address: {server(host).address},",
            f"address: '{server(host).ipv6}', dhcp-address: {server(host).address},",
        )
        for host in HOSTS
    ),
    ("zone: public", f"zone: public, management: ['{LOAD.links[0].ipv6.partition('/')[0]}']"),
)


@pytest.fixture(scope="module")
def ipv6(_deployed_once: None, tmp_path_factory: pytest.TempPathFactory) -> Work:
    """The running pair of IPv4, and the site file that moves it to IPv6."""
    lab.restore("deployed")
    await_pair()
    work = Work(tmp_path_factory.mktemp("ipv6"))
    work.site(*TO_IPV6)
    return work


def urls(host: str) -> set[str]:
    """Return where the peers of the running pair listen."""
    hooks = ask(host, "config-get")["Dhcp4"]["hooks-libraries"]
    (ha,) = [hook for hook in hooks if hook["library"].endswith("libdhcp_ha.so")]
    return {peer["url"] for peer in ha["parameters"]["high-availability"][0]["peers"]}


class TestARunningPair:
    """One pair, in this order."""

    @pytest.mark.fault(
        "a running pair moves from IPv4 to IPv6",
        "the turns follow each other without a gate between",
    )
    def test_the_pair_talks_by_ipv6_alone(self, ipv6: Work) -> None:
        with asking(most=12):
            ipv6.deploy()
        for host, peer in PEERS:
            assert ha_state(host) == "hot-standby"
            assert urls(host) == {f"http://[{server(name).ipv6}]:8005/" for name in HOSTS}
            listening = on(host, "ss", "-Hlnt").split()
            assert {f"[{server(host).ipv6}]:{port}" for port in (8000, 8005)} <= set(listening)
            assert not {f"{server(host).address}:{port}" for port in (8000, 8005)} & set(listening)
            assert f"[{server(peer).ipv6}]" in on(host, "ss", "-Hnt", "dport", "=", "8005")
        ipv6.no_change()

    def test_the_firewall_lets_in_the_peer_and_the_management(self, ipv6: Work) -> None:
        management = LOAD.links[0].ipv6.partition("/")[0]
        for host, peer in PEERS:
            for where in ([], ["--permanent"]):
                words = [*where, "--zone=public", "--list-rich-rules"]
                sources = {"keaprov-ha": {server(peer).ipv6}}
                sources["keaprov-agent"] = {server(peer).ipv6, management}
                rules = {
                    f'rule family="ipv6" source address="{source}" service name="{name}" accept'
                    for name, addresses in sources.items()
                    for source in addresses
                }
                assert set(on(host, "firewall-cmd", *words).splitlines()) == rules
        for port, open_ in ((8000, True), (8005, False)):
            script = f"exec 3<>/dev/tcp/{server('dhcp1').ipv6}/{port}"
            connect = ("timeout", "2", "bash", "-c", script)
            assert lab.execute("dhcp2", *connect).returncode == 0
            assert (lab.run_in("load", *connect).returncode == 0) is open_

    def test_the_api_answers_by_ipv6(self, ipv6: Work) -> None:
        secret = on("dhcp1", "cat", "/etc/kea/kea-api-password").split()[0]
        body = '{"command": "version-get", "service": ["dhcp4"]}'
        curl = f"curl -sSg -u admin:{secret} -H 'Content-Type: application/json' -d '{body}'"
        assert '"result": 0' in sh("dhcp2", f"{curl} http://[{server('dhcp1').ipv6}]:8000/")

    def test_a_failover_works_and_status_is_healthy(self, ipv6: Work) -> None:
        inside = ["nsenter", f"--net={space('user').path}"]
        words = drill(ipv6, "--way", "failover", "--yes", "-i", "eth0")
        done = subprocess.run([*inside, *words], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        assert FROM_THE_STANDBY.search(done.stdout), "clients know the standby by its IPv4 address"
        assert "0 leases lost" in done.stdout
        await_whole()
        done = keaprov(ipv6, "status")
        assert done.returncode == 0, done.stdout + done.stderr
