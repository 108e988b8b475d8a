"""Stand-ins for kea-dhcp4: its unix socket, and the HA listener of a peer."""

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import threading
from collections.abc import Callable
from typing import Any

Answer = dict[str, Any]


class Kea:
    """Answers on a unix socket as `answers` says by command; writes down what it was sent."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.sent: list[dict[str, Any]] = []
        self.answers: dict[str, Answer | Callable[[dict[str, Any]], Answer | None] | None] = {}
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(path)
        self._socket.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Kea:
        self._thread.start()
        return self

    def __exit__(self, *of_an_error: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def commands(self) -> list[str]:
        """Return the names of the commands that came."""
        return [command["command"] for command in self.sent]

    def pair(self, state: str, scopes: list[str], remote: str, pid: int = 7) -> None:
        """Say how the pair stands, in status-get."""
        interrupted = not remote
        servers = {
            "local": {"role": "standby", "state": state, "scopes": scopes},
            "remote": {
                "last-state": remote or "hot-standby",
                "in-touch": True,
                "communication-interrupted": interrupted,
            },
        }
        status = {"pid": pid, "high-availability": [{"ha-servers": servers}]}
        self.answers["status-get"] = {"result": 0, "arguments": status}

    def _serve(self) -> None:
        while True:
            try:
                channel, _ = self._socket.accept()
            except OSError:
                return
            with channel:
                self._answer(channel)

    def _answer(self, channel: socket.socket) -> None:
        text = b""
        while True:
            text += channel.recv(1 << 16)
            try:
                command = json.loads(text)
                break
            except ValueError:
                continue
        self.sent.append(command)
        answer = self.answers.get(command["command"], {"result": 0, "arguments": {}})
        given = answer(command) if callable(answer) else answer
        if given is not None:
            with contextlib.suppress(BrokenPipeError):  # it did not wait for the answer
                channel.sendall(json.dumps(given).encode())


class Peer:
    """The HA listener of the other server; `state` "" closes it as a stopped Kea does."""

    def __init__(self, state: str = "hot-standby") -> None:
        self.state = state
        self.requests: list[bytes] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.requests.append(self.rfile.read(int(self.headers["Content-Length"])))
                if not outer.state:
                    self.close_connection = True
                    return
                arguments = {"state": outer.state, "scopes": ["dhcp1"]}
                body = json.dumps([{"result": 0, "arguments": arguments}]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def entry(self) -> dict[str, str]:
        """The peer as a request names it."""
        return {"name": "dhcp1", "url": f"http://127.0.0.1:{self._server.server_port}/"}

    def __enter__(self) -> Peer:
        self._thread.start()
        return self

    def __exit__(self, *of_an_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
