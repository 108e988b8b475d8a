"""Run one of keaprov's own programs on a host: the code and its request travel on stdin.

One SSH exec each, whatever the program asks or does. Nothing of the request is in the process
list, a log or a temporary file, so that it may hold secrets.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import Any

from pyinfra.api.command import PyinfraCommand, QuoteString, StringCommand

from keaprov import files

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


def command(name: str, request: Mapping[str, Any]) -> StringCommand:
    """Return a command for an operation to yield.

    The program says on stderr what is wrong and exits 1 when it cannot do its work.
    """
    return StringCommand(*shell(name).bits, _stdin=Payload(name, request))
