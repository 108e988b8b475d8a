"""Programs on a server over SSH, by the user's own OpenSSH configuration.

Host keys are checked against known_hosts and never added. Agent, identity files, ProxyJump,
ProxyCommand, Port and User are those of ``~/.ssh/config`` (ssh_config(5)), or of the file that is
named: for the server's name when it has an entry there, else for its address.
"""

from __future__ import annotations

import json
import logging
import shlex
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import paramiko

from keaprov import files
from keaprov.control import lock
from keaprov.errors import ControlError, Refused, Unreachable

# it logs a traceback of its own thread, where an error of ours says in a line what went wrong
logging.getLogger("paramiko.transport").setLevel(logging.CRITICAL + 1)

USUAL = Path("~/.ssh/config")
KNOWN_HOSTS = {
    "globalknownhostsfile": "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2",
    "userknownhostsfile": "~/.ssh/known_hosts ~/.ssh/known_hosts2",
}
"""Where host keys are looked for, when the configuration does not say (ssh_config(5))."""
PATIENCE = 10.0
"""Seconds for a connection, and for a peer to acknowledge what was sent to it."""
ANSWER = 60.0
"""Seconds for a program's answer."""


class Shell:
    """A server's root shell; connects when it is first used, and once.

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

        `patience` is how long it may be silent, in seconds. Raises Unreachable when the server
        cannot be reached or does not answer in time, Refused when it lets nobody in, lacks root's
        rights, or the program says no.
        """
        words = self._as_root(*files.interpreter(name))
        said = self.run(words, files.program(name, request) + "\n", patience)
        try:
            return json.loads(said.splitlines()[-1])  # what stands before is a shell's greeting
        except (IndexError, ValueError):
            raise Unreachable(f"{self.name}: what came is not the report of {name}") from None

    def root(self, *words: str) -> str:
        """Run a command as root and return its stdout; raises like `program`."""
        return self.run(self._as_root(*words))

    def run(self, command: str, stdin: str = "", patience: float = ANSWER) -> str:
        """Run a command and return its stdout; raises like `program`."""
        with self._connected() as client:
            taking, giving, errors = client.exec_command(command, timeout=patience)
            taking.write(stdin)
            taking.channel.shutdown_write()
            said = giving.read().decode(errors="replace")
            complaint = errors.read().decode(errors="replace")
            code = giving.channel.recv_exit_status()
        if code:
            lines = complaint.strip().splitlines() or [f"exit status {code}"]
            raise Refused(f"{self.name}: {lines[-1]}")
        return said

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other run off the server as long as it lasts: a deploy, a drill.

        Raises Refused when one is at work there, and like `program`.
        """
        with self._connected() as client:
            try:
                held = lock.hold(client, self._as_root(*files.interpreter("lock")))
            except ControlError as error:
                raise type(error)(f"{self.name}: {error}") from None
        try:
            yield
        finally:
            held.free()

    def _as_root(self, *words: str) -> str:
        return shlex.join([*(("sudo", "-n") if self._sudo else ()), *words])

    @contextmanager
    def _connected(self) -> Iterator[paramiko.SSHClient]:
        """Yield the connection, made if there is none; Unreachable when it is lost meanwhile."""
        if not self._clients:
            settings = _lookup(self.name, self._address, self._config)
            self._clients = _connect(self.name, settings, self._config)
        try:
            yield self._clients[-1]
        except (paramiko.SSHException, OSError, EOFError) as error:
            self.close()
            raise Unreachable(f"{self.name}: {_words(error)}") from error


def _lookup(name: str, address: str, config: Path | None) -> dict[str, Any]:
    path = (config or USUAL).expanduser()
    if config is not None and not path.exists():
        raise Refused(f"there is no file {path}")
    if not path.exists():
        return {"hostname": address}
    try:
        settings = paramiko.SSHConfig.from_path(str(path))
        known = name in settings.get_hostnames()
        return dict(settings.lookup(name if known else address))
    except (paramiko.SSHException, OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path} cannot be read: {_words(error)}") from error


def _connect(
    name: str, settings: Mapping[str, Any], config: Path | None
) -> list[paramiko.SSHClient]:
    """Connect, through the jump hosts if there are any; return all clients, the last one last."""
    clients: list[paramiko.SSHClient] = []
    way: Any = None
    jumps = [one for one in str(settings.get("proxyjump", "none")).split(",") if one != "none"]
    hops = [*(_jump(one, config) for one in jumps), settings]
    try:
        if not jumps and settings.get("proxycommand"):
            way = paramiko.ProxyCommand(settings["proxycommand"])
        for number, hop in enumerate(hops):
            clients.append(_client(hop, way))
            if number + 1 < len(hops):
                way = _through(clients[-1], hops[number + 1])
    except paramiko.AuthenticationException as error:
        raise Refused(f"{name}: nobody is let in: {_words(error)}") from error
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
    given = {"user": user, "port": port}
    return _lookup(alias, alias, config) | {key: one for key, one in given.items() if one}


def _through(client: paramiko.SSHClient, settings: Mapping[str, Any]) -> paramiko.Channel:
    transport = client.get_transport()
    if transport is None:
        raise paramiko.SSHException("the jump host closed the connection")
    to = (str(settings["hostname"]), int(settings.get("port", 22)))
    return transport.open_channel("direct-tcpip", to, ("127.0.0.1", 0), timeout=PATIENCE)


def _client(settings: Mapping[str, Any], way: Any) -> paramiko.SSHClient:
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
        sock=way,
        timeout=PATIENCE,
        banner_timeout=PATIENCE,
        auth_timeout=PATIENCE,
    )
    _notice_silence(client.get_transport())
    return client


def _known_hosts(settings: Mapping[str, Any]) -> Iterator[Path]:
    for key, usual in KNOWN_HOSTS.items():
        paths = str(settings.get(key, usual)).split()
        yield from (Path(one).expanduser() for one in paths if one != "none")


def _notice_silence(transport: paramiko.Transport | None) -> None:
    """Have the kernel give a connection up whose peer is gone, long before TCP itself would."""
    if transport is not None and isinstance(transport.sock, socket.socket):
        with suppress(AttributeError, OSError):  # Linux has it (RFC 5482), others may not
            milliseconds = int(PATIENCE * 1000)
            transport.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)


def _words(error: BaseException) -> str:
    if isinstance(error, socket.timeout):
        return "no answer in time"
    if isinstance(error, paramiko.ssh_exception.NoValidConnectionsError):
        return "; ".join(sorted({str(one) for one in error.errors.values()}))
    return str(error) or type(error).__name__
