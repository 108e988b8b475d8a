"""Restore what was proven to run on a server whose gate closed, and say what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keaprov.channel import Channel
from keaprov.conductor import reports
from keaprov.conductor.activation import ACTIVE
from keaprov.conductor.gating import Gates
from keaprov.conductor.stopping import Tell
from keaprov.errors import ControlError
from keaprov.model import Server

INSTALLS = 1800.0
"""Seconds for a turn that installs packages, or restores them."""
NEITHER = (
    "the configuration that ran before is in place, and does not run either: the cause is not this "
    "change. Check the unit and its drop-ins (systemctl cat kea-dhcp4), and the files that it "
    "reads and writes. Now"
)


def undo(
    channel: Channel,
    gates: Gates,
    tell: Tell,
    server: Server,
    turn: Mapping[str, Any],
    *,
    alone: bool = True,
) -> None:
    """Restore what was proven to run; a new server is stopped if it is not `alone`.

    It never ran as part of this pair, so it has no leases: it must not serve without its peer.
    `turn` is the request of the turn that is undone.
    """
    name = server.name
    request = {
        **turn,
        "files": ACTIVE,
        "update": None,
        "undo": True,
        "stop_unproven": not alone,
    }
    try:
        restored = reports.restored(name, channel.program("turn", request, INSTALLS))
    except ControlError as error:
        tell(name, f"restoring the previous configuration failed: {error}", True)
        return
    for sentence in restored.failed:
        tell(name, f"restoring: {sentence}", True)
    for path in restored.removed:
        tell(name, f"{path} is removed: what ran before had no such drop-in", False)
    if restored.stopped:
        tell(name, "this server is new: kea-dhcp4 is stopped again, because its peer serves", False)
        return
    parts = ", ".join([*restored.put_back, *restored.packages, *restored.removed])
    if not parts and not restored.proven:
        tell(name, "there is no earlier configuration that ran: nothing was restored", True)
    elif not restored.up:
        words = f"{parts} were restored" if parts else "the configuration is the one that ran"
        tell(name, f"{words}, but the daemon does not start", True)
    elif why := gates.comes_up(server, turn["units"]):
        tell(name, f"{NEITHER} {why}", True)
    else:
        tell(name, "the previous configuration is active again on this host", False)
