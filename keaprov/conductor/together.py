"""Do the same with every server of a site at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from keaprov.errors import ControlError, KeaprovError, SecretError
from keaprov.model import Server

T = TypeVar("T")


def by_server(servers: Sequence[Server], ask: Callable[[Server], T]) -> dict[str, T]:
    """Call `ask` for every server in parallel; raises the first error in the site's order."""
    if not servers:
        return {}
    if len(servers) == 1:
        return {servers[0].name: ask(servers[0])}
    with ThreadPoolExecutor(max_workers=len(servers)) as threads:
        answers = {server.name: threads.submit(ask, server) for server in servers}
    return {name: answer.result() for name, answer in answers.items()}


def or_error(ask: Callable[[Server], T]) -> Callable[[Server], T | KeaprovError]:
    """Return a function that returns a ControlError or SecretError instead of raising it."""

    def ask_or_error(server: Server) -> T | KeaprovError:
        try:
            return ask(server)
        except (ControlError, SecretError) as error:
            return error

    return ask_or_error
