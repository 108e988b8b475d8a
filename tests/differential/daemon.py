"""A real kea-dhcp4 in the lab's load namespace, to give configurations and commands to."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from keaprov import render
from keaprov.model import Server, Site
from keaprov.site.normal import normalise
from tests.lab import services
from tests.lab.shell import until
from tests.lab.topology import space

Ask = Callable[[Any], Any]
"""From a command to Kea's whole answer."""

NAME = f"differential-{os.getpid()}"
"""The daemon's own socket and configuration: others may run one at the same time."""
SOCKET = f"run/kea/{NAME}"
SERVER = Server("alone", "10.60.1.67", ("lo",))


def rendered(body: dict[str, Any]) -> dict[str, Any]:
    """Return the whole configuration of a standalone server of a site with this ``dhcp4``."""
    forms = normalise(body, ("dhcp4",), Path(), "").dhcp4
    made: dict[str, Any] = json.loads(render.dhcp4(Site("s", (SERVER,), forms), SERVER))
    made["Dhcp4"]["control-socket"]["socket-name"] = NAME
    return made


@contextmanager
def daemon(*ways: dict[str, Any]) -> Iterator[Ask]:
    """Run a kea-dhcp4 that begins with nothing; what it is given does not reach a network.

    `ways` are further control sockets, in Kea's words.
    """
    root = services.tools()
    (root / SOCKET).unlink(missing_ok=True)
    lease_database = {"lease-database": {"type": "memfile", "persist": False}}
    (root / "etc/kea").mkdir(exist_ok=True)
    config = rendered(lease_database)
    config["Dhcp4"]["control-sockets"] = [config["Dhcp4"].pop("control-socket"), *ways]
    place = root / f"etc/kea/{NAME}.conf"
    place.write_text(json.dumps(config))
    command = services.inside(space("load"), "kea-dhcp4", "-c", f"/etc/kea/{NAME}.conf")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, **quiet)  # type: ignore[call-overload]
    try:
        until(lambda: (root / SOCKET).exists(), "kea-dhcp4 listens", 20)
        yield lambda asked: _ask(root / SOCKET, asked)
    finally:
        process.terminate()
        process.wait()
        place.unlink(missing_ok=True)


def _ask(path: Path, asked: Any) -> Any:
    with socket.socket(socket.AF_UNIX) as channel:
        channel.settimeout(30)
        channel.connect(str(path))
        channel.sendall(json.dumps(asked, ensure_ascii=False).encode())
        answer = json.loads(b"".join(iter(lambda: channel.recv(1 << 20), b"")))
    return answer[0] if isinstance(answer, list) else answer
