"""The expressions of a configuration: where they stand, and whether Kea can parse them.

Client classes have them, and hook libraries (Kea ARM, Using Expressions in Classification; Kea's
sources: `EvalContext::parseString` and its callers).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from keaprov.errors import KeyPath
from keaprov.expression import Kind, Parsed, parse, place
from keaprov.lint import options
from keaprov.lint.config import Config, as_map, maps
from keaprov.lint.definitions import SPACE
from keaprov.lint.rule import Finding, error
from keaprov.words import Suggestions

ITEM = "[]"
"""A step of a parameter's path: each item of a list."""
_FLEX_OPTION = {"add": Kind.VALUE, "supersede": Kind.VALUE, "remove": Kind.CONDITION}
_PARAMETERS: dict[str, tuple[tuple[tuple[str, ...], Kind, bool], ...]] = {
    "libdhcp_ddns_tuning.so": ((("hostname-expr",), Kind.VALUE, True),),
    "libdhcp_flex_id.so": ((("identifier-expression",), Kind.VALUE, True),),
    "libdhcp_flex_option.so": tuple(
        (("options", ITEM, *inner, key), kind, False)
        for inner in ((), ("sub-options", ITEM))
        for key, kind in _FLEX_OPTION.items()
    ),
    "libdhcp_lease_cmds.so": ((("binding-variables", ITEM, "expression"), Kind.VALUE, False),),
    "libdhcp_legal_log.so": (
        (("request-parser-format",), Kind.VALUE, True),
        (("response-parser-format",), Kind.VALUE, True),
    ),
    "libdhcp_radius.so": tuple(
        ((service, "attributes", ITEM, "expr"), Kind.VALUE, True)
        for service in ("access", "accounting")
    ),
}
"""Parameters of hook libraries: the path, what the expression results in, whether "" is none."""


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression of the configuration with its path and what the parser found in it.

    `index` is the position of the client class whose `test` it is, None for other expressions: only
    a class's `test` may ask for earlier classes alone.
    """

    path: KeyPath
    text: str
    parsed: Parsed
    index: int | None = None


def expressions(config: Config) -> tuple[Expression, ...]:
    """Return every expression of the configuration, parsed once for all rules."""
    return config.once("expressions", lambda: tuple(_parsed(config)))


def _parsed(config: Config) -> Iterator[Expression]:
    names = frozenset(options.known(config).names(SPACE))
    suggestions = Suggestions(names)
    for path, text, kind, index in (*_of_classes(config), *_of_hooks(config)):
        yield Expression(path, text, parse(text, kind, names, suggestions), index)


def _of_classes(config: Config) -> Iterator[tuple[KeyPath, str, Kind, int | None]]:
    for index, (path, raw) in enumerate(config.classes):
        if isinstance(text := raw.get("test"), str):
            yield (*path, "test"), text, Kind.CONDITION, index
        if isinstance(text := raw.get("template-test"), str):
            yield (*path, "template-test"), text, Kind.VALUE, None


def _of_hooks(config: Config) -> Iterator[tuple[KeyPath, str, Kind, int | None]]:
    loaded = set()
    for hook_path, hook, library in config.hooks:
        loaded.add(library)
        where: KeyPath = (*hook_path, "parameters")
        for pattern, kind, may_be_empty in _PARAMETERS.get(library, ()):
            for path, text in _at(hook.get("parameters"), pattern, where):
                if text or not may_be_empty:
                    yield path, text, kind, None
    if "libdhcp_ddns_tuning.so" in loaded:
        for subnet in config.subnets:
            where = (*subnet.path, "user-context", "ddns-tuning")
            tuning = as_map(subnet.raw.get("user-context")).get("ddns-tuning")
            for path, text in _at(tuning, ("hostname-expr",), where):
                if text:
                    yield path, text, Kind.VALUE, None


def _at(value: Any, pattern: tuple[str, ...], path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Yield the texts at the places of a value that a pattern names."""
    if not pattern:
        if isinstance(value, str):
            yield path, value
    elif pattern[0] == ITEM:
        for index, item in maps(value):
            yield from _at(item, pattern[1:], (*path, index))
    elif pattern[0] in as_map(value):
        yield from _at(value[pattern[0]], pattern[1:], (*path, pattern[0]))


@error("KP810", "Write it as in the Kea ARM, Using Expressions in Classification.")
def grammar(config: Config) -> Iterator[Finding]:
    """An expression is one that Kea can parse: its grammar, option names, codes and numbers.

    A class's ``test`` and flex_option's ``remove`` are conditions. A ``template-test`` and the
    expressions of the hook libraries ddns_tuning, flex_id, flex_option (``add``, ``supersede``),
    lease_cmds (``binding-variables``), legal_log and radius result in a value. Kea reads
    ``hostname-expr`` in a subnet's ``user-context`` when it starts only: ``kea-dhcp4 -T`` finds
    nothing wrong. Stricter than Kea on purpose: brackets and calls nest 100 deep at most.
    """
    for expression in expressions(config):
        for fault in expression.parsed.faults:
            message = f"{place(expression.text, fault.start)}: {fault.message}"
            yield Finding(message, expression.path, fault.hint)


RULES = (grammar,)
