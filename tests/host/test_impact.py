"""impact.py: page by page, active leases only, in bounded memory and linear time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from keaprov.impact import Impact, Kind, compare, reported_impact
from tests.host.kea import Kea
from tests.host.loading import Host
from tests.impact.leases import PROGRAM, Lease, lease

POOL = {"pool": "10.0.0.0/16"}
BODY = {"subnet4": [{"id": 1, "subnet": "10.0.0.0/16", "pools": [POOL]}]}
GONE: dict[str, Any] = {"subnet4": []}


def addresses(number: int) -> Iterator[str]:
    return (f"10.0.{n // 250}.{1 + n % 250}" for n in range(number))


def serve(kea: Kea, leases: list[Lease]) -> None:
    """Answer ``lease4-get-page`` as Kea does."""
    numbers = [PROGRAM.paging.number(each["ip-address"]) for each in leases]

    def page(command: dict[str, Any]) -> dict[str, Any]:
        start, limit = command["arguments"]["from"], command["arguments"]["limit"]
        after = -1 if start == "start" else PROGRAM.paging.number(start)
        page = [each for at, each in zip(numbers, leases, strict=True) if at > after][:limit]
        return {"result": 0 if page else 3, "arguments": {"leases": page}}

    kea.answers["lease4-get-page"] = page


def impact_of(host: Host, kea: Kea, running: dict[str, Any], wanted: dict[str, Any]) -> Impact:
    inquiry = compare(running, wanted)
    report = host.module("impact").main(inquiry.request(kea.path))
    return reported_impact(inquiry, "dhcp1", report)


@pytest.mark.parametrize("number", [0, 1, 999, 1000, 1001, 2500])
def test_every_page_is_counted_and_ten_clients_are_named(host: Host, kea: Kea, number: int) -> None:
    serve(kea, [lease(address, 1) for address in addresses(number)])
    impact = impact_of(host, kea, BODY, GONE)
    assert impact.lost == number
    (answer,) = impact.answers
    assert [each.address for each in answer.clients] == [*addresses(number)][:10]
    assert len(kea.commands()) == number // 1000 + 1
    assert kea.sent[0]["arguments"]["from"] == "9.255.255.255"


def test_only_active_leases_count(host: Host, kea: Kea) -> None:
    now = int(time.time())
    serve(
        kea,
        [
            lease("10.0.0.1", 1, state=1),
            lease("10.0.0.2", 1, state=2),
            lease("10.0.0.3", 1, cltt=now - 100) | {"valid-lft": 50},
            lease("10.0.0.4", 1, cltt=now) | {"valid-lft": 50},
            lease("10.0.0.5", 1),
        ],
    )
    assert impact_of(host, kea, BODY, GONE).lost == 2


def test_only_the_touched_addresses_are_read(host: Host, kea: Kea) -> None:
    far = {"id": 2, "subnet": "10.200.0.0/24", "pools": [{"pool": "10.200.0.0/24"}]}
    low = {"id": 3, "subnet": "10.0.255.0/24", "pools": []}
    others = [lease(address, 1) for address in addresses(3000)]
    serve(kea, [*others, lease("10.0.255.7", 3), lease("10.200.0.7", 2), lease("10.200.9.9", 2)])
    kept = {"id": 1, "subnet": "10.0.0.0/17", "pools": []}
    impact = impact_of(host, kea, {"subnet4": [kept, low, far]}, {"subnet4": [kept]})
    assert impact.lost == 2
    assert [command["arguments"]["from"] for command in kea.sent] == ["10.0.254.255"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"result": 2, "text": "'lease4-get-page' command not supported."}, "not supported"),
        (None, "incomplete"),
    ],
)
def test_no_answer_is_not_known(host: Host, kea: Kea, answer: Any, words: str) -> None:
    kea.answers["lease4-get-page"] = answer
    impact = impact_of(host, kea, BODY, GONE)
    assert impact.unclear
    assert words in impact.unknown
    assert [*impact.lines()] == ["subnet 1 (10.0.0.0/16): removed: number of leases unknown"]


@pytest.mark.slow
def test_a_million_leases_are_counted_in_seconds() -> None:
    """Linear: 100,000 leases and 20,000 reservations take a tenth of it."""
    hosts = [
        {"hw-address": f"02:00:00:00:{n // 256:02x}:{n % 256:02x}", "ip-address": address}
        for n, address in enumerate(addresses(20000))
    ]
    subnet = {**BODY["subnet4"][0], "reservations": hosts}
    wanted = {
        "subnet4": [{**subnet, "reservations": hosts[1:], "pools": [{"pool": "10.0.0.0/17"}]}]
    }
    inquiry = compare({"subnet4": [subnet]}, wanted)
    change = PROGRAM.Change(inquiry.request("/socket"))
    leases = [lease(f"10.0.{n // 250}.{n % 250}", 1) for n in range(50000)]
    began = time.process_time()
    for each in leases:
        change.take(each)
    took = time.process_time() - began
    assert took < 5
    kinds = {inquiry.questions[at].kind for at, count in enumerate(change.counts) if count}
    assert Kind.POOL in kinds
