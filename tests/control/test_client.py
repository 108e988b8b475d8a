"""What Kea's answers mean, and real ones over every way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from keaprov.control import Agent, Client, Http, Shell, Socket
from keaprov.control.client import answer, request
from keaprov.errors import Refused, Unreachable
from tests.deploying import on
from tests.differential.daemon import daemon
from tests.lab import lab

SOCKET = "/var/run/kea/kea4-ctrl-socket"


@pytest.mark.parametrize(
    ("given", "means"),
    [
        ({"result": 0, "arguments": {"a": 1}}, {"a": 1}),
        ([{"result": 0, "arguments": {"a": 1}}], {"a": 1}),
        ({"result": 0, "text": "done"}, {}),
        ({"result": 3, "text": "0 leases"}, {}),
    ],
)
def test_answers(given: Any, means: Any) -> None:
    assert answer("x", given) == means


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"result": 1, "text": "bad"}, Refused, "x: bad"),
        ([{"result": 2}], Refused, "x: refused without a word"),
        ([], Unreachable, "no answer of Kea's"),
        ("text", Unreachable, "no answer of Kea's"),
        ({"result": "0"}, Unreachable, "no answer of Kea's"),
    ],
)
def test_no_answers(given: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        answer("x", given)


def test_requests_have_keas_hyphens() -> None:
    assert request("lease4-get", {"ip_address": "1.2.3.4"}) == {
        "command": "lease4-get", "arguments": {"ip-address": "1.2.3.4"},
    }  # fmt: skip


def test_a_password_is_in_no_repr() -> None:
    assert "hidden" not in repr(Agent("http://127.0.0.1:1/", "admin", "hidden"))


def test_nobody_listens() -> None:
    with pytest.raises(Unreachable, match="does not answer"):
        Client(Http("http://127.0.0.1:9/")).ask("status-get")


@pytest.mark.lab
@pytest.mark.usefixtures("deployed")
class TestRealKea:
    """The socket over SSH; the agent from where its firewall lets us in, the host itself."""

    def shell(self, folder: Path) -> Shell:
        path = folder / "ssh_config"
        path.write_text(lab.ssh_config())
        return Shell("dhcp1", "10.60.1.67", path)

    def test_the_unix_socket_over_ssh(self, tmp_path: Path) -> None:
        with self.shell(tmp_path) as shell:
            client = Client(Socket(shell, SOCKET))
            assert client.ask("status-get")["high-availability"]
            assert client.ask("lease4-get", ip_address="172.20.40.199") == {}
            with pytest.raises(Refused, match="bogus"):
                client.ask("bogus")
            with pytest.raises(Unreachable, match="does not answer"):
                Client(Socket(shell, "/nowhere")).ask("status-get")

    @pytest.mark.parametrize(("wrong", "said"), [("", ""), ("x", "user and password")])
    def test_the_agent(self, wrong: str, said: str) -> None:
        password = on("dhcp1", "cat", "/etc/kea/kea-api-password").strip()
        client = Client(Agent("http://10.60.1.67:8000/", "admin", password + wrong))
        with lab.in_space("dhcp2"):
            if said:
                with pytest.raises(Refused, match=said):
                    client.ask("status-get")
            else:
                assert client.ask("status-get")["high-availability"]


@pytest.mark.lab
def test_keas_own_http_socket() -> None:
    lab.up()
    way = {"socket-type": "http", "socket-address": "127.0.0.1", "socket-port": 8123}
    client = Client(Http("http://127.0.0.1:8123/"))
    with daemon(way), lab.in_space("load"):
        assert client.ask("version-get")["extended"]
        assert client.ask("config-get")["Dhcp4"]["lease-database"]["type"] == "memfile"
        with pytest.raises(Refused, match="bogus"):
            client.ask("bogus")
        with pytest.raises(Unreachable, match="does not answer"):
            Client(Http("http://127.0.0.1:8124/")).ask("version-get")
