"""Databases: the rules, and what Kea loses when it parts parameters at blanks (dbaccess)."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint import databases
from tests.lint.reports import reports

CURE = "Choose one without blanks: Kea parts the parameters of a database at them."


def of_leases(**parameters: Any) -> list[tuple[str, str, str, str]]:
    body = {"lease-database": {"type": "memfile", **parameters}}
    return reports((databases.blanks_in_databases,), body)


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
    places = [place for _, place, _, _ in reports((databases.blanks_in_databases,), body)]
    assert places == ["hosts-databases[0].name", "config-control.config-databases[0].name"]
