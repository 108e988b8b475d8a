"""One run at a time: a lock on each host, freed by the host's kernel when the run ends or dies."""

from __future__ import annotations

import contextlib
import getpass
import json
import socket
import threading
from typing import Any
from weakref import WeakKeyDictionary

from pyinfra.api.host import Host
from pyinfra.connectors.util import make_unix_command_for_host

from keaprov.facts import program

PATIENCE = 60
"""Seconds without a sign of life after which a host frees the lock of a run that is gone."""
_held: WeakKeyDictionary[Host, Any] = WeakKeyDictionary()


def refusal(host: Host) -> str | None:
    """Hold the host for this run, once; return who holds it when it is somebody else.

    The lock is a process on the host that lives as long as its SSH channel does. A connection of
    another kind than SSH has no such channel: then there is no lock.
    """
    one = host.inventory.get_host(host.name)  # `host` may be pyinfra's proxy, one for all hosts
    client = getattr(one.connector, "client", None)
    if one in _held or client is None:
        return None
    wrapped = make_unix_command_for_host(one.state, one, program.shell("lock"), **program.rights())
    stdin, stdout, stderr = client.exec_command(wrapped.get_raw_value())
    request = {"by": f"{getpass.getuser()} on {socket.gethostname()}", "patience": PATIENCE}
    stdin.write("\n".join(program.Payload("lock", request).readlines()) + "\n")
    stdin.flush()
    said = stdout.readline()
    if not said:
        return f"the host cannot be locked for this run: {stderr.read().decode().strip()}"
    answer = json.loads(said)
    if not answer["held"]:
        return (
            f"another run is at work on this host ({answer['by']}). Wait until it has ended; the "
            "lock of a run that is gone frees itself"
        )
    _held[one] = (stdin, stdout, stderr)
    threading.Thread(target=_beat, args=(stdin,), daemon=True).start()
    return None


def _beat(stdin: Any) -> None:
    """Tell the host, again and again, that the run is alive."""
    never = threading.Event()
    with contextlib.suppress(OSError):  # the run is over, and its connections with it
        while not never.wait(PATIENCE / 6):
            stdin.write("\n")
            stdin.flush()
