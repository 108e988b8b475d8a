"""Kea's commands for each difference between two configurations, with those that undo them.

They are the commands of libdhcp_subnet_cmds, libdhcp_class_cmds and libdhcp_host_cmds (Kea ARM,
hook libraries).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keaprov.model import Json
from keaprov.model.names import IDENTIFIERS


@dataclass(frozen=True, slots=True)
class Command:
    """A command, and the commands that undo it; each is ``{"command": …, "arguments": {…}}``.

    One that belongs to the one before it is undone with that one, and has no words.
    """

    do: Json
    undo: tuple[Json, ...]
    words: str

    @property
    def request(self) -> dict[str, Any]:
        """The command as a host takes it (files/host/taking.py)."""
        return {"do": self.do, "undo": list(self.undo)}


def undo(steps: Sequence[Command]) -> list[Mapping[str, Any]]:
    """Return the commands that undo these steps, in their order."""
    return [command for step in reversed(steps) for command in step.undo]


def as_commanded(value: Any) -> Any:
    """Return a configuration as Kea's commands take it: comments where a file's parser puts them.

    A comment in a file becomes part of the user-context; in a command it is refused, or lost.
    """
    if isinstance(value, list | tuple):
        return [as_commanded(element) for element in value]
    if not isinstance(value, Mapping):
        return value
    made = {
        key: entry if key in ("user-context", "parameters") else as_commanded(entry)
        for key, entry in value.items()
        if key != "comment"
    }
    if isinstance(value.get("comment"), str):
        made["user-context"] = {**made.get("user-context", {}), "comment": value["comment"]}
    return made


class Parts:
    """A configuration's parts by their names: classes, networks, subnets, reservations."""

    def __init__(self, body: Json) -> None:
        networks = body.get("shared-networks") or []
        self.classes = {entry["name"]: entry for entry in body.get("client-classes") or []}
        self.networks = {network["name"]: _less(network, "subnet4") for network in networks}
        self.subnets: dict[int, Json] = {}
        self.network_of: dict[int, str | None] = {}
        self.hosts: dict[tuple[int, str, str], Json] = {}
        self.hosts_of: dict[int, dict[tuple[int, str, str], Json]] = {}
        self._take(None, body.get("subnet4") or [])
        for network in networks:
            self._take(network["name"], network.get("subnet4") or [])
        self._hosts(0, body.get("reservations") or [])

    def _take(self, network: str | None, subnets: Sequence[Json]) -> None:
        for subnet in subnets:
            self.subnets[subnet["id"]] = _less(subnet, "reservations")
            self.network_of[subnet["id"]] = network
            self._hosts(subnet["id"], subnet.get("reservations") or [])

    def _hosts(self, subnet: int, reservations: Sequence[Json]) -> None:
        own = self.hosts_of.setdefault(subnet, {})
        for reservation in reservations:
            kind = next(key for key in IDENTIFIERS if key in reservation)
            own[subnet, kind, str(reservation[kind]).lower()] = reservation
        self.hosts |= own


def _less(element: Json, key: str) -> dict[str, Any]:
    return {name: value for name, value in element.items() if name != key}


def kea_command(name: str, /, **arguments: Any) -> dict[str, Any]:
    """Return a command as Kea takes it; ``_`` in an argument's name stands for ``-``."""
    return {
        "command": name,
        "arguments": {key.replace("_", "-"): value for key, value in arguments.items()},
    }


def classes(old: Parts, new: Parts) -> Iterator[Command]:
    """Yield the commands for client classes that are new, or that change."""
    for name, client_class in new.classes.items():
        remove = kea_command("class-del", name=name)
        if name not in old.classes:
            add = kea_command("class-add", client_classes=[client_class])
            yield Command(add, (remove,), f"add class {name}")
        elif client_class != old.classes[name]:
            there = kea_command("class-update", client_classes=[client_class])
            back = kea_command("class-update", client_classes=[old.classes[name]])
            yield Command(there, (back,), f"change class {name}")


def networks(old: Parts, new: Parts) -> Iterator[Command]:
    """Yield the commands for shared networks that are new."""
    for name, network in new.networks.items():
        if name not in old.networks:
            add = kea_command("network4-add", shared_networks=[network])
            yield Command(add, (_no_network(name),), f"add shared network {name}")


def _no_network(name: str) -> dict[str, Any]:
    return kea_command("network4-del", name=name, subnets_action="keep")


def subnets(old: Parts, new: Parts) -> Iterator[Command]:
    """Yield the commands for subnets that are new, or that change in place."""
    for number, subnet in new.subnets.items():
        words = f"subnet {number} ({subnet['subnet']})"
        if number not in old.subnets:
            first, *then = add_subnet(new, number)
            remove = (kea_command("subnet4-del", id=number),)
            yield Command(first, remove, f"add {words}")
            yield from (Command(command, (), "") for command in then)
        elif subnet != old.subnets[number]:
            there = kea_command("subnet4-update", subnet4=[subnet])
            back = kea_command("subnet4-update", subnet4=[old.subnets[number]])
            yield Command(there, (back,), f"change {words}")


def add_subnet(body: Parts, number: int) -> list[Json]:
    """Return the commands that add a subnet, its place in a network, and its reservations."""
    commands = [kea_command("subnet4-add", subnet4=[body.subnets[number]])]
    if network := body.network_of[number]:
        commands.append(kea_command("network4-subnet-add", name=network, id=number))
    here = body.hosts_of[number]
    return [*commands, *(_host("add", key, reservation) for key, reservation in here.items())]


def hosts(old: Parts, new: Parts) -> Iterator[Command]:
    """Yield the steps for reservations of subnets that stay: removals first, to free addresses."""
    stays = {number for number in new.subnets if number in old.subnets} | {0}
    for key, reservation in old.hosts.items():
        if key[0] in stays and key not in new.hosts:
            remove, back = _no_host(key, reservation), _host("add", key, reservation)
            yield Command(remove, (back,), f"remove {_words(key)}")
    for key, reservation in new.hosts.items():
        if key in old.hosts and old.hosts[key] != reservation:
            back = _host("update", key, old.hosts[key])
            yield Command(_host("update", key, reservation), (back,), f"change {_words(key)}")
    for key, reservation in new.hosts.items():
        if key[0] in stays and key not in old.hosts:
            add, back = _host("add", key, reservation), _no_host(key, reservation)
            yield Command(add, (back,), f"add {_words(key)}")


def _words(key: tuple[int, str, str]) -> str:
    return f"reservation {key[2]}"


def _host(what: str, key: tuple[int, str, str], reservation: Json) -> dict[str, Any]:
    in_subnet = {**reservation, "subnet-id": key[0]}
    return kea_command(f"reservation-{what}", reservation=in_subnet, operation_target="memory")


def _no_host(key: tuple[int, str, str], reservation: Json) -> dict[str, Any]:
    return kea_command(
        "reservation-del",
        subnet_id=key[0],
        identifier_type=key[1],
        identifier=reservation[key[1]],
        operation_target="memory",
    )


def remove_subnet(body: Parts, number: int) -> Command:
    """Return the command that removes a subnet."""
    back = tuple(add_subnet(body, number))
    words = f"remove subnet {number} ({body.subnets[number]['subnet']})"
    return Command(kea_command("subnet4-del", id=number), back, words)


def removals(old: Parts, new: Parts) -> Iterator[Command]:
    """Yield the commands that take away subnets, shared networks and classes."""
    for number in old.subnets:
        if number not in new.subnets:
            yield remove_subnet(old, number)
    for name, network in old.networks.items():
        if name not in new.networks:
            back = (kea_command("network4-add", shared_networks=[network]),)
            yield Command(_no_network(name), back, f"remove shared network {name}")
    for name, client_class in old.classes.items():
        if name not in new.classes:
            back = (kea_command("class-add", client_classes=[client_class]),)
            yield Command(kea_command("class-del", name=name), back, f"remove class {name}")
