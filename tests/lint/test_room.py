"""Reservations and the room of their subnet: addresses within pools, pools that are full."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint.room import in_pools, room, room_for_unnamed
from tests.lint.reports import reports

POOL = "subnet4[0].pools[0]"


def row(number: int, **more: Any) -> dict[str, Any]:
    return {"hw-address": f"00:11:22:33:44:{number:02x}", **more}


def subnet(
    *addresses: str, pools: tuple[str, ...] = (), prefix: str = "10.0.0.0/24", unnamed: int = 0
) -> dict[str, Any]:
    """Return a subnet with reservations of these addresses, and so many without one."""
    rows = [row(number, **{"ip-address": text}) for number, text in enumerate(addresses)]
    rows += [row(100 + number) for number in range(unnamed)]
    entries = [{"pool": text} for text in pools]
    return {"id": 1, "subnet": prefix, "pools": entries, "reservations": rows}


@pytest.mark.parametrize(
    ("addresses", "words"),
    [
        (("10.0.0.9",), ""),
        (("10.0.0.10",), "10.0.0.10 is"),
        (("10.0.0.19",), "10.0.0.19 is"),
        (("10.0.0.20",), ""),
        (("10.0.0.10", "10.0.0.12"), "10.0.0.10 and 1 more are"),
        (("10.0.0.10", "10.0.0.12", "10.0.0.13"), "10.0.0.10 and 2 more are"),
    ],
)
def test_reserved_addresses_in_a_pool(addresses: tuple[str, ...], words: str) -> None:
    hint = "Reserve an address outside the pool, or end the pool before it."
    message = f"the reserved address {words} inside the pool"
    wanted = [("KP416", f"{POOL}.pool", message, hint)] if words else []
    body = {"subnet4": [subnet(*addresses, pools=("10.0.0.10-10.0.0.19",))]}
    assert reports((in_pools,), body) == wanted
    assert reports((in_pools,), {**body, "reservations-out-of-pool": True}) == []


def test_a_subnet_whose_pools_are_not_looked_up_hides_no_other() -> None:
    pools = ("10.0.0.10-10.0.0.19",)
    first = {**subnet("10.0.0.10", pools=pools), "reservations-out-of-pool": True}
    lines = reports((in_pools,), {"subnet4": [first, subnet("10.0.0.10", pools=pools)]})
    assert [line[1] for line in lines] == ["subnet4[1].pools[0].pool"]


@pytest.mark.parametrize(
    ("prefix", "count", "size"),
    [("10.0.0.0/30", 2, 2), ("10.0.0.0/30", 3, 2), ("10.0.0.0/31", 2, 2), ("10.0.0.0/31", 3, 2),
     ("10.0.0.0/32", 1, 1), ("10.0.0.0/32", 2, 1), ("10.0.0.0/29", 6, 6), ("10.0.0.0/29", 7, 6)],
)  # fmt: skip
def test_a_subnet_has_room_for_its_reservations(prefix: str, count: int, size: int) -> None:
    """RFC 1122, 3.2.1.3: no host has the first or the last address; RFC 3021."""
    entry = subnet(*[f"10.0.0.{number}" for number in range(count)], prefix=prefix)
    message = f"{count} reservations for the {size} addresses of {prefix}"
    wanted = ("KP417", "subnet4[0].subnet", message, "Make the subnet larger.")
    assert reports((room,), {"subnet4": [entry]}) == ([wanted] if count > size else [])


@pytest.mark.parametrize(
    ("pools", "addresses", "full"),
    [
        (("10.0.0.5-10.0.0.6",), ("10.0.0.5", "10.0.0.6"), True),
        (("10.0.0.5-10.0.0.6",), ("10.0.0.5", "10.0.0.7"), False),
        (("10.0.0.5-10.0.0.7",), ("10.0.0.5", "10.0.0.6"), False),
        (("10.0.0.5-10.0.0.7",), ("10.0.0.6", "10.0.0.7", "10.0.0.8"), False),
        (("10.0.0.5-10.0.0.5", "10.0.0.9-10.0.0.9"), ("10.0.0.5",), False),
        (("10.0.0.5-10.0.0.5", "10.0.0.9-10.0.0.9"), ("10.0.0.5", "10.0.0.9"), True),
        (("10.0.0.5-10.0.0.5", "x"), ("10.0.0.5",), True),
        ((), ("10.0.0.5",), False),
        (("10.0.0.5-10.0.0.5",), (), False),
    ],
)
def test_pools_have_room_for_others(
    pools: tuple[str, ...], addresses: tuple[str, ...], full: bool
) -> None:
    message = "every address in the pools of 10.0.0.0/24 is reserved"
    hint = "Clients without a reservation get none: widen a pool."
    wanted = ("KP417", "subnet4[0].subnet", message, hint)
    lines = reports((room,), {"subnet4": [subnet(*addresses, pools=pools)]})
    assert lines == ([wanted] if full else [])


@pytest.mark.parametrize(
    ("pools", "addresses", "unnamed", "free"),
    [
        (("10.0.0.10-10.0.0.11",), (), 2, None),
        (("10.0.0.10-10.0.0.11",), (), 3, 2),
        (("10.0.0.10-10.0.0.11",), ("10.0.0.10",), 2, 1),
        (("10.0.0.10-10.0.0.11",), ("10.0.0.9",), 2, None),
        (("10.0.0.10-10.0.0.11", "10.0.0.20-10.0.0.20"), (), 3, None),
        (("10.0.0.10-10.0.0.11", "10.0.0.20-10.0.0.20"), (), 4, 3),
        (("10.0.0.10-10.0.0.11", "x"), (), 3, 2),
        (("x",), (), 3, None),
        ((), (), 3, None),
    ],
)
def test_pools_have_room_for_reservations_without_an_address(
    pools: tuple[str, ...], addresses: tuple[str, ...], unnamed: int, free: int | None
) -> None:
    entry = subnet(*addresses, pools=pools, unnamed=unnamed)
    message = f"{unnamed} reservations without an address, and the pools have {free}"
    hint = "Widen a pool, or give the reservations addresses."
    where = f"subnet4[0].reservations[{len(addresses)}]"
    wanted = [] if free is None else [("KP429", where, message, hint)]
    assert reports((room_for_unnamed,), {"subnet4": [entry]}) == wanted


def test_subnets_of_a_shared_network_share_their_pools() -> None:
    small = subnet(pools=("10.0.0.10-10.0.0.10",), unnamed=2)
    other = {"id": 2, "subnet": "10.0.1.0/24", "pools": [{"pool": "10.0.1.1-10.0.1.1"}]}
    assert reports((room_for_unnamed,), {"subnet4": [small, other]}) != []
    network = {"name": "n", "subnet4": [small, other]}
    assert reports((room_for_unnamed,), {"shared-networks": [network]}) == []


def test_the_pools_of_a_shared_network_are_full_together() -> None:
    """Kea goes on in the next subnet of the shared network (alloc_engine.cc)."""
    full = subnet("10.0.0.10", pools=("10.0.0.10-10.0.0.10",))
    other = {"id": 2, "subnet": "10.0.1.0/24", "pools": [{"pool": "10.0.1.1-10.0.1.1"}]}
    rows = [{"duid": "00:01:02", "ip-address": "10.0.1.1"}]
    assert reports((room,), {"subnet4": [full, other]}) != []
    assert reports((room,), {"shared-networks": [{"name": "n", "subnet4": [full, other]}]}) == []
    subnets = [full, {**other, "reservations": rows}]
    places = [line[1] for line in reports((room,), {"shared-networks": [{"subnet4": subnets}]})]
    assert places == [f"shared-networks[0].subnet4[{at}].subnet" for at in (0, 1)]


def test_clients_that_get_no_answer_need_no_address() -> None:
    """Kea ARM, Built-in Client Classes: Kea drops the packets of the class DROP."""
    entry = subnet(pools=("10.0.0.10-10.0.0.10",))
    for classes, fires in ((["DROP"], False), (["a"], True), (None, True)):
        rows = [row(number, **{"client-classes": classes}) for number in (1, 2)]
        lines = reports((room_for_unnamed,), {"subnet4": [{**entry, "reservations": rows}]})
        assert bool(lines) is fires
