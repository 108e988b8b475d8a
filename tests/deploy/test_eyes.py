"""Status and probe against the deployed pair."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.test_verbs import keaprov
from tests.deploying import Work, ask, await_pair, leases_of, sh
from tests.lab.topology import space

pytestmark = pytest.mark.lab

RESERVED = "bc:24:11:29:11:09"


def probe(work: Work, where: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Probe from a namespace, with the site file."""
    program = str(Path(sys.executable).with_name("keaprov"))
    inside = ["nsenter", f"--net={space(where).path}"]
    words = [*inside, program, "probe", str(work.folder / "site.yaml"), *options]
    return subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)


@pytest.mark.usefixtures("deployed")
class TestDeployed:
    """These leave the pair as it is."""

    def test_status_of_a_healthy_pair(self, work: Work) -> None:
        done = keaprov(work, "status")
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.startswith("labo: healthy\n")
        assert "dhcp1  primary, hot-standby: serves" in done.stdout
        assert "dhcp2  standby, hot-standby: stands by" in done.stdout
        assert "172.20.10.0/24" in done.stdout
        told = json.loads(keaprov(work, "status", "--json").stdout)
        assert told["healthy"] is True
        assert [one["total"] for one in told["pools"]] == [124, 100, 100, 100]

    def test_status_when_nobody_can_be_reached(self, work: Work) -> None:
        work.site(("  dhcp1:", "  dhcp8:"), ("  dhcp2:", "  dhcp9:"))
        work.site(("10.60.1.67", "127.0.0.1"), ("10.60.1.68", "127.0.0.2"))
        done = keaprov(work, "status")
        assert done.returncode == 3
        assert done.stdout.count("cannot be looked at") == 2
        assert done.stderr == ""

    @pytest.mark.parametrize(("vlan", "network"), [("user", "172.20.10."), ("voice", "172.20.60.")])
    def test_a_client_gets_what_the_site_promises(
        self, work: Work, vlan: str, network: str
    ) -> None:
        before = leases_of("dhcp1")
        done = probe(work, vlan, "-i", "eth0", "--lease")
        assert (done.returncode, done.stderr) == (0, "")
        assert f"offer of {network}" in done.stdout
        assert "released again" in done.stdout
        assert f"routers: {network}254" in done.stdout
        assert leases_of("dhcp1") == before, "the lease was given back"

    def test_a_reserved_client(self, work: Work) -> None:
        done = probe(work, "user", "-i", "eth0", "--mac", RESERVED, "--json")
        told = json.loads(done.stdout)
        assert [one["address"] for one in told["offers"]] == ["172.20.10.53"]
        assert told["broken"] == []
        assert done.returncode == 0

    def test_as_a_relay_where_nothing_is_offered(self, work: Work) -> None:
        done = probe(work, "load", "--giaddr", "10.60.1.100", "--patience", "1.5")
        assert done.returncode == 1
        assert "no server offers anything" in done.stderr

    @pytest.mark.parametrize(
        ("options", "code", "said"),
        [
            (("-i", "eth9"), 1, "cannot ask from eth9"),
            (("--giaddr", "10.9.9.9"), 1, "cannot ask from 10.9.9.9"),
            ((), 2, "--interface or --giaddr"),
            (("-i", "eth0", "--mac", "zz"), 2, "not octets"),
        ],
    )
    def test_what_cannot_be_asked(
        self, work: Work, options: tuple[str, ...], code: int, said: str
    ) -> None:
        done = probe(work, "user", *options)
        assert done.returncode == code
        assert said in done.stderr
        assert "Traceback" not in done.stderr

    def test_without_roots_rights(self, work: Work) -> None:
        program = str(Path(sys.executable).with_name("keaprov"))
        words = ["setpriv", "--bounding-set", "-net_raw", program, "probe", "-i", "lo"]
        done = subprocess.run(words, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (
            1, "Error: root's rights are needed for a raw socket\n",
        )  # fmt: skip


@pytest.mark.usefixtures("pair")
def test_a_wrong_router_in_the_running_server_is_found(work: Work) -> None:
    config = ask("dhcp1", "config-get")["Dhcp4"]
    (subnet,) = (one for one in config["subnet4"] if one["id"] == 10)
    for option in subnet["option-data"]:
        option["data"] = option["data"].replace("172.20.10.254", "172.20.10.1")
    subnet.pop("reservations")
    ask("dhcp1", "subnet4-update", subnet4=[subnet])
    done = probe(work, "user", "-i", "eth0")
    assert done.returncode == 1
    told = "routers: promised 172.20.10.254, given 172.20.10.1"
    assert f"NOT AS PROMISED: offer of 10.60.1.67: {told}" in done.stderr
    done = keaprov(work, "status")
    assert done.returncode == 3
    assert "drift: what runs differs from the site in 1 places" in done.stdout


@pytest.mark.usefixtures("pair")
def test_status_while_a_server_is_down(work: Work) -> None:
    sh("dhcp2", "systemctl stop kea-dhcp4")
    done = keaprov(work, "status", "--explain")
    assert done.returncode == 3
    assert "dhcp2  standby, inactive: kea-dhcp4 does not run" in done.stdout
    assert "do: Run the deploy" in done.stdout
    sh("dhcp2", "systemctl start kea-dhcp4")
    await_pair()
    assert keaprov(work, "status").returncode == 0
