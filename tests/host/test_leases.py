"""leases.py: the leases of a real unix socket, page by page."""

from __future__ import annotations

import base64
import json
import socket
import time
import zlib
from typing import Any

import pytest

from tests.host.kea import Kea
from tests.host.loading import Host

EMPTY = {"result": 3, "text": "0 IPv4 lease(s) found.", "arguments": {"leases": [], "count": 0}}


def entry(address: str, **more: Any) -> dict[str, Any]:
    known = {
        "ip-address": address,
        "subnet-id": 10,
        "hw-address": "02:00:00:00:00:01",
        "cltt": int(time.time()) - 60,
        "valid-lft": 3600,
        "state": 0,
    }
    return {**known, **more}


def report_of(host: Host, kea: Kea, **request: Any) -> dict[str, Any]:
    whole = {
        "socket": kea.path,
        "ranges": [[0, (1 << 32) - 1]],
        "fresh": 5,
        "limit": 100,
        "rows": False,
        **request,
    }
    return dict(host.module("leases").main(whole))


def holds(kea: Kea, *entries: dict[str, Any]) -> None:
    """Have Kea hold these leases, which are in the order of their addresses."""

    def page(command: dict[str, Any]) -> dict[str, Any]:
        start = command["arguments"]["from"]
        after = b"\0" * 4 if start == "start" else socket.inet_aton(start)
        left = [lease for lease in entries if socket.inet_aton(lease["ip-address"]) > after]
        leases = left[: command["arguments"]["limit"]]
        return {"result": 0, "arguments": {"leases": leases}} if leases else EMPTY

    kea.answers["lease4-get-page"] = page


def test_no_lease(host: Host, kea: Kea) -> None:
    kea.answers["lease4-get-page"] = EMPTY
    report = report_of(host, kea)
    assert abs(report.pop("now") - time.time()) < 60
    assert report == {"blocks": {}, "next": None}
    (command,) = kea.sent
    assert command["arguments"] == {"from": "start", "limit": 1000}


def test_blocks_are_counted_and_digested(host: Host, kea: Kea) -> None:
    table = [entry("10.0.0.1"), entry("10.0.0.2", state=2), entry("10.0.1.1", state=1)]
    holds(kea, *table, entry("10.0.1.2", cltt=int(time.time())))
    blocks = report_of(host, kea)["blocks"]
    assert {block: number for block, (number, _) in blocks.items()} == {0xA0000: 1, 0xA0001: 1}
    holds(kea, *table)
    assert report_of(host, kea)["blocks"] == blocks
    holds(kea, entry("10.0.0.1", **{"hw-address": "02:00:00:00:00:02"}), *table[1:])
    other = report_of(host, kea)["blocks"]
    assert other[0xA0000] != blocks[0xA0000]
    assert other[0xA0001] == blocks[0xA0001]


def test_a_report_ends_between_two_blocks(host: Host, kea: Kea) -> None:
    holds(kea, entry("10.0.0.1"), entry("10.0.0.2"), entry("10.0.1.1"))
    report = report_of(host, kea, limit=1)
    assert (list(report["blocks"]), report["next"]) == ([0xA0000], 0xA000100)
    report = report_of(host, kea, limit=1, ranges=[[report["next"], (1 << 32) - 1]])
    assert (list(report["blocks"]), report["next"]) == ([0xA0001], None)


def test_rows_are_packed(host: Host, kea: Kea) -> None:
    holds(kea, entry("10.0.0.1", **{"client-id": "01:02"}), entry("10.0.1.1"))
    report = report_of(host, kea, rows=True, ranges=[[0xA000000, 0xA0000FF]])
    (row,) = json.loads(zlib.decompress(base64.b64decode(report["packed"])))
    assert row[:6] == [0xA000001, 10, "02:00:00:00:00:01", "01:02", 0, 3600]
    assert kea.sent[0]["arguments"] == {"from": "9.255.255.255", "limit": 256}


def test_a_refusal_is_said(host: Host, kea: Kea) -> None:
    kea.answers["lease4-get-page"] = {"result": 2, "text": "unknown command"}
    with pytest.raises(host.module("kea_socket").Refused, match="unknown command"):
        report_of(host, kea)
