"""What to do about a value that the schema does not take, and about a key that is missing."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from jsonschema.exceptions import ValidationError

from keaprov.errors import KeyPath
from keaprov.schema import habits
from keaprov.schema.form import BOUNDS, form
from keaprov.schema.habits import mac_of, range_of, without_blank

TYPES = {
    "object": "a map",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number with a point, such as 0.5",
    "boolean": "true or false",
    "null": "nothing",
}
_SECRET = "A secret is never written here: use {env: NAME}, {file: PATH} or {generate: true}."  # noqa: S105
_PASSWORD = (
    "In a site file, write {env: NAME} or {file: PATH} for a database; in Kea's files, text."  # noqa: S105
)
_ADDRESS = (
    "Write it as https://mirror.example.org/isc/kea-3-0. An address with a user, password or token "
    "is read from {env: NAME} or {file: PATH}."
)
_NETBOX = (
    "Write NetBox's address with https, as https://netbox.example.org: http would show the token "
    "to the network."
)
_ROLES = {
    **dict.fromkeys(("secondary", "backup", "slave", "passive", "hot-standby"), "standby"),
    **dict.fromkeys(("master", "main", "active"), "primary"),
}
"""Other words for the roles of a pair's servers."""
_LITERAL = (
    "Kea looks no name up: write the address itself, as 10.60.1.67 or 2001:db8::67, without "
    "brackets. For SSH alone, a name may be the HostName in the ssh configuration."
)
_RESERVATION = "Write it as `{hw-address: 00:11:22:33:44:55, ip-address: 172.20.10.5}`."
_LONGEST_EXAMPLE = 160
_LONGEST_TEXT = 240


def of_value(error: ValidationError, path: KeyPath, whole: Mapping[str, Any]) -> str:
    """Return what to do about a value of the wrong type, form or size.

    `whole` is the schema that the references of the value's schema are of.
    """
    if not path and not isinstance(error.instance, Mapping):
        return "A site file is a map of `site`, `servers` and more: `keaprov init DIR` writes one."
    wanted: Any = error.validator_value
    kinds = wanted if isinstance(wanted, list) else [wanted]
    key = path[-1] if path else None
    if key == "password" and (isinstance(error.instance, str) or kinds == ["object"]):
        return _SECRET
    if key in ("url", "key-url") and error.validator == "pattern":
        return _NETBOX if path[0] == "sources" else _ADDRESS
    if key == "address" and error.validator == "format":
        return habits.without_prefix(error.instance) or _LITERAL
    if key == "password" and kinds == ["string"]:
        return _PASSWORD
    number: Any = error.instance
    if error.validator == "type" and type(number) in (int, float) and math.isfinite(number):
        if wanted == "number":
            return f"Write {float(number)}."
        if wanted == "integer" and number == int(number):
            return f"Write {int(number)}."
    if error.validator == "type" and "string" in kinds and _is_plain_number(error.instance):
        return f"A plain number is read as a number. {_quoted(path, error.instance)}"
    if error.validator == "type" and key == "pool" and (ends := range_of(error.instance)):
        return f"Write `pool: {ends.text}`."
    if error.validator == "type" and not {"object", "array"}.isdisjoint(kinds):
        if cure := without_blank(error.instance):
            return cure
        if error.instance is None and path in (("servers",), ("dhcp4",)):
            return f"Indent the lines that belong to {path[0]}: by two blanks more than it."
        if kinds == ["object"] and "reservations" in path[-2:]:
            return _RESERVATION
        if own := habits.own_form(path, kinds[0], error.instance):
            return f"Write `{own}`."
    if key == "data" and (listed := habits.joined(error.instance)):
        return f'Write `data: "{listed}"`.'
    if error.validator == "type" and _example(path):
        return _example(path)
    if kinds == ["boolean"]:
        return _general(error, path, whole)
    if kinds == ["array"] and isinstance(error.instance, str) and key == "interfaces":
        return f"Write a list: `interfaces: [{error.instance}]`."
    if error.validator == "enum" and _ROLES.get(str(error.instance).lower()) in wanted:
        return f"Write {_ROLES[str(error.instance).lower()]}."
    words = described(error.schema if isinstance(error.schema, Mapping) else {})
    if words and (error.validator in BOUNDS or kinds in (["integer"], ["number"])):
        general = _general(error, path, whole)
        return general if "Kea counts" in general else f"{general} {words}"
    return words or _general(error, path, whole)


def _is_plain_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _quoted(path: KeyPath, number: object) -> str:
    if path[-1:] == ("hw-address",):
        text = str(getattr(number, "text", number))
        return f'Write the address with colons, in quotes: "{mac_of(text)}".'
    if path[-1:] in (("ip-address",), ("next-server",)):
        return "Write an IPv4 address, as 172.20.10.5."
    if path[-2:] == ("kea", "version"):
        return 'Write the whole version in quotes: "3.0.3".'
    if isinstance(number, float):
        return "Write the text in quotes, as it stands."
    return f'Write the text in quotes: "{getattr(number, "text", number)}".'


_EXAMPLES = {
    "reservations": (
        "Write a list (`- {hw-address: 00:11:22:33:44:55, ip-address: 172.20.10.5}`), or "
        "`{csv: reservations.csv}` for a table."
    ),
    "ntp.pools": "Write a list: `pools: [2.rocky.pool.ntp.org]`.",
    "pools": "Write a list: `pools: [172.20.10.100 - 172.20.10.199]`.",
    "subnet4": "Write each subnet as a map: `- {id: 10, subnet: 172.20.10.0/24}`.",
    "shared-networks": (
        "Write each shared network as a map: "
        "`- {name: floor-1, subnet4: [{id: 10, subnet: 172.20.10.0/24}]}`."
    ),
    "dhcp4.client-classes": "Write each class as a map: `- {name: phones, test: …}`.",
    "client-classes": "Write the names of classes: `client-classes: [phones]`.",
    "option-data": "Write `option-data: {routers: 172.20.10.254}`.",
    "option-def": (
        "Write each definition as a map: "
        "`- {name: tftp-servers, code: 150, type: ipv4-address, array: true}`."
    ),
    "hooks-libraries": "Write each library as a map: `- {library: libdhcp_flex_id.so}`.",
    "failover": "Write `failover: {}` for the defaults.",
    "api": "Write `api: {}` for the defaults.",
    "control-agent": "Write `control-agent: {}` for the defaults.",
}
"""How a value is written, by the key that it stands under, or by the last two of its keys."""
_FORMS = {
    "next-server": "Write the IPv4 address of the server that has the boot file: 172.20.10.5.",
    "user": "Write a name without a colon, as HTTP's basic authentication has it.",
    "management": "Write addresses or prefixes: `management: [10.20.0.0/24, 2001:db8:20::/64]`.",
    "interfaces": "Write interfaces as Kea names them: ens18, ens18/10.60.1.67, ens18.10 or *.",
    "pools": "Write names or addresses: `pools: [2.rocky.pool.ntp.org]`.",
    "servers": "Write names or addresses: `servers: [ntp1.example.org]`.",
}
"""What a text has to be if it does not have the right form, by its key."""


def _example(path: KeyPath) -> str:
    """Return how a value of the right type is written at a place, "" if that needs no words."""
    keys = [step for step in path if isinstance(step, str)]
    return _EXAMPLES.get(".".join(keys[-2:]).lower()) or _EXAMPLES.get(_place(path), "")


def _place(path: KeyPath) -> str:
    return next((str(step) for step in reversed(path) if isinstance(step, str)), "")


def _general(error: ValidationError, path: KeyPath, whole: Mapping[str, Any]) -> str:
    key = _place(path)
    if error.validator in ("pattern", "format") and key in _FORMS:
        return _FORMS[key]
    listed = bool(path) and isinstance(path[-1], int)
    written = form(error, key, listed, whole)
    return written or (f"Correct the value of {key}." if key else "Correct the value.")


def described(schema: Mapping[str, Any]) -> str:
    """Return what a schema says of a key, of a long text the first sentence; a short example."""
    text = str(schema.get("description", ""))
    if len(text) > _LONGEST_TEXT:
        text = text.partition(". ")[0] + "."
    if schema.get("examples"):
        example = json.dumps(schema["examples"][0], ensure_ascii=False)
        if len(example) <= _LONGEST_EXAMPLE:
            text += f" Example: {example}"
        else:
            text += " docs/site.md has an example."
    return text.strip()
