"""Run programs on a server over SSH, with the user's own OpenSSH configuration.

Host keys are checked against known_hosts and never added. Agent, identity files, ProxyJump,
ProxyCommand, Port and User come from ``~/.ssh/config`` (ssh_config(5)), or from the file that the
caller names: from the entry for the server's name if there is one, otherwise for its address.
"""

from __future__ import annotations

import logging
import secrets
import shlex
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

import paramiko

from keaprov import files
from keaprov.channel import ANSWER as ANSWER
from keaprov.control import alive, exchange, lock
from keaprov.errors import ControlError, Refused, Unreachable

# paramiko logs a traceback of its own thread; keaprov's error says in one line what went wrong
logging.getLogger("paramiko.transport").setLevel(logging.CRITICAL + 1)

P = ParamSpec("P")
T = TypeVar("T")

USER_CONFIG = Path("~/.ssh/config")
KNOWN_HOSTS = {
    "globalknownhostsfile": "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2",
    "userknownhostsfile": "~/.ssh/known_hosts ~/.ssh/known_hosts2",
}
"""The files of host keys if the configuration names none (ssh_config(5))."""
PATIENCE = 10.0
"""Seconds for each step of a connection."""


class Shell:
    """A server's root shell; it connects once, when it is first used.

    + name, address: the server's in its site
    + config: an ssh_config file; ``~/.ssh/config`` if None
    + sudo: become root by ``sudo -n``
    """

    def __init__(
        self, name: str, address: str, config: Path | None = None, *, sudo: bool = False
    ) -> None:
        self.name = name
        self._address = address
        self._config = config
        self._sudo = sudo
        self._clients: list[paramiko.SSHClient] = []

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
        for client in reversed(self._clients):
            client.close()
        self._clients = []

    def program(self, name: str, request: Mapping[str, Any], patience: float = ANSWER) -> Any:
        """Run ``files/host/NAME.py`` with its request and return its report.

        Raises Unreachable if the server cannot be reached or does not end within `patience`
        seconds, Refused if authentication fails, root's rights are missing, or the program exits
        non-zero: then with the program's own sentence.
        """
        command = self._as_root(*files.interpreter(name))
        answer = self._exchange(name, command, files.program(name, request) + "\n", patience)
        return self._named(exchange.report, name, *answer)

    def root(self, *words: str, patience: float = ANSWER) -> str:
        """Run a command as root and return its stdout; raises like `program`."""
        return self.run(self._as_root(*words), patience=patience)

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
        client = self._connected()
        return self._named(lock.hold, client, self._as_root(*files.interpreter("lock")), run)

    @contextmanager
    def held(self, run: str | None = None) -> Iterator[str]:
        """Lock the server until the block ends, and yield the run's token; raises like `hold`."""
        token = run or secrets.token_hex(8)
        held = self.hold(token)
        try:
            yield token
        finally:
            held.free()

    def _as_root(self, *words: str) -> str:
        return shlex.join([*(("sudo", "-n") if self._sudo else ()), *words])

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
        """Return the connection; connect if there is none, or if the last was lost."""
        transport = self._clients[-1].get_transport() if self._clients else None
        if transport is None or not transport.is_active():
            self.close()
            settings = _lookup(self.name, self._address, self._config)
            self._clients = _connect(self.name, settings, self._config)
        return self._clients[-1]


def _lookup(name: str, address: str, config: Path | None) -> dict[str, Any]:
    path = (config or USER_CONFIG).expanduser()
    if config is not None and not path.exists():
        raise Refused(f"there is no file {path}")
    if not path.exists():
        return {"hostname": address}
    try:
        settings = paramiko.SSHConfig.from_path(str(path))
        has_entry = name in settings.get_hostnames()
        return dict(settings.lookup(name if has_entry else address))
    except (paramiko.SSHException, OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path} cannot be read: {_words(error)}") from error


def _connect(
    name: str, settings: Mapping[str, Any], config: Path | None
) -> list[paramiko.SSHClient]:
    """Connect, through the jump hosts if there are any; return all clients, the server's last."""
    clients: list[paramiko.SSHClient] = []
    sock: Any = None
    jumps = [jump for jump in str(settings.get("proxyjump", "none")).split(",") if jump != "none"]
    hops = [*(_jump(jump, config) for jump in jumps), settings]
    try:
        if not jumps and settings.get("proxycommand"):
            sock = paramiko.ProxyCommand(settings["proxycommand"])
        for number, hop in enumerate(hops):
            clients.append(_client(hop, sock))
            if number + 1 < len(hops):
                sock = _through(clients[-1], hops[number + 1])
    except paramiko.AuthenticationException as error:
        raise Refused(f"{name}: authentication failed: {_words(error)}") from error
    except paramiko.BadHostKeyException as error:
        raise Refused(
            f"{name}: its host key has changed. Make sure why, then correct known_hosts"
        ) from error
    except paramiko.hostkeys.InvalidHostKey as error:
        raise Refused(
            f"{name}: known_hosts has a line that cannot be read: {error.line}"
        ) from error
    except paramiko.SSHException as error:
        if "not found in known_hosts" in str(error):
            raise Refused(
                f"{name}: its host key is not known here: connect once with ssh and check it"
            ) from error
        raise Unreachable(f"{name}: {_words(error)}") from error
    except (OSError, EOFError) as error:
        raise Unreachable(f"{name}: {_words(error)}") from error
    return clients


def _jump(jump: str, config: Path | None) -> dict[str, Any]:
    """Return the settings of ``[user@]host[:port]``, a jump host."""
    user, _, rest = jump.strip().rpartition("@")
    alias, _, port = rest.partition(":")
    written = {"user": user, "port": port}
    return _lookup(alias, alias, config) | {key: value for key, value in written.items() if value}


def _through(client: paramiko.SSHClient, settings: Mapping[str, Any]) -> paramiko.Channel:
    transport = client.get_transport()
    if transport is None:
        raise paramiko.SSHException("the jump host closed the connection")
    destination = (str(settings["hostname"]), int(settings.get("port", 22)))
    return transport.open_channel("direct-tcpip", destination, ("127.0.0.1", 0), timeout=PATIENCE)


def _client(settings: Mapping[str, Any], sock: Any) -> paramiko.SSHClient:
    client = paramiko.SSHClient()
    for path in _known_hosts(settings):
        if path.exists():
            client.load_host_keys(str(path))
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    client.connect(
        str(settings["hostname"]),
        port=int(settings.get("port", 22)),
        username=settings.get("user"),
        key_filename=settings.get("identityfile"),
        allow_agent=settings.get("identitiesonly", "no") != "yes",
        sock=sock,
        timeout=PATIENCE,
        banner_timeout=PATIENCE,
        auth_timeout=PATIENCE,
    )
    alive.watch(client.get_transport())
    return client


def _known_hosts(settings: Mapping[str, Any]) -> Iterator[Path]:
    for key, usual in KNOWN_HOSTS.items():
        paths = str(settings.get(key, usual)).split()
        yield from (Path(path).expanduser() for path in paths if path != "none")


def _words(error: BaseException) -> str:
    if isinstance(error, socket.timeout):
        return "no answer in time"
    if isinstance(error, paramiko.ssh_exception.NoValidConnectionsError):
        return "; ".join(sorted({str(reason) for reason in error.errors.values()}))
    return str(error) or type(error).__name__
