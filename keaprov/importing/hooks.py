"""Hook libraries: those that keaprov loads itself, those that a site carries, and the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from keaprov.errors import KeyPath
from keaprov.importing import relationship
from keaprov.importing.ledger import Ledger
from keaprov.importing.migration import databases, is_carried
from keaprov.lint.databases import DATABASE_HOOKS
from keaprov.model.names import HA, LEASE_CMDS, LIVE_CMDS, STAT_CMDS
from keaprov.paths import base_name

OWN = (LEASE_CMDS, STAT_CMDS, *LIVE_CMDS)


def split(dhcp4: dict[str, Any], ledger: Ledger) -> tuple[relationship.Peers, bool]:
    """Take the hooks that keaprov loads out of a ``Dhcp4`` map, in place.

    Return what the HA hook says, and whether the hooks for live changes were loaded.
    """
    peers = relationship.Peers()
    live = False
    carried: list[dict[str, Any]] = []
    libraries = dhcp4.pop("hooks-libraries", None)
    idle = _idle(dhcp4, libraries or ())
    for index, hook in enumerate(libraries or ()):
        path: KeyPath = ("Dhcp4", "hooks-libraries", index)
        name = base_name(hook["library"])
        parameters = hook.get("parameters")
        if name == HA:
            ledger.own((*path, "library"), "keaprov loads the HA hook for a pair")
            ledger.move(path, ("failover",))
            peers = relationship.read(parameters, (*path, "parameters"), ledger)
        elif name in OWN:
            live = live or name in LIVE_CMDS
            ledger.move(path, None)
            ledger.own((*path, "library"), f"keaprov loads {name}")
            for key in hook.keys() - {"library"}:
                if hook[key]:
                    ledger.keep((*path, key), hook[key], f"keaprov loads {name} with no {key}")
                else:
                    ledger.own((*path, key), "it is empty")
        elif name in idle:
            ledger.keep(path, hook, f"only {idle[name]} needs it, which the site does not have")
        elif not is_carried(hook):
            ledger.keep(path, hook, f"the parameters of {name} have a secret, which a site has not")
        else:
            if name != hook["library"]:
                words = f"is {name}: Kea 3.0 loads hooks from its own directory only"
                ledger.changed((*path, "library"), words)
            ledger.move(path, ("dhcp4", "hooks-libraries", len(carried)))
            carried.append({**hook, "library": name})
    if carried:
        dhcp4["hooks-libraries"] = carried
    elif libraries == []:
        ledger.own(("Dhcp4", "hooks-libraries"), "keaprov loads its hooks")
    return peers, live


def _idle(dhcp4: dict[str, Any], libraries: Collection[dict[str, Any]]) -> dict[str, str]:
    """Return the libraries of databases that only hooks need which a site does not carry.

    They come with the names of these hooks. Other packages have them, which a site's servers do not
    need then.
    """
    left_out = {base_name(hook["library"]): hook for hook in libraries if not is_carried(hook)}
    carried = [hook for hook in libraries if is_carried(hook)]
    needed = set(_needed({**dhcp4, "hooks-libraries": carried}))
    return {
        library: name
        for name, hook in left_out.items()
        for library in _needed({"hooks-libraries": [hook]})
        if library not in needed
    }


def _needed(dhcp4: dict[str, Any]) -> Iterator[str]:
    for _, database in databases(dhcp4, ("Dhcp4",)):
        if library := DATABASE_HOOKS.get(str(database.get("type"))):
            yield library
