"""A pair without hosts: two channels that answer as the programs and Kea would."""

from __future__ import annotations

import base64
import json
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keaprov import load_site
from keaprov.drill import Pair
from keaprov.errors import ControlError, Unreachable
from keaprov.health import Health

SITE = load_site(Path(__file__).parents[2] / "inventories/lab/site.yaml")
PRIMARY, STANDBY = "dhcp1", "dhcp2"
HOT, ALONE, WAITING = "hot-standby", "partner-down", "waiting"
STEPS = 3
"""Observations until a server changes its state."""
Leases = dict[str, tuple[int, int]]
"""State and lifetime in seconds, by address."""


@dataclass
class Host:
    """One server, and what runs on its host besides."""

    state: str = HOT
    scopes: tuple[str, ...] = ()
    up: bool = True
    reachable: bool = True
    pid: int = 100
    steps: int = 0
    handover: bool = False
    watcher: bool = False
    leases: Leases = field(default_factory=dict)


class World:
    """Both servers; `calls` are the programs that ran, but for observations."""

    def __init__(self) -> None:
        self.hosts = {PRIMARY: Host(scopes=(PRIMARY,)), STANDBY: Host()}
        self.calls: list[tuple[str, str, dict[str, Any]]] = []
        self.refuse: dict[str, ControlError] = {}
        self.gives_back, self.comes_back = True, True
        self.states: set[str] = set()
        self.locks: list[Lock] = []
        self.troubles: tuple[str, ...] = ()
        self.before: Callable[[str], None] = lambda _: None

    def pair(self) -> Pair:
        """Return the pair as a drill has it."""
        channels = {name: Channel(self, name) for name in self.hosts}
        return Pair(SITE, channels, lambda: Health("labo", (), (), troubles=self.troubles))

    def step(self) -> None:
        """Let both servers live on for an observation."""
        primary, standby = self.hosts[PRIMARY], self.hosts[STANDBY]
        for host in (primary, standby):
            host.steps += 1
        if not primary.up:
            if standby.steps >= STEPS and not standby.handover:
                standby.state, standby.scopes = ALONE, (PRIMARY,)
        elif primary.state == WAITING and primary.steps >= STEPS and self.comes_back:
            primary.state, primary.scopes = HOT, (PRIMARY,)
            if standby.state == ALONE or (standby.handover and self.gives_back):
                standby.state, standby.scopes, standby.handover = HOT, (), False
        self.states.add(standby.state)

    def whole(self) -> bool:
        """Whether the pair is as it was."""
        primary, standby = self.hosts[PRIMARY], self.hosts[STANDBY]
        states = (primary.up, primary.state, standby.state, standby.scopes, standby.handover)
        return states == (True, HOT, HOT, (), False) and not primary.watcher


@dataclass
class Lock:
    """A lock that a test can lose."""

    run: str
    lost: bool = False
    freed: bool = False

    def free(self) -> None:
        self.freed = True


class Channel:
    """Answers as the programs of one host would."""

    def __init__(self, world: World, name: str) -> None:
        self._world = world
        self.name = name

    def hold(self, run: str) -> Lock:
        if "lock" in self._world.refuse:
            raise self._world.refuse["lock"]
        self._world.locks.append(Lock(run))
        return self._world.locks[-1]

    def program(self, name: str, request: Mapping[str, Any], patience: float = 60.0) -> Any:
        self._world.before(name)
        host = self._world.hosts[self.name]
        if not host.reachable:
            raise Unreachable(f"{self.name}: no route to host")
        if name == "observe":
            return self._report(host, request)
        self._world.calls.append((self.name, name, dict(request)))
        if name in self._world.refuse:
            raise self._world.refuse.pop(name)
        answer: Any = getattr(self, f"_{name}")(host, request)
        return answer

    def _report(self, host: Host, request: Mapping[str, Any]) -> dict[str, Any]:
        if self.name == STANDBY:
            self._world.step()
        other = self._world.hosts[PRIMARY if self.name == STANDBY else STANDBY]
        remote = {"last-state": other.state, "in-touch": other.up}
        servers = {"local": {"state": host.state, "scopes": list(host.scopes)}, "remote": remote}
        status = {"pid": host.pid, "high-availability": [{"ha-servers": servers}]}
        fresh = host.up and request["known_pid"] != host.pid
        reached = {"state": other.state, "error": ""} if other.up else {"error": "refused"}
        return {
            "units": {
                "kea-dhcp4": {
                    "active": "active" if host.up else "inactive",
                    "enabled": True,
                    "pid": host.pid if host.up else 0,
                    "started": 0.0,
                }
            },
            "kea": {
                "version": "3.0.3",
                "revision": "0123" if fresh else None,
                "status": status if host.up else None,
                "pid": host.pid if host.up else 0,
                "config": fresh,
                "error": None if host.up else "no such socket",
                "peer": reached,
            },
            "handover": {"scopes": [PRIMARY]} if host.handover else None,
            "lease_bytes": 0,
            "clock": time.time(),
        }

    def _returns(self, host: Host, request: Mapping[str, Any]) -> dict[str, object]:
        assert self.name == PRIMARY
        assert request["unit"] == "kea-dhcp4"
        standby = self._world.hosts[STANDBY]
        if request.get("cancel"):
            host.watcher = False
            if not host.up:
                host.up, host.state, host.scopes, host.steps = True, WAITING, (), 0
                host.pid += 1
            return {"started": True}
        assert request["after"] > 0
        host.up, host.watcher, standby.steps = False, True, 0
        return {"stopped": True}

    def _handover(self, host: Host, request: Mapping[str, Any]) -> dict[str, object]:
        assert self.name == STANDBY
        if request.get("end"):
            if host.state == HOT:
                host.scopes = ()
            host.handover = False
            return {"given_back": True}
        assert request["peer"]["url"] == "http://10.60.1.67:8005/"
        host.scopes, host.handover = tuple(request["scopes"]), True
        return {"taken": True}

    def _command(self, host: Host, request: Mapping[str, Any]) -> dict[str, str]:
        (command,) = request["ask"]
        assert command["command"] == "lease4-get-page"
        start, limit = command["arguments"]["from"], command["arguments"]["limit"]
        addresses = list(host.leases)
        at = 0 if start == "start" else addresses.index(start) + 1
        page = [
            {
                "ip-address": address,
                "state": host.leases[address][0],
                "cltt": int(time.time()),
                "valid-lft": host.leases[address][1],
            }
            for address in addresses[at : at + limit]
        ]
        answer = {"result": 0 if page else 3, "arguments": {"leases": page}}
        text = json.dumps({"answers": [answer]})
        return {"packed": base64.b64encode(zlib.compress(text.encode())).decode()}
