"""Status and probe against the deployed pair."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from keaprov import files, paths
from keaprov.dhcp_client import packets
from tests.deploy.test_verbs import command, keaprov
from tests.deploying import HOSTS, Work, ask, await_pair, leases_of, sh
from tests.lab import lab
from tests.lab.load import SUBNET
from tests.lab.shell import until
from tests.lab.topology import STATE, space
from tests.terminal import at_a_terminal

pytestmark = pytest.mark.lab

RESERVED = "bc:24:11:29:11:09"
RESERVED_BY_CLIENT_ID = """\
      reservations: [{client-id: "01:02:03", ip-address: 10.60.2.2}]
"""


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
        assert (
            "dhcp2  standby, hot-standby: ready (no scopes while the primary serves)" in done.stdout
        )
        assert "172.20.10.0/24" in done.stdout
        assert "last changed 20" in done.stdout
        (site,) = json.loads(keaprov(work, "status", "--json").stdout)
        assert site["healthy"] is True
        assert [pool["total"] for pool in site["pools"]] == [124, 100, 100, 100]

    def test_status_of_several_sites(self, work: Work) -> None:
        other = work.folder / "other.yaml"
        other.write_text((work.folder / "site.yaml").read_text().replace("site: labo", "site: b"))
        done = keaprov(work, "status", str(other), "--html", str(work.folder / "page.html"))
        assert done.returncode == 3
        assert "labo: healthy\n" in done.stdout
        assert "b: NOT HEALTHY\n" in done.stdout
        assert done.stdout.endswith("2 sites, not healthy: b\n")
        assert "2 sites, 1 not healthy" in (work.folder / "page.html").read_text()

    def test_a_file_that_is_no_drill(self, work: Work) -> None:
        (work.folder / "drill.json").write_text('{"site": "labo"}')
        options = ("--html", str(work.folder / "page.html"), "--drill")
        done = keaprov(work, "status", *options, str(work.folder / "drill.json"))
        assert done.returncode == 2
        assert "is not what `keaprov drill --json` prints" in done.stderr
        assert not (work.folder / "page.html").exists()
        done = keaprov(work, "status", "--drill", str(work.folder / "drill.json"))
        assert (done.returncode, "--drill goes with --html" in done.stderr) == (2, True)

    def test_a_page_that_cannot_be_written(self, work: Work) -> None:
        done = keaprov(work, "status", "--html", str(work.folder / "no/page.html"))
        assert done.returncode == 1
        assert "page.html cannot be written: No such file or directory" in done.stderr
        done = keaprov(work, "status", "--html", str(work.folder))
        assert (done.returncode, "Traceback" in done.stderr) == (1, False)
        assert not list(work.folder.parent.glob(".*.new"))

    def test_status_when_nobody_can_be_reached(self, work: Work) -> None:
        work.site(("  dhcp1:", "  dhcp8:"), ("  dhcp2:", "  dhcp9:"))
        work.site(("10.60.1.67", "192.0.2.8"), ("10.60.1.68", "192.0.2.9"))
        done = keaprov(work, "status")
        assert done.returncode == 3
        assert done.stdout.count("  unreachable: ") == 2
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
        report = json.loads(done.stdout)
        assert [offer["address"] for offer in report["offers"]] == ["172.20.10.53"]
        assert report["broken"] == []
        assert done.returncode == 0

    def test_on_a_client_host_by_ssh(self, work: Work, user_host: None) -> None:
        done = keaprov(work, "probe", "--client", "user", "-i", "eth0", "--lease")
        assert (done.returncode, done.stderr) == (0, "")
        assert "lease of 172.20.10." in done.stdout
        done = keaprov(work, "probe", "--client", "user", "-i", "eth9")
        assert done.returncode == 1
        assert done.stderr == "Error: user: cannot ask from eth9: No such device\n"

    def test_a_reserved_client_that_is_online_keeps_its_lease(self, work: Work) -> None:
        """Kea gives out again what is left of a young lease (Kea ARM, Lease Caching)."""
        client_packets, mac = packets(), bytes.fromhex(RESERVED.replace(":", ""))
        with lab.in_space("user"), closing(client_packets.Direct("eth0", mac)) as client:
            (offer,) = client_packets.discover(client, mac, 1, [], 10, 0)
            held = client_packets.take(client, mac, 1, [], offer, 10)
        assert held["address"] == "172.20.10.53"
        taken = time.monotonic()
        until(lambda: time.monotonic() > taken + 2, "the lease is 2 s old")
        done = probe(work, "user", "-i", "eth0", "--mac", RESERVED, "--json")
        report = json.loads(done.stdout)
        assert (done.returncode, report["broken"]) == (0, [])
        assert "172.20.10.53" in leases_of("dhcp1")
        for host in HOSTS:
            ask(host, "lease4-del", **{"ip-address": "172.20.10.53", "update-ddns": False})

    def test_as_a_relay_where_nothing_is_offered(self, work: Work) -> None:
        done = probe(work, "load", "--giaddr", "10.60.1.100", "--patience", "1.5")
        assert done.returncode == 1
        assert "no server offers anything" in done.stderr

    @pytest.mark.parametrize(
        ("options", "code", "expected"),
        [
            (("-i", "eth9"), 1, "cannot ask from eth9"),
            (("--giaddr", "10.9.9.9"), 1, "cannot ask from 10.9.9.9"),
            ((), 2, "--interface or --giaddr"),
            (("-i", "eth0", "--mac", "zz"), 2, "not octets"),
        ],
    )
    def test_what_cannot_be_asked(
        self, work: Work, options: tuple[str, ...], code: int, expected: str
    ) -> None:
        done = probe(work, "user", *options)
        assert done.returncode == code
        assert expected in done.stderr
        assert "Traceback" not in done.stderr

    def test_without_roots_rights(self, work: Work) -> None:
        program = str(Path(sys.executable).with_name("keaprov"))
        words = ["setpriv", "--bounding-set", "-net_raw", program, "probe", "-i", "lo"]
        done = subprocess.run(words, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (
            1, "Error: root's rights are needed for a raw socket\n",
        )  # fmt: skip

    def test_watching_without_a_terminal_is_a_line_a_look(self, work: Work) -> None:
        page = work.folder / "page.html"
        words = command(work, "status", "--watch", "--json", "--html", str(page))
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(
            words, stdout=subprocess.PIPE, env=environment, text=True
        ) as watching:
            assert watching.stdout is not None
            for _ in range(2):
                (site,) = json.loads(watching.stdout.readline())
                assert site["healthy"] is True
            watching.send_signal(signal.SIGINT)
            assert watching.wait(30) == 0
        assert "labo: " in page.read_text()

    @pytest.mark.parametrize(
        ("verb", "code"), [("status", 3), ("diff", 1), ("plan", 1), ("history", 1), ("drill", 1)]
    )
    def test_a_host_key_that_has_changed_is_told_by_every_verb(
        self, work: Work, verb: str, code: int
    ) -> None:
        other = (STATE / "hostkeys/dhcp2.pub").read_text().rsplit(" ", 1)[0]
        (work.folder / "known").write_text(f"[127.0.0.1]:2201 {other}\n")
        words = command(work, verb, *(("--yes",) if verb == "drill" else ()))
        path = work.folder / "ssh_config"
        known, changed = f"{STATE}/known_hosts", f"{work.folder}/known"
        path.write_text(path.read_text().replace(known, changed, 1))
        done = subprocess.run(words, capture_output=True, text=True)
        assert done.returncode == code
        reports = (
            "dhcp1: its host key has changed",
            "dhcp1  unreachable: its host key has changed",
        )
        assert any(words in done.stdout + done.stderr for words in reports)
        assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("pair")
def test_as_a_relay_and_by_client_id(work: Work) -> None:
    work.append(SUBNET + RESERVED_BY_CLIENT_ID)
    work.deploy()
    done = probe(work, "load", "--giaddr", "10.60.1.100", "--lease")
    assert (done.returncode, done.stderr) == (0, "")
    assert "lease of 10.60.128." in done.stdout
    options = ("--giaddr", "10.60.1.100", "--client-id", "01:02:03", "--json")
    done = probe(work, "load", *options)
    report = json.loads(done.stdout)
    assert ([offer["address"] for offer in report["offers"]], report["broken"]) == (
        ["10.60.2.2"],
        [],
    )
    assert leases_of("dhcp1") == leases_of("dhcp2")


@pytest.mark.usefixtures("pair")
def test_a_wrong_router_in_the_running_server_is_found(work: Work) -> None:
    config = ask("dhcp1", "config-get")["Dhcp4"]
    (subnet,) = (subnet for subnet in config["subnet4"] if subnet["id"] == 10)
    for option in subnet["option-data"]:
        option["data"] = option["data"].replace("172.20.10.254", "172.20.10.1")
    subnet.pop("reservations")
    ask("dhcp1", "subnet4-update", subnet4=[subnet])
    done = probe(work, "user", "-i", "eth0")
    assert done.returncode == 1
    difference = "routers: promised 172.20.10.254, given 172.20.10.1"
    assert f"NOT AS PROMISED: offer of 10.60.1.67: {difference}" in done.stderr
    done = keaprov(work, "status")
    assert done.returncode == 3
    assert "drift: what runs differs from the site in 1 place" in done.stdout


DOWN = "inactive: kea-dhcp4 is not running"


@pytest.mark.usefixtures("pair")
@pytest.mark.parametrize(
    ("hosts", "shown"),
    [
        (["dhcp1"], [f"dhcp1  primary, {DOWN}", "dhcp2  standby, "]),
        (["dhcp2"], ["dhcp1  primary, hot-standby", f"dhcp2  standby, {DOWN}"]),
        (["dhcp1", "dhcp2"], [f"dhcp1  primary, {DOWN}", f"dhcp2  standby, {DOWN}"]),
    ],
)
def test_status_while_servers_are_down(work: Work, hosts: list[str], shown: list[str]) -> None:
    for host in hosts:
        sh(host, "systemctl stop kea-dhcp4")
    done = keaprov(work, "status", "--explain")
    assert (done.returncode, done.stderr) == (3, "")
    for words in shown:
        assert words in done.stdout
    assert "do: Run the deploy" in done.stdout
    assert ("no figures" in done.stdout) == (len(hosts) == 2)
    for host in reversed(hosts):
        sh(host, "systemctl start kea-dhcp4")
    await_pair()
    assert keaprov(work, "status").returncode == 0


@pytest.mark.usefixtures("pair")
def test_status_without_power_without_an_agent_and_with_a_mute_server(work: Work) -> None:
    sh("dhcp2", "systemctl stop kea-ctrl-agent")
    done = keaprov(work, "status")
    assert done.returncode == 3
    assert "! kea-ctrl-agent is inactive" in done.stdout
    sh("dhcp2", "systemctl start kea-ctrl-agent; mv /run/kea/kea4-ctrl-socket /run/kea/away")
    done = keaprov(work, "status")
    assert done.returncode == 3
    assert "dhcp2  standby, active: kea-dhcp4 runs, but does not answer" in done.stdout
    lab.power_cut("dhcp1")
    done = keaprov(work, "status")
    assert (done.returncode, done.stderr) == (3, "")
    assert "dhcp1  unreachable: " in done.stdout


@pytest.mark.usefixtures("pair")
def test_a_hand_over_is_named_apart_from_scopes_that_somebody_gave(work: Work) -> None:
    handed_over()
    done = keaprov(work, "status", "--explain")
    as_json = keaprov(work, "status", "--json", "--html", str(work.folder / "page.html"))
    on_host("dhcp2", "handover", {"end": True})
    assert done.returncode == as_json.returncode == 3
    assert "dhcp2  standby, hot-standby: serves for its primary: a hand-over on" in done.stdout
    assert "! it serves in a hand-over while its primary restarts. Wait: " in done.stdout
    assert "somebody" not in done.stdout
    (site,) = json.loads(as_json.stdout)
    assert [server["handover"] for server in site["servers"]] == [False, True]
    assert "<dt>hand-over</dt><dd>under way</dd>" in (work.folder / "page.html").read_text()
    assert keaprov(work, "status").returncode == 0, "right after it, the peers hear each other"
    ask("dhcp2", "ha-scopes", scopes=["dhcp1"])
    done = keaprov(work, "status", "--explain")
    assert done.returncode == 3
    assert "! it serves beside its primary: somebody has given it scopes. Run the" in done.stdout
    assert "hand-over" not in done.stdout
    ask("dhcp2", "ha-scopes", scopes=[])
    assert keaprov(work, "status").returncode == 0


def handed_over() -> None:
    """Have the standby's host take the primary's scopes, for a run that lives as long as we do."""
    peer = {"name": "dhcp1", "url": "http://10.60.1.67:8005/"}
    request = {"socket": paths.CONTROL_SOCKET, "scopes": ["dhcp1"], "peer": peer, "patience": 60}
    assert on_host("dhcp2", "handover", request) == {"taken": True}


def on_host(host: str, name: str, request: dict[str, object]) -> object:
    """Run one of keaprov's programs on a host, as no run's; return its report."""
    words = ["/usr/bin/python3", *files.interpreter(name)[1:]]
    done = lab.execute(host, *words, stdin=files.program(name, request) + "\n")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.usefixtures("pair")
def test_a_server_that_receives_no_packets_is_not_healthy(work: Work) -> None:
    for number, host in enumerate(HOSTS, 1):
        address = f"ip address add 10.99.{number}.1/24 dev dum0; ip link set dum0 up"
        made = "ip link del dum0 2>/dev/null || true; ip link add dum0 type veth peer name dum1"
        sh(host, f"{made}; ip link set dum1 up; {address}")
    work.site(("interfaces: [ens18]", "interfaces: [ens18, dum0]"))
    work.deploy()
    assert keaprov(work, "status").returncode == 0
    sh("dhcp2", "ip link set dum0 down; systemctl restart kea-dhcp4")
    await_pair()
    done = keaprov(work, "status", "--explain")
    assert done.returncode == 3
    assert "dhcp2  standby, hot-standby: runs, but receives no DHCP packets" in done.stdout
    assert "! kea-dhcp4 receives no DHCP packets: " in done.stdout
    assert "Bring the interface up with an IPv4 address" in done.stdout
    done = keaprov(work, "drill", "--yes")
    assert (done.returncode, "dhcp2: kea-dhcp4 receives no DHCP" in done.stderr) == (1, True)
    for host in HOSTS:
        sh(host, "ip link del dum0")  # its namespace outlives the machine


@pytest.mark.usefixtures("pair")
def test_what_changed_by_hand_is_drift(work: Work) -> None:
    sh("dhcp1", "sed -i s/28800/28801/ /etc/kea/kea-dhcp4.conf")
    sh("dhcp2", "sed -i s/8000/8001/ /etc/kea/kea-ctrl-agent.conf")
    done = keaprov(work, "status")
    assert done.returncode == 3
    assert "! drift: /etc/kea/kea-dhcp4.conf is not the site's" in done.stdout
    assert "! drift: /etc/kea/kea-ctrl-agent.conf is not the site's" in done.stdout
    assert done.stdout.count("differs from its site") == 2
    ask("dhcp2", "subnet4-del", id=50)
    assert "what runs differs from the site in 1 place" in keaprov(work, "status").stdout


@pytest.mark.usefixtures("pair")
def test_watching_shows_what_happens(work: Work) -> None:
    words = command(work, "status", "--watch")
    with at_a_terminal(words) as terminal:
        terminal.read_until("labo: healthy")
        sh("dhcp2", "systemctl stop kea-dhcp4")
        terminal.read_until("kea-dhcp4 is not running")
        sh("dhcp2", "systemctl start kea-dhcp4")
        terminal.read_until("labo: healthy")
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.process.wait(30) == 0
    assert "\x1b[2J" not in terminal.output, "the screen is never cleared: no flicker"
    assert "Traceback" not in terminal.output
    await_pair()
