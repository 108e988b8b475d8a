"""Rules about definitions of options (Kea ARM, Custom DHCPv4 Options; OptionDefParser)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from keaprov.errors import KeyPath
from keaprov.lint.config import Config, Raw
from keaprov.lint.definitions import (
    SPACE,
    builtin,
    deferred,
    is_space_name,
    option_defs,
    record_types,
)
from keaprov.lint.options import MARKS
from keaprov.lint.rule import Finding, error
from keaprov.words import did_you_mean

TYPES = (
    "empty", "binary", "boolean", "int8", "int16", "int32", "uint8", "uint16", "uint32",
    "ipv4-address", "ipv6-address", "ipv6-prefix", "psid", "string", "tuple", "fqdn", "record",
    "internal",
)  # fmt: skip
"""Types that an option's definition may have."""
FIELDS = tuple(kind for kind in TYPES if kind not in ("record", "empty", "internal"))
"""Types that a field of a record may have."""
_ENDLESS = ("string", "binary")
"""Types without a length: nothing can follow them."""
_SINGLE = (*_ENDLESS, "empty", "internal")
"""Types that no array can have."""
_LETTERS = "Letters, digits, - and _; a letter or digit first and last."


@error("KP503", "Correct the definition; your own options take the codes 224 to 254.")
def own_definitions(config: Config) -> Iterator[Finding]:
    """An option-def has a type that Kea knows, and redefines nothing.

    A client class defines option 43 and the options 224 to 254 of the space dhcp4, no others; its
    definitions hold in this class only (Kea ARM, Private DHCPv4 Options).
    """
    first: set[tuple[object, ...]] = set()
    for path, raw in option_defs(config):
        yield from _form(path, raw)
        yield from _type(path, raw)
        yield from _encapsulated(path, raw)
        for key in ("code", "name"):
            value, space = raw.get(key), _space(raw)
            if not isinstance(value, (int, str)):
                continue
            builtin_definition = builtin().get((space, value))
            if builtin_definition is not None:
                standard = f"{builtin_definition.name} ({builtin_definition.code})"
                message = f"{value!r} is Kea's own option {standard} of the space {space}"
                hint = "Take a code from 224 to 254." if key == "code" and space == SPACE else ""
                yield Finding(message, (*path, key), hint)
            entry = (path[:-2], space, value)
            if entry in first:
                yield Finding(f"the {key} {value!r} is defined twice", (*path, key))
            first.add(entry)


def _space(raw: Raw) -> str:
    return str(raw.get("space", SPACE))


def _form(path: KeyPath, raw: Raw) -> Iterator[Finding]:
    """Yield what is wrong in names, spaces and codes."""
    name, code, space = raw.get("name"), raw.get("code"), _space(raw)
    if isinstance(name, str) and not is_space_name(name):
        yield Finding(f"{name!r} is not an option name", (*path, "name"), _LETTERS)
    if not is_space_name(space):
        message = f"{space!r} is not the name of an option space"
        yield Finding(message, (*path, "space"), _LETTERS)
    if not isinstance(code, int):
        return
    if space == SPACE and code in MARKS:
        yield Finding(f"the code {code} is reserved for {MARKS[code]}", (*path, "code"))
    if "client-classes" in path and not deferred(space, code):
        message = f"a client class cannot define the option {code} of the space {space}"
        hint = "A class defines option 43 and 224 to 254; move this to the global option-def."
        yield Finding(message, (*path, "code"), hint)


def _type(path: KeyPath, raw: Raw) -> Iterator[Finding]:
    kind, fields = raw.get("type"), record_types(raw)
    if isinstance(kind, str) and kind not in TYPES:
        yield Finding(f"{kind!r} is not an option type", (*path, "type"), _meant(kind, TYPES))
    if kind == "record" and len(fields) < 2:
        yield Finding("a record needs record-types, two at least", path)
    if fields and kind != "record":
        yield Finding("record-types belong to the type record", (*path, "record-types"))
    for index, field in enumerate(fields):
        where = (*path, "record-types")
        if field not in FIELDS:
            hint = _meant(field, FIELDS)
            yield Finding(f"{field!r} is not a type of a field", where, hint)
        if field in _ENDLESS and index < len(fields) - 1:
            yield Finding(f"a {field} has no end: it can only be the last field", where)
    last = fields[-1] if kind == "record" and fields else kind
    if last in (_ENDLESS if kind == "record" else _SINGLE) and raw.get("array") is True:
        yield Finding(f"the elements of an array of {last} have no bounds", (*path, "array"))


_OTHER_WORDS = {
    **dict.fromkeys(("ip-address", "ip", "ipv4", "address", "ip-addresses"), "ipv4-address"),
    **dict.fromkeys(("ipv6", "ip6-address"), "ipv6-address"),
    **dict.fromkeys(("text", "str", "ascii"), "string"),
    **dict.fromkeys(("hex", "octets", "bytes", "opaque", "raw"), "binary"),
    **dict.fromkeys(("bool", "flag"), "boolean"),
    **dict.fromkeys(("domain", "domain-name", "domain-list", "hostname", "name"), "fqdn"),
    **dict.fromkeys(("byte", "char", "unsigned integer 8"), "uint8"),
    **dict.fromkeys(("short", "word", "unsigned integer 16"), "uint16"),
    **dict.fromkeys(("int", "integer", "long", "unsigned integer 32"), "uint32"),
}
"""Other programs' words for the types of options (dhcp-options(5) among them)."""


def _meant(kind: object, known: Collection[str]) -> str:
    """Return which type is meant, "" if that is not clear."""
    text = str(kind).lower().replace("_", "-")
    array = " With `array: true` it is a list." if text.startswith("array of ") else ""
    text = text.removeprefix("array of ")
    other = text if text in known else _OTHER_WORDS.get(text)
    return f"Did you mean {other}?{array}" if other in known else did_you_mean(str(kind), known)


def _encapsulated(path: KeyPath, raw: Raw) -> Iterator[Finding]:
    space, where = raw.get("encapsulate"), (*path, "encapsulate")
    if not isinstance(space, str) or not space:
        return
    if not is_space_name(space):
        yield Finding(f"{space!r} is not the name of an option space", where, _LETTERS)
    if raw.get("array") is True:
        yield Finding("an array cannot encapsulate a space", where)
    if space == _space(raw):
        yield Finding("an option cannot encapsulate its own space", where)


RULES = (own_definitions,)
