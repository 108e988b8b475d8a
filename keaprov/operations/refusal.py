"""Refusing with a reason: one clear paragraph, nothing changed, this host fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import ParamSpec

from pyinfra import logger
from pyinfra.api.command import FunctionCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.context import host as current

from keaprov.errors import KeaprovError
from keaprov.facts.program import Commands

P = ParamSpec("P")


def refusal(reasons: Iterable[str]) -> FunctionCommand:
    """Return a command that says why and fails this host, changing nothing."""
    return FunctionCommand(refuse, [list(reasons)], {})


def refuse(state: State, host: Host, reasons: list[str]) -> bool:
    """Print the reasons; return False, which fails the host."""
    for reason in reasons:
        host.log_styled(f"Refused: {reason}.", fg="red", log_func=logger.error)
    return False


def answered(operate: Callable[P, Commands]) -> Callable[P, Commands]:
    """Leave hosts alone that are not servers, and refuse if a server does not answer."""

    @wraps(operate)
    def operation(*arguments: P.args, **named: P.kwargs) -> Commands:
        if current.data.get("server") is None:
            current.noop("not a server of a site")
            return
        try:
            yield from operate(*arguments, **named)
        except KeaprovError as error:
            yield refusal([str(error)])

    return operation
