"""A site cannot change, however deep; it is hashable, and it pickles, copies and becomes JSON."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import json
import pickle
import pkgutil
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, replace
from pathlib import Path
from typing import Any

import pytest

import keaprov
from keaprov import Site, load_site, render
from keaprov.frozen import FrozenMap, frozen
from keaprov.model import Failover
from keaprov.source.yaml12 import scalar

EXAMPLE = Path(__file__).parents[1] / "inventories/example/site.yaml"
CHANGES: dict[str, Callable[[Any], object]] = {
    "set": lambda body: body.__setitem__("valid-lifetime", 1),
    "delete": lambda body: body.__delitem__("subnet4"),
    "clear": lambda body: body.clear(),
    "pop": lambda body: body.pop("subnet4"),
    "pop with a default": lambda body: body.pop("no such key", None),
    "popitem": lambda body: body.popitem(),
    "setdefault": lambda body: body.setdefault("valid-lifetime", 1),
    "update": lambda body: body.update(subnet4=()),
    "|=": lambda body: body.__ior__({"subnet4": ()}),
}


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(EXAMPLE)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_no_map_of_a_site_changes(site: Site, change: Callable[[Any], object]) -> None:
    for body in (site.dhcp4, site.dhcp4["subnet4"][0], Failover(extra={"a": {}}).extra):
        with pytest.raises(TypeError, match="a site cannot change"):
            change(body)


def test_every_value_of_a_site_is_frozen(site: Site) -> None:
    def walk(value: Any) -> None:
        assert not isinstance(value, (list, set))
        if isinstance(value, dict):
            assert type(value) is FrozenMap
            list(map(walk, value.values()))
        elif isinstance(value, tuple):
            list(map(walk, value))

    walk(site.dhcp4)
    with pytest.raises(FrozenInstanceError):
        site.name = "other"  # type: ignore[misc]


def test_what_a_site_was_made_of_may_change_afterwards(site: Site) -> None:
    subnets: list[dict[str, Any]] = [{"id": 1, "pools": []}]
    made = replace(site, dhcp4={"subnet4": subnets})
    before = render.revision(made)
    subnets[0]["pools"].append({"pool": "10.0.0.1 - 10.0.0.2"})
    assert made.dhcp4 == {"subnet4": ({"id": 1, "pools": ()},)}
    assert render.revision(made) == before


def test_equal_sites_have_one_hash(site: Site) -> None:
    again = load_site(EXAMPLE)
    other = replace(site, dhcp4=site.dhcp4 | {"valid-lifetime": 1})  # type: ignore[operator]
    assert {site, again, other} == {site, other}
    assert hash(frozen({"a": 1, "b": [2]})) == hash(frozen({"b": [2], "a": 1}))


@pytest.mark.parametrize("again", [lambda site: pickle.loads(pickle.dumps(site)), copy.deepcopy])
def test_a_copy_is_the_same_and_frozen(site: Site, again: Callable[[Site], Site]) -> None:
    other = again(site)
    assert other == site
    assert type(other.dhcp4["subnet4"][0]) is FrozenMap
    assert render.dhcp4(other, other.servers[0]) == render.dhcp4(site, site.servers[0])


def test_the_values_become_plain_data_and_json(site: Site) -> None:
    assert json.loads(json.dumps(asdict(site)))["dhcp4"].keys() == site.dhcp4.keys()


def test_spellings_survive_a_pickle() -> None:
    value = pickle.loads(pickle.dumps(frozen({"vlan": scalar("0061")})))["vlan"]
    assert (value, value.text) == (61, "0061")


MODULES = [module.name for module in pkgutil.walk_packages(keaprov.__path__, "keaprov.")]


@pytest.mark.parametrize("name", MODULES)
def test_no_field_has_a_map_as_its_default(name: str) -> None:
    """Python 3.10 refuses such a dataclass, also if nobody can change the map."""
    module = importlib.import_module(name)
    for value in list(vars(module).values()):
        if isinstance(value, type) and dataclasses.is_dataclass(value):
            for field in dataclasses.fields(value):
                assert not isinstance(field.default, (dict, list, set)), (value, field.name)
