"""The channel to a host over pyinfra's own connection (`keaprov.channel`).

The code of a program and its request travel on stdin: nothing of them is in a process list, in a
temporary file, or in what pyinfra prints with -vv. So a request may hold secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import paramiko
from pyinfra import logger
from pyinfra.api.arguments import auth_argument_meta
from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.exceptions import ConnectError, PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.output import echo
from pyinfra.context import ctx_config, ctx_host

from keaprov import files, visible
from keaprov.channel import ANSWER, Held
from keaprov.control import Sudo, alive, exchange, lock
from keaprov.errors import ControlError, Unreachable
from keaprov.facts import sudo

visible.guard("pyinfra")

_UNSET = object()


class HostChannel:
    """A channel that runs keaprov's programs on one of pyinfra's hosts, as root.

    + rights: pyinfra's arguments for becoming root there, see `rights_of`
    """

    def __init__(self, host: Host, rights: Mapping[str, Any]) -> None:
        self._host = itself(host)
        self._rights = dict(rights)

    @property
    def name(self) -> str:
        """The host's name."""
        return self._host.name

    def program(self, name: str, request: Mapping[str, Any], patience: float = ANSWER) -> Any:
        """Run a program and return its report, see `keaprov.channel.Channel`."""
        self._show(name)
        client = self._connected()
        stdin = files.program(name, request) + "\n"
        try:
            if client is None:
                answer = self._without_ssh(name, stdin, patience)
            else:
                command = self._command(name)
                answer = exchange.exchange(client, command, self._line + stdin, patience)
        except PyinfraError as error:  # the askpass script for sudo's password
            raise Unreachable(f"{self.name}: {error}") from error
        except TimeoutError as error:
            overdue = exchange.OverdueError(str(error))
            raise exchange.failure(self.name, name, patience, overdue) from error
        except exchange.LOST as error:
            raise exchange.failure(self.name, name, patience, error) from error
        try:
            return exchange.report(name, *answer)
        except ControlError as error:
            raise type(error)(f"{self.name}: {error}") from None

    def hold(self, run: str) -> Held:
        """Lock the host for a run, see `keaprov.channel.Channel`.

        A connection of another kind than SSH has no channel that ends with the run: no lock.
        """
        client = self._connected()
        if client is None:
            return Unlocked()
        self._show("lock")
        try:
            return lock.hold(client, self._command("lock"), run, self._line)
        except ControlError as error:
            raise type(error)(f"{self.name}: {error}") from None
        except (PyinfraError, *exchange.LOST) as error:
            raise Unreachable(f"{self.name}: {error}") from error

    def _connected(self) -> paramiko.SSHClient | None:
        """Return the watched SSH connection, None if the host is reached in another way."""
        if not self._host.connected:
            try:
                self._host.connect(show_errors=False, raise_exceptions=True)
            except ConnectError as error:
                raise Unreachable(f"{self.name}: {error}") from error
        client: paramiko.SSHClient | None = getattr(self._host.connector, "client", None)
        if client is not None:
            alive.watch(client.get_transport())
            sudo.ask_if_needed(self._host, self._rights, client)
        return client

    def _command(self, name: str) -> str:
        return sudo.command(self._host, self._rights, _words(name))

    @property
    def _line(self) -> str:
        """What goes to standard input first: sudo's password, or nothing."""
        return Sudo(sudo.password_of(self._host, self._rights)).line

    def _without_ssh(self, name: str, stdin: str, patience: float) -> tuple[int, str, str]:
        how: dict[str, Any] = {"_stdin": [stdin], "_timeout": patience, **self._rights}
        done, output = self._host.run_shell_command(_words(name), **how)
        return int(not done), output.stdout, output.stderr

    def _show(self, name: str) -> None:
        """Print what runs, as pyinfra prints its own commands."""
        logger.debug("Running keaprov-%s on %s", name, self.name)
        if self._host.state.print_input:
            echo(f"{self._host.print_prefix}>>> keaprov-{name}", err=True)


class Unlocked:
    """No lock: what a connection without SSH has."""

    lost = False

    def free(self) -> None:
        """Do nothing."""


def _words(name: str) -> StringCommand:
    return StringCommand(*(QuoteString(word) for word in files.interpreter(name)))


def itself(host: Host) -> Host:
    """Return the host that `pyinfra.context.host`, the same object for all hosts, stands for."""
    return host.inventory.get_host(host.name)


def rights_of(host: Host) -> dict[str, Any]:
    """Return pyinfra's arguments for becoming root on a host.

    They are those of the operation that the host is in. If it is in none, because another host of
    its site acts for it, they are what this operation would have there: an argument that the
    operation or its deploy was given is for every host, and anything else is the host's own, from
    its data or the configuration.
    """
    host = itself(host)
    used = _used(host)
    if used is not None:
        return used
    acting = _current(ctx_host)
    actor = host if acting is None else itself(acting)
    given = _used(actor) or {}
    rights = {}
    for key in auth_argument_meta:
        usual = _usual(actor, key)
        explicit = key in given and given[key] != usual
        rights[key] = given[key] if explicit else _usual(host, key)
    return rights


def _used(host: Host) -> dict[str, Any] | None:
    used = cast("Mapping[str, Any] | None", host.current_op_global_arguments)
    if used is None:
        return None
    return {key: used[key] for key in auth_argument_meta if key in used}


def _usual(host: Host, key: str) -> Any:
    """Return an argument's value for a host where nobody gives it: from data or configuration."""
    value = getattr(host.data, key, _UNSET)
    if value is not _UNSET:
        return value
    return auth_argument_meta[key].default(_current(ctx_config) or host.state.config)


def _current(context: Any) -> Any:
    """Return what pyinfra works on in this greenlet, None if nothing."""
    return context.get()
