"""From the running configuration to the wanted one by Kea's own commands, where Kea has them.

The commands are those of libdhcp_subnet_cmds, libdhcp_class_cmds and libdhcp_host_cmds (Kea ARM,
hook libraries): they change the running server at once, reload no hook, and HA goes on. What has
no command, or none that leaves no gap, is a reason for a rolling restart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from keaprov.ha.renumbering import removed, renumbered, renumbering
from keaprov.ha.unshown import unshown_change
from keaprov.model import Json
from keaprov.model.names import IDENTIFIERS

PARTS = ("subnet4", "shared-networks", "client-classes", "reservations", "user-context")
"""The parts that are compared element by element; of user-context, the revision does not count."""
NOT_BY_COMMAND = ("offer-lifetime",)
"""What class-add and class-update refuse [measured, Kea 3.0.3]."""
MOST = 2000
"""Commands for one server; a restart is quicker than more."""


@dataclass(frozen=True, slots=True)
class Step:
    """A command, and the commands that undo it; each is ``{"command": …, "arguments": {…}}``.

    A step that belongs to the one before it is undone with that one, and has no words.
    """

    do: Json
    undo: tuple[Json, ...]
    words: str

    @property
    def request(self) -> dict[str, Any]:
        """The step as a host takes it (files/host/taking.py)."""
        return {"do": self.do, "undo": list(self.undo)}


@dataclass(frozen=True, slots=True)
class Live:
    """The steps of a live change on one server, in their order.

    `grow` may run on a standby before its primary; `shrink` takes away what the primary's lease
    updates name, so it runs on the primary first. Kea's HA hook counts rejected lease updates.
    `renumber` comes first of all, and only while the peer is not in service.
    """

    grow: tuple[Step, ...] = ()
    shrink: tuple[Step, ...] = ()
    renumber: tuple[Step, ...] = ()

    @property
    def words(self) -> str:
        """The steps in words."""
        steps = (*self.renumber, *self.grow, *self.shrink)
        return ", ".join(step.words for step in steps if step.words)


def live(running: Json, wanted: Json) -> Live | str:
    """Return the steps from one ``Dhcp4`` body to another, or why it needs a rolling restart."""
    differing = [key for key in {**running, **wanted} if key not in PARTS]
    differing = [key for key in differing if running.get(key) != wanted.get(key)]
    if differing:
        return f"{', '.join(sorted(differing))}: Kea has no command that changes this"
    contexts = [_without_revision(body.get("user-context", {})) for body in (running, wanted)]
    if contexts[0] != contexts[1]:
        return "user-context: Kea has no command that changes this"
    if hidden := unshown_change(running, wanted):
        return f"{hidden}: Kea does not show its data, so only a restart proves the change"
    changed = renumbering(running, wanted)
    if changed and changed.obstacle:
        return f"{changed.words}, and its leases keep the old one: {changed.obstacle}"
    renumber = renumber_steps(running, wanted)
    between = renumbered(running, wanted) if changed else running
    old, new = _Body(as_commanded(between)), _Body(as_commanded(wanted))
    if reason := _reason(old, new):
        return reason
    grow = (*_classes(old, new), *_networks(old, new), *_subnets(old, new), *_hosts(old, new))
    shrink = tuple(_shrink(old, new))
    removes = old.subnets.keys() - new.subnets.keys()
    if len(grow) + len(shrink) > MOST and not removes:  # else the standby would reject leases
        return f"{len(grow) + len(shrink)} commands: a restart is quicker"
    if changed and (grow or shrink):
        return f"{changed.words}, together with other changes"
    return Live(grow, shrink, renumber)


def renumber_steps(running: Json, wanted: Json) -> tuple[Step, ...]:
    """Return the steps that give subnets of one ``Dhcp4`` body the ids of another.

    The subnets that are not wanted any more go first: another one may get their id. The leases are
    for files/host/renumber.py.
    """
    changed = renumbering(running, wanted)
    if not changed:
        return ()
    old, new = (_Body(as_commanded(body)) for body in (running, renumbered(running, wanted)))
    steps = list(removal_steps(running, wanted))
    steps += [replace(_remove_subnet(old, number), words="") for number in changed.ids]
    for before, number in changed.ids.items():
        first, *then = _add_subnet(new, number)
        back = (_command("subnet4-del", id=number),)
        words = f"subnet {before} ({changed.prefixes[before]}) gets the id {number}"
        steps += [Step(first, back, words), *(Step(command, (), "") for command in then)]
    return tuple(steps)


def removal_steps(running: Json, wanted: Json) -> tuple[Step, ...]:
    """Return the steps that remove the subnets that are not wanted any more, and nothing else."""
    old = _Body(as_commanded(running))
    return tuple(_remove_subnet(old, number) for number in removed(running, wanted))


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


def _without_revision(context: Json) -> dict[str, Any]:
    return {key: value for key, value in context.items() if key != "keaprov"}


class _Body:
    """A configuration's parts by their names: classes, networks, subnets, reservations."""

    def __init__(self, body: Json) -> None:
        networks = body.get("shared-networks") or []
        self.classes = {entry["name"]: entry for entry in body.get("client-classes") or []}
        self.networks = {network["name"]: _less(network, "subnet4") for network in networks}
        self.subnets: dict[int, Json] = {}
        self.network_of: dict[int, str | None] = {}
        self.hosts: dict[tuple[int, str, str], Json] = {}
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
        for reservation in reservations:
            kind = next(key for key in IDENTIFIERS if key in reservation)
            self.hosts[subnet, kind, str(reservation[kind]).lower()] = reservation


def _less(element: Json, key: str) -> dict[str, Any]:
    return {name: value for name, value in element.items() if name != key}


def _reason(old: _Body, new: _Body) -> str | None:
    kept = [name for name in old.classes if name in new.classes]
    if list(new.classes)[: len(kept)] != kept:
        return "client-classes: their order changes, and Kea adds a class at the end only"
    for name in {**old.classes, **new.classes}:
        before, after = old.classes.get(name, {}), new.classes.get(name, {})
        unknown = [key for key in NOT_BY_COMMAND if key in before or key in after]
        if unknown and before != after:
            return f"client class {name}: Kea's commands do not know {', '.join(unknown)}"
    for name, network in new.networks.items():
        if name in old.networks and old.networks[name] != network:
            return f"shared network {name}: Kea has no command that changes one in place"
    for number, subnet in new.subnets.items():
        if number not in old.subnets:
            continue
        if old.subnets[number]["subnet"] != subnet["subnet"]:
            return f"subnet {number} gets another prefix: Kea cannot change that in place"
        if old.network_of[number] != new.network_of[number]:
            return f"subnet {number} moves to another shared network: clients would see the gap"
    return None


def _command(name: str, /, **arguments: Any) -> dict[str, Any]:
    return {
        "command": name,
        "arguments": {key.replace("_", "-"): value for key, value in arguments.items()},
    }


def _classes(old: _Body, new: _Body) -> Iterator[Step]:
    for name, client_class in new.classes.items():
        remove = _command("class-del", name=name)
        if name not in old.classes:
            add = _command("class-add", client_classes=[client_class])
            yield Step(add, (remove,), f"add class {name}")
        elif client_class != old.classes[name]:
            there = _command("class-update", client_classes=[client_class])
            back = _command("class-update", client_classes=[old.classes[name]])
            yield Step(there, (back,), f"change class {name}")


def _networks(old: _Body, new: _Body) -> Iterator[Step]:
    for name, network in new.networks.items():
        if name not in old.networks:
            add = _command("network4-add", shared_networks=[network])
            yield Step(add, (_no_network(name),), f"add shared network {name}")


def _no_network(name: str) -> dict[str, Any]:
    return _command("network4-del", name=name, subnets_action="keep")


def _subnets(old: _Body, new: _Body) -> Iterator[Step]:
    for number, subnet in new.subnets.items():
        words = f"subnet {number} ({subnet['subnet']})"
        if number not in old.subnets:
            first, *then = _add_subnet(new, number)
            remove = (_command("subnet4-del", id=number),)
            yield Step(first, remove, f"add {words}")
            yield from (Step(command, (), "") for command in then)
        elif subnet != old.subnets[number]:
            there = _command("subnet4-update", subnet4=[subnet])
            back = _command("subnet4-update", subnet4=[old.subnets[number]])
            yield Step(there, (back,), f"change {words}")


def _add_subnet(body: _Body, number: int) -> list[Json]:
    """Return the commands that add a subnet, its place in a network, and its reservations."""
    commands = [_command("subnet4-add", subnet4=[body.subnets[number]])]
    if network := body.network_of[number]:
        commands.append(_command("network4-subnet-add", name=network, id=number))
    here = ((key, reservation) for key, reservation in body.hosts.items() if key[0] == number)
    return [*commands, *(_host("add", key, reservation) for key, reservation in here)]


def _hosts(old: _Body, new: _Body) -> Iterator[Step]:
    """Yield the steps for reservations of subnets that stay: removals first, to free addresses."""
    stays = {number for number in new.subnets if number in old.subnets} | {0}
    for key, reservation in old.hosts.items():
        if key[0] in stays and key not in new.hosts:
            remove, back = _no_host(key, reservation), _host("add", key, reservation)
            yield Step(remove, (back,), f"remove {_words(key)}")
    for key, reservation in new.hosts.items():
        if key in old.hosts and old.hosts[key] != reservation:
            back = _host("update", key, old.hosts[key])
            yield Step(_host("update", key, reservation), (back,), f"change {_words(key)}")
    for key, reservation in new.hosts.items():
        if key[0] in stays and key not in old.hosts:
            add, back = _host("add", key, reservation), _no_host(key, reservation)
            yield Step(add, (back,), f"add {_words(key)}")


def _words(key: tuple[int, str, str]) -> str:
    return f"reservation {key[2]}"


def _host(what: str, key: tuple[int, str, str], reservation: Json) -> dict[str, Any]:
    in_subnet = {**reservation, "subnet-id": key[0]}
    return _command(f"reservation-{what}", reservation=in_subnet, operation_target="memory")


def _no_host(key: tuple[int, str, str], reservation: Json) -> dict[str, Any]:
    return _command(
        "reservation-del",
        subnet_id=key[0],
        identifier_type=key[1],
        identifier=reservation[key[1]],
        operation_target="memory",
    )


def _remove_subnet(body: _Body, number: int) -> Step:
    back = tuple(_add_subnet(body, number))
    words = f"remove subnet {number} ({body.subnets[number]['subnet']})"
    return Step(_command("subnet4-del", id=number), back, words)


def _shrink(old: _Body, new: _Body) -> Iterator[Step]:
    for number in old.subnets:
        if number not in new.subnets:
            yield _remove_subnet(old, number)
    for name, network in old.networks.items():
        if name not in new.networks:
            back = (_command("network4-add", shared_networks=[network]),)
            yield Step(_no_network(name), back, f"remove shared network {name}")
    for name, client_class in old.classes.items():
        if name not in new.classes:
            back = (_command("class-add", client_classes=[client_class]),)
            yield Step(_command("class-del", name=name), back, f"remove class {name}")


def undo(steps: Sequence[Step]) -> list[Mapping[str, Any]]:
    """Return the commands that undo these steps, in their order."""
    return [command for step in reversed(steps) for command in step.undo]
