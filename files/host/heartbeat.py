"""Ask the HA listener of the other server for its state, directly: Kea's own ha-heartbeat."""

from __future__ import annotations

import json
import re
import socket
import time
from typing import Any

COMMAND = b'{"command": "ha-heartbeat", "service": ["dhcp4"]}'
URL = re.compile(r"(https?)://(\[[0-9A-Fa-f:.]+\]|[^:/\[\]]+)(?::\+?0*(\d{1,5}))?(/.*)?")
LONGEST = 1 << 16
"""Bytes of an answer; a heartbeat's has some hundred."""


def ask(peer: dict[str, Any], seconds: float = 1.0) -> dict[str, Any]:
    """Return a peer's name, state and scopes; `error` says why there are none, "" if there are.

    `peer` has a url, and for https the files trust-anchor, cert-file and key-file.
    """
    report = {"name": peer.get("name", ""), "state": "", "scopes": [], "error": ""}
    try:
        answer = json.loads(_post(peer, time.monotonic() + seconds))
        if isinstance(answer, list):  # HTTP answers are lists, one item for each service
            answer = answer[0]
        if answer["result"] != 0:
            raise ValueError(answer.get("text") or "ha-heartbeat failed")
        report["state"] = str(answer["arguments"]["state"])
        report["scopes"] = list(answer["arguments"].get("scopes", []))
    except socket.timeout:
        report["error"] = f"no answer within {seconds:g} s"
    except OSError as error:
        report["error"] = error.strerror or str(error) or type(error).__name__
    except (ValueError, OverflowError, LookupError, TypeError, AttributeError) as error:
        report["error"] = f"not a heartbeat: {error}"
    return report


def _post(peer: dict[str, Any], deadline: float) -> bytes:
    url = URL.fullmatch(str(peer.get("url", "")))
    if url is None:
        raise ValueError(f"'{peer.get('url', '')}' is not a URL of a peer")
    scheme, host, port, path = url.groups()
    head = (
        f"POST {path or '/'} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(COMMAND)}\r\n\r\n"
    )
    where = (host.strip("[]"), int(port or (443 if scheme == "https" else 80)))
    plain = socket.create_connection(where, _left(deadline))
    with plain, _secured(plain, scheme, peer, deadline) as channel:
        channel.sendall(head.encode() + COMMAND)
        return _body(channel, deadline)


def _secured(plain: Any, scheme: str, peer: dict[str, Any], deadline: float) -> Any:
    """Return the socket itself, or for https a TLS session of both sides' certificates."""
    if scheme == "http":
        return plain
    import ssl  # a plain heartbeat goes without, and is the quicker for it

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # peers are IP addresses, their certificates are the CA's
    context.verify_mode = ssl.CERT_REQUIRED
    anchor: str | None = peer.get("trust-anchor")
    if anchor:
        import os

        context.load_verify_locations(**{"capath" if os.path.isdir(anchor) else "cafile": anchor})
    if peer.get("cert-file"):
        context.load_cert_chain(peer["cert-file"], peer.get("key-file"))
    plain.settimeout(_left(deadline))
    return context.wrap_socket(plain)


def _body(channel: Any, deadline: float) -> bytes:
    data = b""
    while len(data) < LONGEST:
        channel.settimeout(_left(deadline))
        chunk = channel.recv(LONGEST)
        data += chunk
        head, end, body = data.partition(b"\r\n\r\n")
        length = _length(head) if end else None
        if not chunk or (length is not None and len(body) >= length):
            break
    status = data.split(b"\r\n", 1)[0].split(b" ", 2)
    if len(status) < 2 or status[1] != b"200":
        status_line = b" ".join(status[1:]).decode(errors="replace")
        raise ValueError(
            f"HTTP {status_line}" if status_line else "the connection ended without an answer"
        )
    return data.partition(b"\r\n\r\n")[2]


def _length(head: bytes) -> int | None:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            return int(value)
    return None


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise socket.timeout
    return left
