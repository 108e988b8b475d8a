"""A rule about clients that boot from the network: a file needs a server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain as joined

from keaprov.errors import KeyPath
from keaprov.lint.config import Config, Raw, Scope, maps
from keaprov.lint.forms import address
from keaprov.lint.inherited import (
    BOOT_FILE,
    TFTP_ADDRESSES,
    TFTP_SERVER,
    Chain,
    Option,
    chain,
    codes_in_scopes,
    in_effect,
    options_of,
    options_of_reservations,
)
from keaprov.lint.rule import Finding, warning

_SERVER_OPTIONS = (TFTP_SERVER, TFTP_ADDRESSES)
_Options = Mapping[int, list[Option]]


@warning("KP523")
def file_without_server(config: Config) -> Iterator[Finding]:
    """A boot file comes with the server to load it from: ``next-server``, or option 66 or 150.

    Without them Kea sends 0.0.0.0 (siaddr, RFC 2131, 2), and most clients do not boot. A URL names
    its server itself. A server in a class or reservation counts for all.
    """
    places = dict(joined(_subnets(config), _classes(config), _reservations(config)))
    if not places or _of_some_clients(config):
        return
    for where, name in places.items():
        if "://" not in name:
            message = f"clients do not learn which server has the boot file {name!r}"
            hint = "Set next-server to the address of the TFTP server."
            yield Finding(message, where, hint)


def _of_some_clients(config: Config) -> bool:
    """Whether a class or a reservation names a boot server."""
    classes = ((raw, options_of(config, Scope(path, raw, "class"))) for path, raw in config.classes)
    if any(_names_server(raw, options) for raw, options in classes):
        return True
    if any(_names_server({}, options) for _, _, _, options in options_of_reservations(config)):
        return True
    lists = (listed for listed in config.reservations if "next-server" in listed.keys)
    rows = (row for listed in lists for _, row in maps(listed.rows))
    return any("next-server" in row and _names_server(row, {}) for row in rows)


def _names_server(raw: Raw, options: _Options) -> bool:
    if address(raw.get("next-server")) or raw.get("server-hostname"):
        return True
    return any(code in options for code in _SERVER_OPTIONS)


def _served(config: Config, scopes: Chain) -> bool:
    if any(_names_server(scope.raw, {}) for scope in scopes):
        return True
    return any(in_effect(config, scopes, code) for code in _SERVER_OPTIONS)


def _files(path: KeyPath, raw: Raw, options: _Options) -> Iterator[tuple[KeyPath, str]]:
    name = raw.get("boot-file-name")
    if isinstance(name, str) and name:
        yield (*path, "boot-file-name"), name
    for option in options.get(BOOT_FILE, ()):
        text = option.data if option.raw.get("csv-format") is not False else _text(option)
        if text and option.sent and "," not in text:
            yield (*option.path, "data"), text


def _text(option: Option) -> str:
    """Return the file's name if the option is in hexadecimal."""
    return (option.octets or b"").decode("utf-8", "replace").rstrip("\0")


def _subnets(config: Config) -> Iterator[tuple[KeyPath, str]]:
    by_key = any("boot-file-name" in scope.raw for scope in config.scopes)
    for subnet in config.subnets if by_key or BOOT_FILE in codes_in_scopes(config) else ():
        scopes = chain(config, subnet)
        files = [
            file
            for scope in scopes
            for file in _files(scope.path, scope.raw, options_of(config, scope))
        ]
        if files and not _served(config, scopes):
            yield from files


def _any_served(config: Config) -> bool:
    return any(_served(config, chain(config, subnet)) for subnet in config.subnets)


def _classes(config: Config) -> Iterator[tuple[KeyPath, str]]:
    files = [
        file
        for path, raw in config.classes
        for file in _files(path, raw, options_of(config, Scope(path, raw, "class")))
    ]
    if files and not _any_served(config):
        yield from files


def _reservations(config: Config) -> Iterator[tuple[KeyPath, str]]:
    served: dict[KeyPath | None, bool] = {}
    given = {path: options for _, path, _, options in options_of_reservations(config)}
    for listed in config.reservations:
        if listed.keys.isdisjoint(("boot-file-name", "option-data")):
            continue
        subnet, path = listed.subnet, listed.path
        for index, row in maps(listed.rows):
            if "boot-file-name" not in row and "option-data" not in row:
                continue
            home = subnet.path if subnet else None
            if home not in served:
                served[home] = (
                    _served(config, chain(config, subnet)) if subnet else _any_served(config)
                )
            if not served[home]:
                where = (*path, index)
                yield from _files(where, row, given.get(where, {}))


RULES = (file_without_server,)
