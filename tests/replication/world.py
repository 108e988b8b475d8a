"""Two servers without hosts: the real program files/host/leases.py over leases in memory."""

from __future__ import annotations

import base64
import importlib.util
import json
import sys
import zlib
from collections.abc import Mapping
from ipaddress import IPv4Address
from types import SimpleNamespace
from typing import Any
from unittest import mock

from keaprov.errors import Unreachable
from keaprov.replication import Lease
from tests.host.loading import HOST

NOW = 1_800_000_000
FRESH = 5.0


def address(text: str) -> int:
    return int(IPv4Address(text))


def lease(text: str, **changes: Any) -> Lease:
    """Return a lease that a client has; cltt and lifetime in seconds."""
    known: dict[str, Any] = {
        "subnet": 10,
        "hardware": "02:00:00:00:00:01",
        "client": "",
        "state": 0,
        "lifetime": 3600,
        "cltt": NOW - 600,
    }
    return Lease(address(text), **{**known, **changes})


def entry(held: Lease) -> dict[str, Any]:
    """Return a lease as Kea's lease4-get-page does."""
    identity = {"client-id": held.client} if held.client else {}
    return {
        "ip-address": str(IPv4Address(held.address)),
        "subnet-id": held.subnet,
        "hw-address": held.hardware,
        "cltt": held.cltt,
        "valid-lft": held.lifetime,
        "state": held.state,
        "fqdn-fwd": False,
        "hostname": "",
        **identity,
    }


def statistics(server: Server, *, expired: int = 0) -> dict[str, Any]:
    """Return what stat-lease4-get says of a server; expired leases are in its table still."""
    active = [held for held in server.leases.values() if held.state == 0]
    columns = ["subnet-id", "total-addresses", "assigned-addresses", "declined-addresses"]
    rows = [[10, 124, sum(held.subnet == 10 for held in active) + expired, 0], [60, 100, 0, 0]]
    return {"result-set": {"columns": columns, "rows": rows}}


def packed(text: str) -> str:
    """Return a text as a host packs it."""
    return base64.b64encode(zlib.compress(text.encode())).decode()


class Server:
    """A channel to a host whose kea-dhcp4 has these leases; `sent` are its reports as JSON.

    `at` is the host's clock, `reachable` whether it answers, `pages` how many Kea was asked for.
    """

    def __init__(self, name: str, leases: list[Lease], at: float = NOW) -> None:
        self.name, self.at, self.reachable = name, at, True
        self.leases = {held.address: held for held in leases}
        self.sent: list[str] = []
        self.pages = 0
        self._program = self._loaded()

    def hold(self, run: str) -> Any:
        raise AssertionError("a comparison needs no lock")

    def program(self, name: str, request: Mapping[str, Any], patience: float = 60.0) -> Any:
        if not self.reachable:
            raise Unreachable(f"{self.name}: no route to host")
        if name == "command":
            assert request["ask"] == [{"command": "stat-lease4-get"}]
            answers = [{"result": 0, "arguments": statistics(self)}]
            return {"packed": packed(json.dumps({"answers": answers}))}
        assert name == "leases"
        report = self._program.main(json.loads(json.dumps(request)))
        self.sent.append(json.dumps(report))
        return json.loads(self.sent[-1])

    def _ask(self, path: str, command: dict[str, Any]) -> dict[str, Any]:
        self.pages += 1
        arguments = command["arguments"]
        after = 0 if arguments["from"] == "start" else address(arguments["from"])
        numbers = sorted(number for number in self.leases if number > after)[: arguments["limit"]]
        if not numbers:
            raise self._refused("0 IPv4 lease(s) found.", 3)
        return {"leases": [entry(self.leases[number]) for number in numbers]}

    def _loaded(self) -> Any:
        """Return the program as this host's own, with its kea-dhcp4 and its clock."""
        spec = importlib.util.spec_from_file_location(self.name, HOST / "leases.py")
        assert spec and spec.loader
        program: Any = importlib.util.module_from_spec(spec)
        imported = ("paging", "packing", "kea_socket")
        for name in imported:
            sys.modules.pop(name, None)  # each server has modules of its own
        with mock.patch.object(sys, "path", [str(HOST), *sys.path]):
            spec.loader.exec_module(program)
        for name in imported:
            sys.modules.pop(name, None)
        kea = program.paging.kea_socket
        self._refused = kea.Refused
        program.paging.kea_socket = SimpleNamespace(
            ask=self._ask, Refused=self._refused, EMPTY=kea.EMPTY
        )
        program.time = SimpleNamespace(time=lambda: self.at)
        return program
