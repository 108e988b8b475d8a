"""renumber.py: subnets and their leases get another id, or everything is as it was."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from tests.host.kea import Kea
from tests.host.loading import Host

RANGE = [int.from_bytes(socket.inet_aton(end), "big") for end in ("10.1.0.0", "10.1.0.255")]
STEPS = [
    {"do": {"command": "subnet4-del"}, "undo": [{"command": "undo-del"}]},
    {"do": {"command": "subnet4-add"}, "undo": [{"command": "undo-add"}]},
]
NO = {"result": 1, "text": "not today"}


class Table:
    """The leases of a stand-in for Kea, by address."""

    def __init__(self, kea: Kea, *leases: dict[str, Any]) -> None:
        self.leases = {lease["ip-address"]: lease for lease in leases}
        self.refuses = ""
        kea.answers["lease4-get-page"] = self.page
        kea.answers["lease4-update"] = self.update

    def page(self, command: dict[str, Any]) -> dict[str, Any]:
        start = command["arguments"]["from"]
        after = b"" if start == "start" else socket.inet_aton(start)
        addresses = sorted(self.leases, key=socket.inet_aton)
        page = [self.leases[address] for address in addresses if socket.inet_aton(address) > after]
        page = page[: command["arguments"]["limit"]]
        return {"result": 0 if page else 3, "arguments": {"leases": page}}

    def update(self, command: dict[str, Any]) -> dict[str, Any]:
        given = command["arguments"]
        if given["ip-address"] == self.refuses and given["subnet-id"] == 7:
            return NO
        cltt = given["expire"] - given["valid-lft"]
        self.leases[given["ip-address"]] = {**given, "cltt": cltt}
        self.leases[given["ip-address"]].pop("expire")
        return {"result": 0, "text": ""}

    def ids(self) -> list[int]:
        return [self.leases[address]["subnet-id"] for address in sorted(self.leases)]


def lease(address: str, subnet: int = 1, **more: Any) -> dict[str, Any]:
    known = {"hw-address": "02:00:00:00:00:01", "cltt": 1000, "valid-lft": 600, "state": 0}
    return {"ip-address": address, "subnet-id": subnet, **known, **more}


def report_of(host: Host, kea: Kea, **more: Any) -> dict[str, Any]:
    request = {
        "socket": kea.path,
        "steps": STEPS,
        "subnets": [{"old": 1, "new": 7, "range": RANGE}],
        "most": 100,
        **more,
    }
    return dict(host.module("renumber").main(request))


def test_every_lease_comes_along_and_keeps_the_rest(host: Host, kea: Kea) -> None:
    given = {"client-id": "01:02", "user-context": {"a": 1}, "pool-id": 3}
    first = {**lease("10.1.0.1"), **given}
    declined = {**lease("10.1.0.2", state=1), "hw-address": ""}
    forever = {**lease("10.1.0.3"), "valid-lft": 0xFFFFFFFF}
    other = lease("10.2.0.1", 2)
    table = Table(kea, first, declined, forever, other)
    report = report_of(host, kea)
    assert (report["refused"], report["leases"]) == ("", 3)
    assert table.ids() == [7, 7, 7, 2]
    assert table.leases["10.1.0.1"] == {**first, "subnet-id": 7}
    assert table.leases["10.1.0.2"] == {**declined, "subnet-id": 7}
    assert table.leases["10.1.0.3"] == {**forever, "subnet-id": 7}
    sent = [name for name in kea.commands() if name not in ("lease4-get-page", "lease4-update")]
    assert sent == ["dhcp-disable", "subnet4-del", "subnet4-add", "dhcp-disable", "dhcp-enable"]
    assert kea.sent[1]["arguments"]["max-period"] == 60, "Kea goes on by itself if this is killed"


def test_a_lease_outside_the_prefix_stays(host: Host, kea: Kea) -> None:
    table = Table(kea, lease("10.1.0.1"), lease("10.9.0.1"))
    assert report_of(host, kea)["leases"] == 1
    assert table.ids() == [7, 1]


@pytest.mark.parametrize("refused", ["dhcp-disable", "subnet4-del", "subnet4-add", "10.1.0.2"])
def test_a_refusal_changes_everything_back(host: Host, kea: Kea, refused: str) -> None:
    table = Table(kea, lease("10.1.0.1"), lease("10.1.0.2"), lease("10.1.0.3"))
    before = dict(table.leases)
    if refused in ("dhcp-disable", "subnet4-del", "subnet4-add"):
        kea.answers[refused] = NO
    else:
        table.refuses = refused
    report = report_of(host, kea)
    assert "not today" in report["refused"]
    assert (report["undone"], report["left"]) == (True, [])
    assert table.leases == before
    undone = [name for name in kea.commands() if name.startswith("undo-")]
    expected = {"dhcp-disable": 0, "subnet4-del": 0, "subnet4-add": 1, "10.1.0.2": 2}
    assert undone == ["undo-add", "undo-del"][2 - expected[refused] :]
    assert (kea.commands()[-1] == "dhcp-enable") is (refused != "dhcp-disable")


def test_what_cannot_be_undone_is_left(host: Host, kea: Kea) -> None:
    Table(kea, lease("10.1.0.1"))
    kea.answers["subnet4-add"] = kea.answers["undo-del"] = NO
    report = report_of(host, kea)
    assert (report["undone"], report["left"]) == (False, ["undo-del: not today"])


def test_too_many_leases_are_refused_before_any_change(host: Host, kea: Kea) -> None:
    Table(kea, lease("10.1.0.1"), lease("10.1.0.2"))
    report = report_of(host, kea, most=1)
    assert report["refused"] == "2 leases are more than 1"
    assert set(kea.commands()) == {"lease4-get-page"}
