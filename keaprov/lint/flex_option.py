"""A rule about the options that libdhcp_flex_option.so adds, replaces and removes.

Source: FlexOptionImpl::parseOptionConfig and parseSubOption in Kea's
src/hooks/dhcp/flex_option/flex_option.cc; Kea ARM, Flexible Option Actions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from keaprov.errors import KeyPath
from keaprov.lint import options
from keaprov.lint.config import Config, Raw, as_map, maps
from keaprov.lint.definitions import SPACE, Definition, Definitions, is_space_name
from keaprov.lint.rule import Finding, error
from keaprov.words import did_you_mean

LIBRARY = "libdhcp_flex_option.so"
Find = Callable[[str, int | str], Definition | None]
"""From an option space and a name or code to the definition."""
ACTIONS = ("add", "supersede", "remove")


@error("KP714")
def actions(config: Config) -> Iterator[Finding]:
    """An entry of flex_option names an option that is defined, and has one action.

    With ``sub-options`` the actions are theirs, and each sub-option has one entry.
    ``kea-dhcp4 -t`` does not load the library, and finds nothing wrong.
    """
    definitions = options.known(config)
    for path, hook, library in config.hooks:
        if library == LIBRARY:
            taken: set[tuple[int, int]] = set()
            where = (*path, "parameters", "options")
            for index, entry in maps(as_map(hook.get("parameters")).get("options")):
                yield from _option(entry, (*where, index), definitions, taken)


def _option(
    entry: Raw, path: KeyPath, definitions: Definitions, taken: set[tuple[int, int]]
) -> Iterator[Finding]:
    space = str(entry.get("space", SPACE))
    definition = _by_key(entry, space, definitions.without_vendors)
    yield from _identity(entry, path, space, definitions, definition)
    if "sub-options" not in entry:
        yield from _action(entry, path)
        return
    for action in ACTIONS:
        if action in entry:
            hint = f"Move {action} into the sub-options, or leave these out."
            yield Finding(f"sub-options and {action} exclude each other", (*path, action), hint)
    for index, inner in maps(entry["sub-options"]):
        where = (*path, "sub-options", index)
        inner_space = inner.get("space", definition.encapsulates if definition else "")
        if not inner_space:
            hint = "Name the option space of the sub-option: `space: …`."
            yield Finding("the option space of this sub-option is unknown", where, hint)
            continue
        inner_definition = _by_key(inner, str(inner_space), definitions.find)
        yield from _identity(inner, where, str(inner_space), definitions, inner_definition)
        yield from _action(inner, where)
        option, code = _code(entry, definition), _code(inner, inner_definition)
        if option is None or code is None:
            continue
        if (option, code) in taken:
            hint = "Keep one entry for each sub-option."
            yield Finding(f"sub-option {code} of option {option} comes twice", where, hint)
        taken.add((option, code))


def _by_key(entry: Raw, space: str, find: Find) -> Definition | None:
    name, code = entry.get("name"), entry.get("code")
    if isinstance(name, str):
        return find(space, name)
    return find(space, code) if isinstance(code, int) else None


def _code(entry: Raw, definition: Definition | None) -> int | None:
    code = entry.get("code")
    return code if isinstance(code, int) else definition.code if definition else None


def _identity(
    entry: Raw, path: KeyPath, space: str, definitions: Definitions, definition: Definition | None
) -> Iterator[Finding]:
    """Yield why an entry does not say which option it is about."""
    code, name = entry.get("code"), entry.get("name")
    if not {"code", "name"} & set(entry):
        yield Finding("which option it is about is missing", path, "Add its name, or its code.")
    if not is_space_name(space):
        hint = "Write letters, digits, - and _ only."
        yield Finding(f"{space!r} is not a name of an option space", (*path, "space"), hint)
    elif isinstance(name, str) and name and definition is None:
        hint = (
            did_you_mean(name, definitions.names(space))
            or "Write its name in Kea's manual, or add an option-def."
        )
        yield Finding(f"no option {name!r} in the space {space}", (*path, "name"), hint)
    elif name is None and definition is None and entry.get("csv-format") is True:
        hint = "Define the option (option-def), or leave csv-format out."
        yield Finding(f"no option {code} in the space {space}", (*path, "code"), hint)
    if isinstance(name, str) and definition and isinstance(code, int) and definition.code != code:
        hint = "Write the name or the code."
        yield Finding(f"{name} has the code {definition.code}", (*path, "code"), hint)
    if isinstance(code, int) and code in options.MARKS and space == SPACE:
        hint = "Write the code of an option: 1 to 254."
        yield Finding(f"{code} is {options.MARKS[code]}, not an option", (*path, "code"), hint)


def _action(entry: Raw, path: KeyPath) -> Iterator[Finding]:
    given = [action for action in ACTIONS if action in entry]
    if not given:
        hint = f"Add {', '.join(ACTIONS[:-1])} or {ACTIONS[-1]}, with an expression."
        yield Finding("an entry without an action", path, hint)
    for action in given[1:]:
        message = f"{given[0]} and {action} exclude each other"
        yield Finding(message, (*path, action), "Write an entry for each.")


RULES = (actions,)
