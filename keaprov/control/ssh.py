"""Run programs on a server over SSH, with the user's own OpenSSH configuration.

Host keys are checked against known_hosts and never added. The way to a server comes from
``~/.ssh/config`` and ``/etc/ssh/ssh_config``, or from the file that the caller names, as ``ssh -G``
resolves it (`ssh_config`).
"""

from __future__ import annotations

import logging
import secrets
import shlex
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

import paramiko

from keaprov import files, paths
from keaprov.channel import ANSWER as ANSWER
from keaprov.control import alive, exchange, host_keys, identity, lock, read_only, ssh_config
from keaprov.control.proxy import Proxy
from keaprov.control.ssh_config import Route
from keaprov.control.sudo import Sudo
from keaprov.errors import ControlError, Refused, Unreachable

# paramiko logs a traceback of its own thread; keaprov's error says in one line what went wrong
logging.getLogger("paramiko.transport").setLevel(logging.CRITICAL + 1)

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE = 10.0
"""Seconds for each step of a connection."""


class Shell:
    """A server's root shell; it connects once, when it is first used.

    + name, address: the server's in its site
    + config: an ssh_config file; the user's and the system's if None
    + sudo: become root by sudo, None if the user is root already; with `Sudo.read_only`, reports
      have their secrets masked
    """

    def __init__(
        self, name: str, address: str, config: Path | None = None, *, sudo: Sudo | None = None
    ) -> None:
        self.name = name
        self._address = address
        self._config = config
        self._sudo = sudo
        self._client: paramiko.SSHClient | None = None
        self._open = ExitStack()
        self._connecting = Lock()

    def __enter__(self) -> Shell:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the next use opens it again."""
        self._open.close()
        self._client = None

    def program(self, name: str, request: Mapping[str, Any], patience: float = ANSWER) -> Any:
        """Run ``files/host/NAME.py`` with its request and return its report.

        Raises Unreachable if the server cannot be reached or does not end within `patience`
        seconds, Refused if authentication fails, root's rights are missing, or the program exits
        non-zero: then with the program's own sentence.
        """
        command, stdin = self._start(name, request)
        status, output, errors = self._exchange(name, command, self._line + stdin, patience)
        if status and self.read_only and (words := read_only.refusal(errors)):
            raise Refused(f"{self.name}: {words}")
        return self._named(exchange.report, name, status, output, errors)

    def root(self, *words: str, patience: float = ANSWER) -> str:
        """Run a command as root and return its stdout; raises like `program`."""
        return self.run(self._as_root(*words), self._line, patience)

    def run(self, command: str, stdin: str = "", patience: float = ANSWER) -> str:
        """Run a command and return its stdout; raises like `program`."""
        what = command.split(" ", 1)[0]
        status, output, errors = self._exchange(what, command, stdin, patience)
        self._named(exchange.check, what, status, errors)
        return output

    def hold(self, run: str) -> lock.Lock:
        """Lock the server for the run that the token `run` names.

        Raises Refused if another run holds it, and like `program`.
        """
        command = self._as_root(*files.interpreter("lock"))
        client = self._connected()
        return self._named(lock.hold, client, command, run, self._line)

    @contextmanager
    def held(self, run: str | None = None) -> Iterator[str]:
        """Lock the server until the block ends, and yield the run's token; raises like `hold`."""
        token = run or secrets.token_hex(8)
        held = self.hold(token)
        try:
            yield token
        finally:
            held.free()

    @property
    def read_only(self) -> bool:
        """Whether sudo runs the read-only program, and nothing else."""
        return self._sudo is not None and self._sudo.read_only

    def _start(self, name: str, request: Mapping[str, Any]) -> tuple[str, str]:
        """Return the command that runs a program, and what it reads from standard input."""
        if self.read_only and name in read_only.PROGRAMS:
            return self._as_root(paths.READ_ONLY), read_only.request(name, request)
        return self._as_root(*files.interpreter(name)), files.program(name, request) + "\n"

    def _as_root(self, *words: str) -> str:
        """Return the command that runs words as root; Refused if this shell may only read."""
        if self.read_only and words != (paths.READ_ONLY,):
            raise Refused(
                f"{self.name}: this needs all of root's rights: do it without --read-only"
            )
        return self._sudo.command(*words) if self._sudo else shlex.join(words)

    @property
    def _line(self) -> str:
        """What goes to standard input before anything else."""
        return self._sudo.line if self._sudo else ""

    def _exchange(
        self, what: str, command: str, stdin: str, patience: float
    ) -> tuple[int, str, str]:
        """Run a command; its errors name it as `what`. A time-out closes no connection."""
        client = self._connected()
        try:
            return exchange.exchange(client, command, stdin, patience)
        except exchange.LOST as error:
            raise exchange.failure(self.name, what, patience, error) from error

    def _named(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function; its errors get the server's name."""
        try:
            return function(*args, **kwargs)
        except ControlError as error:
            raise type(error)(f"{self.name}: {error}") from None

    def _connected(self) -> paramiko.SSHClient:
        """Return the connection; connect if there is none, or if the last was lost.

        Threads that use the shell at the same time share one connection.
        """
        with self._connecting:
            transport = self._client.get_transport() if self._client else None
            if self._client is None or transport is None or not transport.is_active():
                self.close()
                try:
                    self._client = _connect(self.name, self._route(), self._open)
                except BaseException:
                    self.close()
                    raise
            return self._client

    def _route(self) -> Route:
        if self._config is not None and not self._config.expanduser().exists():
            raise Refused(f"there is no file {self._config}")
        return ssh_config.resolve(self.name, self._address, self._config)


def _connect(name: str, route: Route, opened: ExitStack) -> paramiko.SSHClient:
    """Connect to a server; `opened` closes the connection.

    Raises Unreachable, or Refused if the host or the user cannot prove who they are.
    """
    client = paramiko.SSHClient()
    proxy: Proxy | None = None
    try:
        trusted = host_keys.known(route, [name])
        client.set_missing_host_key_policy(host_keys.Policy(trusted))
        if route.proxy:
            proxy = Proxy(route.proxy)
            opened.callback(proxy.close)
        opened.callback(client.close)
        client.connect(
            route.host,
            route.port,
            route.user,
            pkey=identity.certified(route),
            key_filename=[str(path) for path in route.private_keys],  # type: ignore[arg-type]
            look_for_keys=False,
            allow_agent=identity.agent(client, route),
            sock=proxy.socket if proxy else None,
            timeout=PATIENCE,
            banner_timeout=PATIENCE,
            auth_timeout=PATIENCE,
            transport_factory=host_keys.transport(trusted),
        )
    except Refused as error:
        raise Refused(f"{name}: {error}") from error
    except paramiko.AuthenticationException as error:
        raise Refused(f"{name}: authentication failed: {_words(error)}") from error
    except (paramiko.SSHException, OSError, EOFError) as error:
        if "protocol banner" in str(error) and not proxy:
            raise Unreachable(f"{name}: no SSH server answers on the port") from error
        raise Unreachable(f"{name}: {(proxy and proxy.last_words()) or _words(error)}") from error
    alive.watch(client.get_transport())
    return client


def _words(error: BaseException) -> str:
    if isinstance(error, socket.timeout):
        return "no answer in time"
    if isinstance(error, paramiko.ssh_exception.NoValidConnectionsError):
        return "; ".join(sorted({str(reason) for reason in error.errors.values()}))
    return str(error) or type(error).__name__
