"""Kea's commands: what is sent, what an answer means, and three endpoints that take them.

An answer means the same from each of them. The control agent's HTTP API and kea-dhcp4's own HTTP
control socket answer with a list, the unix socket with one object (Kea ARM, Management API).
"""

from __future__ import annotations

import base64
import http.client
import io
import json
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from keaprov.channel import Channel
from keaprov.control.decoding import MOST, BoundError, expected, unpacked, value_of
from keaprov.errors import Refused, Unreachable

PATIENCE = 10.0
"""Seconds for a connection over HTTP, and as many for the whole answer, its headers included."""
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


@dataclass(frozen=True)
class Socket:
    """The unix socket on the host, over a channel to it: no port is open to the network."""

    channel: Channel
    path: str

    def send(self, command: Mapping[str, Any]) -> Any:
        """Return Kea's answer as received."""
        report = self.channel.program("command", {"socket": self.path, "ask": [dict(command)]})
        with expected(f"{self.channel.name}: the report of command"):
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
        context = self.context
        if context and (context.verify_mode is not ssl.CERT_REQUIRED or not context.check_hostname):
            raise ValueError("the context does not verify the server: use trusting(), or another")

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
            text = json.dumps(command, ensure_ascii=False)  # Kea takes an escape for one octet
            body = text.encode("utf-8", "surrogatepass")
            channel.request("POST", parts.path or "/", body, self._headers())
            return self.receive(channel.sock)
        except (OSError, http.client.HTTPException) as error:
            reason = str(error) or type(error).__name__
            raise Unreachable(f"{self.url} does not answer: {reason}") from error
        finally:
            channel.close()

    def receive(self, channel: socket.socket) -> Any:
        """Return the answer that comes on a connection; raises like `send`."""
        try:
            limited = cast("socket.socket", _Limited(channel, time.monotonic() + PATIENCE))
            response = http.client.HTTPResponse(limited, method="POST")
            response.begin()
            body = b"".join(iter(lambda: response.read1(1 << 16), b""))
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = str(error) or type(error).__name__
            raise Unreachable(f"{self.url} does not answer: {reason}") from error
        if response.status == http.client.UNAUTHORIZED:
            raise Refused(f"{self.url} does not take this user and password")
        try:
            return value_of(body)
        except BoundError as error:
            raise Unreachable(f"{self.url}: the answer is too large: {error}") from None
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


class _Limited(io.RawIOBase):
    """What a socket receives, headers included: until a deadline, and `MOST` bytes at most.

    A timeout of a socket is for each piece only: a server that sends a byte now and then would
    never reach it.
    """

    def __init__(self, channel: socket.socket, deadline: float) -> None:
        self._channel = channel
        self._deadline = deadline
        self._left = MOST

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return itself as http.client wants to read it."""
        return io.BufferedReader(self, 1 << 16)

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Receive a piece; OSError beyond a limit."""
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the answer was not complete in time")
        self._channel.settimeout(seconds)
        try:
            number = self._channel.recv_into(buffer)
        except TimeoutError:
            raise TimeoutError("the answer was not complete in time") from None
        self._left -= number
        if self._left < 0:
            raise OSError(f"the answer has more than {MOST >> 20} MiB")
        return number


def trusting(authorities: str) -> ssl.SSLContext:
    """Return what verifies a server by these authorities (PEM) and no others, and by its name.

    With ``tls: {generate: true}`` they are ``authority/authority.pem`` beside the site file.
    ValueError if the text has no certificates.
    """
    try:
        return ssl.create_default_context(cadata=authorities)
    except ssl.SSLError:
        raise ValueError("the text has no certificates in PEM form") from None


class Agent(Http):
    """The control agent's HTTP API: kea-ctrl-agent passes the command on to kea-dhcp4."""

    def send(self, command: Mapping[str, Any]) -> Any:
        """Return Kea's answer as received; raises like `Http.send`."""
        return super().send({**command, "service": ["dhcp4"]})
