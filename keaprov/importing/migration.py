"""Old spellings into those of Kea 3.0, in place; the meaning stays the same.

Sources: Kea ARM, "Deprecated" and "Fine-Tuning DHCPv4 Host Reservation"; Kea's ChangeLog, 2238 and
2239 (the keys of dhcp-ddns and reservation-mode); Kea 1.6 release notes (Logging).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from keaprov import secret
from keaprov.errors import KeyPath, dotted
from keaprov.importing.ledger import Ledger
from keaprov.lint.databases import DATABASE_HOOKS
from keaprov.lint.forms import plain_pool, plain_prefix
from keaprov.paths import base_name

_MODES: dict[str, dict[str, bool]] = {
    "disabled": {"reservations-global": False, "reservations-in-subnet": False},
    "out-of-pool": {
        "reservations-global": False,
        "reservations-in-subnet": True,
        "reservations-out-of-pool": True,
    },
    "global": {"reservations-global": True, "reservations-in-subnet": False},
    "all": {
        "reservations-global": False,
        "reservations-in-subnet": True,
        "reservations-out-of-pool": False,
    },
}
_MOVED = {
    "qualifying-suffix": "ddns-qualifying-suffix",
    "override-no-update": "ddns-override-no-update",
    "override-client-update": "ddns-override-client-update",
    "replace-client-name": "ddns-replace-client-name",
    "generated-prefix": "ddns-generated-prefix",
    "hostname-char-set": "hostname-char-set",
    "hostname-char-replacement": "hostname-char-replacement",
}
"""Keys of dhcp-ddns, and their names in the Dhcp4 map."""
_RENAMED = {
    "require-client-classes": "evaluate-additional-classes",
    "only-if-required": "only-in-additional-list",
}

_MERGED = {"libdhcp_mysql_cb.so": "libdhcp_mysql.so", "libdhcp_pgsql_cb.so": "libdhcp_pgsql.so"}
"""Hooks that are a part of others now."""

Scope = dict[str, Any]


def migrate(body: dict[str, Any], ledger: Ledger) -> None:
    """Bring a file's top map with ``Dhcp4`` into the spelling of Kea 3.0."""
    _logging(body, ledger)
    dhcp4: Scope = body["Dhcp4"]
    root: KeyPath = ("Dhcp4",)
    for path, scope in list(scopes(dhcp4, root)):
        _scope(scope, path, ledger)
    _ddns(dhcp4, ledger)
    for index, logger in enumerate(maps(dhcp4.get("loggers"))):
        path = (*root, "loggers", index, "output_options")
        _rename(logger, "output_options", "output-options", path, ledger)
    _backends(dhcp4, root, ledger)
    _plain_forms(dhcp4, root, ledger)
    _subnet_ids(dhcp4, root, ledger)


def maps(value: Any) -> list[Scope]:
    """Return the maps of a list; none if it is not a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def scopes(scope: Scope, path: KeyPath) -> Iterator[tuple[KeyPath, Scope]]:
    """Yield a scope and the shared networks, subnets, pools and classes in it, with their paths."""
    yield path, scope
    for key in ("client-classes", "shared-networks", "subnet4", "pools"):
        value = scope.get(key)
        for index, inner in enumerate(value if isinstance(value, list) else ()):
            if isinstance(inner, dict):
                yield from scopes(inner, (*path, key, index))


def subnets(dhcp4: Scope, path: KeyPath) -> Iterator[tuple[KeyPath, Scope]]:
    """Yield the subnets in the order in which Kea reads them: those of shared networks first."""
    for key in ("shared-networks", "subnet4"):
        value = dhcp4.get(key)
        for index, inner in enumerate(value if isinstance(value, list) else ()):
            if isinstance(inner, dict):
                here: KeyPath = (*path, key, index)
                if key == "subnet4":
                    yield here, inner
                else:
                    yield from subnets({"subnet4": inner.get("subnet4")}, here)


def _logging(body: dict[str, Any], ledger: Ledger) -> None:
    old = body.get("Logging")
    if not isinstance(old, Mapping) or set(old) != {"loggers"} or "loggers" in body["Dhcp4"]:
        return
    del body["Logging"]
    loggers: list[Any] = []
    for index, logger in enumerate(old["loggers"] if isinstance(old["loggers"], list) else ()):
        path: KeyPath = ("Logging", "loggers", index)
        name = str(logger.get("name", "")) if isinstance(logger, dict) else ""
        if name.partition(".")[0] not in ("kea-dhcp4", "*"):
            ledger.keep(path, logger, "this logger is not kea-dhcp4's")
            continue
        to: KeyPath = ("Dhcp4", "loggers", len(loggers))
        loggers.append(logger)
        ledger.changed(path, "loggers are part of the Dhcp4 map since Kea 1.6", to)
    if loggers:
        body["Dhcp4"]["loggers"] = loggers


def _scope(scope: Scope, path: KeyPath, ledger: Ledger) -> None:
    mode = scope.get("reservation-mode")
    if isinstance(mode, str) and mode in _MODES:
        del scope["reservation-mode"]
        for key, value in _MODES[mode].items():
            scope.setdefault(key, value)
        words = ", ".join(f"{key}: {str(scope[key]).lower()}" for key in _MODES[mode])
        to = (*path, next(iter(_MODES[mode])))
        ledger.changed((*path, "reservation-mode"), f"is {words}", to)
    name = scope.get("client-class")
    if isinstance(name, str) and "client-classes" not in scope:
        del scope["client-class"]
        if name:
            scope["client-classes"] = [name]
        words = f"is client-classes: [{name}]" if name else "it is empty, so it is left out"
        ledger.changed((*path, "client-class"), words, (*path, "client-classes"))
    for old, new in _RENAMED.items():
        _rename(scope, old, new, (*path, old), ledger)
    resolution = scope.get("ddns-use-conflict-resolution")
    if isinstance(resolution, bool) and "ddns-conflict-resolution-mode" not in scope:
        del scope["ddns-use-conflict-resolution"]
        word = "check-with-dhcid" if resolution else "no-check-with-dhcid"
        scope["ddns-conflict-resolution-mode"] = word
        here = (*path, "ddns-use-conflict-resolution")
        to = (*path, "ddns-conflict-resolution-mode")
        ledger.changed(here, f"is ddns-conflict-resolution-mode: {word}", to)
    relay = scope.get("relay")
    if isinstance(relay, dict) and "ip-address" in relay and "ip-addresses" not in relay:
        relay["ip-addresses"] = [relay.pop("ip-address")]
        here = (*path, "relay")
        ledger.changed((*here, "ip-address"), "is ip-addresses, a list", (*here, "ip-addresses"))


def _rename(scope: Scope, old: str, new: str, path: KeyPath, ledger: Ledger) -> None:
    if old in scope and new not in scope:
        scope[new] = scope.pop(old)
        ledger.changed(path, f"is {new}", (*path[:-1], new))


def _ddns(dhcp4: Scope, ledger: Ledger) -> None:
    ddns = dhcp4.get("dhcp-ddns")
    if not isinstance(ddns, dict):
        return
    for old, new in _MOVED.items():
        if old not in ddns:
            continue
        path: KeyPath = ("Dhcp4", "dhcp-ddns", old)
        value = ddns.pop(old)
        if new in dhcp4:
            ledger.keep(path, value, f"the Dhcp4 map has {new}, which counts (Kea ARM, DDNS)")
            continue
        if old == "replace-client-name" and isinstance(value, bool):
            value = "when-present" if value else "never"
        dhcp4[new] = value
        ledger.changed(path, f"is {new} in the Dhcp4 map", ("Dhcp4", new))


def _backends(dhcp4: Scope, root: KeyPath, ledger: Ledger) -> None:
    """Load the hook of each kind of database: before 2.7 they were a part of Kea.

    The hooks of configuration databases (``libdhcp_mysql_cb.so``) went into these (ChangeLog 2289).
    A legal log with a password stays behind, so that no library is loaded for it.
    """
    hooks = dhcp4.get("hooks-libraries", [])
    if not isinstance(hooks, list):
        return
    loaded = set(map(_library, maps(hooks)))
    for index, hook in enumerate(maps(hooks)):
        name = _library(hook)
        if name in _MERGED and _MERGED[name] not in loaded:
            loaded.add(_MERGED[name])
            hook["library"] = _MERGED[name]
            path: KeyPath = (*root, "hooks-libraries", index, "library")
            ledger.changed(path, f"is {_MERGED[name]}, which has it since Kea 2.7", path)
    carried = {**dhcp4, "hooks-libraries": [hook for hook in maps(hooks) if is_carried(hook)]}
    for where, database in databases(carried, root):
        needed = DATABASE_HOOKS.get(str(database.get("type")))
        if needed and needed not in loaded:
            loaded.add(needed)
            dhcp4["hooks-libraries"] = hooks
            here = (*root, "hooks-libraries", len(hooks))
            ledger.changed(here, f"is {needed}: {dotted(where)} needs it since Kea 2.7")
            hooks.append({"library": needed})


def is_carried(hook: Scope) -> bool:
    """Whether a site can carry a hook library: no parameter of it is a secret."""
    parameters = hook.get("parameters")
    return bool(secret.masked(parameters) == parameters)


def _library(hook: Scope) -> str:
    return base_name(hook.get("library", ""))


def databases(dhcp4: Scope, root: KeyPath) -> Iterator[tuple[KeyPath, Scope]]:
    """Yield the databases of leases, hosts, configuration and the legal log, with their paths."""
    for key in ("lease-database", "hosts-database"):
        yield from (((*root, key), database) for database in maps([dhcp4.get(key)]))
    for index, database in enumerate(maps(dhcp4.get("hosts-databases"))):
        yield (*root, "hosts-databases", index), database
    for control in maps([dhcp4.get("config-control")]):
        for index, database in enumerate(maps(control.get("config-databases"))):
            yield (*root, "config-control", "config-databases", index), database
    for index, hook in enumerate(maps(dhcp4.get("hooks-libraries"))):
        if _library(hook) == "libdhcp_legal_log.so":
            for parameters in maps([hook.get("parameters")]):
                yield (*root, "hooks-libraries", index, "parameters"), parameters


def _plain_forms(dhcp4: Scope, root: KeyPath, ledger: Ledger) -> None:
    """Write prefixes and pools as Kea reads them: it takes out blanks, and signs of lengths."""
    for path, subnet in subnets(dhcp4, root):
        _plain(subnet, "subnet", path, plain_prefix, ledger)
        for index, pool in enumerate(maps(subnet.get("pools"))):
            _plain(pool, "pool", (*path, "pools", index), plain_pool, ledger)


def _plain(
    scope: Scope, key: str, path: KeyPath, plain: Callable[[str], str], ledger: Ledger
) -> None:
    text = scope.get(key)
    if isinstance(text, str) and (form := plain(text)):
        scope[key] = form
        ledger.changed((*path, key), f"is {form}, as Kea reads it", (*path, key))


def _subnet_ids(dhcp4: Scope, root: KeyPath, ledger: Ledger) -> None:
    """Give subnets without an id the one that Kea gave them: their leases have it.

    Kea before 3.0 counted the subnets without an id (or with 0) from one, in the order in which it
    read them (Kea 2.4, subnet_id.h and json_config_parser.cc).
    """
    listed = list(subnets(dhcp4, root))
    used = {subnet["id"] for _, subnet in listed if isinstance(subnet.get("id"), int)}
    number = 0
    for path, subnet in listed:
        if subnet.get("id", 0) != 0:
            continue
        number += 1
        while number in used:
            number += 1
        rest = {key: value for key, value in subnet.items() if key != "id"}
        subnet.clear()
        subnet.update({"id": number, **rest})
        ledger.changed(
            (*path, "id"), f"{subnet.get('subnet')} has the id {number}, which Kea counted"
        )
