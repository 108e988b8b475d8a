"""Rules about options: names, codes and values, against the standard definitions and the site's.

The standard definitions (`schema/options.csv`) are Kea 3.0's; see RFC 2132 and Kea ARM, DHCPv4
Server: Standard DHCPv4 Options.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from keaprov.errors import Path
from keaprov.lint.plan import Plan, Raw, maps
from keaprov.lint.rule import Finding, error, warning
from keaprov.lint.values import Definition, hexadecimal, misfit, misfit_octets, short
from keaprov.words import Suggestions, did_you_mean

SPACE = "dhcp4"
TYPES = (
    "empty", "binary", "boolean", "int8", "int16", "int32", "uint8", "uint16", "uint32",
    "ipv4-address", "ipv6-address", "ipv6-prefix", "psid", "string", "tuple", "fqdn", "record",
    "internal",
)  # fmt: skip
"""Types that an option's definition may have (Kea ARM, Custom DHCPv4 Options)."""
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?\Z")


@cache
def standard() -> tuple[Definition, ...]:
    """Return Kea's own definitions of DHCPv4's options."""
    text = files("keaprov").joinpath("schema/options.csv").read_text("utf-8")
    return tuple(
        Definition(row["name"], int(row["code"]), tuple(row["type"].split()), row["array"] != "")
        for row in csv.DictReader(io.StringIO(text))
    )


class Definitions:
    """The definitions that a site's options are held against, by space, name and code."""

    def __init__(self, plan: Plan) -> None:
        self.by_name = {(SPACE, one.name): one for one in standard()}
        self.by_code = {(SPACE, one.code): one for one in standard()}
        self.spaces = {SPACE}
        for _, raw in definitions(plan):
            made = _definition(raw)
            if made is not None:
                space = str(raw.get("space", SPACE))
                self.spaces.add(space)
                self.by_name[space, made.name] = made
                self.by_code[space, made.code] = made

    def names(self, space: str) -> list[str]:
        """Return the names that are defined in a space."""
        return [name for known, name in self.by_name if known == space]


def definitions(plan: Plan) -> Iterator[tuple[Path, Raw]]:
    """Yield the site's own definitions, those of client classes too."""
    for scope in plan.scopes:
        if scope.kind in ("global", "class"):
            for index, raw in maps(scope.raw.get("option-def")):
                yield (*scope.path, "option-def", index), raw


def _definition(raw: Raw) -> Definition | None:
    name, code, kind = raw.get("name"), raw.get("code"), raw.get("type")
    if not isinstance(name, str) or not isinstance(code, int) or not isinstance(kind, str):
        return None
    record = [one.strip() for one in str(raw.get("record-types", "")).split(",")]
    types = tuple(record) if kind == "record" else (kind,)
    return Definition(name, code, types, raw.get("array") is True)


def _known(plan: Plan) -> Definitions:
    found: Definitions | None = plan.extra.get("definitions")
    if found is None:
        found = plan.extra["definitions"] = Definitions(plan)
    return found


@error(
    "KP501",
    "Write the option's name as in Kea's manual (Standard DHCPv4 Options), or add an option-def.",
)
def names(plan: Plan) -> Iterator[Finding]:
    """An option is one that is defined, by its name or its code; the two agree."""
    known = _known(plan)
    suggestions = {space: Suggestions(known.names(space)) for space in known.spaces}
    for path, option, _ in plan.options():
        space = str(option.get("space", SPACE))
        name, code = option.get("name"), option.get("code")
        if name is None and code is None:
            yield Finding("the option has neither name nor code", path)
        elif isinstance(name, str) and (space, name) not in known.by_name:
            if isinstance(code, int) and (space, code) not in known.by_code:
                continue
            if space in known.spaces or isinstance(code, int) is False:
                near = suggestions[space].hint(name) if space in suggestions else ""
                hint = near or ("Kea's names are in the manual; your own need an option-def.")
                yield Finding(f"there is no option {name!r}", (*path, "name"), hint)
        elif isinstance(name, str) and isinstance(code, int):
            right = known.by_name[space, name].code
            if right != code:
                yield Finding(f"{name} has the code {right}, not {code}", (*path, "code"))
    for path, option, _ in plan.options():
        code = option.get("code")
        if isinstance(code, int) and option.get("space", SPACE) == SPACE and code in (0, 255):
            yield Finding(
                f"code {code} is reserved: it marks padding (0) or the end of options (255)",
                (*path, "code"),
            )


@error(
    "KP502", "Write the value in the form of the option's type (Kea ARM, Standard DHCPv4 Options)."
)
def values(plan: Plan) -> Iterator[Finding]:
    """An option's value fits its definition: type, array, record."""
    known = _known(plan)
    checked: dict[tuple[object, ...], str] = {}
    for path, option, _ in plan.options():
        data = option.get("data", "")
        if not isinstance(data, str):
            continue
        named = (repr(option.get(one)) for one in ("space", "name", "code", "csv-format"))
        key = (data, *named)
        if key not in checked:
            checked[key] = _wrong(known, option, data)
        if checked[key]:
            yield Finding(checked[key], (*path, "data") if "data" in option else path)


def _wrong(known: Definitions, option: Raw, data: str) -> str:
    space = str(option.get("space", SPACE))
    found = known.by_name.get((space, str(option.get("name"))))
    code = option.get("code")
    if found is None and isinstance(code, int):
        found = known.by_code.get((space, code))
    if found is None and "code" not in option:
        return ""  # `names` says so
    if option.get("csv-format") is False or (found is None and "csv-format" not in option):
        octets = hexadecimal(data)
        if octets is None:
            return f"{short(data)} is not hexadecimal"
        return misfit_octets(found, octets) if found else ""
    if found is None:
        return "an option without a definition needs csv-format false and hexadecimal data"
    return misfit(found, data)


@error("KP503", "Correct the definition; your own options take the codes 224 to 254.")
def own_definitions(plan: Plan) -> Iterator[Finding]:
    """An option-def has a type that Kea knows, and redefines nothing."""
    seen: dict[tuple[object, ...], Path] = {}
    fixed = {one.code: one.name for one in standard()}
    named = {one.name: one.code for one in standard()}
    for path, raw in definitions(plan):
        space, kind = str(raw.get("space", SPACE)), raw.get("type")
        code = raw["code"] if isinstance(raw.get("code"), int) else None
        name = raw["name"] if isinstance(raw.get("name"), str) else None
        if isinstance(kind, str) and kind not in TYPES:
            yield Finding(
                f"{kind!r} is not an option type", (*path, "type"), did_you_mean(kind, TYPES)
            )
        yield from _record(path, raw)
        if name is not None and not _NAME.match(name):
            yield Finding(f"{name!r} is not an option name", (*path, "name"))
        if space == SPACE and code is not None and code in fixed:
            yield Finding(f"the code {code} is {fixed[code]}'s", (*path, "code"), "Use 224 to 254.")
        if space == SPACE and name in named:
            yield Finding(f"{name!r} is the standard's name for {named[name]}", (*path, "name"))
        if space == SPACE and code in (0, 255):
            yield Finding(
                f"code {code} is reserved: it marks padding (0) or the end of options (255)",
                (*path, "code"),
            )
        home = path[:-2]
        if code is not None and (home, space, code) in seen:
            yield Finding(f"the code {code} is defined twice", (*path, "code"))
        elif name is not None and (home, space, name) in seen:
            yield Finding(f"{name!r} is defined twice", (*path, "name"))
        seen.setdefault((home, space, code), path)
        seen.setdefault((home, space, name), path)


def _record(path: Path, raw: Raw) -> Iterator[Finding]:
    given = raw.get("record-types", "")
    record = [one.strip() for one in given.split(",")] if isinstance(given, str) and given else []
    if raw.get("type") == "record" and len(record) < 2:
        yield Finding("a record needs record-types, two at least", path)
    if record and raw.get("type") != "record":
        yield Finding("record-types belong to the type record", (*path, "record-types"))
    for kind in record:
        if kind not in TYPES or kind in ("record", "empty", "internal"):
            message = f"{kind!r} is not a type of a field"
            yield Finding(message, (*path, "record-types"), did_you_mean(kind, TYPES))
    if str(raw.get("type")) in ("string", "binary", "empty") and raw.get("array") is True:
        yield Finding(f"the elements of an array of {raw['type']} have no bounds", (*path, "array"))
    space = raw.get("encapsulate")
    if isinstance(space, str) and space:
        if raw.get("array") is True:
            yield Finding("an array cannot encapsulate a space", (*path, "encapsulate"))
        if space == raw.get("space", SPACE):
            yield Finding("an option cannot encapsulate its own space", (*path, "encapsulate"))


@warning("KP504", "Keep one of the two.")
def twice(plan: Plan) -> Iterator[Finding]:
    """An option stands once in a scope: of two, Kea's answer holds one."""
    seen: dict[tuple[object, ...], Path] = {}
    for path, option, _ in plan.options():
        if option.get("client-classes"):
            continue
        what = str(option.get("name") or option.get("code"))
        first = seen.setdefault((path[:-1], str(option.get("space", SPACE)), what), path)
        if first != path:
            yield Finding(f"the option {what} stands twice in this scope", path)


RULES = (names, values, own_definitions, twice)
