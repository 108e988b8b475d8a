"""A real kea-dhcp4 in a workshop of its own, to give configurations and commands to."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from keaprov import render
from keaprov.model import Server, Site
from keaprov.site.normal import normalise
from tests.lab.shell import until
from tests.lab.workshop import Workshop, workshop

Ask = Callable[[Any], Any]
"""From a command to Kea's whole answer."""

SOCKET = "kea4.sock"
SERVER = Server("alone", "10.60.1.67", ("lo",))


def rendered(body: dict[str, Any]) -> dict[str, Any]:
    """Return the whole configuration of a standalone server of a site with this ``dhcp4``."""
    forms = normalise(body, ("dhcp4",), Path(), "").dhcp4
    made: dict[str, Any] = json.loads(render.dhcp4(Site("s", (SERVER,), forms), SERVER))
    made["Dhcp4"]["control-socket"]["socket-name"] = SOCKET
    return made


@contextmanager
def daemon() -> Iterator[Ask]:
    """Run a kea-dhcp4 that begins with nothing; what it is given does not reach a network."""
    with workshop() as shop, daemon_in(shop) as ask:
        yield ask


@contextmanager
def daemon_in(shop: Workshop, *ways: dict[str, Any]) -> Iterator[Ask]:
    """Run one in this workshop; `ways` are further control sockets, in Kea's words."""
    listening = shop.root / "run/kea" / SOCKET
    lease_database = {"lease-database": {"type": "memfile", "persist": False}}
    config = rendered(lease_database)
    config["Dhcp4"]["control-sockets"] = [config["Dhcp4"].pop("control-socket"), *ways]
    (shop.root / "etc/kea/alone.conf").write_text(json.dumps(config))
    command = shop.inside("kea-dhcp4", "-c", "/etc/kea/alone.conf")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, **quiet)  # type: ignore[call-overload]
    try:
        until(listening.exists, "kea-dhcp4 listens", 20)
        yield lambda command: _ask(listening, command)
    finally:
        process.terminate()
        process.wait()


def _ask(path: Path, command: Any) -> Any:
    with socket.socket(socket.AF_UNIX) as channel:
        channel.settimeout(30)
        channel.connect(str(path))
        channel.sendall(json.dumps(command, ensure_ascii=False).encode())
        answer = json.loads(b"".join(iter(lambda: channel.recv(1 << 20), b"")))
    return answer[0] if isinstance(answer, list) else answer


class Kea:
    """A daemon that tests configurations; another one takes over if a configuration ends it.

    ``config-test`` judges what the parsers judge, in milliseconds. It does not load libraries, and
    passes keys and types that only the grammar of files refuses.
    """

    def __init__(self) -> None:
        self.running = ExitStack()
        self.ask: Ask | None = None

    def refusal(self, body: dict[str, Any]) -> str:
        """Return why Kea refuses a body, an empty text if it takes it."""
        if self.ask is None:
            self.ask = self.running.enter_context(daemon())
        try:
            answer = self.ask({"command": "config-test", "arguments": rendered(body)})
        except (ConnectionError, json.JSONDecodeError):
            self.running.close()
            self.ask = None
            return "Kea ended"
        return "" if answer["result"] == 0 else str(answer["text"])
