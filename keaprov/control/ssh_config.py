"""How SSH reaches a host, as OpenSSH's own client resolves its configuration.

``ssh -G`` prints what ``ssh HOST`` would use, with every Host, Match and Include of ssh_config(5)
applied. So keaprov's verbs, pyinfra and ``ssh`` itself reach the same host in the same way.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import socket
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path

from keaprov.errors import Refused

Settings = Mapping[str, Sequence[str]]
"""What ``ssh -G`` prints: the values by keyword in small letters, in their order."""

_STRANGER = "a-name-that-no-configuration-has.invalid"
_PATIENCE = 30
"""Seconds for ``ssh -G``: a Match may run a command."""
_TOKENS = "[%h]:%p"
_JUMP = re.compile(r"(?:(?P<user>.*)@)?(?P<host>\[.*\]|[^:]*)(?::(?P<port>\d+))?")


@dataclass(frozen=True, slots=True)
class Route:
    """The way to a host.

    + name: as the site or the user writes it
    + host, port, user: where SSH listens, and who logs in there
    + alias: the name under which known_hosts has its key (HostKeyAlias), "" for its own
    + identities, certificates: those of the named files that exist; of an identity that only an
      agent has, its public file
    + agent: the socket of the agent, "none" for no agent, "" for the usual one
    + identities_only: of the agent's keys only those of the named files count
    + known_hosts: the named files that exist
    + revoked: the file of revoked host keys (RevokedHostKeys), None without one
    + proxy: a shell command whose input and output are the connection (ProxyCommand, or ssh
      through the jump hosts of ProxyJump), "" for none
    """

    name: str
    host: str
    port: int = 22
    user: str = ""
    alias: str = ""
    identities: tuple[Path, ...] = ()
    certificates: tuple[Path, ...] = ()
    agent: str = ""
    identities_only: bool = False
    known_hosts: tuple[Path, ...] = ()
    revoked: Path | None = None
    proxy: str = ""

    @property
    def private_keys(self) -> tuple[Path, ...]:
        """The identities that are files here: the others are an agent's."""
        return tuple(path for path in self.identities if path.suffix != ".pub")


def resolve(
    name: str, address: str = "", config: Path | None = None, *, user: str = "", port: int = 0
) -> Route:
    """Return the way to a host; a user and a port that are given here come first.

    An entry for the name counts, else one for the address. An entry for the name that sets no
    HostName leads to the address.

    Raises Refused if there is no ``ssh`` here, or if ssh rejects the configuration.
    """
    given = [*(("-l", user) if user else ()), *(("-p", str(port)) if port else ())]
    named = settings(name, config, given)
    if not address:
        return route(name, named, config)
    if not has_entry(name, named, settings(_STRANGER, config, given)):
        return route(address, settings(address, config, given), config)
    if _last(named, "hostname").lower() == name.lower():
        named = settings(name, config, [*given, "-o", f"HostName={address}"])
    return route(name, named, config)


def settings(name: str, config: Path | None, options: Sequence[str] = ()) -> Settings:
    """Return what ``ssh -G`` prints for a host; raises Refused like `resolve`."""
    file = [] if config is None else ["-F", str(config.expanduser())]
    try:
        answer = subprocess.run(
            ["ssh", "-G", *file, *options, "--", name],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except FileNotFoundError:
        raise Refused("ssh is missing on this machine: install OpenSSH's client") from None
    except subprocess.TimeoutExpired:
        raise Refused(
            f"ssh has not read its configuration within {_PATIENCE} s: see the commands of "
            "`Match exec`"
        ) from None
    if answer.returncode:
        words = "; ".join(line for line in answer.stderr.splitlines() if "Pseudo-" not in line)
        raise Refused(f"the ssh configuration for {name} cannot be used: {words.strip()}")
    return parse(answer.stdout)


def parse(text: str) -> Settings:
    """Return the settings that ``ssh -G`` printed."""
    values: dict[str, list[str]] = {}
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        values.setdefault(key.lower(), []).append(value.strip())
    return values


def has_entry(name: str, named: Settings, stranger: Settings) -> bool:
    """Whether the configuration says something about a name that it does not say about any name."""

    def neutral(printed: Settings) -> Mapping[str, list[str]]:
        return {
            key: [value.replace(name, "%n").replace(_STRANGER, "%n") for value in values]
            for key, values in printed.items()
        }

    return neutral(named) != neutral(stranger)


def route(name: str, printed: Settings, config: Path | None = None) -> Route:
    """Return the way that ``ssh -G NAME`` printed, its tokens expanded and its files looked up.

    Raises Refused for a token that ssh_config(5) does not allow there.
    """
    tokens = _tokens(name, printed)
    return Route(
        name=name,
        host=tokens["h"],
        port=int(tokens["p"]),
        user=tokens["r"],
        alias=_last(printed, "hostkeyalias"),
        identities=_identities(printed.get("identityfile", ()), tokens),
        certificates=_files(printed.get("certificatefile", ()), tokens),
        identities_only=_last(printed, "identitiesonly") == "yes",
        agent=_agent(_last(printed, "identityagent"), tokens),
        known_hosts=_files(
            (
                path
                for key in ("userknownhostsfile", "globalknownhostsfile")
                for line in printed.get(key, ())
                for path in line.split()
            ),
            tokens,
        ),
        revoked=_revoked(_last(printed, "revokedhostkeys"), tokens),
        proxy=_proxy(printed, tokens, config),
    )


def _tokens(name: str, printed: Settings) -> Mapping[str, str]:
    """Return what the tokens of ssh_config(5) stand for ("TOKENS")."""
    local = socket.gethostname()
    host, port = _last(printed, "hostname") or name, _last(printed, "port") or "22"
    user, jump = _last(printed, "user") or getuser(), _last(printed, "proxyjump")
    jump = "" if jump == "none" else jump
    alias = _last(printed, "hostkeyalias") or name
    whole = "".join((local, host, port, user, jump))
    return {
        "%": "%",
        "C": hashlib.sha1(whole.encode(), usedforsecurity=False).hexdigest(),
        "d": str(Path.home()),
        "h": host,
        "i": str(os.getuid()),
        "j": jump,
        "k": alias,
        "L": local.partition(".")[0],
        "l": local,
        "n": name,
        "p": port,
        "r": user,
        "u": getuser(),
    }


def _expanded(text: str, tokens: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in tokens:
            raise Refused(f"{text!r} of the ssh configuration has the unknown token {match[0]!r}")
        return tokens[match[1]]

    return re.sub(r"%(.?)", value, text)


def _files(paths: Iterable[str], tokens: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the paths of those files that exist."""
    return tuple(file for file in _named(paths, tokens) if file.is_file())


def _identities(paths: Iterable[str], tokens: Mapping[str, str]) -> tuple[Path, ...]:
    pairs = ((file, file.with_name(f"{file.name}.pub")) for file in _named(paths, tokens))
    first = (next((file for file in pair if file.is_file()), None) for pair in pairs)
    return tuple(file for file in first if file)


def _named(paths: Iterable[str], tokens: Mapping[str, str]) -> Iterator[Path]:
    for path in paths:
        yield Path(os.path.expandvars(_expanded(path, tokens))).expanduser()


def _agent(written: str, tokens: Mapping[str, str]) -> str:
    if written in ("", "none", "SSH_AUTH_SOCK"):
        return "none" if written == "none" else ""
    return str(Path(os.path.expandvars(_expanded(written, tokens))).expanduser())


def _revoked(written: str, tokens: Mapping[str, str]) -> Path | None:
    return None if written in ("", "none") else Path(_expanded(written, tokens)).expanduser()


def _proxy(printed: Settings, tokens: Mapping[str, str], config: Path | None) -> str:
    """Return the command of ProxyCommand or ProxyJump; ssh prints the one that counts."""
    command, jumps = _last(printed, "proxycommand"), tokens["j"]
    if jumps:
        return _through(jumps.split(","), f"[{tokens['h']}]:{tokens['p']}", config)
    return "" if command in ("", "none") else _expanded(command, tokens)


def _through(jumps: Sequence[str], destination: str, config: Path | None) -> str:
    """Return the ssh command that connects to a destination through jump hosts, as ssh -J does.

    It asks nothing, and adds no host key.
    """
    *earlier, last = jumps
    words = ["ssh", *(("-F", str(config.expanduser())) if config else ())]
    words += ["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"]
    if earlier:
        inner = _through(earlier, _TOKENS, config)
        # each ssh expands the tokens of the command that it starts, and of those within
        nested = inner.replace("%", "%%") if destination == _TOKENS else inner
        words += ["-o", f"ProxyCommand={nested}"]
    return shlex.join([*words, "-W", destination, *_destination(last)])


def _destination(jump: str) -> list[str]:
    """Return the words of ``[user@]host[:port]`` or ``ssh://…`` for ssh."""
    parts = None if jump.startswith("ssh://") else _JUMP.fullmatch(jump.strip())
    if parts is None:
        return ["--", jump]
    user, port = parts["user"], parts["port"]
    options = [*(("-l", user) if user else ()), *(("-p", port) if port else ())]
    return [*options, "--", parts["host"].strip("[]")]


def _last(printed: Settings, key: str) -> str:
    values = printed.get(key, ())
    return values[-1] if values else ""
