"""Reservations as columns: a list that passes as a whole has no row that a rule would name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keaprov.lint import hosts, reservations, room
from keaprov.lint.config import Config
from keaprov.lint.forms import address
from keaprov.lint.hosts import Host, HostList, host_lists

MACS = ("02:00:00:00:00:01", "02:00:00:00:00:0A", "02:00:00:00:00:0a", "03:00:00:00:00:01")
ODD_MACS = ("00:00:00:00:00:00", "02:00:00:00:00:01\n02:00:00:00:00:02", "02-00", "", 2, None)
ADDRESSES = ("10.0.0.1", "10.0.0.2", "10.0.0.255")
ODD_ADDRESSES = ("10.9.0.1", "9.0.0.1", "10.0.0.01", "10.0.0", " 10.0.0.1", "", 7, None)
NAMES = ("a", "a-b", "A1.example.org", "b" * 63)
ODD_NAMES = (
    "-a",
    "a-",
    "a..b",
    ".a",
    "a.",
    "a.-b",
    "a-.b",
    "a_b",
    "a\nb",
    "ä",
    "b" * 64,
    "",
    3,
    None,
)
USUAL = {"hw-address": MACS, "ip-address": ADDRESSES, "hostname": NAMES}
ANY = {
    "hw-address": MACS + ODD_MACS,
    "ip-address": ADDRESSES + ODD_ADDRESSES,
    "hostname": NAMES + ODD_NAMES,
    "duid": ("01:02", "zz"),
}


def rows(values: dict[str, tuple[Any, ...]], whole: bool) -> st.SearchStrategy[list[Any]]:
    columns = {key: st.sampled_from(known) for key, known in values.items()}
    row = st.fixed_dictionaries(columns if whole else {}, optional={} if whole else columns)
    return st.lists(row | st.just("no map") if not whole else row, max_size=6)


LISTS = st.lists(rows(USUAL, whole=True) | rows(ANY, whole=False), min_size=1, max_size=3)


def config(lists: list[list[Any]]) -> Config:
    subnets = [
        {"id": 1 + at, "subnet": f"10.{at}.0.0/24", "pools": [{"pool": f"10.{at}.0.2/31"}]}
        | {"reservations": entries}
        for at, entries in enumerate(lists[1:])
    ]
    return Config({"subnet4": subnets, "reservations": lists[0]})


def each(config: Config, _: Callable[[HostList], bool]) -> Iterator[Host]:
    for listed in host_lists(config):
        yield from listed.hosts


def agree(lists: list[list[Any]]) -> None:
    """Hold what each rule finds against what it finds when it reads every row."""
    for rule in (*reservations.RULES, *room.RULES):
        findings = list(rule.check(config(lists)))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reservations, "doubtful", each)
            patch.setattr(reservations, "_differ", lambda _: False)
            assert list(rule.check(config(lists))) == findings, rule.code


@given(LISTS)
def test_what_passes_as_a_whole_passes_row_by_row(lists: list[list[Any]]) -> None:
    agree(lists)


@pytest.mark.parametrize(("key", "value"), [(key, value) for key in ANY for value in ANY[key]])
def test_so_it_does_with_a_single_odd_value(key: str, value: Any) -> None:
    good = {"hw-address": MACS[1], "ip-address": "10.0.0.7", "hostname": "b"}
    agree([[], [good, {**good, "hw-address": MACS[0], "ip-address": "10.0.0.8", key: value}]])


@given(LISTS)
def test_columns_are_what_each_row_says(lists: list[list[Any]]) -> None:
    for listed in host_lists(config(lists)):
        for host in listed.hosts:
            assert (host.kind, host.identifier) == hosts._client(host.raw)
            assert host.address == address(host.raw.get("ip-address"))


def test_no_row_is_read_where_nothing_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [
        {"hw-address": f"02:00:00:00:00:{n:02x}", "ip-address": f"10.0.0.{n}", "hostname": f"h{n}"}
        for n in range(10, 99)
    ]
    monkeypatch.setattr(HostList, "hosts", property(lambda _: pytest.fail("read the rows")))
    assert [
        rule.code
        for rule in (*reservations.RULES, *room.RULES)
        if list(rule.check(config([[], entries])))
    ] == []
