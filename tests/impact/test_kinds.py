"""Every kind of change, and the leases that it touches."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from typing import Any

import pytest

from keaprov.impact import Impact, Kind, compare
from tests.impact.leases import Lease, impact, lease

Body = dict[str, Any]
USER: Body = {
    "id": 10,
    "subnet": "172.20.10.0/24",
    "user-context": {"vlan": "User"},
    "pools": [{"pool": "172.20.10.130 - 172.20.10.253"}],
    "reservations": [{"hw-address": "02:00:00:00:00:53", "ip-address": "172.20.10.53"}],
}
VOICE: Body = {"id": 60, "subnet": "172.20.60.0/24", "pools": [{"pool": "172.20.60.0/25"}]}
BODY: Body = {"valid-lifetime": 28800, "subnet4": [USER, VOICE]}
HELD = lease("172.20.10.130")
OTHER = lease("172.20.10.200")
RESERVED = lease("172.20.10.53", hw="02:00:00:00:00:53")
PHONE = lease("172.20.60.5", 60)
ALL = (RESERVED, HELD, OTHER, PHONE)


def changed(*path: Any, to: Any) -> Body:
    """Return `BODY` with another value at a path."""
    body = deepcopy(BODY)
    scope: Any = body
    for step in path[:-1]:
        scope = scope[step]
    scope[path[-1]] = to
    return body


def touched(given: Impact) -> dict[Kind, int]:
    """Return the leases by kind, those of none left out."""
    numbers: Counter[Kind] = Counter()
    for each in given.answers:
        numbers[each.question.kind] += each.count
    return dict(+numbers)


def reserved(*entries: Body) -> Body:
    return changed("subnet4", 0, "reservations", to=[*USER["reservations"], *entries])


@pytest.mark.parametrize(
    ("wanted", "kind", "number"),
    [
        (changed("subnet4", to=[VOICE]), Kind.REMOVED, 3),
        (changed("subnet4", 0, "id", to=11), Kind.RENUMBERED, 3),
        (changed("subnet4", 0, "subnet", to="172.20.99.0/24"), Kind.RENUMBERED, 3),
        (changed("subnet4", 0, "pools", 0, "pool", to="172.20.10.130-172.20.10.199"), Kind.POOL, 1),
        (changed("subnet4", 0, "pools", to=[]), Kind.POOL, 2),
        (changed("subnet4", 0, "reservations", to=[]), Kind.POOL, 1),
        (
            reserved({"hw-address": "02:00:00:00:00:99", "ip-address": "172.20.10.130"}),
            Kind.TAKEN,
            1,
        ),
        (reserved({"client-id": "01:02", "ip-address": "172.20.10.130"}), Kind.TAKEN, 1),
        (
            reserved({"circuit-id": "'port 1'", "ip-address": "172.20.10.130"}),
            Kind.MAY_BE_TAKEN,
            1,
        ),
        (
            reserved({"hw-address": HELD["hw-address"], "ip-address": "172.20.10.9"}),
            Kind.GIVEN,
            1,
        ),
        (changed("valid-lifetime", to=3600), Kind.OPTIONS, 4),
        (changed("option-data", to=[{"name": "routers", "data": "1.2.3.4"}]), Kind.OPTIONS, 4),
        (changed("subnet4", 1, "boot-file-name", to="pxe"), Kind.OPTIONS, 1),
        (
            changed("subnet4", 0, "reservations", 0, "hostname", to="dns"),
            Kind.RESERVED_OPTIONS,
            1,
        ),
    ],
)
def test_a_change_touches_one_kind_of_leases(wanted: Body, kind: Kind, number: int) -> None:
    assert touched(impact(BODY, wanted, *ALL)) == {kind: number}


@pytest.mark.parametrize(
    "wanted",
    [
        changed("subnet4", 0, "pools", 0, "pool", to="172.20.10.100-172.20.10.254"),
        changed("subnet4", 1, "subnet", to="172.20.60.0/23"),
        reserved({"hw-address": HELD["hw-address"], "ip-address": "172.20.10.130"}),
        reserved({"hw-address": "02:00:00:00:00:99", "ip-address": "172.20.10.9"}),
        changed("subnet4", to=[USER, VOICE, {"id": 70, "subnet": "172.20.70.0/24"}]),
        changed("subnet4", 0, "user-context", to={"vlan": "Users"}),
        changed("loggers", to=[{"name": "kea-dhcp4", "severity": "DEBUG"}]),
        changed("subnet4", to=[VOICE, USER]),
    ],
)
def test_what_takes_nothing_from_anybody(wanted: Body) -> None:
    assert touched(impact(BODY, wanted, *ALL)) == {}


def test_the_same_asks_nothing() -> None:
    inquiry = compare(BODY, deepcopy(BODY))
    assert (inquiry.questions, inquiry.subnets, inquiry.ranges, inquiry.reservations) == (
        [],
        {},
        [],
        {},
    )


def test_resized_takes_what_is_outside_and_may_take_the_rest() -> None:
    half = {**USER, "subnet": "172.20.10.128/25", "reservations": []}
    given = impact(BODY, changed("subnet4", 0, to=half), *ALL)
    assert touched(given) == {Kind.MOVED: 2, Kind.RESIZED: 1}, "the reserved one is outside"


def test_a_lease_that_was_outside_the_pools_before_is_no_new_loss() -> None:
    stray = lease("172.20.10.20")
    smaller = changed("subnet4", 0, "pools", 0, "pool", to="172.20.10.130-172.20.10.199")
    assert touched(impact(BODY, smaller, stray)) == {}
    assert touched(impact(BODY, changed("subnet4", to=[VOICE]), stray)) == {Kind.REMOVED: 1}


def test_a_duid_is_matched_with_the_client_id_that_holds_it() -> None:
    wanted = reserved({"duid": "00:01:02:03", "ip-address": "172.20.10.9"})
    held = lease("172.20.10.140", client="ff:00:00:00:01:00:01:02:03")
    assert touched(impact(BODY, wanted, held, HELD)) == {Kind.GIVEN: 1}
    narrower = {**wanted, "host-reservation-identifiers": ["hw-address"]}
    assert touched(impact(BODY, narrower, held, HELD)) == {}


def test_a_reservation_counts_on_the_side_that_has_it() -> None:
    """The new reservation by hw-address does not hide the old one by client-id."""
    held = lease("172.20.10.20", client="01:02")
    before = reserved({"client-id": "01:02", "ip-address": "172.20.10.20"})
    after = reserved({"hw-address": held["hw-address"], "hostname": "a"})
    assert touched(impact(before, after, held)) == {Kind.POOL: 1}


def test_a_circuit_id_that_had_the_address_before_keeps_it() -> None:
    with_circuit = {"circuit-id": "01:02", "ip-address": "172.20.10.140"}
    held = lease("172.20.10.140")
    smaller = deepcopy(reserved(with_circuit))
    smaller["subnet4"][0]["pools"] = [{"pool": "172.20.10.200-172.20.10.253"}]
    assert touched(impact(reserved(with_circuit), smaller, held)) == {}
    assert touched(impact(reserved(with_circuit), BODY, held)) == {}, "the pool has it"
    given = impact(BODY, reserved(with_circuit), held)
    assert touched(given) == {Kind.MAY_BE_TAKEN: 1}
    assert given.notes == (
        "1 reservation by circuit-id or flex-id: a lease does not show which client it is for",
    )


def at_large(address: str) -> Body:
    entry = {"hw-address": HELD["hw-address"], "ip-address": address}
    return {**BODY, "reservations-global": True, "reservations": [entry]}


def test_reservations_of_no_subnet_count_where_they_are_looked_up() -> None:
    assert touched(impact(BODY, at_large("172.20.10.9"), *ALL)) == {Kind.GIVEN: 1}
    assert touched(impact(BODY, at_large("172.20.77.9"), *ALL)) == {}, "not in this subnet"
    ignored = {**at_large("172.20.10.9"), "reservations-global": False}
    assert touched(impact(BODY, ignored, *ALL)) == {}


def network(*subnets: Body, **more: Any) -> Body:
    return {"shared-networks": [{"name": "floor", "subnet4": list(subnets), **more}]}


def test_a_subnet_that_leaves_its_shared_network_may_not_be_reached() -> None:
    both = network(USER, VOICE)
    alone = {"subnet4": [USER, VOICE]}
    assert touched(impact(alone, both, *ALL)) == {}, "its own relay leads to it as before"
    assert touched(impact(both, alone, *ALL)) == {Kind.MOVED: 4}
    renamed = {"shared-networks": [{"name": "storey", "subnet4": [VOICE, USER]}]}
    assert touched(impact(both, renamed, *ALL)) == {}
    assert touched(impact(both, network(USER), *ALL)) == {Kind.MOVED: 3, Kind.REMOVED: 1}


def test_a_subnet_of_another_shared_network_may_reserve_another_address() -> None:
    floor = {**VOICE, "reservations": [{"hw-address": OTHER["hw-address"]}]}
    floor["reservations"][0]["ip-address"] = "172.20.60.9"
    alone, both = {"subnet4": [USER, floor]}, network(USER, floor)
    assert touched(impact(alone, both, *ALL)) == {Kind.GIVEN: 1}


def test_an_id_that_moves_on_within_its_shared_network() -> None:
    """Kea takes the address from the subnet that has the prefix now."""
    swapped = network({**USER, "id": 60, "reservations": []}, {**VOICE, "id": 10})
    assert touched(impact(network(USER, VOICE), swapped, HELD, OTHER, PHONE)) == {}


def test_a_relay_that_leads_elsewhere_may_cost_the_address() -> None:
    relay = {"relay": {"ip-addresses": ["10.9.9.9"]}}
    before = {"subnet4": [{**USER, **relay}, VOICE]}
    assert touched(impact(before, BODY, *ALL)) == {Kind.MOVED: 3, Kind.OPTIONS: 1}
    inside = {"relay": {"ip-addresses": ["172.20.10.254"]}}
    stolen = changed("subnet4", 1, to={**VOICE, **inside})
    assert touched(impact(BODY, stolen, *ALL)) == {Kind.MOVED: 3}


PHONES = {"name": "phones", "test": "option[60].text == 'phone'"}


def guarded(entry: Body, classes: list[Body] | None = None, *names: str) -> Body:
    return {
        "subnet4": [{**entry, "client-classes": list(names)}, VOICE],
        "client-classes": classes or [PHONES],
    }


def test_a_guard_that_changes_may_cost_the_address() -> None:
    plain = {"subnet4": [USER, VOICE], "client-classes": [PHONES]}
    assert touched(impact(plain, guarded(USER, None, "phones"), *ALL)) == {Kind.GUARD: 3}
    assert touched(impact(guarded(USER, None, "phones"), plain, *ALL)) == {}
    wider = guarded(USER, None, "phones", "KNOWN")
    assert touched(impact(guarded(USER, None, "phones"), wider, *ALL)) == {}
    other = guarded(USER, [{**PHONES, "test": "option[60].text == 'fax'"}], "phones")
    assert touched(impact(guarded(USER, None, "phones"), other, *ALL)) == {Kind.GUARD: 3}
    inner = [{"name": "far", "test": "substring(option[60].hex, 0, 1) == 'a'"}]
    outer = {"name": "phones", "test": "member('far')"}
    moved = [{**inner[0], "test": "substring(option[60].hex, 0, 1) == 'b'"}]
    before, after = (guarded(USER, [*each, outer], "phones") for each in (inner, moved))
    assert touched(impact(before, after, *ALL)) == {Kind.GUARD: 3}


def test_a_reservation_that_goes_takes_its_client_out_of_a_guarded_pool() -> None:
    pool = {"pool": "172.20.10.130-172.20.10.253", "client-classes": ["KNOWN"]}
    known = {"hw-address": HELD["hw-address"]}
    before = {"subnet4": [{**USER, "pools": [pool], "reservations": [known]}]}
    after = {"subnet4": [{**USER, "pools": [pool], "reservations": []}]}
    assert touched(impact(before, after, HELD, OTHER)) == {Kind.GUARD: 1}


def test_a_class_is_seen_by_whoever_may_be_in_it() -> None:
    giving = {**PHONES, "option-data": [{"name": "tftp-server-name", "data": "a"}]}
    assert touched(impact(BODY, {**BODY, "client-classes": [giving]}, *ALL)) == {Kind.CLASSES: 4}
    assert touched(impact(BODY, {**BODY, "client-classes": [PHONES]}, *ALL)) == {}
    listed = {**giving, "only-in-additional-list": True}
    assert touched(impact(BODY, {**BODY, "client-classes": [listed]}, *ALL)) == {}
    with_list = {**VOICE, "evaluate-additional-classes": ["phones"]}
    before, after = (
        {"subnet4": [USER, with_list], "client-classes": [{**listed, "valid-lifetime": number}]}
        for number in (600, 900)
    )
    assert touched(impact(before, after, *ALL)) == {Kind.CLASSES: 1}


def test_a_class_without_a_test_is_that_of_reservations() -> None:
    member = {"hw-address": HELD["hw-address"], "client-classes": ["vip"]}
    before, after = (
        {**reserved(member), "client-classes": [{"name": "vip", "valid-lifetime": number}]}
        for number in (600, 900)
    )
    assert touched(impact(before, after, *ALL)) == {Kind.RESERVED_OPTIONS: 1}


def test_a_pools_own_options_are_seen_by_the_leases_in_it() -> None:
    def pools(value: str) -> Body:
        option = [{"name": "routers", "data": value}]
        return changed(
            *("subnet4", 0, "pools"),
            to=[
                {"pool": "172.20.10.130-172.20.10.150", "option-data": option},
                {"pool": "172.20.10.151-172.20.10.253"},
            ],
        )

    assert touched(impact(pools("1.2.3.4"), pools("1.2.3.5"), *ALL)) == {Kind.OPTIONS: 1}
    assert touched(impact(BODY, pools("1.2.3.4"), *ALL)) == {Kind.OPTIONS: 1}


def test_another_lease_database_is_lost_unless_a_peer_has_the_leases() -> None:
    other = {**BODY, "lease-database": {"type": "memfile", "name": "other.csv"}}
    assert touched(impact(BODY, other, *ALL)) == {Kind.DATABASE: 4}
    assert touched(impact({**BODY, "lease-database": {"type": "memfile"}}, BODY, *ALL)) == {}
    for path in ("kea-leases4.csv", "/var/lib/kea/kea-leases4.csv"):
        same = {**BODY, "lease-database": {"type": "memfile", "name": path}}
        assert touched(impact(BODY, same, *ALL)) == {}
    elsewhere = {**BODY, "lease-database": {"type": "memfile", "name": "/srv/kea-leases4.csv"}}
    assert touched(impact(elsewhere, BODY, *ALL)) == {Kind.DATABASE: 4}

    def of_pair(
        body: dict[str, Any], name: str = "b", url: str = "http://192.0.2.2:8005/"
    ) -> dict[str, Any]:
        peers = [{"name": "a", "url": "http://192.0.2.1:8005/"}, {"name": name, "url": url}]
        parameters = {"high-availability": [{"peers": peers}]}
        library = "/usr/lib64/kea/hooks/libdhcp_ha.so"
        return {**body, "hooks-libraries": [{"library": library, "parameters": parameters}]}

    pair = of_pair(BODY)
    assert touched(impact(pair, of_pair(other), *ALL)) == {}
    assert touched(impact(pair, of_pair(other, url="http://192.0.2.2:8005"), *ALL)) == {}
    for changed_pair in (of_pair(other, "c"), of_pair(other, url="http://192.0.2.2:8001/")):
        assert touched(impact(pair, changed_pair, *ALL)) == {Kind.DATABASE: 4}


def test_the_running_form_is_the_files_form() -> None:
    """config-get gives options with their codes, defaults, inherited values, ranges closed up."""
    running = deepcopy(BODY)
    running["next-server"] = "0.0.0.0"
    for subnet in running["subnet4"]:
        subnet |= {
            "valid-lifetime": 28800,
            "min-valid-lifetime": 28800,
            "max-valid-lifetime": 28800,
            "relay": {"ip-addresses": []},
            "reservations-global": False,
            "t1-percent": 0.5,
            "boot-file-name": "",
        }
    running["subnet4"][0]["pools"] = [{"pool": "172.20.10.130-172.20.10.253", "option-data": []}]
    running["subnet4"][0]["reservations"][0] |= {
        "client-classes": [],
        "hostname": "",
        "next-server": "0.0.0.0",
        "option-data": [],
    }
    assert compare(running, BODY).questions == []


def test_ranges_are_those_of_the_touched_subnets() -> None:
    inquiry = compare(BODY, changed("subnet4", to=[USER]))
    assert inquiry.ranges == [(0xAC143C00, 0xAC143CFF)]


def test_words_for_the_operator() -> None:
    many: list[Lease] = [lease(f"172.20.10.{n}", hostname=f"pc{n}") for n in range(130, 150)]
    lines = list(impact(BODY, changed("subnet4", to=[VOICE]), *many).lines())
    assert lines[0] == (
        "subnet 10 (172.20.10.0/24, VLAN User): removed: 20 active leases lose their address"
    )
    assert lines[1].startswith("    172.20.10.130 02:00:ac:14:0a:82 (pc130), 172.20.10.131 ")
    assert lines[1].endswith(" (pc139), and 10 more")
    (line,) = impact(BODY, changed("subnet4", to=[VOICE])).lines()
    assert line == "subnet 10 (172.20.10.0/24, VLAN User): removed: no active lease"
    wanted = reserved({"hw-address": "02:00:00:00:00:99", "ip-address": "172.20.10.9"})
    (line,) = impact(BODY, wanted, *ALL).lines()
    assert line.endswith(": the address is reserved for another client: no active lease")
    (line, _) = impact(BODY, changed("subnet4", 1, "renew-timer", to=9), PHONE).lines()
    assert line == "subnet 60 (172.20.60.0/24): renew-timer: 1 active lease sees it at renewal"
