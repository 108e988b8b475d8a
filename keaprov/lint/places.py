"""Rules about names that Kea resolves in its own directories, about hooks, and about secrets.

Since Kea 3.0 a name with a directory is compared, as text, with the directory that the package was
built for; a bare name always resolves there (Kea ARM, Kea Configuration File Security).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from keaprov import secret
from keaprov.errors import NOWHERE, KeyPath, Problem, Severity
from keaprov.expression.extended import extended_fault
from keaprov.hexadecimal import utf8
from keaprov.lint.config import Config, Raw, as_map, maps
from keaprov.lint.databases import databases_of
from keaprov.lint.rule import Finding, error, warning
from keaprov.lint.sockets import control_sockets
from keaprov.lint.values import short
from keaprov.paths import BLANKS, HOOK_DIR, LEASE_DIR, LOG_DIR, SOCKET_DIR

_FOLDERS = (".", "..")
_OTHER_BUILDS = {
    HOOK_DIR: re.compile(r"/usr/(local/)?lib(64|/[\w-]+)?/kea/hooks/[^/]+\Z"),
    **{
        directory: re.compile(rf"(/usr/local)?(/var)?/{directory.split('/')[2]}/kea/[^/]+\Z")
        for directory in (LEASE_DIR, LOG_DIR, SOCKET_DIR)
    },
}
"""Where the packages of distributions and a build of one's own have these files, by ISC's place."""
_LONGEST_SOCKET = 107
"""Octets of a unix socket's path: ``sun_path`` without its NUL (unix(7))."""
STREAMS = ("stdout", "stderr", "syslog")
MOST_OF_A_SET = 4096
"""Octets of ``hostname-char-set`` and of its replacement (StringSanitizer::MAX_DATA_SIZE)."""
SEVERITIES = ("NONE", "FATAL", "ERROR", "WARN", "INFO", "DEBUG")


@dataclass(frozen=True, slots=True)
class _Misplaced:
    """A name that ISC's packages refuse; `other_build` is whether another build takes it."""

    finding: Finding
    other_build: bool = False


def _misplaced(value: object, directory: str, path: KeyPath) -> Iterator[_Misplaced]:
    """Yield what is wrong with a file's name, if anything."""
    text = value if isinstance(value, str) else ""
    file = text.strip(BLANKS)
    parent, slash, name = file.rpartition("/")
    if text and not file:
        yield _Misplaced(Finding("only blanks: it is not a file name", path))
    elif slash and not (parent == directory and name):
        hint = f"Write {name!r}." if name and name not in _FOLDERS else ""
        message = f"{text}: Kea takes a bare name, which ISC's packages find in {directory}"
        other = _OTHER_BUILDS[directory].match(file) is not None
        yield _Misplaced(Finding(message, path, hint), other and name not in _FOLDERS)
    elif name in _FOLDERS and directory != LOG_DIR:
        yield _Misplaced(Finding(f"{text} is a directory, not a file", path))
    elif directory == SOCKET_DIR and len(utf8(f"{directory}/{name}")) > _LONGEST_SOCKET:
        most = _LONGEST_SOCKET - len(f"{directory}/")
        message = f"{short(text)} is too long: Kea does not open such a socket"
        yield _Misplaced(Finding(message, path, f"Write at most {most} bytes."))


@error("KP701", "Write the bare file name.")
def names(config: Config) -> Iterator[Finding]:
    """Lease file, log files, sockets and hook libraries are named without a directory.

    Kea refuses another directory, and a directory in place of a file. For log and lease files it
    does so when it starts only, and then it refuses a socket whose path is longer than 107 bytes:
    ``kea-dhcp4 -t`` finds nothing wrong.
    """
    for wrong in _all_misplaced(config):
        if config.site is not None or not wrong.other_build:
            yield wrong.finding


@warning("KP712", "Write the bare file name: every build finds it in its own directory.")
def names_of_another_build(config: Config) -> Iterator[Finding]:
    """A file of Kea's own names the directories of another build, as Debian's packages have them.

    ISC's packages refuse them. In a site they are an error, because keaprov installs ISC's.
    """
    for wrong in _all_misplaced(config):
        if config.site is None and wrong.other_build:
            yield wrong.finding


def _all_misplaced(config: Config) -> Iterator[_Misplaced]:
    for path, database in databases_of(config):
        if database.get("type") == "memfile":
            yield from _misplaced(database.get("name"), LEASE_DIR, (*path, "name"))
    yield from _logs(config.dhcp4, config.root)
    for path, socket in control_sockets(config):
        yield from _misplaced(socket.get("socket-name"), SOCKET_DIR, (*path, "socket-name"))
    yield from _hooks(config.dhcp4, config.root)


def _logs(daemon: Raw, root: KeyPath) -> Iterator[_Misplaced]:
    for number, logger in maps(daemon.get("loggers")):
        for key in ("output-options", "output_options"):
            for index, output in maps(logger.get(key)):
                text = str(output.get("output"))
                if text.startswith("syslog:") or text in STREAMS:
                    continue
                where = (*root, "loggers", number, key, index, "output")
                yield from _misplaced(text, LOG_DIR, where)


def _hooks(daemon: Raw, root: KeyPath) -> Iterator[_Misplaced]:
    for index, hook in maps(daemon.get("hooks-libraries")):
        where = (*root, "hooks-libraries", index, "library")
        yield from _misplaced(hook.get("library"), HOOK_DIR, where)


@error("KP702")
def loggers(config: Config) -> Iterator[Finding]:
    """A logger has a severity, and Kea knows it.

    Without a severity ``kea-dhcp4 -t`` and ``-T`` accept the file, but kea-dhcp4 does not start:
    "illegal severity: 0" (LoggingInfo::toElement in logging_info.cc). With an unknown severity it
    logs as with INFO.
    """
    for path, logger in config.entries("loggers"):
        text = logger.get("severity")
        if "severity" not in logger:
            message = "a logger without severity: kea-dhcp4 does not start"
            yield Finding(message, path, "Add `severity: INFO`. `kea-dhcp4 -t` does not notice.")
        elif isinstance(text, str) and text.upper() not in SEVERITIES:
            hint = f"One of {', '.join(SEVERITIES)}."
            yield Finding(f"{text!r} is not a severity", (*path, "severity"), hint)


@error("KP705", "Write a POSIX extended regular expression, as [^A-Za-z0-9.-].", stricter=True)
def char_sets(config: Config) -> Iterator[Finding]:
    """``hostname-char-set`` is a regular expression (POSIX extended) of at most 4096 octets.

    So is the size of ``hostname-char-replacement``. Kea compiles what a shared network, subnet or
    pool has when it reads the configuration (BaseNetworkParser::parseDdnsParams). What is global or
    inherited it compiles only when a client sends a host name, and then it fails on that packet
    (DdnsParams::getHostnameSanitizer in srv_config.cc).
    """
    for scope in config.scopes:
        read = scope.kind not in ("global", "class")
        text = scope.raw.get("hostname-char-set")
        if isinstance(text, str):
            wrong = _too_long(text) or extended_fault(text)
            if wrong:
                where = (*scope.path, "hostname-char-set")
                message = f"{short(text)} is not a regular expression: {wrong}"
                hint = "Write it as [^A-Za-z0-9.-]."
                yield Finding(message, where, hint, refused=read)
        new = scope.raw.get("hostname-char-replacement")
        if isinstance(new, str) and _too_long(new):
            where = (*scope.path, "hostname-char-replacement")
            message = f"{short(new)} cannot replace a character: {_too_long(new)}"
            hint = "Write one character, or none."
            yield Finding(message, where, hint, refused=read and bool(text))


def _too_long(text: str) -> str:
    """Return why Kea takes a text neither as a set of characters nor as their replacement."""
    octets = len(text.encode("utf-8", "surrogatepass"))
    return f"it has {octets} octets, more than {MOST_OF_A_SET}" if octets > MOST_OF_A_SET else ""


@error("KP704", stricter=True)
def listeners(config: Config) -> Iterator[Finding]:
    """The peers of a pair speak through the HA hook's own listener, which needs multi-threading.

    It exists only if Kea's multi-threading, the HA hook's and `http-dedicated-listener` are all on,
    as they are by default. Without it the hook expects the control agent to pass its commands on,
    at the address that keaprov gives to the listener: the peers would never hear each other.
    """
    ha = config.site.failover if config.site else None
    if not ha:
        return
    hint = "Leave it out: the default is true."
    where: KeyPath = (*config.root, "multi-threading", "enable-multi-threading")
    if as_map(config.dhcp4.get("multi-threading")).get("enable-multi-threading") is False:
        yield Finding("the HA listener needs Kea's multi-threading", where, hint)
    threads = as_map(ha.extra.get("multi-threading"))
    for key in ("enable-multi-threading", "http-dedicated-listener"):
        if threads.get(key) is False:
            message = f"without {key} the HA hook opens no listener, and the peers cannot connect"
            yield Finding(message, ("failover", "multi-threading", key), hint)


@warning("KP901")
def secrets(config: Config) -> Iterator[Finding]:
    """No secret stands in the configuration in clear: it is copied, shown and backed up with it."""
    for path, database in databases_of(config):
        if database.get("password") and not secret.is_reference(database["password"]):
            hint = "Write {env: NAME} or {file: PATH}, or let the database trust the host."
            if config.site is None:
                hint = "Let the database trust the host, or keep this file to yourself."
            yield Finding("a password in clear", (*path, "password"), hint)
    for path, socket in config.entries("control-sockets"):
        clients = as_map(socket.get("authentication")).get("clients")
        for number, client in maps(clients):
            if client.get("password"):
                where = (*path, "authentication", "clients", number)
                yield Finding("a password in clear", (*where, "password"), "Use password-file.")
    for path, hook, _ in config.hooks:
        for where in secret.in_clear(hook.get("parameters"), (*path, "parameters")):
            key = str(where[-1])
            hint = f"Use {key}-file." if key in _HAS_FILE else _KEEP
            yield Finding(f"a secret in clear: {key}", where, hint)


_HAS_FILE = ("basic-auth-password",)
"""Parameters of Kea's hooks that have a twin for a file with the secret (Kea ARM, HA hook)."""
_KEEP = "Kea's hook reads it here and from no file: make this file readable for its owner alone."


def agent_secrets(agent: Raw) -> Iterator[Problem]:
    """Yield the passwords in clear, and sockets elsewhere, of a ``Control-agent`` map."""
    clients = as_map(agent.get("authentication")).get("clients")
    for number, client in maps(clients):
        if client.get("password"):
            path: KeyPath = ("Control-agent", "authentication", "clients", number, "password")
            hint = "Use password-file."
            yield Problem("KP901", "a password in clear", NOWHERE, path, hint, Severity.WARNING)
    for wrong in _agent_files(agent):
        finding, other = wrong.finding, wrong.other_build
        code, severity = ("KP712", Severity.WARNING) if other else ("KP701", Severity.ERROR)
        yield Problem(code, finding.message, NOWHERE, finding.path, finding.hint, severity)


def _agent_files(agent: Raw) -> Iterator[_Misplaced]:
    root = ("Control-agent",)
    for name, socket in as_map(agent.get("control-sockets")).items():
        where = (*root, "control-sockets", name, "socket-name")
        yield from _misplaced(as_map(socket).get("socket-name"), SOCKET_DIR, where)
    yield from _logs(agent, root)
    yield from _hooks(agent, root)


RULES = (names, names_of_another_build, loggers, listeners, char_sets, secrets)
