"""A rule about the parameters without which a hook library does not load."""

from __future__ import annotations

from collections.abc import Iterator

from keaprov.lint.config import Config, as_map
from keaprov.lint.rule import Finding, error

MANDATORY = {
    "libdhcp_flex_id.so": ("identifier-expression", str, "an expression"),
    "libdhcp_flex_option.so": ("options", list, "a list of options"),
    "libdhcp_lease_query.so": ("requesters", list, "a list of addresses"),
    "libdhcp_run_script.so": ("name", str, "the path of a script"),
}
"""The parameter that each library wants, and its form (load functions in src/hooks/dhcp)."""


@error("KP713")
def mandatory_parameters(config: Config) -> Iterator[Finding]:
    """A hook library has the parameter without which it does not load, in the form it wants.

    ``kea-dhcp4 -t`` does not load the libraries, and finds nothing wrong.
    """
    for where, hook, library in config.hooks:
        if library not in MANDATORY:
            continue
        name, kind, form = MANDATORY[library]
        hint = f"Add parameters: {{{name}: …}}, {form} (Kea ARM, Hook Libraries)."
        parameters = as_map(hook.get("parameters"))
        if name not in parameters:
            yield Finding(f"{library} does not load without the parameter {name}", where, hint)
        elif not isinstance(parameters[name], kind):
            message = f"{library} wants {form} as {name}"
            yield Finding(message, (*where, "parameters", name), f"Write {form}.")


RULES = (mandatory_parameters,)
