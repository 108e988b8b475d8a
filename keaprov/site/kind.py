"""What a file is, by what it holds: a site, Kea's own configuration, or another program's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from keaprov import schema
from keaprov.errors import NOWHERE, KeyPath, Mark, Problem
from keaprov.words import and_more, did_you_mean, shortened

KEA_MAPS = ("Dhcp4", "Control-agent")
"""The maps of Kea's own files that can be checked."""
_OTHERS = {
    "Dhcp6": "kea-dhcp6",
    "DhcpDdns": "kea-dhcp-ddns",
    "Netconf": "kea-netconf",
}
_SITE = "A site file has the keys site, servers and dhcp4: `keaprov init DIR` writes one."
_CHECKED = "keaprov checks site files, kea-dhcp4.conf and kea-ctrl-agent.conf."


class KeaFile(NamedTuple):
    """A configuration of Kea; `path` is where it stands in an answer of ``config-get``."""

    body: Mapping[str, Any]
    path: KeyPath = ()


def kea_file(raw: Any) -> KeaFile | None:
    """Return Kea's own configuration, also from an answer of ``config-get``; None for the rest.

    A site file with ``Dhcp4`` in place of ``dhcp4`` is a site file.
    """
    path: KeyPath = ()
    if isinstance(raw, list) and len(raw) == 1:
        raw, path = raw[0], (0,)
    if isinstance(raw, Mapping) and "result" in raw and isinstance(raw.get("arguments"), Mapping):
        body = {key: value for key, value in raw["arguments"].items() if key != "hash"}
        raw, path = body, (*path, "arguments")
    elif path:
        return None
    if isinstance(raw, Mapping) and any(key in raw for key in KEA_MAPS):
        return None if {"site", "servers"} <= set(raw) else KeaFile(raw, path)
    return None


def foreign(raw: Any) -> Problem | None:
    """Return why a file is neither a site nor one of Kea's that can be checked; None for a site."""
    answer, path = (raw[0], (0,)) if isinstance(raw, list) and len(raw) == 1 else (raw, ())
    if isinstance(answer, Mapping) and isinstance(answer.get("result"), int):
        return _no_configuration(answer, path)
    if not isinstance(raw, Mapping):
        return _inner(answer, path)
    site = schema.schema("site")["properties"]
    for key, program in _OTHERS.items():
        if key in raw:
            message = f"this is the configuration of {program}"
            return Problem("KP207", message, NOWHERE, (key,), f"{_CHECKED} Ask `{program} -t`.")
    if not {"site", "servers", "dhcp4"}.isdisjoint(raw):
        return None
    for key in raw:
        if not isinstance(key, str):
            continue
        if key.lower() in ("dhcp4", "dhcpv4"):
            message = f"Kea's map is Dhcp4, not {key}"
            hint = 'Write {"Dhcp4": {…}} for Kea, or `dhcp4:` in a site file.'
            return Problem("KP207", message, NOWHERE, (key,), hint)
        if inner := _inner(raw[key], (key,)):
            return inner
    if isinstance(raw.get("command"), str):
        message = f"this is a command to Kea ({raw['command'][:40]}), not its configuration"
        return Problem("KP207", message, NOWHERE, ("command",), _CHECKED)
    known = schema.schema("dhcp4")["properties"]
    if not any(key in site for key in raw) and any(key in known for key in raw):
        message = "the keys of a Dhcp4 map stand on the first level"
        hint = 'Put them in {"Dhcp4": {…}} for Kea, or below `dhcp4:` in a site file.'
        return Problem("KP207", message, NOWHERE, (next(key for key in raw if key in known),), hint)
    if raw and not any(key in site or did_you_mean(str(key), site) for key in raw):
        names = f"{shortened(str(next(iter(raw))), 40)}{and_more(len(raw) - 1)}"
        message = f"this is not a site file: on the first level it has {names}"
        return Problem("KP207", message, NOWHERE, (next(iter(raw)),), _SITE)
    return None


def _inner(value: Any, path: KeyPath) -> Problem | None:
    """Return a problem if Kea's map is within another value, such as the arguments of a command."""
    if not path or not isinstance(value, Mapping):
        return None
    key = next((key for key in KEA_MAPS if isinstance(value.get(key), Mapping)), None)
    if key is None:
        return None
    around = "a list" if isinstance(path[0], int) else f"the key {path[0]!r}"
    hint = f'Save what is within it: {{"{key}": {{…}}}}.'
    message = f"the {key} map stands within {around}"
    return Problem("KP207", message, NOWHERE, (*path, key), hint)


def _no_configuration(answer: Mapping[str, Any], path: KeyPath) -> Problem:
    """Return why an answer of Kea's has no configuration of kea-dhcp4 or the control agent."""
    text = answer.get("text")
    words = f": {text}" if isinstance(text, str) and text else ""
    if answer["result"] != 0:
        hint = "Ask kea-dhcp4 for config-get again, and save an answer whose result is 0."
        return Problem("KP207", f"Kea returned an error{words}", NOWHERE, (*path, "result"), hint)
    message = f"this answer of Kea has no Dhcp4 map{words}"
    return Problem("KP207", message, NOWHERE, path or ("result",), "Save the answer of config-get.")


def not_a_site(name: str) -> Problem:
    """Return what to say where a site file is needed and the file is Kea's own."""
    message = "this is Kea's own configuration, not a site file"
    hint = (
        "`keaprov check` checks it. To render or deploy, give a site file (`keaprov init` writes "
        "one); its `dhcp4` takes this configuration."
    )
    return Problem("KP207", message, Mark(name, 1, 1), hint=hint)
