"""A maintenance that somebody began and did not end (Kea ARM, HA: Controlled Shutdown)."""

from __future__ import annotations

import time

from pyinfra import logger
from pyinfra.api.command import FunctionCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State as Run
from pyinfra.context import host

from keaprov import paths
from keaprov.facts import program
from keaprov.facts.server import observe
from keaprov.ha.situation import MAINTENANCE
from keaprov.ha.states import State
from keaprov.operations.refusal import answered, attended

PATIENCE = 30.0
"""Seconds for both servers to leave maintenance."""


@operation()
@answered
def ended() -> program.Commands:
    """Cancel a maintenance on the server that answers for both, and wait until it is over.

    **Example:**

    .. code:: python

        maintenance.ended(name="No maintenance is left over")
    """
    ha = observe(host).kea.ha
    if ha is None or ha.state is not State.PARTNER_IN_MAINTENANCE:
        host.noop("this server is not its partner's stand-in")
        return
    cancel = {"do": {"command": "ha-maintenance-cancel"}, "undo": []}
    host.log("a maintenance was begun and not ended: it is cancelled")
    yield program.command("command", {"socket": paths.CONTROL_SOCKET, "steps": [cancel]})
    yield FunctionCommand(_wait, [], {})


@attended
def _wait(state: Run, host: Host) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        ha = observe(host, fresh=True).kea.ha
        if ha is not None and ha.state not in MAINTENANCE and ha.peer not in MAINTENANCE:
            return True
        time.sleep(0.2)
    host.log_styled("the maintenance does not end", fg="red", log_func=logger.error)
    return False
