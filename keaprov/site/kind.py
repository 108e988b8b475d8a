"""What a file is, by what it holds: a site, Kea's own configuration, or another program's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from keaprov import schema
from keaprov.errors import NOWHERE, KeyPath, Mark, Problem

KEA_MAPS = ("Dhcp4", "Control-agent")
"""The maps of Kea's own files that can be checked."""
_OTHERS = {
    "Dhcp6": "kea-dhcp6",
    "DhcpDdns": "kea-dhcp-ddns",
    "Netconf": "kea-netconf",
}
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
        return None
    site = schema.schema("site")["properties"]
    for key, program in _OTHERS.items():
        if key in raw:
            message = f"this is the configuration of {program}"
            return Problem("KP207", message, NOWHERE, (key,), f"{_CHECKED} Ask `{program} -t`.")
    known = schema.schema("dhcp4")["properties"]
    if not any(key in site for key in raw) and any(key in known for key in raw):
        message = "the keys of a Dhcp4 map stand on the first level"
        hint = 'Put them in {"Dhcp4": {…}} for Kea, or below `dhcp4:` in a site file.'
        return Problem("KP207", message, NOWHERE, (next(key for key in raw if key in known),), hint)
    return None


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
