"""What a site's parts must be to each other: one function per rule, a stable code each.

A rule is a function of a `config.Config`, which yields findings; it touches nothing. Each topic has
a module, whose `RULES` lists its rules. Others know about Kea: `inherited` what holds in a scope,
`definitions`, `values` and `octets` options, `hosts` reservations, `expressions` class tests.
`page` writes docs/lint.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from keaprov.errors import KeyPath, Problem
from keaprov.lint import (
    boot,
    classes,
    daemon,
    databases,
    ddns,
    deprecated,
    expressions,
    flex_option,
    hooks,
    infrastructure,
    interfaces,
    limits,
    lookups,
    option_defs,
    options,
    pair,
    peers,
    ping_check,
    places,
    prefixes,
    radius,
    reach,
    relationships,
    reservations,
    room,
    series,
    servers,
    shared,
    sockets,
    subnets,
    timers,
    tls,
)
from keaprov.lint.config import Config, Raw
from keaprov.lint.rule import Rule
from keaprov.model import Server, Site

__all__ = ["RULES", "ha_hooks", "lint_agent", "lint_dhcp4", "lint_site"]

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *pair.RULES,
            *subnets.RULES,
            *reservations.RULES,
            *room.RULES,
            *options.RULES,
            *option_defs.RULES,
            *timers.RULES,
            *places.RULES,
            *classes.RULES,
            *servers.RULES,
            *series.RULES,
            *peers.RULES,
            *infrastructure.RULES,
            *lookups.RULES,
            *shared.RULES,
            *prefixes.RULES,
            *radius.RULES,
            *reach.RULES,
            *boot.RULES,
            *databases.RULES,
            *ddns.RULES,
            *deprecated.RULES,
            *relationships.RULES,
            *sockets.RULES,
            *daemon.RULES,
            *expressions.RULES,
            *flex_option.RULES,
            *hooks.RULES,
            *interfaces.RULES,
            *limits.RULES,
            *ping_check.RULES,
            *tls.RULES,
        ),
        key=lambda rule: rule.code,
    )
)


def lint_site(site: Site) -> Iterator[Problem]:
    """Yield what the rules find in a site; paths are in Kea's own forms.

    The rules read what each server runs: a value that a server has for itself is at its own place.
    """
    different = {server.dhcp4: server for server in reversed(site.servers)}
    if not any(different):
        yield from _lint(Config(site.dhcp4, site))
        return
    reported: dict[Problem, None] = {}
    for server in different.values():
        for problem in _lint(Config(site.dhcp4_of(server), site)):
            reported[_at_server(problem, server)] = None
    yield from reported


def _at_server(problem: Problem, server: Server) -> Problem:
    """Return a problem at the place of the value: below the server that has it for itself."""
    if problem.path[:1] == ("dhcp4",) and problem.path[1:2] and problem.path[1] in server.dhcp4:
        return problem._replace(path=("servers", server.name, *problem.path))
    return problem


def lint_dhcp4(dhcp4: Raw) -> Iterator[Problem]:
    """Yield what the rules find in the body of a ``Dhcp4`` map without a site."""
    yield from _lint(Config(dhcp4, None, ("Dhcp4",)))


def ha_hooks(dhcp4: Raw) -> Iterator[tuple[KeyPath, Raw]]:
    """Yield the entries of the HA hook in the body of a ``Dhcp4`` map, with their paths."""
    yield from relationships.hooks(Config(dhcp4, None, ("Dhcp4",)))


def lint_agent(agent: Raw) -> Iterator[Problem]:
    """Yield what the rules find in the body of a ``Control-agent`` map."""
    yield from places.agent_secrets(agent)
    yield from sockets.agent_problems(agent)


def _lint(config: Config) -> Iterator[Problem]:
    for rule in RULES:
        yield from rule.problems(config)
