"""Rules about the parameters with which a hook library does not load (src/hooks/dhcp of Kea).

Their types are in `keaprov.schema` (hooks.schema.json).
"""

from __future__ import annotations

from collections.abc import Iterator

from keaprov.errors import KeyPath
from keaprov.lint.config import Config, Raw, as_map, maps
from keaprov.lint.databases import DATABASE_HOOKS
from keaprov.lint.rule import Finding, error
from keaprov.lint.values import short
from keaprov.paths import BLANKS, LOG_DIR, SCRIPT_DIR

RADIUS = "libdhcp_radius.so"
RUN_SCRIPT = "libdhcp_run_script.so"
SCRIPTS = {RUN_SCRIPT: ("name",), "libdhcp_legal_log.so": ("prerotate", "postrotate")}
"""The parameters that name a script, by library (HookLibraryScriptsChecker)."""
MANDATORY = {
    "libdhcp_flex_id.so": ("identifier-expression", "an expression"),
    "libdhcp_flex_option.so": ("options", "a list of options"),
    "libdhcp_lease_query.so": ("requesters", "a list of addresses"),
    "libdhcp_run_script.so": ("name", "the path of a script"),
}
"""The parameter that each library wants, and its form (load functions in src/hooks/dhcp)."""
UNIQUE = "libdhcp_host_cache.so"
"""The library that keeps one reservation of an address (setIPReservationsUnique of its backend).

That of radius, which does so for its servers for access, needs this one.
"""
_NOT_WITHOUT = ("libdhcp_ddns_tuning.so", "libdhcp_ping_check.so")
"""Libraries that want parameters, be they empty."""


@error("KP713")
def mandatory_parameters(config: Config) -> Iterator[Finding]:
    """A hook library has the parameters without which it does not load, empty ones at least.

    ``kea-dhcp4 -t`` does not load the libraries, and finds nothing wrong.
    """
    for where, hook, library in config.hooks:
        name, form = MANDATORY.get(library, ("", ""))
        if library in _NOT_WITHOUT and "parameters" not in hook:
            hint = "Add `parameters: {}`: the library takes its defaults then."
            yield Finding(f"{library} does not load without parameters", where, hint)
        elif name and name not in as_map(hook.get("parameters")):
            hint = f"Add parameters: {{{name}: …}}, {form} (Kea ARM, Hook Libraries)."
            yield Finding(f"{library} does not load without the parameter {name}", where, hint)


@error("KP715")
def contradictions(config: Config) -> Iterator[Finding]:
    """The parameters of a hook library agree with each other, and with the rest of the file.

    That is: perfmon's alarms, lease_query's addresses, the database of legal_log and its hook
    library, the directory of scripts. libdhcp_limits.so has no parameters, libdhcp_radius.so is
    there once, and libdhcp_host_cache.so does not work with ``ip-reservations-unique: false``.
    ``kea-dhcp4 -t`` finds nothing wrong.
    """
    yield from _not_unique(config)
    yield from _scripts(config)
    loaded = {library for _, _, library in config.hooks}
    for path, _, library in [entry for entry in config.hooks if entry[2] == RADIUS][1:]:
        hint = "Keep one entry; access and accounting have their own lists of servers."
        yield Finding(f"{library} loads once only", (*path, "library"), hint)
    for path, hook, library in config.hooks:
        where: KeyPath = (*path, "parameters")
        parameters = as_map(hook.get("parameters"))
        if library == "libdhcp_perfmon.so":
            yield from _alarms(parameters, (*where, "alarms"))
        elif library == "libdhcp_lease_query.so":
            yield from _requesters(parameters, (*where, "requesters"))
            yield from _bulk_query(config, parameters, (*where, "advanced", "bulk-query-enabled"))
        elif library == "libdhcp_legal_log.so":
            yield from _store(parameters, where, loaded)
        elif library == "libdhcp_limits.so" and "parameters" in hook:
            hint = "Leave it out: limits stand in user-context of subnets and classes."
            yield Finding(f"{library} takes no parameters", where, hint)


def _not_unique(config: Config) -> Iterator[Finding]:
    if config.dhcp4.get("ip-reservations-unique") is False:
        for path, _, library in config.hooks:
            if library == UNIQUE:
                hint = "Leave ip-reservations-unique out, or the library."
                message = f"{library} does not work with ip-reservations-unique: false"
                yield Finding(message, (*path, "library"), hint)


def _scripts(config: Config) -> Iterator[Finding]:
    for path, hook, library in config.hooks:
        parameters = as_map(hook.get("parameters"))
        if library != RUN_SCRIPT and parameters.get("type", "logfile") != "logfile":
            continue
        for key in SCRIPTS.get(library, ()):
            text = parameters.get(key)
            if not isinstance(text, str) or not (text or library == RUN_SCRIPT):
                continue
            parent, slash, name = text.rpartition("/")
            if not name.strip(BLANKS) or (slash and parent != SCRIPT_DIR):
                hint = f"Put it there, and write its path: {SCRIPT_DIR}/NAME."
                message = f"Kea runs scripts of {SCRIPT_DIR} only, not {short(text)}"
                yield Finding(message, (*path, "parameters", key), hint)


_ANSWERS = {
    "DHCPDISCOVER": ("DHCPOFFER", "DHCPNAK"),
    "DHCPREQUEST": ("DHCPACK", "DHCPNAK"),
    "DHCPINFORM": ("DHCPACK",),
}
"""What a server may answer (DurationKey::validateMessagePair in monitored_duration.cc)."""
_ANY = ("", "*")


def _alarms(parameters: Raw, path: KeyPath) -> Iterator[Finding]:
    known = set()
    for index, alarm in maps(parameters.get("alarms")):
        where = (*path, index)
        low, high = alarm.get("low-water-ms"), alarm.get("high-water-ms")
        if isinstance(low, int) and isinstance(high, int) and low >= high:
            message = f"low-water-ms {low} is not less than high-water-ms {high}"
            hint = "An alarm ends below low-water-ms and begins above high-water-ms."
            yield Finding(message, (*where, "low-water-ms"), hint)
        key = as_map(alarm.get("duration-key"))
        query, answer = key.get("query-type"), key.get("response-type")
        answers = _ANSWERS.get(str(query))
        if answers and isinstance(answer, str) and answer not in (*answers, *_ANY):
            hint = f"Write {' or '.join(answers)}."
            message = f"{answer} does not answer {query}"
            yield Finding(message, (*where, "duration-key", "response-type"), hint)
        kinds = ("" if kind == "*" else str(kind) for kind in (query, answer))
        events = (str(key.get(name)) for name in ("start-event", "stop-event"))
        whole = (*kinds, *events, str(key.get("subnet-id", 0)))  # 0 stands for all subnets
        if key and whole in known:
            hint = "Keep one alarm for each duration-key."
            yield Finding("a second alarm for the same", (*where, "duration-key"), hint)
        known.add(whole)


def _requesters(parameters: Raw, path: KeyPath) -> Iterator[Finding]:
    known = set()
    texts = parameters.get("requesters")
    for index, text in enumerate(texts if isinstance(texts, (list, tuple)) else ()):
        if isinstance(text, str) and text in known:
            yield Finding(f"{text} comes twice", (*path, index), "Write each address once.")
        known.add(str(text))


def _bulk_query(config: Config, parameters: Raw, path: KeyPath) -> Iterator[Finding]:
    threads = as_map(config.dhcp4.get("multi-threading")).get("enable-multi-threading", True)
    if as_map(parameters.get("advanced")).get("bulk-query-enabled") is True and threads is False:
        hint = "Leave multi-threading on, or bulk-query-enabled out."
        yield Finding("bulk lease queries need multi-threading", path, hint)


def _store(parameters: Raw, path: KeyPath, loaded: set[str]) -> Iterator[Finding]:
    kind = str(parameters.get("type", "logfile"))
    needed = DATABASE_HOOKS.get(kind)
    if needed and needed not in loaded:
        hint = f"Add {{library: {needed}}} to hooks-libraries."
        yield Finding(f"{kind} needs the hook library {needed}", (*path, "type"), hint)
    folder = parameters.get("path")
    if kind == "logfile" and isinstance(folder, str) and folder and folder.rstrip("/") != LOG_DIR:
        hint = "Leave path out."
        yield Finding(f"legal_log writes in {LOG_DIR} only", (*path, "path"), hint)


RULES = (mandatory_parameters, contradictions)
