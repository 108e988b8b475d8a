"""The commented sample and the reference page of the site file, both out of its schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from textwrap import fill
from typing import Any

from keaprov.schema import schema

_WIDTH = 92
_PLAIN = re.compile(r"[A-Za-z0-9_/.][A-Za-z0-9_ /.:-]*\Z")
_AMBIGUOUS = re.compile(r"[-+.0-9xoe]+\Z|true\Z|false\Z|null\Z", re.IGNORECASE)
_HEAD = "# Change what is yours, run `keaprov check site.yaml`, then pyinfra inventory.py deploy.py"
COMMENTED_OUT = "commented out in the sample"
"""The ``$comment`` of a key whose example is not everybody's."""
_KINDS = {
    "object": "map", "array": "list", "string": "text", "integer": "number", "boolean": "boolean",
}  # fmt: skip


def site() -> str:
    """Return a commented site file with every key of the first level, but deprecated ones."""
    parts = [_HEAD]
    for key, node in schema("site")["properties"].items():
        if node.get("deprecated"):
            continue
        comment = fill(node["description"], _WIDTH, initial_indent="# ", subsequent_indent="# ")
        entry = _entry(key, node["examples"][0], "", node)
        if node.get("$comment") == COMMENTED_OUT:
            entry = "\n".join(f"# {line}" for line in entry.splitlines())
        parts.append(f"{comment}\n{entry}")
    return "\n\n".join(parts) + "\n"


def _entry(key: str, value: Any, indent: str, node: Mapping[str, Any]) -> str:
    flow = f"{indent}{key}: {_flow(value)}"
    notes = node.get("properties", {})
    if not isinstance(value, (dict, list)) or (len(flow) <= _WIDTH and not _nested(value)):
        return flow
    inner = indent + "  "
    if isinstance(value, dict):
        lines = [
            _noted_entry(name, part, inner, notes.get(name, {})) for name, part in value.items()
        ]
    else:
        lines = [_item(part, inner) for part in value]
    return "\n".join([f"{indent}{key}:", *lines])


def _nested(value: Any) -> bool:
    parts = value.values() if isinstance(value, dict) else value
    return any(isinstance(part, dict) for part in parts) and len(value) > 1


def _item(value: Any, indent: str) -> str:
    lines = "\n".join(_entry(name, part, indent + "  ", {}) for name, part in value.items())
    return f"{indent}- {lines.lstrip()}"


def _noted_entry(key: str, value: Any, indent: str, node: Mapping[str, Any]) -> str:
    """Return an entry with the first sentence of its description behind it, if it is a line."""
    node = {**_referred(node), **node}
    line = _entry(key, value, indent, node)
    note = str(node.get("description", "")).partition(". ")[0].rstrip(".")
    return f"{line:30}  # {note}" if note and "\n" not in line else line


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str) and _PLAIN.match(value) and not _AMBIGUOUS.match(value):
        return value
    if isinstance(value, str) and value.count(".") == 3 and _PLAIN.match(value):
        return value
    return json.dumps(value, ensure_ascii=False)


_TABLES = """\
## Tables of reservations

`reservations: {csv: FILE}` reads a table, in a subnet or in `dhcp4`; the name is relative to the \
site file.

| | |
|---|---|
| encoding | UTF-8, with or without a byte-order mark (Excel: `CSV UTF-8`). Another encoding is an \
error that names the line. |
| separator | comma, semicolon or tab, whichever the first line has most; or a first line `sep=;` |
| quoting | a field that holds the separator, a line break or a double quote stands in double \
quotes; a double quote in it is written twice |
| first line | the columns' names, in any case. `mac`, `ip` and `name` stand for `hw-address`, \
`ip-address` and `hostname`. |
| rows | empty rows and fields are left out, a row may end early, and empty columns at the end \
do not count |

| column | |
|---|---|
| `hw-address` | `00:11:22:33:44:55`, `00-11-22-33-44-55`, `0011.2233.4455` or `001122334455` |
| `client-id` `duid` `circuit-id` `flex-id` | the other identifiers: one identifier in each row |
| `ip-address` `hostname` | what the client gets |
| `client-classes` | names, separated by spaces or commas |
| `next-server` `server-hostname` `boot-file-name` | the fields of the DHCP header |
| `option.NAME` `option.CODE` | an option, by Kea's name or by its code: \
`option.boot-file-name`; also `option:66`, `option 66` |
| `comment` | Kea keeps it with the reservation |
| `subnet` or `subnet-id` or `vlan` | which subnet the row belongs to: its prefix, its `id`, or \
`vlan` in its `user-context` |

With one of the last three columns, one table serves all VLANs. Name it in `dhcp4`:

```yaml
dhcp4:
  reservations: {csv: all.csv}
  subnet4:
    - {id: 10, subnet: 172.20.10.0/24, user-context: {vlan: User}}
    - {id: 60, subnet: 172.20.60.0/24, user-context: {vlan: Voice}}
```

```text
vlan;mac;ip;name;option.boot-file-name
User;00-11-22-33-44-55;172.20.10.5;printer;
Voice;00-11-22-33-44-66;172.20.60.5;phone;phone.cfg
```
"""


def page() -> str:
    """Return the reference of the site file, as Markdown."""
    head = (
        "# The site file\n\nYAML 1.2, or JSON with Kea's comments, trailing commas and includes. "
        "`keaprov check` recognises a file by what it holds. Keys of the first level that start "
        "with `x-` are yours: a place for YAML anchors (`x-usual: &usual {…}`, repeated as "
        "`*usual`). `<<` merge keys are YAML 1.1 and do not work. This page is made from the "
        "schema (`keaprov schema site`).\n"
    )
    return "\n".join([head, *_sections(), _TABLES])


def _sections() -> Iterator[str]:
    whole = schema("site")
    for key, node in whole["properties"].items():
        needed = " Required." if key in whole["required"] else ""
        yield f"## {key}\n\n{node['description']}{needed}\n"
        rows = list(_rows("", node))
        if rows:
            yield "| key | value | default | |\n|---|---|---|---|"
            yield from rows
            yield ""
        yield f"```yaml\n{_entry(key, node['examples'][0], '', {})}\n```\n"


def _rows(prefix: str, node: Mapping[str, Any]) -> Iterator[str]:
    named = node.get("additionalProperties")
    if isinstance(named, Mapping):
        yield from _rows(f"{prefix}NAME.", named)
    for key, raw in node.get("properties", {}).items():
        part = {**_referred(raw), **raw}
        if "not" in part:
            continue
        default = f"`{_flow(part['default'])}`" if "default" in part else ""
        example = f" Example: `{_flow(part['examples'][0])}`." if "examples" in part else ""
        words = part.get("description", "").replace("|", "\\|")
        yield f"| `{prefix}{key}` | {_kind(part)} | {default} | {words}{example} |"
        yield from _rows(f"{prefix}{key}.", part)


def _referred(node: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(node.get("$ref", "")).rpartition("/")[2]
    part: Mapping[str, Any] = schema("site")["$defs"].get(name, {})
    return part


def _kind(node: Mapping[str, Any]) -> str:
    if "enum" in node:
        return " or ".join(f"`{value}`" for value in node["enum"])
    if "const" in node:
        return f"`{_flow(node['const'])}`"
    kinds = node.get("type", "")
    listed = [kinds] if isinstance(kinds, str) else kinds
    words = " or ".join(_KINDS.get(kind, kind) for kind in listed if kind != "null")
    if "minimum" in node and "maximum" in node:
        words += f", {node['minimum']} to {node['maximum']}"
    return words
