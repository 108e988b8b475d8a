"""Work grows with the file, not with its square: the work is counted, no clock is read."""

from __future__ import annotations

import difflib
import random
from pathlib import Path
from typing import Any

import pytest

from keaprov import source
from keaprov.diff.forms import by_name
from keaprov.lint.config import Pool, pools_of
from keaprov.schema.grammar import GrammarValidator
from keaprov.site import check_file

HEAD = """\
site: labo
servers: {dhcp1: {address: 10.60.1.67, interfaces: [ens18]}}
dhcp4:
"""


def rows(count: int, more: str = "") -> str:
    lines = [
        f"        - {{hw-address: '02:00:00:00:{n >> 8:02x}:{n & 255:02x}'{more.format(n)}}}"
        for n in range(count)
    ]
    return "  subnet4:\n    - id: 1\n      subnet: 10.0.0.0/8\n      reservations:\n" + "\n".join(
        lines
    )


def check(folder: Path, text: str) -> list[str]:
    path = folder / "site.yaml"
    path.write_text(HEAD + text + "\n")
    return [problem.code for problem in check_file(path).problems]


@pytest.fixture
def validated(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Record each value that jsonschema validates."""
    values: list[Any] = []
    iter_errors = GrammarValidator.iter_errors

    def recorded(validator: Any, value: Any) -> Any:
        values.append(value)
        return iter_errors(validator, value)

    monkeypatch.setattr(GrammarValidator, "iter_errors", recorded)
    return values


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        (", hostname: h{0}", set()),
        (", option-data: {{host-name: h{0}}}", set()),
        (", client-classes: [c{0}]", {"KP802"}),
        (", hostnam: h{0}", {"KP201"}),
    ],
)
def test_values_of_one_shape_are_validated_once(
    more: str, codes: set[str], validated: list[Any], tmp_path: Path
) -> None:
    assert set(check(tmp_path, rows(20, more))) == codes
    few = len(validated)
    validated.clear()
    check(tmp_path, rows(200, more))
    assert len(validated) == few


def test_subnets_of_one_shape_are_validated_once(validated: list[Any], tmp_path: Path) -> None:
    for count in (10, 100):
        validated.clear()
        subnets = "\n".join(
            f"        - {{id: {n + 1}, subnet: 10.0.{n}.0/24, pools: [10.0.{n}.9 - 10.0.{n}.99]}}"
            for n in range(count)
        )
        assert (
            check(tmp_path, f"  shared-networks:\n    - name: n\n      subnet4:\n{subnets}")
            == ["KP522"]  # the clients of these pools get no router
        )
        # the site, its dhcp4, a shared network and its two values, a subnet and its three values;
        # jsonschema itself tries the servers and a pool
        assert len({id(value) for value in validated}) == 9 + 2


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("next-server: 10.0.0.1", "next-server: nix"),
        ("boot-file-name: a", f"boot-file-name: {'a' * 128}"),
        ("option-data: [{code: 1, data: a}]", "option-data: [{code: 1000, data: a}]"),
        ("client-classes: [a]", "client-classes: [5]"),
        ("option-data: [{code: 1, data: a}]", "option-data: [{code: 1, data: a, nix: 1}]"),
    ],
)
def test_one_shape_is_not_what_the_schema_tells_apart(good: str, bad: str, tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    mac = "      - {{hw-address: '02:00:00:00:00:0{}', {}}}"
    text = [mac.format(1, good), mac.format(2, good), mac.format(3, bad)]
    path.write_text(f"{HEAD}  reservations:\n" + "\n".join(text) + "\n")
    codes = ("KP201", "KP204")
    wrong = [problem.path[2] for problem in check_file(path).problems if problem.code in codes]
    assert wrong == [2]


def test_a_good_file_has_no_place_looked_for() -> None:
    good = source.Document("x", 1, locator=lambda _: pytest.fail("looked for places"))
    assert good.places([]) == {}


def test_the_places_in_a_table_split_its_text_once(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("hw-address,hostname\n" + "nix,a\n" * 50)
    table = source.read_csv(tmp_path / "r.csv", "r.csv")
    assert [table.mark(row, "hostname").column for row in range(50)] == [5] * 50
    assert table._written is table._written


def pool(first: int, last: int) -> Pool:
    return Pool(("pools", first), {}, first, last)


def test_the_pools_of_addresses_are_those_that_hold_them() -> None:
    draw = random.Random(7)
    for _ in range(300):
        pools = [pool(first, first + draw.randrange(9)) for first in draw.sample(range(60), 8)]
        numbers = [draw.randrange(70) for _ in range(20)]
        inside = pools_of([*pools, pool(5, 3)], numbers)
        assert all(number in inside[number] for number in inside)
        assert set(inside) == {n for n in numbers if any(n in held for held in pools)}


def test_names_are_compared_for_the_first_unknown_ones_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls: list[str] = []

    def compared(name: str, *_: object, **__: object) -> list[str]:
        calls.append(name)
        return []

    monkeypatch.setattr(difflib, "get_close_matches", compared)
    classes = "\n".join(f"    - {{name: class{n}}}" for n in range(60))
    text = f"  client-classes:\n{classes}\n" + rows(60, ", client-classes: [clas{0}x]")
    assert check(tmp_path, text) == ["KP802"] * 60
    assert len(calls) == 20


def test_elements_of_one_name_are_numbered() -> None:
    elements = [{"hw-address": "a"}] * 4
    names = list(by_name("reservations", elements))
    assert names == ["hw-address=a", *(f"hw-address=a#{number}" for number in (2, 3, 4))]
