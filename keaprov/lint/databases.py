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
_PLACES = {
    "readonly": (("hosts-database", "hosts-databases"), "a database of hosts"),
    "max-row-errors": (("lease-database",), "a database of leases"),
}
"""Keys that Kea's grammar has in some places only, and what these are for."""
_TIMEOUTS = {"read-timeout": "mysql", "write-timeout": "mysql", "tcp-user-timeout": "postgresql"}
"""Timeouts that Kea takes for one kind of database only."""


@error("KP703", "Use mysql or postgresql here.")
def databases(config: Config) -> Iterator[Finding]:
    """A database other than memfile needs its hook library and a name; memfile has no hosts.

    Some timeouts are for one kind of database: Kea refuses them for another (dbaccess_parser.cc).
    ``readonly`` is for databases of hosts, ``max-row-errors`` for those of leases.
    """
    loaded = {library for _, _, library in config.hooks}
    for path, database in databases_of(config):
        kind = str(database.get("type"))
        needed = DATABASE_HOOKS.get(kind)
        if needed and needed not in loaded:
            hint = f"Add {{library: {needed}}} to hooks-libraries."
            yield Finding(f"{kind} needs the hook library {needed}", (*path, "type"), hint)
        if kind == "memfile" and path[len(config.root)] != "lease-database":
            yield Finding("memfile keeps leases only", (*path, "type"))
        if needed and database.get("name", "") == "":
            where = (*path, "name" if "name" in database else "type")
            yield Finding(f"{kind} needs the name of a database", where, "Add `name: kea`.")
        for key, (places, meant) in _PLACES.items():
            if key in database and path[len(config.root)] not in places:
                yield Finding(f"{key} is for {meant}", (*path, key), "Leave it out.")
        for key, only in _TIMEOUTS.items():
            seconds = database.get(key)
            if isinstance(seconds, int) and seconds > 0 and kind in _KINDS - {only}:
                hint = "Leave it out, or write 0."
                yield Finding(f"{key} is for {only}, not for {kind}", (*path, key), hint)


_UNQUOTED = ("name", "user", "host", "trust-anchor", "cert-file", "key-file", "cipher-list")
_QUOTED = ("name", "user", "host", "password")
"""What Kea puts between apostrophes for PostgreSQL."""


@error("KP738", "Write a number of seconds from 1 to 2147483647, or leave it out.")
def timeouts_of_databases(config: Config) -> Iterator[Finding]:
    """A timeout of mysql or postgresql fits into 31 bits, and connect-timeout is not 0.

    Kea looks when it connects (mysql_connection.cc, pgsql_connection.cc).
    """
    for path, database in databases_of(config):
        if str(database.get("type")) not in DATABASE_HOOKS:
            continue
        for key, least in (("connect-timeout", 1), *((key, 0) for key in _TIMEOUTS)):
            seconds = database.get(key, least)
            if isinstance(seconds, int) and not least <= seconds < 2**31:
                yield Finding(f"{key} {seconds} is out of range", (*path, key))


@error("KP739", "Keep one of the two.")
def configurations_twice(config: Config) -> Iterator[Finding]:
    """``config-databases`` has each database once: Kea compares the parameters that are given."""
    control = as_map(config.dhcp4.get("config-control"))
    before: set[tuple[tuple[str, str], ...]] = set()
    for index, database in maps(control.get("config-databases")):
        given = tuple(sorted((key, str(value)) for key, value in database.items() if value != ""))
        if given in before:
            path = (*config.root, "config-control", "config-databases", index)
            yield Finding("the same database is in the list before", path)
        before.add(given)


@error("KP737", "Choose one without blanks: Kea parts the parameters of a database at them.")
def texts_of_databases(config: Config) -> Iterator[Finding]:
    """No parameter of a database has a space or a tab; a password may, without an apostrophe.

    Kea joins the parameters to one text and parts it at blanks again (DatabaseConnection::parse).
    For PostgreSQL it puts them between apostrophes (PgSqlConnection::getConnParameters), so that an
    apostrophe, or a backslash at the end, is refused there, or makes another parameter of the rest.
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
        for key in _QUOTED if database.get("type") == "postgresql" else ():
            text = database.get(key)
            if isinstance(text, str) and re.search(r"['\\]", re.sub(r"(?s)\\.", "", text)):
                message = f"an apostrophe or a last backslash in the {key} of a database"
                yield Finding(message, (*path, key), "PostgreSQL ends the text there.")


def _is_whole(password: str) -> bool:
    """Whether Kea finds the end of a password, which it quotes if there are blanks in it."""
    quoted = f"'{password}'" if " " in password or "\t" in password else password
    if not quoted.startswith("'"):
        return True
    end = quoted.find("'", 1)
    rest = quoted[end + 2 :].strip(BLANKS)  # it takes the blank that follows, whatever it is
    return end > 0 and all("=" in part for part in re.split("[ \t]", rest) if rest)


RULES = (databases, timeouts_of_databases, configurations_twice, texts_of_databases)
