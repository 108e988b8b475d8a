"""Databases: the rules, and what Kea loses when it parts parameters at blanks (dbaccess)."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint import databases, sockets
from tests.lint.reports import reports

CURE = "Choose one without blanks: Kea parts the parameters of a database at them."


def of_leases(**parameters: Any) -> list[tuple[str, str, str, str]]:
    body = {"lease-database": {"type": "memfile", **parameters}}
    return reports((databases.texts_of_databases,), body)


@pytest.mark.parametrize("key", ["name", "user", "host", "trust-anchor", "cert-file", "key-file"])
@pytest.mark.parametrize("text", ["a b", " a", "a\t", "a=b c"])
def test_a_blank_in_a_parameter(key: str, text: str) -> None:
    message = f"a blank in the {key} of a database"
    assert of_leases(**{key: text}) == [("KP737", f"lease-database.{key}", message, CURE)]


@pytest.mark.parametrize("text", ["", "a", "a\nb", "a b=c", None, 5])
def test_what_kea_reads_as_one(text: Any) -> None:
    assert of_leases(name=text) == []


@pytest.mark.parametrize("password", ["'a", "it's a b", "'a b'", "it's a\tb"])
def test_a_password_that_kea_cuts_short(password: str) -> None:
    message = "an apostrophe in a password that has blanks, or that begins with one"
    wanted = [("KP737", "lease-database.password", message, "Choose another password.")]
    assert of_leases(password=password) == wanted


@pytest.mark.parametrize("password", ["a b", "it's", "", "'a'", {"env": "A B'S"}])
def test_a_password_that_kea_takes(password: Any) -> None:
    assert of_leases(password=password) == []


def test_every_database_is_looked_at() -> None:
    database = {"type": "mysql", "name": "a b"}
    body = {
        "hosts-databases": [database],
        "config-control": {"config-databases": [database]},
    }
    places = [place for _, place, _, _ in reports((databases.texts_of_databases,), body)]
    assert places == ["hosts-databases[0].name", "config-control.config-databases[0].name"]


MYSQL = {"type": "mysql", "name": "kea"}
POSTGRESQL = {"type": "postgresql", "name": "kea"}
HOOKS = {"hooks-libraries": [{"library": f"libdhcp_{name}.so"} for name in ("mysql", "pgsql")]}
ENDS = "PostgreSQL ends the text there."


def of_hosts(database: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return reports(databases.RULES, {"hosts-database": database, **HOOKS})


@pytest.mark.parametrize("database", [MYSQL, POSTGRESQL])
@pytest.mark.parametrize("password", ["1234", "keatest", "*****"])
def test_a_password_of_an_example(database: dict[str, Any], password: str) -> None:
    """Kea 3.0.3, DefaultCredentials::check."""
    body = {"hosts-database": {**database, "password": password}}
    hint = "Choose another: Kea refuses its defaults."
    wanted = [("KP732", "hosts-database.password", "the password of Kea's examples", hint)]
    assert reports((sockets.logins,), body) == wanted
    body["hosts-database"]["type"] = "memfile"
    assert reports((sockets.logins,), body) == []


@pytest.mark.parametrize("key", ["name", "user", "host", "password"])
@pytest.mark.parametrize("text", ["it's", "a\\", "a'b'c", "a\\\\'"])
def test_a_text_that_ends_too_soon_for_postgresql(key: str, text: str) -> None:
    """PostgreSQL, Connection Strings: apostrophes and backslashes in quotes are escaped."""
    message = f"an apostrophe or a last backslash in the {key} of a database"
    assert of_hosts({**POSTGRESQL, key: text}) == [
        ("KP737", f"hosts-database.{key}", message, ENDS)
    ]
    assert of_hosts({**MYSQL, key: text}) == []


@pytest.mark.parametrize("text", ["a", "a\\'b", "a\\\\", "\\n"])
def test_a_text_that_postgresql_takes(text: str) -> None:
    assert of_hosts({**POSTGRESQL, "password": text}) == []


@pytest.mark.parametrize(
    ("database", "key", "least"),
    [
        (MYSQL, "connect-timeout", 1), (POSTGRESQL, "connect-timeout", 1),
        (MYSQL, "read-timeout", 0), (MYSQL, "write-timeout", 0),
        (POSTGRESQL, "tcp-user-timeout", 0),
    ],
)  # fmt: skip
def test_a_timeout_fits_into_31_bits(database: dict[str, Any], key: str, least: int) -> None:
    """Kea 3.0.3, MySqlConnection::openDatabase, PgSqlConnection::getConnParametersInternal."""
    cure = "Write a number of seconds from 1 to 2147483647, or leave it out."
    for right in (least, 1, 2147483647, "x", None):
        assert of_hosts({**database, key: right}) == []
    for wrong in (least - 1, 2147483648):
        line = ("KP738", f"hosts-database.{key}", f"{key} {wrong} is out of range", cure)
        assert line in of_hosts({**database, key: wrong})


def test_memfile_has_no_connection() -> None:
    body = {"lease-database": {"type": "memfile", "connect-timeout": 0}}
    assert reports(databases.RULES, body) == []
    assert reports(databases.RULES, {"lease-database": {"type": [], "read-timeout": 1}}) == []


@pytest.mark.parametrize(
    ("first", "second", "twice"),
    [
        (MYSQL, MYSQL, True),
        ({**MYSQL, "password": ""}, MYSQL, True),
        ({**MYSQL, "port": 1}, {"port": 1, **MYSQL}, True),
        (MYSQL, {**MYSQL, "port": 1}, False),
        (MYSQL, POSTGRESQL, False),
    ],
)
def test_a_database_of_configurations_that_is_there_already(
    first: dict[str, Any], second: dict[str, Any], twice: bool
) -> None:
    """Kea 3.0.3, ConfigControlInfo::addConfigDatabase."""
    lines = reports(
        databases.RULES, {"config-control": {"config-databases": [first, second]}, **HOOKS}
    )
    where = "config-control.config-databases[1]"
    message = "the same database is in the list before"
    assert lines == [("KP739", where, message, "Keep one of the two.")] * twice


@pytest.mark.parametrize("database", [{"type": "mysql"}, {"type": "postgresql", "name": ""}])
def test_a_database_without_a_name(database: dict[str, Any]) -> None:
    where = "name" if "name" in database else "type"
    message = f"{database['type']} needs the name of a database"
    wanted = [("KP703", f"hosts-database.{where}", message, "Add `name: kea`.")]
    assert of_hosts(database) == wanted


def test_rows_with_errors_are_of_leases() -> None:
    body = {"lease-database": {"type": "memfile", "max-row-errors": 1}}
    assert reports(databases.RULES, body) == []
    message = "max-row-errors is for a database of leases"
    wanted = [("KP703", "hosts-database.max-row-errors", message, "Leave it out.")]
    assert of_hosts({**MYSQL, "max-row-errors": 1}) == wanted
