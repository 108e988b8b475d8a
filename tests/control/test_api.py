"""What Kea's answers mean, and real ones over every way."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from keaprov.certificates.reading import now
from keaprov.control import Agent, Api, Http, Shell, Socket, api, trusting
from keaprov.control.api import answer, request
from keaprov.errors import Refused, Unreachable
from tests.certificates import Pki, authority, pki
from tests.deploying import on
from tests.differential.daemon import daemon_in
from tests.lab import lab, network
from tests.lab.workshop import workshop

SOCKET = "/var/run/kea/kea4-ctrl-socket"


@pytest.mark.parametrize(
    ("reply", "arguments"),
    [
        ({"result": 0, "arguments": {"a": 1}}, {"a": 1}),
        ([{"result": 0, "arguments": {"a": 1}}], {"a": 1}),
        ({"result": 0, "text": "done"}, {}),
        ({"result": 3, "text": "0 leases"}, {}),
    ],
)
def test_answers(reply: Any, arguments: Any) -> None:
    assert answer("x", reply) == arguments


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        ({"result": 1, "text": "bad"}, Refused, "x: bad"),
        ([{"result": 2}], Refused, "x: refused without a reason"),
        ([], Unreachable, "not an answer of Kea"),
        ("text", Unreachable, "not an answer of Kea"),
        ({"result": "0"}, Unreachable, "not an answer of Kea"),
    ],
)
def test_no_answers(reply: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        answer("x", reply)


def test_requests_have_keas_hyphens() -> None:
    assert request("lease4-get", {"ip_address": "1.2.3.4"}) == {
        "command": "lease4-get", "arguments": {"ip-address": "1.2.3.4"},
    }  # fmt: skip


def test_a_password_is_in_no_repr() -> None:
    assert "hidden" not in repr(Agent("http://127.0.0.1:1/", "admin", "hidden"))


def test_an_address_without_a_listener() -> None:
    with pytest.raises(Unreachable, match="does not answer"):
        Api(Http("http://127.0.0.1:9/")).ask("status-get")


def test_a_password_in_the_url_is_not_taken() -> None:
    with pytest.raises(ValueError, match="not in the url"):
        Agent("http://admin:hidden@127.0.0.1:1/")


def test_a_server_is_verified_always() -> None:
    careless = ssl.create_default_context()
    careless.check_hostname = False
    with pytest.raises(ValueError, match="does not verify"):
        Agent("https://127.0.0.1:1/", context=careless)
    careless.verify_mode = ssl.CERT_NONE
    with pytest.raises(ValueError, match="does not verify"):
        Agent("https://127.0.0.1:1/", context=careless)
    with pytest.raises(ValueError, match="no certificates"):
        trusting("nonsense")


@contextlib.contextmanager
def speaking_tls(own: Pki, folder: Path) -> Iterator[str]:
    """Answer one command over TLS as kea-ctrl-agent does; yield the URL."""
    (folder / "cert").write_text(own.cert)
    (folder / "key").write_text(own.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert", folder / "key")
    reply = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n[{"result": 0}]'

    def answer_one(listener: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            listener.accept()[0] as plain,
            context.wrap_socket(plain, server_side=True) as channel,
            channel.makefile("rb") as request,
        ):
            request.readline()
            headers = http.client.parse_headers(request)
            request.read(int(headers["Content-Length"]))  # what is not read resets the connection
            channel.sendall(reply)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer_one, args=(listener,))
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}/"
        thread.join(10)


@pytest.mark.parametrize(
    ("names", "trusted", "words"),
    [
        (("dhcp1", "127.0.0.1"), True, ""),
        (("dhcp1", "127.0.0.2"), True, "IP address mismatch"),
        (("dhcp1", "127.0.0.1"), False, "certificate verify failed"),
    ],
)
def test_https_is_believed_by_authority_and_name(
    tmp_path: Path, names: tuple[str, str], trusted: bool, words: str
) -> None:
    at = now()
    own = pki(*names, at=at)
    context = trusting(own.ca if trusted else authority(at).cert)
    with speaking_tls(own, tmp_path) as url:
        agent = Api(Agent(url, "admin", "password", context))
        if not words:
            assert agent.ask("version-get") == {}
            return
        with pytest.raises(Unreachable, match=words):
            agent.ask("version-get")


HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("", "does not answer"),
        ("HTTP/1.1 2", "does not answer"),
        (f"{HEAD}Content-Length: 99\r\n\r\n[{{", "not JSON"),
        (f"{HEAD}Content-Length: 5\r\n\r\n[1, 2", "not an answer of Kea|not JSON"),
        (f"{HEAD}Content-Length: 2\r\n\r\n{{}}", "not an answer of Kea"),
        ("HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops", "HTTP status 500"),
    ],
)
def test_half_answers(sent: str, words: str) -> None:
    """A stand-in for a server that dies: a real Kea answers whole or not at all."""
    with (
        answering(lambda near: near.sendall(sent.encode())) as url,
        pytest.raises(Unreachable, match=words),
    ):
        Api(Http(url)).ask("status-get")


def test_a_slow_answer_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for a server that sends a byte now and then, for ever."""
    monkeypatch.setattr(api, "PATIENCE", 0.5)
    over = threading.Event()

    def drip(near: socket.socket) -> None:
        near.sendall(f"{HEAD}\r\n".encode())
        with contextlib.suppress(OSError):
            while not over.wait(0.05):
                near.sendall(b" ")

    with answering(drip) as url, pytest.raises(Unreachable, match="was not complete in time"):
        Api(Http(url)).ask("status-get")
    over.set()


@contextlib.contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Listen on this machine's loopback, answer once, close; yield the url."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            near, _ = server.accept()
            with near:
                received = near.recv(65536)
                while not received.endswith(b"}"):
                    received += near.recv(65536)
                answer(near)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join(10)


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
            kea = Api(Socket(shell, SOCKET))
            assert kea.ask("status-get")["high-availability"]
            assert kea.ask("lease4-get", ip_address="172.20.40.199") == {}
            with pytest.raises(Refused, match="bogus"):
                kea.ask("bogus")
            elsewhere = Api(Socket(shell, "/nowhere"))
            assert elsewhere.ask("status-get")["high-availability"], "Kea's own socket is found"

    @pytest.mark.parametrize(("wrong", "refusal"), [("", ""), ("x", "user and password")])
    def test_the_agent(self, wrong: str, refusal: str) -> None:
        password = on("dhcp1", "cat", "/etc/kea/kea-api-password").strip()
        kea = Api(Agent("http://10.60.1.67:8000/", "admin", password + wrong))
        with lab.in_space("dhcp2"):
            if refusal:
                with pytest.raises(Refused, match=refusal):
                    kea.ask("status-get")
            else:
                assert kea.ask("status-get")["high-availability"]


@pytest.mark.lab
def test_keas_own_http_socket() -> None:
    control_socket = {"socket-type": "http", "socket-address": "127.0.0.1", "socket-port": 8123}
    kea = Api(Http("http://127.0.0.1:8123/"))
    with (
        workshop() as shop,
        daemon_in(shop, control_socket),
        network.within(shop.netns),
    ):
        assert kea.ask("version-get")["extended"]
        assert kea.ask("config-get")["Dhcp4"]["lease-database"]["type"] == "memfile"
        with pytest.raises(Refused, match="bogus"):
            kea.ask("bogus")
        with pytest.raises(Unreachable, match="does not answer"):
            Api(Http("http://127.0.0.1:8124/")).ask("version-get")
