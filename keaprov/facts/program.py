"""Run one of keaprov's own programs on a host: the code and its request travel on stdin.

One SSH exec each, whatever the program asks or does. Nothing of the request is in the process
list, a log or a temporary file, so that it may hold secrets.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import Any, TypeVar

from paramiko import SSHException
from pyinfra import logger
from pyinfra.api.arguments import auth_argument_meta
from pyinfra.api.command import FunctionCommand, PyinfraCommand, QuoteString, StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.context import host as current

from keaprov import files
from keaprov.errors import Unreachable

T = TypeVar("T")
Commands = Generator[PyinfraCommand, None, None]
"""What an operation yields."""


def shell(name: str) -> StringCommand:
    """Return the command that runs the program which comes on stdin; `name` is for the eye."""
    return StringCommand(*(QuoteString(word) for word in files.interpreter(name)))


class Payload:
    """What `shell` reads: ``files/host/NAME.py`` and its request, on one line of JSON.

    pyinfra logs a fact's arguments and an operation's commands: this prints as its name only.
    """

    def __init__(self, name: str, request: Mapping[str, Any]) -> None:
        self.name = name
        self._request = request

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def __iter__(self) -> Iterator[str]:
        return iter(self.readlines())

    def readlines(self) -> list[str]:
        """Return the line that pyinfra writes to the program's stdin."""
        return [files.program(self.name, self._request)]


def rights() -> dict[str, Any]:
    """Return how the running operation becomes root, for what it asks and runs on its own."""
    used: Any = current.current_op_global_arguments or {}
    return {key: used[key] for key in auth_argument_meta if key in used}


LOST = (EOFError, OSError, SSHException)
"""What paramiko raises when a connection is gone."""


def ask(one: Host, fact: type[FactBase[T]], name: str, request: Mapping[str, Any]) -> T | None:
    """Return a fact that a program finds out; Unreachable when the connection is lost."""
    try:
        found: T | None = one.get_fact(fact, _stdin=Payload(name, request), **rights())
    except LOST as error:
        raise Unreachable(lost(one, error)) from error
    return found


def lost(one: Host, error: Exception) -> str:
    """Say that a connection is gone."""
    words = str(error) or "closed"
    return f"the connection to {one.name} is lost ({words}); run the deploy again when it is back"


def run(one: Host, name: str, request: Mapping[str, Any]) -> tuple[bool, str]:
    """Run a program on a host now; return whether it did its work, and else what it said."""
    return _run(one, Payload(name, request))


def _run(one: Host, payload: Payload) -> tuple[bool, str]:
    how: dict[str, Any] = {"_stdin": payload, **rights()}
    try:
        done, output = one.run_shell_command(shell(payload.name), **how)
    except LOST as error:
        return False, lost(one, error)
    return bool(done), output.stderr.strip()


def command(name: str, request: Mapping[str, Any]) -> FunctionCommand:
    """Return a command for an operation to yield.

    The program says on stderr what is wrong and exits 1 when it cannot do its work.
    """
    return FunctionCommand(_command, [Payload(name, request)], {})


def _command(state: State, host: Host, payload: Payload) -> bool:
    done, said = _run(host, payload)
    if not done:
        host.log_styled(said, fg="red", log_func=logger.error)
    return done
