"""Run one of keaprov's own programs on a host, as an operation's command.

One SSH exec each, whatever the program asks or does. Nothing of the request is in the process
list, a log or a temporary file, so that it may hold secrets.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from pyinfra import logger
from pyinfra.api.command import FunctionCommand, PyinfraCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from keaprov.channel import ANSWER
from keaprov.errors import ControlError
from keaprov.facts.channel import HostChannel, rights_of
from keaprov.facts.session import run_of

Commands = Generator[PyinfraCommand, None, None]
"""What an operation yields."""


class Payload:
    """A program and its request; pyinfra prints a command's arguments: this prints its name."""

    def __init__(self, name: str, request: Mapping[str, Any], patience: float) -> None:
        self.name = name
        self.request = request
        self.patience = patience

    def __repr__(self) -> str:
        return f"<{self.name}>"


def ask(host: Host, name: str, request: Mapping[str, Any], patience: float = ANSWER) -> Any:
    """Return a program's report; raises like `keaprov.channel.Channel.program`."""
    return HostChannel(host, rights_of(host)).program(name, request, patience)


def command(name: str, request: Mapping[str, Any], patience: float = ANSWER) -> FunctionCommand:
    """Return a command for an operation to yield: a program that changes a server of a site.

    The program says on stderr what is wrong and exits 1 if it cannot do its work.
    """
    return FunctionCommand(_command, [Payload(name, request, patience)], {})


def _command(state: State, host: Host, payload: Payload) -> bool:
    conductor = run_of(host).conductor
    run = conductor.run if conductor and conductor.locked else ""
    try:
        ask(host, payload.name, {**payload.request, "run": run}, payload.patience)
    except ControlError as error:
        host.log_styled(str(error), fg="red", log_func=logger.error)
        return False
    return True
