"""Edits of a YAML text: what is changed, what stays, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from keaprov.source import parse
from keaprov.source.changes import Append, Change, Put, Remove, Rename, applied
from keaprov.source.dumping import dumped
from keaprov.source.editing import EditError, edited

SITE = """\
site: labo # ours
x-usual: &usual {routers: 10.0.0.254}
dhcp4:
  # twelve hours
  valid-lifetime: 0x10
  subnet4:
    # users
    - id: 10   # ten
      subnet: 10.0.0.0/24
      pools:
        - 10.0.0.1 - 10.0.0.9  # first
        # guests
        - {pool: 10.0.0.20/30, client-classes: [guest]}
      user-context: {vlan: "User"}
      option-data: *usual

    # voice
    - {id: 20, subnet: 10.0.1.0/24, pools: [a, b]}
# end
"""
FIRST = ("dhcp4", "subnet4", 0)
SECOND = ("dhcp4", "subnet4", 1)


def test_each_change_is_where_it_belongs_and_the_rest_stays() -> None:
    changes: list[Change] = [
        Put((*FIRST, "user-context", "source"), "n/1"),
        Put((*FIRST, "user-context", "vlan"), "12:30 Uhr: ü"),
        Put((*FIRST, "pools", 1, "pool"), "10.0.0.30 - 10.0.0.40"),
        Append((*FIRST, "pools"), "10.0.0.50 - 10.0.0.59"),
        Remove((*FIRST, "pools", 0)),
        Remove((*SECOND, "pools", 0)),
        Append((*SECOND, "pools"), "c"),
        Append(("dhcp4", "subnet4"), {"id": 30, "subnet": "10.0.2.0/24", "pools": ["x"]}),
        Put(("dhcp4", "reservations"), {"csv": "a.csv"}),
    ]
    assert (
        edited(SITE, changes)
        == """\
site: labo # ours
x-usual: &usual {routers: 10.0.0.254}
dhcp4:
  # twelve hours
  valid-lifetime: 0x10
  subnet4:
    # users
    - id: 10   # ten
      subnet: 10.0.0.0/24
      pools:
        # guests
        - {pool: 10.0.0.30 - 10.0.0.40, client-classes: [guest]}
        - 10.0.0.50 - 10.0.0.59
      user-context: {vlan: '12:30 Uhr: ü', source: n/1}
      option-data: *usual

    # voice
    - {id: 20, subnet: 10.0.1.0/24, pools: [b, c]}
    - id: 30
      subnet: 10.0.2.0/24
      pools: [x]
  reservations: {csv: a.csv}
# end
"""
    )


def test_a_removed_element_takes_its_lines_only() -> None:
    text = edited(SITE, [Remove(FIRST)])
    assert text.splitlines()[6:] == [
        "    # users",
        "",
        "    # voice",
        "    - {id: 20, subnet: 10.0.1.0/24, pools: [a, b]}",
        "# end",
    ]


@pytest.mark.parametrize(
    ("text", "changes", "result"),
    [
        ("a: []", [Put(("a",), [{"b": 1}, {"c": 2}])], "a:\n  - b: 1\n  - c: 2"),
        ("{a: []}\n", [Put(("a",), [{"b": 1}])], "{a: [{b: 1}]}\n"),
        ("a: [1, 2]\n", [Remove(("a", 0)), Remove(("a", 1))], "a: []\n"),
        ("a:\n- 1\n- 2\n", [Remove(("a", 0)), Remove(("a", 1))], "a: []\n"),
        ("a: 1\r\nb: 2\r\n", [Put(("c",), "x")], "a: 1\r\nb: 2\r\nc: x\r\n"),
        ("a: |\n  text\n", [Put(("b",), 1)], "a: |\n  text\nb: 1\n"),
        ("a: 1", [Put(("b",), 2)], "a: 1\nb: 2"),
        ("a:\nb: 1\n", [Put(("a",), 2)], "a: 2\nb: 1\n"),
        ("a: # why\n  - 1\n", [Put(("a", 0), 2)], "a: # why\n  - 2\n"),
    ],
)
def test_forms(text: str, changes: list[Change], result: str) -> None:
    assert edited(text, changes) == result


@pytest.mark.parametrize(
    "change",
    [
        Put((*FIRST, "option-data", "routers"), "10.0.0.1"),  # an alias
        Put(("x-usual", "routers"), "10.0.0.1"),  # what an alias repeats
        Put(("x-usual",), {"routers": "10.0.0.1"}),  # an anchor
    ],
)
def test_what_would_change_another_value_is_refused(change: Change) -> None:
    with pytest.raises(EditError, match="cannot change"):
        edited(SITE, [change])


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=8)
SCALARS = st.one_of(TEXTS, st.integers(), st.booleans(), st.none())
SUBNETS = st.lists(
    st.fixed_dictionaries(
        {"id": st.integers(1, 9), "pools": st.lists(TEXTS, max_size=3)},
        optional={"user-context": st.dictionaries(TEXTS, SCALARS, min_size=1, max_size=2)},
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=100, phases=[Phase.explicit, Phase.generate])
@given(SUBNETS, st.data())
def test_an_edited_text_has_the_wanted_values(subnets: object, data: st.DataObject) -> None:
    assert isinstance(subnets, list)
    value = {"dhcp4": {"subnet4": subnets, "valid-lifetime": 1}}
    text = dumped(value)
    changes: list[Change] = []
    for index in range(len(subnets)):
        path = ("dhcp4", "subnet4", index)
        kind = data.draw(st.sampled_from(["keep", "remove", "put", "pools"]))
        if kind == "remove":
            changes.append(Remove(path))
        elif kind == "put":
            changes.append(Put((*path, data.draw(TEXTS)), data.draw(SCALARS)))
        elif kind == "pools" and subnets[index]["pools"]:
            changes += [Remove((*path, "pools", 0)), Append((*path, "pools"), data.draw(TEXTS))]
    if data.draw(st.booleans()):
        changes.append(Append(("dhcp4", "subnet4"), {"id": 77}))
    assert parse(edited(text, changes), "").value == applied(value, changes)


def test_a_key_gets_another_name_and_keeps_its_place() -> None:
    text = """\
a: 1 # one
"b" : {c: [x], 'd': 2} # two
e:
  - c: 3
"""
    changes: list[Change] = [
        Put(("b", "c"), "y"),
        Rename(("b", "c"), "cc"),
        Rename(("b", "d"), "dd"),
        Rename(("b",), "bb"),
        Rename(("e", 0, "c"), "cc"),
    ]
    assert (
        edited(text, changes)
        == """\
a: 1 # one
"bb" : {cc: y, 'dd': 2} # two
e:
  - cc: 3
"""
    )


@pytest.mark.parametrize("change", [Rename(("a",), "b"), Rename(("c",), "d")])
def test_a_key_that_is_there_already_is_not_overwritten(change: Rename) -> None:
    with pytest.raises((EditError, KeyError)):
        edited("a: 1\nb: 2\n", [change])
