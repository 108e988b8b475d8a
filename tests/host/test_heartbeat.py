"""A heartbeat that keaprov sends itself: over HTTP or TLS, one second at most."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.host.kea import Peer
from tests.host.loading import Host

PATIENCE = 20.0
"""Seconds for an answer that comes: more than a busy machine needs."""


@contextmanager
def listening(answer: bytes | None, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Answer one connection with these bytes, or never; yield where, as host:port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        over = threading.Event()

        def serve() -> None:
            with suppress(OSError):
                channel, _ = server.accept()
                if context:
                    channel = context.wrap_socket(channel, server_side=True)
                with channel:
                    if answer is None:
                        over.wait(5)
                        return
                    channel.recv(65536)
                    channel.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


def http(body: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


HEARTBEAT = http('[{"result": 0, "arguments": {"state": "waiting", "scopes": []}}]')


def test_a_peer_answers_with_its_state(host: Host) -> None:
    with Peer("ready") as peer:
        report = host.module("heartbeat").ask(peer.entry, PATIENCE)
    assert report == {"name": "dhcp1", "state": "ready", "scopes": ["dhcp1"], "error": ""}
    assert peer.requests == [b'{"command": "ha-heartbeat", "service": ["dhcp4"]}']


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (None, "no answer within 0.3 s"),
        (b"", "not a heartbeat: the connection ended without an answer"),
        (b"HTTP/1.1 401 Unauthorized\r\n\r\n", "not a heartbeat: HTTP 401 Unauthorized"),
        (b"garbage", "not a heartbeat: the connection ended without an answer"),
        (http("no"), "not a heartbeat: "),
        (http("[]"), "not a heartbeat: "),
        (http("3"), "not a heartbeat: "),
        (http('[{"result": 1, "text": "no HA"}]'), "not a heartbeat: no HA"),
    ],
)
def test_anything_else_is_an_error(host: Host, answer: bytes | None, error: str) -> None:
    seconds = 0.3 if answer is None else PATIENCE
    with listening(answer) as where:
        began = time.monotonic()
        report = host.module("heartbeat").ask({"name": "x", "url": f"http://{where}/"}, seconds)
        assert time.monotonic() - began < PATIENCE
    assert report["state"] == ""
    assert report["error"].startswith(error)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://10.0.0.1/",
        "http://",
        "http://10.0.0.1:x/",
        "http://10.0.0.1:-1/",
        "http://10.0.0.1:100000/",
    ],
)
def test_a_url_that_is_none_is_an_error(host: Host, url: str) -> None:
    report = host.module("heartbeat").ask({"url": url})
    assert report["error"] == f"not a heartbeat: '{url}' is not a URL of a peer"


def certificate(folder: Path, name: str) -> dict[str, str]:
    key, cert = str(folder / f"{name}.key"), str(folder / f"{name}.pem")
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    words += ["-nodes", "-subj", f"/CN={name}", "-days", "2", "-keyout", key, "-out", cert]
    subprocess.run(words, check=True, capture_output=True)
    return {"trust-anchor": cert, "cert-file": cert, "key-file": key}


def test_tls_goes_both_ways(host: Host) -> None:
    certificates, others = certificate(host.root, "ours"), certificate(host.root, "others")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates["cert-file"], certificates["key-file"])
    context.load_verify_locations(certificates["trust-anchor"])
    context.verify_mode = ssl.CERT_REQUIRED
    heartbeat = host.module("heartbeat")
    with listening(HEARTBEAT, context) as where:
        report = heartbeat.ask({"url": f"https://{where}/", **certificates}, PATIENCE)
    assert (report["state"], report["error"]) == ("waiting", "")
    with listening(HEARTBEAT, context) as where:
        report = heartbeat.ask({"url": f"https://{where}/", **others}, PATIENCE)
    assert "CERTIFICATE_VERIFY_FAILED" in report["error"]
    missing = {**certificates, "cert-file": "/none/cert.pem"}
    with listening(None) as where:
        report = heartbeat.ask({"url": f"https://{where}/", **missing}, PATIENCE)
    assert report["error"] == "No such file or directory"
