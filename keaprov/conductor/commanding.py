"""Commands to a running kea-dhcp4, for steps that need nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keaprov import paths
from keaprov.channel import Channel
from keaprov.conductor import reports
from keaprov.conductor.stopping import Stopped


def send(channel: Channel, run: str, *commands: Mapping[str, Any]) -> None:
    """Send commands for a run, one right after the other; raises Stopped if Kea refuses one.

    Nothing is undone: each of them may be sent again.
    """
    steps = [{"do": command, "undo": []} for command in commands]
    request = {"run": run, "socket": paths.CONTROL_SOCKET, "steps": steps}
    report = channel.program("command", request)
    if refusal := reports.refusal(channel.name, report):
        raise Stopped(f"kea-dhcp4 refuses {refusal.refused}", channel.name)
