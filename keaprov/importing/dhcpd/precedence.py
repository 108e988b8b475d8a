"""Where Kea prefers another scope than dhcpd, a value leaves the site: it would not reach clients.

dhcpd: host, class, pool, subnet, shared network, all clients; a condition counts as its scope does.
Kea, options: host, pool, subnet, shared network, class, all clients. Kea, fields of the header:
host, class, then the networks (Kea 3.0.3, Dhcpv4Srv::buildCfgOptionList and setFixedFields).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from keaprov.importing.dhcpd.classes import VENDOR_43, Classes, Made
from keaprov.importing.dhcpd.lifetimes import WORDS
from keaprov.importing.dhcpd.networks import Network, Networks
from keaprov.importing.dhcpd.parameters import Key
from keaprov.importing.dhcpd.scopes import Kind

_HIDDEN = "a network sets it too, and Kea prefers the value of the network"
_HIDES = "a network inside sets it too, and Kea prefers the value of the class"
_FIRST = "a condition of a network sets it too, and Kea prefers the one of all clients"
_TIMES = "another scope sets lease times too, and a class in Kea has all three or none"


def settle(classes: Classes, networks: Networks) -> None:
    """Take out of the classes what Kea would prefer, or not prefer, unlike dhcpd."""
    local = [network for network in networks.made if network.scope.kind is not Kind.GLOBAL]
    for made in classes.made:
        made.lifetime = networks.made[0].lifetime
        _options(classes, made, local)
        _vendor(classes, made, local)
        others = [other for other in classes.made if other.settings is not made.settings]
        _lifetimes(classes, made, [*local, *(o for o in others if o.outer is not made.settings)])
    inner = [made for network in local for made in network.branches]
    for made in networks.made[0].branches:
        for key in [key for key in made.settings.options if _sets(inner, key)]:
            classes.dropped(made, key, _FIRST)
        for name in [name for name in made.settings.fields if _sets(inner, name)]:
            classes.dropped(made, name, _FIRST)
    inside: dict[Network, list[Network]] = {}
    for network in local:
        for outer in _outer(network):
            inside.setdefault(outer, []).append(network)
    for network in networks.made:
        around = list(_around(network))
        within = inside.get(network, [])
        for made in network.branches:
            _options(classes, made, around)
            for name in list(made.settings.fields):
                if any(name in other.settings.fields for other in within):
                    classes.dropped(made, name, _HIDES)


def _sets(listed: Sequence[Made], key: Key | str) -> bool:
    return any(key in made.settings.options or key in made.settings.fields for made in listed)


def _options(classes: Classes, made: Made, preferred: list[Network]) -> None:
    for key in list(made.settings.options):
        if any(key in network.settings.options for network in preferred):
            classes.dropped(made, key, _HIDDEN)


def _vendor(classes: Classes, made: Made, preferred: list[Network]) -> None:
    vendor = made.settings.vendor
    if vendor and any(VENDOR_43 in network.settings.options for network in preferred):
        for key in [key for key in made.settings.options if key[0] == vendor[0]]:
            classes.dropped(made, key, _HIDDEN)
        classes.reader.notes.keep(vendor[1], _HIDDEN)
        made.settings.vendor = None


def _lifetimes(classes: Classes, made: Made, others: Sequence[Network | Made]) -> None:
    times = made.settings.lifetimes
    if not times or set(times) == set(WORDS):
        return
    if any(other.settings.lifetimes for other in others if other.settings is not made.outer):
        for _, statement in times.values():
            classes.reader.notes.keep(statement, _TIMES)
        times.clear()


def _around(network: Network) -> Iterator[Network]:
    """Yield the network itself and those around it, but not the global scope."""
    if network.outer is not None:
        yield network
        yield from _around(network.outer)


def _outer(network: Network) -> list[Network]:
    """Return the networks around a network, the global scope too."""
    outer = [network.outer] if network.outer else []
    return [*outer, *(further for inner in outer for further in _outer(inner))]
