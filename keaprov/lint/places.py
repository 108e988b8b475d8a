"""Rules about names that Kea resolves in its own directories, about hooks, and about secrets.

Since Kea 3.0 a name with a directory is compared, as text, with the directory that the package was
built for; a bare name always resolves there (Kea ARM, Kea Configuration File Security).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from keaprov import secret
from keaprov.errors import NOWHERE, KeyPath, Problem, Severity
from keaprov.expression.extended import extended_fault
from keaprov.lint.config import Config, Raw, as_map, maps
from keaprov.lint.databases import databases_of
from keaprov.lint.rule import Finding, error, warning
from keaprov.lint.sockets import control_sockets
from keaprov.lint.values import short
from keaprov.paths import BLANKS, HOOK_DIR, LEASE_DIR, LOG_DIR, SOCKET_DIR, base_name

OTHER_BUILDS = re.compile(
    r"/usr/(local/)?lib(64|/[\w-]+)?/kea/hooks/[^/:]+:|(/usr/local)?(/var)?/(run|lib|log)/kea/[^/:]+:"
)
"""Where the packages of distributions and a build of one's own have these files."""
STREAMS = ("stdout", "stderr", "syslog")
MOST_OF_A_SET = 4096
"""Octets of ``hostname-char-set`` and of its replacement (StringSanitizer::MAX_DATA_SIZE)."""
SEVERITIES = ("NONE", "FATAL", "ERROR", "WARN", "INFO", "DEBUG")


def _elsewhere(text: Any, directory: str) -> str:
    if not isinstance(text, str) or not text:
        return ""
    parent, slash, name = text.strip(BLANKS).rpartition("/")
    if not (slash or name):
        return "only blanks: it is not a file name"
    if not slash or (parent == directory and name):
        return ""
    return f"{text}: Kea takes a bare name, which ISC's packages find in {directory}"


def _bare(text: str) -> str:
    return f"Write {base_name(text)!r}." if base_name(text) else ""


@error("KP701", "Write the bare file name.")
def names(config: Config) -> Iterator[Finding]:
    """Lease file, log files, sockets and hook libraries are named without a directory.

    Kea refuses another directory. For log and lease files it does so when it starts only:
    ``kea-dhcp4 -t`` finds nothing wrong.
    """
    yield from (
        finding for finding in _elsewhere_named(config) if not _of_another_build(config, finding)
    )


@warning("KP712", "Write the bare file name: every build finds it in its own directory.")
def names_of_another_build(config: Config) -> Iterator[Finding]:
    """A file of Kea's own names the directories of another build, as Debian's packages have them.

    ISC's packages refuse them. In a site they are an error, because keaprov installs ISC's.
    """
    yield from (
        finding for finding in _elsewhere_named(config) if _of_another_build(config, finding)
    )


def _of_another_build(config: Config, finding: Finding) -> bool:
    return config.site is None and OTHER_BUILDS.match(finding.message) is not None


def _elsewhere_named(config: Config) -> Iterator[Finding]:
    for path, database in databases_of(config):
        is_file = database.get("type") == "memfile"
        if is_file and (message := _elsewhere(database.get("name"), LEASE_DIR)):
            yield Finding(message, (*path, "name"), _bare(database["name"]))
    yield from _logs(config.dhcp4, config.root)
    for path, socket in control_sockets(config):
        if message := _elsewhere(socket.get("socket-name"), SOCKET_DIR):
            yield Finding(message, (*path, "socket-name"), _bare(socket["socket-name"]))
    yield from _hooks(config.dhcp4, config.root)


def _logs(daemon: Raw, root: KeyPath) -> Iterator[Finding]:
    for number, logger in maps(daemon.get("loggers")):
        for key in ("output-options", "output_options"):
            for index, output in maps(logger.get(key)):
                text = str(output.get("output"))
                if text.startswith("syslog:") or text in STREAMS:
                    continue
                if message := _elsewhere(text, LOG_DIR):
                    where = (*root, "loggers", number, key, index, "output")
                    yield Finding(message, where, _bare(text))


def _hooks(daemon: Raw, root: KeyPath) -> Iterator[Finding]:
    for index, hook in maps(daemon.get("hooks-libraries")):
        if message := _elsewhere(hook.get("library"), HOOK_DIR):
            where = (*root, "hooks-libraries", index, "library")
            yield Finding(message, where, _bare(hook["library"]))


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
    for finding in _agent_files(agent):
        other = OTHER_BUILDS.match(finding.message) is not None
        code, severity = ("KP712", Severity.WARNING) if other else ("KP701", Severity.ERROR)
        yield Problem(code, finding.message, NOWHERE, finding.path, finding.hint, severity)


def _agent_files(agent: Raw) -> Iterator[Finding]:
    root = ("Control-agent",)
    for name, socket in as_map(agent.get("control-sockets")).items():
        if message := _elsewhere(as_map(socket).get("socket-name"), SOCKET_DIR):
            where = (*root, "control-sockets", name, "socket-name")
            yield Finding(message, where, _bare(socket["socket-name"]))
    yield from _logs(agent, root)
    yield from _hooks(agent, root)


RULES = (names, names_of_another_build, loggers, listeners, char_sets, secrets)
