"""Rules about the databases of leases, hosts and configurations (Kea: dbaccess_parser.cc)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keaprov.errors import KeyPath
from keaprov.hexadecimal import BLANKS
from keaprov.lint.config import Config, Raw, as_map, maps
from keaprov.lint.rule import Finding, error

DATABASE_HOOKS = {"mysql": "libdhcp_mysql.so", "postgresql": "libdhcp_pgsql.so"}


def databases_of(config: Config) -> Iterator[tuple[KeyPath, Raw]]:
    """Yield every database, with its path."""
    for key in ("lease-database", "hosts-database"):
        if isinstance(config.dhcp4.get(key), dict):
            yield (*config.root, key), config.dhcp4[key]
    yield from config.entries("hosts-databases")
    control = as_map(config.dhcp4.get("config-control"))
    for index, database in maps(control.get("config-databases")):
        yield (*config.root, "config-control", "config-databases", index), database


_KINDS = frozenset(("memfile", "mysql", "postgresql"))
_OF_HOSTS = ("hosts-database", "hosts-databases")
_TIMEOUTS = {"read-timeout": "mysql", "write-timeout": "mysql", "tcp-user-timeout": "postgresql"}
"""Timeouts that Kea takes for one kind of database only."""


@error("KP703", "Use mysql or postgresql here.")
def databases(config: Config) -> Iterator[Finding]:
    """A database other than memfile needs its hook library; hosts are not kept in memfile.

    Some timeouts are for one kind of database: Kea refuses them for another (dbaccess_parser.cc).
    """
    loaded = {library for _, _, library in config.hooks}
    for path, database in databases_of(config):
        kind = database.get("type")
        needed = DATABASE_HOOKS.get(str(kind))
        if needed and needed not in loaded:
            hint = f"Add {{library: {needed}}} to hooks-libraries."
            yield Finding(f"{kind} needs the hook library {needed}", (*path, "type"), hint)
        if kind == "memfile" and path[len(config.root)] != "lease-database":
            yield Finding("memfile keeps leases only", (*path, "type"))
        if "readonly" in database and path[len(config.root)] not in _OF_HOSTS:
            message = "readonly is for a database of hosts"
            yield Finding(message, (*path, "readonly"), "Leave it out.")
        for key, meant_for in _TIMEOUTS.items():
            seconds = database.get(key)
            if isinstance(seconds, int) and seconds > 0 and kind in _KINDS - {meant_for}:
                hint = "Leave it out, or write 0."
                yield Finding(f"{key} is for {meant_for}, not for {kind}", (*path, key), hint)


_UNQUOTED = ("name", "user", "host", "trust-anchor", "cert-file", "key-file", "cipher-list")


@error("KP737", "Choose one without blanks: Kea parts the parameters of a database at them.")
def blanks_in_databases(config: Config) -> Iterator[Finding]:
    """No parameter of a database has a space or a tab; a password may, without an apostrophe.

    Kea joins the parameters to one text and parts it at blanks again (DatabaseConnection::parse).
    """
    for path, database in databases_of(config):
        for key in _UNQUOTED:
            text = database.get(key)
            _, *rest = re.split("[ \t]", text if isinstance(text, str) else "")
            if any("=" not in part for part in rest):
                yield Finding(f"a blank in the {key} of a database", (*path, key))
        password = database.get("password")
        if isinstance(password, str) and not _is_whole(password):
            message = "an apostrophe in a password that has blanks, or that begins with one"
            yield Finding(message, (*path, "password"), "Choose another password.")


def _is_whole(password: str) -> bool:
    """Whether Kea finds the end of a password, which it quotes if there are blanks in it."""
    quoted = f"'{password}'" if " " in password or "\t" in password else password
    if not quoted.startswith("'"):
        return True
    end = quoted.find("'", 1)
    rest = quoted[end + 2 :].strip(BLANKS)  # it takes the blank that follows, whatever it is
    return end > 0 and all("=" in part for part in re.split("[ \t]", rest) if rest)


RULES = (databases, blanks_in_databases)
