"""How a run of pyinfra ends: with an exit code that is true, in words, and at once on Ctrl-C.

Left alone, pyinfra ends with exit code 0 on Ctrl-C, and while its interpreter shuts down a roll-out
goes on. With ``--no-wait`` it counts no host as failed, and prints a traceback for each.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from types import FrameType

import gevent
import pyinfra
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, State

from keaprov.control import folder

INTERRUPTED = (
    "Interrupted: nothing more is begun. Each host finishes the program that it runs. Run the "
    "deploy again: it continues from there.\n"
)


class Failures(BaseStateCallback):
    """Counts a host as failed as soon as one of its operations is."""

    @staticmethod
    def operation_host_error(
        state: State, host: Host, op_hash: str, retry_count: int = 0, max_retries: int = 0
    ) -> None:
        """Take the host into the hosts that pyinfra's exit code depends on."""
        state.failed_hosts.add(host)


def watch(state: State) -> None:
    """Have a run end as it should; for every run once."""
    if any(isinstance(handler, Failures) for handler in state.callback_handlers):
        return
    state.callback_handlers.append(Failures())
    hub = gevent.get_hub()
    hub.NOT_ERROR = (*hub.NOT_ERROR, PyinfraError)  # the operation's own message is printed
    if pyinfra.is_cli:
        with suppress(ValueError):  # not the main thread: pyinfra's own handler stays
            signal.signal(signal.SIGINT, _interrupted)


def _interrupted(number: int, frame: FrameType | None) -> None:
    """End this process by the signal: an exception would leave other greenlets at work."""
    with suppress(OSError):
        sys.stdout.flush()
        os.write(2, INTERRUPTED.encode())
    folder.remove()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
