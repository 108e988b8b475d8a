"""The management API moves between the control agent and kea-dhcp4: its clients notice little."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from keaprov.control.api import Agent, Api, Http
from keaprov.errors import ControlError, Refused
from tests.deploying import HOSTS, Work, await_pair, on, sh
from tests.faults import asking
from tests.lab import lab

pytestmark = pytest.mark.lab

PASSWORD = "a-password-of-the-lab"
ADDRESSES = {"dhcp1": "10.60.1.67", "dhcp2": "10.60.1.68"}
BY_AGENT, BY_DAEMON = "control-agent:\n  port: 8000", "api:\n  port: 8000"


class Client(threading.Thread):
    """Something that asks a server's API all the time, at one address, as it asked the agent.

    `longest` is the longest time without an answer, in seconds; `refused` what Kea refused.
    """

    def __init__(self, host: str) -> None:
        super().__init__(daemon=True)
        self.api = Api(Agent(f"http://{ADDRESSES[host]}:8000/", "admin", PASSWORD))
        self.over = threading.Event()
        self.longest, self.refused = 0.0, ""

    def run(self) -> None:
        last = time.monotonic()
        with lab.in_space("load"):
            while not self.over.wait(0.05):
                try:
                    self.api.ask("status-get")
                except Refused as refused:
                    self.refused = str(refused)
                except ControlError:
                    continue
                now = time.monotonic()
                self.longest, last = max(self.longest, now - last), now
        self.longest = max(self.longest, time.monotonic() - last)


@contextmanager
def clients(most: float) -> Iterator[None]:
    """Hold that no client of the API is without an answer for longer than `most` seconds."""
    asking = [Client(host) for host in HOSTS]
    for client in asking:
        client.start()
    yield
    for client in asking:
        client.over.set()
        client.join()
    assert [client.refused for client in asking] == ["", ""]
    assert max(client.longest for client in asking) < most


def agent(host: str) -> str:
    """Return whether the agent of a host runs, and whether it starts with the host."""
    ask = "systemctl is-active kea-ctrl-agent || true; systemctl is-enabled kea-ctrl-agent || true"
    return " ".join(sh(host, ask).split())


@pytest.mark.fault("kea-dhcp4 cannot have the port of the API", "the agent serves it again")
@pytest.mark.usefixtures("pair")
def test_the_api_moves_to_kea_dhcp4_and_back(work: Work) -> None:
    (work.folder / "password").write_text(PASSWORD)
    work.site(
        ("{generate: true}", "{file: password}"),
        ("{zone: public}", "{zone: public, management: [10.60.1.100/32]}"),
    )
    work.deploy()
    assert [agent(host) for host in HOSTS] == ["active enabled"] * 2

    # a port that another program has: kea-dhcp4 ends, and the agent serves the old one again
    sh("dhcp2", "systemd-run -q --unit=squatter python3 -m http.server 8010")
    work.site((BY_AGENT, "api:\n  port: 8010"))
    with clients(most=20):
        output = " ".join(work.refused().split())
    assert "No other server was touched" in output
    assert [agent(host) for host in HOSTS] == ["active enabled"] * 2
    on("dhcp2", "systemctl", "stop", "squatter")
    await_pair()

    work.site(("port: 8010", "port: 8000"))
    with asking(most=5), clients(most=10):
        output = work.deploy()
    assert "kea-ctrl-agent is not in the site" in " ".join(output.split())
    assert [agent(host) for host in HOSTS] == ["inactive disabled"] * 2
    for host in HOSTS:
        assert "kea-dhcp4" in sh(host, "ss -tlnpH 'sport = 8000'")
        files = sh(host, "stat -c '%U %G %a' /etc/kea/kea-api-user /etc/kea/kea-api-password")
        assert set(files.splitlines()) == {"root kea 640"}
        assert PASSWORD not in sh(host, "cat /etc/kea/*.conf")
    with lab.in_space("load"), pytest.raises(Refused, match="user and password"):
        Http("http://10.60.1.67:8000/", "admin", "wrong").send({"command": "status-get"})
    work.no_change()

    work.site((BY_DAEMON, BY_AGENT))
    (work.folder / "password").write_text(f"{PASSWORD}-2")
    work.deploy()
    assert [agent(host) for host in HOSTS] == ["active enabled"] * 2
    with lab.in_space("load"):
        Api(Agent("http://10.60.1.68:8000/", "admin", f"{PASSWORD}-2")).ask("status-get")
