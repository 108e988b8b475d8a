"""Kea's commands: what is sent, what an answer means, and three endpoints that take them.

An answer means the same from each of them. The control agent's HTTP API and kea-dhcp4's own HTTP
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

from keaprov.channel import Channel
from keaprov.errors import Refused, Unreachable

PATIENCE = 10.0
"""Seconds for an answer over HTTP to begin, and as many for it to be complete."""
EMPTY = 3
"""Kea's result for "there is none of these" (CONTROL_RESULT_EMPTY)."""


class Endpoint(Protocol):
    """An address at which one kea-dhcp4 takes commands."""

    def send(self, command: Mapping[str, Any]) -> Any:
        """Return Kea's answer as received; Unreachable or Refused if there is none."""
        ...


@dataclass(frozen=True)
class Api:
    """Commands of one kea-dhcp4: ``Api(Agent("http://10.60.1.67:8000/", …)).ask("status-get")``."""

    endpoint: Endpoint

    def ask(self, command: str, **arguments: Any) -> Any:
        """Return the arguments of Kea's answer, {} if there are none.

        Underscores in the names of `arguments` are Kea's hyphens. Raises Refused with Kea's own
        text if the result is neither 0 nor 3 (nothing found), Unreachable without an answer.
        """
        return answer(command, self.endpoint.send(request(command, arguments)))


def request(command: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return a command as Kea takes it."""
    named = {name.replace("_", "-"): value for name, value in arguments.items()}
    return {"command": command, **({"arguments": named} if named else {})}


def answer(command: str, received: Any) -> Any:
    """Return the arguments of an answer; raises like `Api.ask`."""
    reply = received[0] if isinstance(received, list) and received else received
    if not isinstance(reply, Mapping) or not isinstance(reply.get("result"), int):
        raise Unreachable(f"{command}: the reply is not an answer of Kea")
    if reply["result"] not in (0, EMPTY):
        raise Refused(f"{command}: {reply.get('text', 'refused without a reason')}")
    return reply.get("arguments", {})


def unpacked(text: str) -> Any:
    """Return the value that a program on a host packed, so that no log shows it."""
    return json.loads(zlib.decompress(base64.b64decode(text)))


@dataclass(frozen=True)
class Socket:
    """The unix socket on the host, over a channel to it: no port is open to the network."""

    channel: Channel
    path: str

    def send(self, command: Mapping[str, Any]) -> Any:
        """Return Kea's answer as received."""
        report = self.channel.program("command", {"socket": self.path, "ask": [dict(command)]})
        (reply,) = unpacked(report["packed"])["answers"]
        if "unanswered" in reply:
            raise Unreachable(f"{self.channel.name}: {reply['unanswered']}")
        return reply


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
        """Raise ValueError if the url holds a password: errors print the url."""
        if "@" in self.url:
            raise ValueError("pass user and password as arguments, not in the url")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    def send(self, command: Mapping[str, Any]) -> Any:
        """Return Kea's answer as received; Refused for a wrong password, Unreachable for none."""
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
            response = channel.getresponse()
            body = _whole(response)
        except (OSError, http.client.HTTPException) as error:
            reason = str(error) or type(error).__name__
            raise Unreachable(f"{self.url} does not answer: {reason}") from error
        finally:
            channel.close()
        if response.status == http.client.UNAUTHORIZED:
            raise Refused(f"{self.url} does not take this user and password")
        try:
            return json.loads(body)
        except ValueError:
            raise Unreachable(
                f"{self.url}: the reply is not JSON (HTTP status {response.status})"
            ) from None

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if self.user:
            credentials = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            headers["Authorization"] = f"Basic {credentials}"
        return headers


def _whole(response: http.client.HTTPResponse) -> bytes:
    """Return an answer's body; TimeoutError if it is not complete in time."""
    deadline, parts = time.monotonic() + PATIENCE, []
    while part := response.read1(1 << 16):
        parts.append(part)
        if time.monotonic() > deadline:
            raise TimeoutError("the answer was not complete in time")
    return b"".join(parts)


class Agent(Http):
    """The control agent's HTTP API: kea-ctrl-agent passes the command on to kea-dhcp4."""

    def send(self, command: Mapping[str, Any]) -> Any:
        """Return Kea's answer as received; raises like `Http.send`."""
        return super().send({**command, "service": ["dhcp4"]})
