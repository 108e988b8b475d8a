"""A rule about keys whose spelling has changed: Kea still accepts the old one and warns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keaprov.errors import KeyPath
from keaprov.lint.config import Config, Raw
from keaprov.lint.rule import Finding, warning

NEW_NAMES = {
    "client-class": "client-classes",
    "require-client-classes": "evaluate-additional-classes",
    "only-if-required": "only-in-additional-list",
    "ddns-use-conflict-resolution": "ddns-conflict-resolution-mode",
    "output_options": "output-options",
}
"""Old and new keys (dhcpsrv_messages.mes, dhcp4_parser.yy); ``output_options`` is a logger's."""


@warning("KP711")
def old_names(config: Config) -> Iterator[Finding]:
    """A key has its name of today; Kea will drop the old one (Kea 3.0, release notes).

    One message for each key.
    """
    for old, (path, value, count) in _old(config).items():
        others = f" ({count} times)" if count > 1 else ""
        message = f"{old} is deprecated{others}"
        yield Finding(message, path, f"Write {_new(old, value)}.")


def _new(old: str, value: Any) -> str:
    if old == "client-class":
        return f"client-classes: [{value}]"
    if old == "ddns-use-conflict-resolution":
        return f"{NEW_NAMES[old]}: {new_value(old, value)}"
    return NEW_NAMES[old]


def new_value(old: str, value: Any) -> Any:
    """Return the value that the new key has, for the value of an old one."""
    if old == "client-class":
        return [value]
    if old == "ddns-use-conflict-resolution":
        return "no-check-with-dhcid" if value is False else "check-with-dhcid"
    return value


def _old(config: Config) -> dict[str, tuple[KeyPath, Any, int]]:
    """Return the old keys: where each is first, its value, how often it is used."""
    uses: dict[str, tuple[KeyPath, Any, int]] = {}
    for path, raw, key in _keys(config):
        first, value, count = uses.get(key, ((*path, key), raw[key], 0))
        uses[key] = (first, value, count + 1)
    return uses


def _keys(config: Config) -> Iterator[tuple[KeyPath, Raw, str]]:
    for scope in config.scopes:
        for key in NEW_NAMES:
            if key in scope.raw and key != "output_options":
                yield scope.path, scope.raw, key
    for path, logger in config.entries("loggers"):
        if "output_options" in logger:
            yield path, logger, "output_options"


RULES = (old_names,)
