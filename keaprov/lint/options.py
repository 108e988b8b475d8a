"""Rules about options: names, codes and values, against the definitions that Kea has for them.

See Kea ARM, DHCPv4 Server: Standard DHCPv4 Options, and OptionDataParser::createOption in Kea's
src/lib/dhcpsrv/parsers/option_data_parser.cc.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from keaprov.errors import KeyPath
from keaprov.hexadecimal import octets_of
from keaprov.lint.config import Config, Raw
from keaprov.lint.definitions import (
    FOREIGN,
    SPACE,
    Definition,
    Definitions,
    is_space_name,
    suggested,
)
from keaprov.lint.option_cures import cure
from keaprov.lint.rule import Finding, error, warning
from keaprov.lint.values import (
    WANTED,
    misfit,
    misfit_octets,
    misread,
    short,
)
from keaprov.words import Suggestions

MARKS = {0: "padding", 255: "the end of the options"}
"""Codes of DHCPv4 that are not options (RFC 2132, section 3)."""
_MOST = 255
_NO_SPACE = "Write the name without spaces, as in Kea's manual (Standard DHCPv4 Options)."
_DEFINE = "Define it in option-def, or add `csv-format: false` and write hexadecimal digits."
"""Names for options that many clients read and Kea does not define (150: RFC 5859)."""


class Use(NamedTuple):
    """An option as it is used: where, its map, its definition if there is one.

    `defaults` is whether Kea fills in ``csv-format: true``, which it does for global options only.
    """

    path: KeyPath
    raw: Raw
    definition: Definition | None
    defaults: bool

    @property
    def space(self) -> str:
        """The option space."""
        return str(self.raw.get("space", SPACE))

    @property
    def code(self) -> int | None:
        """The code, that of the definition if only a name is written."""
        code = self.raw.get("code")
        if isinstance(code, int):
            return code
        return self.definition.code if self.definition else None

    @property
    def as_text(self) -> bool:
        """Whether Kea reads the value as text, not as hexadecimal digits."""
        known = self.definition is not None or self.defaults
        return self.raw.get("csv-format", known) is not False

    @property
    def only_cancels(self) -> bool:
        """Whether the option has no value, since it is never sent."""
        return self.raw.get("never-send") is True and "data" not in self.raw


def known(config: Config) -> Definitions:
    """Return the definitions of a configuration, made once."""
    return config.once("definitions", lambda: Definitions(config))


def uses(config: Config) -> list[Use]:
    """Return every option of a configuration, of all its scopes."""
    return config.once("uses", lambda: list(_uses(config)))


def _uses(config: Config) -> Iterator[Use]:
    definitions = known(config)
    for path, option, kind in config.options():
        code, name = option.get("code"), option.get("name")
        key = code if isinstance(code, int) else name
        space = option.get("space", SPACE)
        definition = None
        if isinstance(key, (int, str)) and isinstance(space, str):
            definition = definitions.find(space, key, path[:-2])
        yield Use(path, option, definition, kind == "global")


_KEYS = frozenset((
    "name", "code", "data", "space", "csv-format", "always-send", "never-send", "client-classes",
    "user-context", "comment",
))  # fmt: skip
"""The keys of an option (Kea ARM, Standard DHCPv4 Options)."""


@error(
    "KP501",
    "Write the option's name as in Kea's manual (Standard DHCPv4 Options), or add an option-def.",
)
def names(config: Config) -> Iterator[Finding]:
    """An option is one that is defined, by its name or its code; the two agree.

    An option without a definition has a code and hexadecimal data. A global one needs
    ``csv-format: false`` too; elsewhere Kea takes this for granted. If an option without name and
    code has an unknown key, the schema says what is meant by it.
    """
    for use in uses(config):
        name, code = use.raw.get("name"), use.raw.get("code")
        yield from _space(use)
        if not _is_identified(use):
            continue
        if isinstance(name, str) and " " in name:
            hint = known(config).by_number(use.space, name) or _NO_SPACE
            yield Finding(f"{name!r} is not the name of an option", (*use.path, "name"), hint)
        elif name is None and code is None and set(use.raw) <= _KEYS:
            yield Finding("the option has neither name nor code", use.path)
        elif use.definition is not None:
            if _is_contradicted(use):
                message = f"the code {code} is {use.definition.name}, not {name}"
                yield Finding(message, (*use.path, "code"), "Leave out one of the two.")
        elif known(config).may_be_meant(use.space, code if isinstance(code, int) else str(name)):
            pass  # the definition is reported
        elif isinstance(name, str) and code is None:
            near = known(config).by_number(use.space, name)
            near = near or _suggestions(config, use.space, use.path[:-2]).hint(name)
            hint = near or "Kea's names are in the manual; your own need an option-def."
            yield Finding(f"there is no option {name!r}", (*use.path, "name"), hint)
        elif use.as_text and isinstance(code, int):
            message = f"the option {code} of the space {use.space} has no definition"
            yield Finding(
                message,
                (*use.path, "code"),
                suggested(use.code, use.space, use.raw.get("data")) or _DEFINE,
            )
        mark = MARKS.get(code) if isinstance(code, int) else None
        if use.space == SPACE and mark and not use.only_cancels:
            message = f"the code {code} is reserved for {mark}"
            yield Finding(message, (*use.path, "code"), "Options have codes from 1 to 254.")


def _suggestions(config: Config, space: str, scope: KeyPath) -> Suggestions:
    """Return the names to suggest; those of one space are searched by all its scopes."""
    made: dict[tuple[str, KeyPath], Suggestions] = config.extra.setdefault("option names", {})
    definitions = known(config)
    key = (space, scope if scope in definitions.of_class else ())
    if key not in made:
        made[key] = Suggestions(definitions.names(*key))
    return made[key]


def _is_identified(use: Use) -> bool:
    """Whether its name, code and space can be read: if not, that is reported, and nothing else."""
    code, space = use.raw.get("code", 1), use.raw.get("space", SPACE)
    return (
        isinstance(use.raw.get("name", ""), str)
        and isinstance(code, int)
        and not isinstance(code, bool)
        and 0 <= code <= _MOST
        and isinstance(space, str)
        and not any(_space(use))
    )


def _is_contradicted(use: Use) -> bool:
    """Whether the name is not that of the code: the value may be for either of the two."""
    name = use.raw.get("name")
    return use.definition is not None and isinstance(name, str) and name != use.definition.name


def _space(use: Use) -> Iterator[Finding]:
    where = (*use.path, "space")
    if use.space == FOREIGN:
        hint = "Leave it out for an option of DHCPv4."
        yield Finding("the space dhcp6 belongs to DHCPv6", where, hint)
    elif not is_space_name(use.space):
        hint = "Letters, digits, - and _; a letter or digit first and last."
        yield Finding(f"{use.space!r} is not the name of an option space", where, hint)


@error(
    "KP502", "Write the value in the form of the option's type (Kea ARM, Standard DHCPv4 Options)."
)
def values(config: Config) -> Iterator[Finding]:
    """An option's value fits its definition: type, array, record, sub-options."""
    yield from _judgements(config)[0]


def refused(config: Config) -> set[KeyPath]:
    """Return the paths of the options whose value Kea refuses (KP502)."""
    paths = (finding.path for finding in _judgements(config)[0])
    return {path[:-1] if path[-1] == "data" else path for path in paths}


@error("KP505", "Write the value as the option's type needs it.", stricter=True)
def misread_values(config: Config) -> Iterator[Finding]:
    """Clients get the value that is written.

    Kea takes a value with too many fields and drops the rest (a comma within a text is written
    ``\\,``), sends an IPv6 address as four IPv4 addresses, and a list without any entry as an empty
    option.
    """
    yield from _judgements(config)[1]
    definitions = known(config)
    for use in uses(config):
        name = use.raw.get("name")
        if use.definition is None and not use.as_text and isinstance(name, str):
            other = definitions.find(use.space, name, use.path[:-2])
            if other is not None:
                message = f"{name} has the code {other.code}, but Kea sends the option {use.code}"
                yield Finding(message, (*use.path, "code"), "Leave out the name or the code.")


def _judgements(config: Config) -> tuple[list[Finding], list[Finding]]:
    """Return what is said of values that Kea refuses, and of those that it reads as others."""
    return config.once("judged values", lambda: _judged(config))


def _judged(config: Config) -> tuple[list[Finding], list[Finding]]:
    """Judge each value; the same value is judged once."""
    definitions = known(config)
    refusals: list[Finding] = []
    misreadings: list[Finding] = []
    judged: dict[tuple[object, ...], tuple[bool, str, str]] = {}
    for use in uses(config):
        data = use.raw.get("data", "")
        if not isinstance(data, str) or use.only_cancels or not _is_readable(use):
            continue
        key = (data, use.definition, use.as_text, use.space, use.code)
        if key not in judged:
            judged[key] = _judge(use, data, definitions)
        is_refused, message, hint = judged[key]
        if message:
            where = (*use.path, "data") if "data" in use.raw else use.path
            (refusals if is_refused else misreadings).append(Finding(message, where, hint))
    return refusals, misreadings


def _judge(use: Use, data: str, definitions: Definitions) -> tuple[bool, str, str]:
    """Return whether Kea refuses a value or reads it as another, with what is wrong and its cure.

    Without anything wrong the text is empty.
    """
    message, hint = _refused(use, data, definitions)
    if message or not use.as_text or use.definition is None:
        return True, message, hint
    return (False, *misread(use.definition, data))


def _is_readable(use: Use) -> bool:
    """Whether Kea gets as far as the value; if not, another rule says why."""
    if not _is_identified(use) or _is_contradicted(use):
        return False
    if use.definition is None:
        return not use.as_text and use.code is not None
    return set(use.definition.types) <= set(WANTED)


def _refused(use: Use, data: str, definitions: Definitions) -> tuple[str, str]:
    if use.as_text and use.definition is not None:
        return misfit(use.definition, data, definitions), cure(use.definition, data)
    octets = octets_of(data)
    if octets is None and use.definition is None:
        message = f"{short(data)} is not hexadecimal, and the option {use.code} has no definition"
        return message, suggested(use.code, use.space, use.raw.get("data")) or (
            "Write hexadecimal digits, or define the option in option-def."
        )
    if octets is None:
        hint = "Write digits like 0a0b or 0a:0b, or leave out `csv-format: false`."
        return f"{short(data)} is not hexadecimal", hint
    return (misfit_octets(use.definition, octets, definitions) if use.definition else ""), ""


@warning("KP504", "Keep one of the two.")
def twice(config: Config) -> Iterator[Finding]:
    """An option stands once in a scope, by its name or its code: Kea's answer holds one of two."""
    first: dict[tuple[object, ...], KeyPath] = {}
    for use in uses(config):
        name = use.raw.get("name") or (use.definition.name if use.definition else use.code)
        if use.raw.get("client-classes") or not isinstance(name, (str, int)):
            continue
        key = (use.path[:-1], use.space, name if use.code is None else use.code)
        if first.setdefault(key, use.path) != use.path:
            yield Finding(f"the option {name} stands twice in this scope", use.path)


RULES = (names, values, twice, misread_values)
