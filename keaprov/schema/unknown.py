"""What to do about a key that the schema does not know: another name, another place, the list."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib.resources import files

from keaprov.words import did_you_mean, meant, nearest

_DDNS = "Kea 2.5.8 removed it from dhcp-ddns: write ddns-{} in the Dhcp4 map."
_V6 = "It is a key of Dhcp6, which has a file of its own."
MOVED = {
    "reservation-mode": (
        "Kea 2.5.8 removed it: use reservations-global, reservations-in-subnet and "
        "reservations-out-of-pool (true or false)."
    ),
    "Logging": 'Since Kea 1.6 loggers stand in the Dhcp4 map: {"Dhcp4": {"loggers": […]}}.',
    **{
        key: _DDNS.format(key)
        for key in (
            "qualifying-suffix",
            "generated-prefix",
            "override-no-update",
            "override-client-update",
            "replace-client-name",
        )
    },
    "always-include-fqdn": "Kea has no such key any more: leave it out.",
    "allow-client-update": "Kea has no such key any more: leave it out.",
    "interface-id": f"{_V6} For IPv4 use `relay` or a client class.",
    "preferred-lifetime": f"{_V6} For IPv4 use valid-lifetime.",
    "subnet6": _V6,
    "pd-pools": _V6,
    "rapid-commit": _V6,
    "<<": (
        "`<<` merge keys are YAML 1.1, which a site file is not. Write the keys out, or repeat a "
        "whole value with an alias (*NAME)."
    ),
}
"""Keys that Kea knew once, or knows in another file (ChangeLog of Kea, 2238 and 2239)."""
_NETMASK = "The prefix says it: `subnet: 172.20.10.0/24`."
_OF_SERVERS = {
    **dict.fromkeys(("ip", "ip-address", "ipv4", "addr", "host", "hostname"), "address"),
    **dict.fromkeys(("interface", "iface", "nic", "device", "ports"), "interfaces"),
}
"""Other words for the keys of a server."""
_EXCLUDING = ("exclude", "excludes", "excluded", "excluded-address", "exclude-addresses")
_OCTETS = re.compile("[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}")
_LISTS = {
    "site": "docs/site.md lists all keys (`keaprov schema site`)",
    "dhcp4": "`keaprov schema dhcp4` lists all keys",
    "ctrl-agent": "`keaprov schema ctrl-agent` lists all keys",
    "hooks": "`keaprov schema hooks` lists all keys",
    "ha": "`keaprov schema ha` lists all keys",
}
_FEW = 8


@cache
def _options() -> frozenset[str]:
    text = files("keaprov").joinpath("schema/options.csv").read_text("utf-8")
    return frozenset(row["name"] for row in csv.DictReader(io.StringIO(text)))


def cure(
    key: str,
    known: Collection[str],
    schema: str,
    homes: Mapping[str, Sequence[str]],
    *,
    near: bool,
) -> str:
    """Return what to do about an unknown key.

    `known` are the keys of its place, `schema` the name of the schema whose list has them all,
    and `homes` the places that know a key. Keys that look like it are named if `near` is true: to
    look for them takes a while.
    """
    if key in MOVED:
        return MOVED[key]
    if {"role", "interfaces"}.issubset(known) and _plain(key) in _OF_SERVERS:
        return did_you_mean(_OF_SERVERS[_plain(key)], known)
    if "pools" in known and _plain(key) in _EXCLUDING:
        return (
            "Kea leaves out what no pool has: write the pool in two parts, around these addresses."
        )
    if "pools" in known and _plain(key) in ("vlan", "vlan-id", "vlanid"):
        return "Write `user-context: {vlan: …}`: Kea chooses the subnet by the relay's address."
    if {"hw-address", "ip-address"}.issubset(known) and _OCTETS.fullmatch(key):
        return f"Write `{{hw-address: {key}, ip-address: …}}`."
    if "csv-format" in known and _plain(key) in ("option", "opt"):
        return did_you_mean("name", known)
    if f"{key}es" in known:
        return f"Kea has a list here: write `{key}es: […]`."
    if "option-data" in known and "subnet" in known and meant(key) == "subnet-mask":
        return _NETMASK
    option = key if key in _options() else meant(key)
    if "csv-format" in known and option in _options():
        return f"Write `{{name: {option}, data: …}}`, or all options as a map: `{option}: …`."
    if "option-data" in known and option in _options() and option not in known:
        return f"It is an option: write `option-data: {{{option}: …}}`."
    if meant(key) not in known and (places := homes.get(key)):
        return f"Write it in {' or '.join(places)}."
    if hint := did_you_mean(key, known, near=near):
        return hint
    if len(known) <= _FEW:
        return f"Known here: {', '.join(known)}."
    whole = _LISTS.get(schema, _LISTS["dhcp4"])
    return f"The nearest are {', '.join(nearest(key, known))}; {whole}." if near else f"{whole}."


def _plain(key: str) -> str:
    return key.lower().replace("_", "-").replace(" ", "-")
