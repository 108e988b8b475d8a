"""One form for values that have several, and the names of a list's elements."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.diff.forms import by_name, canonical, completed, pool_range, same


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ({"comment": "a", "valid-lifetime": 5}, {"valid-lifetime": 5}),
        ({"user-context": {"comment": "a", "b": 1}}, {"user-context": {"b": 1}}),
        (
            {"control-socket": {"socket-type": "unix", "comment": "x"}},
            {"control-sockets": [{"socket-type": "unix"}]},
        ),
        ({"client-class": "a"}, {"client-classes": ["a"]}),
        (
            {"require-client-classes": ["b", "a", "b"], "only-if-required": True},
            {"evaluate-additional-classes": ["b", "a"], "only-in-additional-list": True},
        ),
        (
            {"interfaces-config": {"interfaces": ["b", "a", "b"]}},
            {"interfaces-config": {"interfaces": ["a", "b"]}},
        ),
        ({"interfaces": [2, 1]}, {"interfaces": [2, 1]}),
        (
            {"option-data": [{"code": 3}, {"code": 4, "space": "mine"}]},
            {"option-data": [{"code": 3, "space": "dhcp4"}, {"code": 4, "space": "mine"}]},
        ),
        ({"option-def": [{"code": 230}]}, {"option-def": [{"code": 230, "space": "dhcp4"}]}),
        (
            {"pools": [{"pool": " 10.0.0.1 -  10.0.0.9 "}]},
            {"pools": [{"pool": "10.0.0.1-10.0.0.9"}]},
        ),
        (
            {
                "hooks-libraries": [
                    {"library": "a.so", "parameters": {"comment": 1, "pool": "a - b"}}
                ]
            },
            {
                "hooks-libraries": [
                    {"library": "a.so", "parameters": {"comment": 1, "pool": "a - b"}}
                ]
            },
        ),
    ],
)
def test_one_form(written: dict[str, Any], form: dict[str, Any]) -> None:
    assert canonical(written) == form
    assert canonical(form) == form


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("BC:24:11:29:11:09", "bc2411291109"),
        ("bc-24-11-29-11-9", "bc2411291109"),
        ("bc24.1129.1109", "bc2411291109"),
        ("bc 24 11 29 11 09", "bc2411291109"),
        ("0xBC2411291109", "bc2411291109"),
        ("'a1'", "6131"),
        ("1", "01"),
    ],
)
def test_an_identifier_is_its_digits(written: str, digits: str) -> None:
    for kind in ("hw-address", "client-id", "duid", "circuit-id", "flex-id"):
        assert canonical({"reservations": [{kind: written}]}) == {"reservations": [{kind: digits}]}


@pytest.mark.parametrize(
    ("written", "lifetimes"),
    [
        ({"valid-lifetime": 5}, (5, 5, 5)),
        ({"min-valid-lifetime": 3}, (3, 3, 3)),
        ({"max-valid-lifetime": 9}, (9, 9, 9)),
        ({"min-valid-lifetime": 3, "max-valid-lifetime": 9}, (3, 3, 9)),
        ({"valid-lifetime": 5, "max-valid-lifetime": 9}, (5, 5, 9)),
        ({"min-valid-lifetime": 0, "valid-lifetime": 5}, (0, 5, 5)),
    ],
)
def test_the_lifetimes_of_a_class(written: dict[str, int], lifetimes: tuple[int, int, int]) -> None:
    """Kea gives a class all three; a subnet may have one alone."""
    (made,) = canonical({"client-classes": [{"name": "a", **written}]})["client-classes"]
    names = ("min-valid-lifetime", "valid-lifetime", "max-valid-lifetime")
    assert tuple(made[name] for name in names) == lifetimes
    assert canonical({"client-classes": [{"name": "a"}]}) == {"client-classes": [{"name": "a"}]}
    assert canonical({"subnet4": [written]}) == {"subnet4": [written]}


@pytest.mark.parametrize(
    ("pool", "first", "last"),
    [
        ("10.0.0.1-10.0.0.9", 0x0A000001, 0x0A000009),
        (" 10.0.0.1 - 10.0.1.9 ", 0x0A000001, 0x0A000109),
        ("10.0.0.77/24", 0x0A000000, 0x0A0000FF),
        (" 10.0.0.64/26 ", 0x0A000040, 0x0A00007F),
    ],
)
def test_a_pool_is_a_range(pool: str, first: int, last: int) -> None:
    assert pool_range(pool) == (first, last)


ROUTERS = {"code": 3, "name": "routers", "csv-format": True}
UNDEFINED = {"code": 230, "csv-format": False, "data": ""}


@pytest.mark.parametrize(
    ("option", "running", "whole"),
    [
        ({"name": "routers", "data": "a"}, ROUTERS, {**ROUTERS, "data": "a"}),
        ({"code": 3, "data": "a"}, ROUTERS, {**ROUTERS, "data": "a"}),
        (
            {"code": 3, "csv-format": False, "data": "0a:00:00:01"},
            ROUTERS,
            {**ROUTERS, "csv-format": False, "data": "0A000001"},
        ),
        ({"code": 3, "space": "mine"}, ROUTERS, {"code": 3, "space": "mine"}),
        ({"code": 4, "name": "a"}, ROUTERS, {"code": 4, "name": "a"}),
        ({"code": 230, "name": "own"}, UNDEFINED, {"code": 230, "csv-format": False}),
        ({"code": 230, "csv-format": True}, UNDEFINED, {"code": 230, "csv-format": False}),
        (
            {"code": 230, "csv-format": True, "data": "x"},
            UNDEFINED,
            {"code": 230, "csv-format": True, "data": "x"},
        ),
        (
            {"code": 3, "csv-format": False, "data": "no digits"},
            ROUTERS,
            {**ROUTERS, "csv-format": False, "data": "no digits"},
        ),
        (
            {"code": 3, "csv-format": False, "data": 5},
            {},
            {"code": 3, "csv-format": False, "data": 5},
        ),
    ],
)
def test_what_kea_knows_of_an_option(
    option: dict[str, Any], running: dict[str, Any], whole: dict[str, Any]
) -> None:
    space = {"space": "dhcp4"}
    other = {**space, "code": 6, "name": "domain-name-servers"}
    (made,) = completed("option-data", [{**space, **option}], [other, {**space, **running}])
    assert made == {**space, **whole}


def test_an_option_that_is_there_as_it_is_written_has_what_it_needs() -> None:
    """Also beside another one of that name, whose code contradicts it: no Kea runs with both."""
    twins = [{"space": "dhcp4", "name": "subnet-mask", **code} for code in ({"code": 3}, {})]
    assert completed("option-data", twins, twins) == twins


def test_other_lists_are_complete_as_they_are() -> None:
    written = [{"pool": "a", "code": 3}]
    assert completed("pools", written, [{"pool": "a", "code": 3, "name": "b"}]) == written


@pytest.mark.parametrize(
    ("name", "elements", "names"),
    [
        ("subnet4", [{"id": 1}, {"id": 2}], ["1", "2"]),
        ("pools", [{"pool": "a"}, {"pool": "a"}, {"pool": "a"}], ["a", "a#2", "a#3"]),
        ("option-data", [{"space": "s", "code": 3}, {"space": "s", "name": "n", "code": 4}],
         ["s.3", "s.n"]),
        ("option-def", [{"space": "s", "code": 3}], ["s.3"]),
        ("reservations", [{"hw-address": "01"}, {"duid": "02"}, {"hw-address": "", "flex-id": "3"},
                          {}], ["hw-address=01", "duid=02", "flex-id=3", "?"]),
        ("hooks-libraries", [{"library": "/usr/lib/a.so"}, {}], ["a.so", ""]),
        ("output-options", [{"output": "/var/log/kea/a.log"}, {"output": "stdout"}],
         ["a.log", "stdout"]),
        ("control-sockets",
         [{"socket-type": "unix", "socket-name": "/run/kea/s"},
          {"socket-type": "http", "socket-address": "::1", "socket-port": 8000}],
         ["unix.s", "http.::1.8000"]),
        ("hosts-databases", [{"type": "mysql", "name": "kea", "host": ""}], ["mysql.kea"]),
        ("loggers", [{"name": "kea-dhcp4"}], ["kea-dhcp4"]),
    ],
)  # fmt: skip
def test_the_names_of_elements(name: str, elements: list[dict[str, Any]], names: list[str]) -> None:
    named = by_name(name, elements)
    assert list(named) == names
    assert list(named.values()) == elements


@pytest.mark.parametrize(
    ("key", "wanted", "running", "equal"),
    [
        ("output", "kea.log", "/var/log/kea/kea.log", True),
        ("library", "/usr/lib64/a.so", "a.so", True),
        ("socket-name", "s", "/run/kea/s", True),
        ("name", "/var/lib/kea/l.csv", "l.csv", True),
        ("boot-file-name", "/a/b", "b", False),
        ("severity", "info", "INFO", True),
        ("hostname-char-set", "[^a-z]", "[^A-Z]", True),
        ("boot-file-name", "a", "A", False),
        ("code", 1, 1, True),
        ("code", 1, 2, False),
        ("code", 1, True, False),
        ("always-send", True, True, True),
        ("data", "1", 1, False),
    ],
)
def test_the_same_to_kea(key: str, wanted: Any, running: Any, equal: bool) -> None:
    assert same(key, wanted, running) is equal
