"""From the running configuration to the wanted one by Kea's own commands, where Kea has them.

The commands (`keaprov.ha.commands`) change the running server at once, reload no hook, and HA goes
on. What has no command, or none that leaves no gap, is a reason for a rolling restart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from keaprov.ha import commands
from keaprov.ha.commands import Command, Parts, as_commanded
from keaprov.ha.renumbering import removed, renumbered, renumbering
from keaprov.ha.unshown import unshown_change
from keaprov.model import Json

PARTS = ("subnet4", "shared-networks", "client-classes", "reservations", "user-context")
"""The parts that are compared element by element; of user-context, the revision does not count."""
NOT_BY_COMMAND = ("offer-lifetime",)
"""What class-add and class-update refuse [measured, Kea 3.0.3]."""
MOST = 2000
"""Commands for one server; a restart is quicker than more."""


@dataclass(frozen=True, slots=True)
class Live:
    """The steps of a live change on one server, in their order.

    `grow` may run on a standby before its primary; `shrink` takes away what the primary's lease
    updates name, so it runs on the primary first. Kea's HA hook counts rejected lease updates.
    `renumber` comes first of all, and only while the peer is not in service.
    """

    grow: tuple[Command, ...] = ()
    shrink: tuple[Command, ...] = ()
    renumber: tuple[Command, ...] = ()

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
    old, new = Parts(as_commanded(between)), Parts(as_commanded(wanted))
    if reason := _reason(old, new):
        return reason
    grow = (
        *commands.classes(old, new),
        *commands.networks(old, new),
        *commands.subnets(old, new),
        *commands.hosts(old, new),
    )
    shrink = tuple(commands.removals(old, new))
    removes = old.subnets.keys() - new.subnets.keys()
    if len(grow) + len(shrink) > MOST and not removes:  # else the standby would reject leases
        return f"{len(grow) + len(shrink)} commands: a restart is quicker"
    if changed and (grow or shrink):
        return f"{changed.words}, together with other changes"
    return Live(grow, shrink, renumber)


def renumber_steps(running: Json, wanted: Json) -> tuple[Command, ...]:
    """Return the steps that give subnets of one ``Dhcp4`` body the ids of another.

    The subnets that are not wanted any more go first: another one may get their id. The leases are
    for files/host/renumber.py.
    """
    changed = renumbering(running, wanted)
    if not changed:
        return ()
    old, new = (Parts(as_commanded(body)) for body in (running, renumbered(running, wanted)))
    steps = list(removal_steps(running, wanted))
    steps += [replace(commands.remove_subnet(old, number), words="") for number in changed.ids]
    for before, number in changed.ids.items():
        first, *then = commands.add_subnet(new, number)
        back = (commands.kea_command("subnet4-del", id=number),)
        words = f"subnet {before} ({changed.prefixes[before]}) gets the id {number}"
        steps += [Command(first, back, words), *(Command(command, (), "") for command in then)]
    return tuple(steps)


def removal_steps(running: Json, wanted: Json) -> tuple[Command, ...]:
    """Return the steps that remove the subnets that are not wanted any more, and nothing else."""
    old = Parts(as_commanded(running))
    return tuple(commands.remove_subnet(old, number) for number in removed(running, wanted))


def _without_revision(context: Json) -> dict[str, Any]:
    return {key: value for key, value in context.items() if key != "keaprov"}


def _reason(old: Parts, new: Parts) -> str | None:
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
