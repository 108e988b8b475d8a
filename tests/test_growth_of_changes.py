"""What a change of each subnet costs grows with the subnets, for every kind of change.

The subnets are of one shared network, where each depends on all. Executed lines are counted; no
clock is read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from typing import Any

import pytest

from keaprov.impact import compare
from keaprov.impact.forecast import forecast
from tests.impact.leases import PROGRAM, lease
from tests.test_growth_of_kinds import executed

FEW = 16
Body = dict[str, Any]
Change = Callable[[Body, int], object]


def part(n: int) -> str:
    return f"10.{n >> 8}.{n & 255}"


def subnet(n: int) -> Body:
    mac = f"02:00:00:00:{n >> 8:02x}:{n & 255:02x}"
    return {
        "id": n,
        "subnet": f"{part(n)}.0/24",
        "pools": [{"pool": f"{part(n)}.10 - {part(n)}.199"}],
        "relay": {"ip-addresses": [f"{part(n)}.1"]},
        "option-data": [{"name": "routers", "data": f"{part(n)}.1"}],
        "reservations": [{"hw-address": mac, "ip-address": f"{part(n)}.200"}],
    }


def pools_with(n: int, **more: Any) -> Body:
    return {"pools": [{"pool": f"{part(n)}.10 - {part(n)}.199", **more}]}


ROUTERS = [{"name": "routers", "data": "10.0.0.9"}]
CHANGES: dict[str, Change] = {
    "none": lambda entry, n: None,
    "pools": lambda entry, n: entry.update(pools=[{"pool": f"{part(n)}.50 - {part(n)}.99"}]),
    "classes of pools": lambda entry, n: entry.update(pools_with(n, **{"client-classes": ["a"]})),
    "options of pools": lambda entry, n: entry.update(pools_with(n, **{"option-data": ROUTERS})),
    "relays": lambda entry, n: entry.update(relay={"ip-addresses": [f"{part(n)}.2"]}),
    "relays turned": lambda entry, n: entry.update(relay={"ip-addresses": [f"{part(n ^ 1)}.1"]}),
    "interfaces": lambda entry, n: entry.update(interface=f"eth{n}"),
    "prefixes": lambda entry, n: entry.update(
        subnet=f"172.{16 + (n >> 8)}.{n & 255}.0/24", pools=[], reservations=[]
    ),
    "sizes": lambda entry, n: entry.update(
        subnet=f"{part(n)}.0/25", pools=[{"pool": f"{part(n)}.10 - {part(n)}.99"}], reservations=[]
    ),
    "ids": lambda entry, n: entry.update(id=100_000 - n),
    "options": lambda entry, n: entry.update({"option-data": ROUTERS}),
    "classes": lambda entry, n: entry.update({"client-classes": [f"c{n}"]}),
    "lists of classes": lambda entry, n: entry.update({"evaluate-additional-classes": ["a"]}),
    "reservations": lambda entry, n: entry["reservations"][0].update(
        {"ip-address": f"{part(n)}.201"}
    ),
    "hostnames": lambda entry, n: entry["reservations"][0].update(hostname="h"),
    "no reservations": lambda entry, n: entry.update(reservations=[]),
    "global reservations": lambda entry, n: entry.update({"reservations-global": True}),
}
Pair = tuple[Body, Body]
Shape = Callable[[list[Body]], Body]


def shared(subnets: list[Body]) -> Body:
    return {"shared-networks": [{"name": "n", "subnet4": subnets}]}


def apart(subnets: list[Body]) -> Body:
    return {"subnet4": subnets}


def of_two(subnets: list[Body]) -> Body:
    networks = enumerate(zip(subnets[::2], subnets[1::2], strict=True))
    return {"shared-networks": [{"name": f"n{n}", "subnet4": [*both]} for n, both in networks]}


def changed(count: int, name: str, shape: Shape) -> Pair:
    old, new = [subnet(n) for n in range(1, count + 1)], []
    for n, entry in enumerate(deepcopy(old), start=1):
        CHANGES[name](entry, n)
        new.append(entry)
    classes = [{"name": f"c{n}", "test": "option[60].exists"} for n in range(1, count + 1)]
    more = {"client-classes": [{"name": "a", "test": "option[61].exists"}, *classes]}
    return {**shape(old), **more}, {**shape(new), **more}


def reshaped(count: int, before: Shape, after: Shape) -> Pair:
    subnets = [subnet(n) for n in range(1, count + 1)]
    return before(subnets), after(deepcopy(subnets))


def classes(count: int) -> Pair:
    def side(router: str) -> Body:
        given = [{"name": "routers", "data": router}]
        made = ({"name": f"c{n}", "test": "option[60].exists"} for n in range(count))
        entries = [{**entry, "option-data": given} for entry in made]
        return {**shared([subnet(n) for n in range(1, count + 1)]), "client-classes": entries}

    return side("10.0.0.1"), side("10.0.0.2")


def pools(count: int) -> Pair:
    def side(last: int) -> Body:
        given = [{"pool": f"{part(n)}.1 - {part(n)}.{last}"} for n in range(count)]
        hosts = [
            {"client-id": f"01:{n:04x}", "ip-address": f"{part(n)}.{last}"} for n in range(count)
        ]
        entry = {"id": 1, "subnet": "10.0.0.0/8", "pools": given, "reservations": hosts}
        return {"subnet4": [{**entry, "reservations-out-of-pool": True}]}

    return side(99), side(98)


def at_large(count: int) -> Pair:
    def side(last: int) -> Body:
        subnets = [{**subnet(n), "reservations-global": True} for n in range(1, count + 1)]
        hosts = [
            {"client-id": f"01:{n >> 8:02x}:{n & 255:02x}", "ip-address": f"{part(n)}.{last}"}
            for n in range(1, count + 1)
        ]
        return {**shared(subnets), "reservations": hosts}

    return side(210), side(211)


def definitions(count: int) -> Pair:
    def side(data: str) -> Body:
        subnets = [subnet(n) for n in range(1, count + 1)]
        for entry in subnets:
            entry["option-data"] = [{"name": f"o{entry['id']}", "space": "x", "data": data}]
        made = [
            {"name": f"o{n}", "code": n, "space": "x", "type": "string"}
            for n in range(1, count + 1)
        ]
        return {**shared(subnets), "option-def": made}

    return side("a"), side("b")


def reversed_order(count: int) -> Pair:
    return reshaped(count, shared, lambda subnets: shared(subnets[::-1]))


def halved(count: int) -> Pair:
    return reshaped(count, shared, lambda subnets: shared(subnets[::2]))


def cases() -> Iterator[Any]:
    for name in CHANGES:
        yield pytest.param(partial(changed, name=name, shape=shared), id=name)
    for name in ("pools", "relays"):
        yield pytest.param(partial(changed, name=name, shape=of_two), id=f"{name}, many networks")
    for before, after in ((shared, apart), (apart, shared), (shared, of_two)):
        case = partial(reshaped, before=before, after=after)
        yield pytest.param(case, id=f"{before.__name__} to {after.__name__}")
    for function in (classes, pools, at_large, definitions, reversed_order, halved):
        yield pytest.param(function, id=function.__name__)


@pytest.mark.parametrize("case", [*cases()])
def test_a_change_of_each_subnet(case: Callable[[int], Pair]) -> None:
    def work(count: int) -> list[int]:
        before, after = case(count)
        inquiry = compare(before, after)
        leases = [lease(f"{part(n)}.{at}", n) for n in range(1, count + 1) for at in (20, 200)]

        def on_host() -> None:
            change = PROGRAM.Change(inquiry.request("/socket"))
            for held in leases:
                change.take(held)

        lines = [executed(lambda: forecast(before, after)), executed(on_host)]
        return [*lines, len(json.dumps(inquiry.request("/socket")))]

    for single, double, fourfold in zip(*(work(times * FEW) for times in (1, 2, 4)), strict=True):
        assert fourfold - double < 2.2 * (double - single) + 1000
