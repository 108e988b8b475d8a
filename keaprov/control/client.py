"""Kea's commands: what is sent, what an answer means, and three ways there.

The way does not matter to the meaning: the control agent's HTTP API and kea-dhcp4's own HTTP
control socket answer with a list, the unix socket with one object (Kea ARM, Management API).
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from keaprov.control.ssh import Shell
from keaprov.errors import Refused, Unreachable

PATIENCE = 10.0
"""Seconds for an answer over HTTP to begin, and again for it to be whole."""
EMPTY = 3
"""Kea's result for "there is none of these" (CONTROL_RESULT_EMPTY)."""


class Transport(Protocol):
    """A way to one kea-dhcp4."""

    def send(self, command: Mapping[str, Any]) -> Any:
        """Return Kea's answer as it came; Unreachable or Refused when there is none."""
        ...


@dataclass(frozen=True)
class Client:
    """Asks one kea-dhcp4: ``Client(Agent("http://10.60.1.67:8000/", …)).ask("status-get")``."""

    transport: Transport

    def ask(self, command: str, **arguments: Any) -> Any:
        """Return the arguments of Kea's answer, {} when there are none.

        Underscores in the names of `arguments` are Kea's hyphens. Raises Refused with Kea's own
        text when the result is neither 0 nor 3 (nothing found), Unreachable without an answer.
        """
        return answer(command, self.transport.send(request(command, arguments)))


def request(command: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return a command as Kea takes it."""
    named = {name.replace("_", "-"): value for name, value in arguments.items()}
    return {"command": command, **({"arguments": named} if named else {})}


def answer(command: str, given: Any) -> Any:
    """Return the arguments of an answer; raises like `Client.ask`."""
    one = given[0] if isinstance(given, list) and given else given
    if not isinstance(one, Mapping) or not isinstance(one.get("result"), int):
        raise Unreachable(f"{command}: what came is no answer of Kea's")
    if one["result"] not in (0, EMPTY):
        raise Refused(f"{command}: {one.get('text', 'refused without a word')}")
    return one.get("arguments", {})


def unpacked(text: str) -> Any:
    """Return what a program on a host packed so that no log can show it."""
    return json.loads(zlib.decompress(base64.b64decode(text)))


@dataclass(frozen=True)
class Socket:
    """The unix socket on the host, reached over SSH: nothing is open to the network."""

    shell: Shell
    path: str

    def send(self, command: Mapping[str, Any]) -> Any:
        """Return Kea's answer as it came."""
        report = self.shell.program("command", {"socket": self.path, "ask": [dict(command)]})
        found = unpacked(report["packed"])
        given = found["answers"][0]
        if "unanswered" in given:
            raise Unreachable(f"{self.shell.name}: {given['unanswered']}")
        return given


@dataclass(frozen=True)
class Http:
    """kea-dhcp4's own HTTP control socket.

    + url: as ``http://10.60.1.67:8000/``; with https, `context` says whom to trust
    + user, password: of basic authentication; never in an error, nor in a repr
    """

    url: str
    user: str = ""
    password: str = ""
    context: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        """Refuse a password in the url, which is told: ValueError."""
        if "@" in self.url:
            raise ValueError("user and password are arguments of their own, no part of the url")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    def send(self, command: Mapping[str, Any]) -> Any:
        """Return Kea's answer as it came; Refused for a wrong password, Unreachable for none."""
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port
        channel: http.client.HTTPConnection
        if parts.scheme == "https":
            channel = http.client.HTTPSConnection(
                host, port, timeout=PATIENCE, context=self.context
            )
        else:
            channel = http.client.HTTPConnection(host, port, timeout=PATIENCE)
        try:
            channel.request("POST", parts.path or "/", json.dumps(command), self._headers())
            given = channel.getresponse()
            body = _whole(given)
        except (OSError, http.client.HTTPException) as error:
            words = str(error) or type(error).__name__
            raise Unreachable(f"{self.url} does not answer: {words}") from error
        finally:
            channel.close()
        if given.status == http.client.UNAUTHORIZED:
            raise Refused(f"{self.url} does not take this user and password")
        try:
            return json.loads(body)
        except ValueError:
            raise Unreachable(
                f"{self.url}: what came is no JSON (HTTP status {given.status})"
            ) from None

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if self.user:
            words = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            headers["Authorization"] = f"Basic {words}"
        return headers


def _whole(given: http.client.HTTPResponse) -> bytes:
    """Return an answer's body; TimeoutError when it comes in drops and does not end in time."""
    deadline, parts = time.monotonic() + PATIENCE, []
    while part := given.read1(1 << 16):
        parts.append(part)
        if time.monotonic() > deadline:
            raise TimeoutError("its answer did not end in time")
    return b"".join(parts)


class Agent(Http):
    """The control agent's HTTP API: kea-ctrl-agent passes the command on to kea-dhcp4."""

    def send(self, command: Mapping[str, Any]) -> Any:
        """Return Kea's answer as it came; raises like `Http.send`."""
        return super().send({**command, "service": ["dhcp4"]})
