"""Rules about client classes (Kea ARM, Client Classification)."""

from __future__ import annotations

from collections.abc import Iterator

from keaprov.errors import KeyPath
from keaprov.expression import place
from keaprov.lint.config import Config, as_map, maps
from keaprov.lint.expressions import Expression, expressions
from keaprov.lint.rule import Finding, error, warning
from keaprov.model import Role
from keaprov.words import Suggestions

BUILT_IN = ("ALL", "KNOWN", "UNKNOWN", "BOOTP")
"""Classes that Kea assigns itself: a test may ask for them, and they take none."""
BUILT_IN_PREFIXES = ("VENDOR_CLASS_", "HA_", "AFTER_", "EXTERNAL_")
SPECIAL = ("DROP", "SKIP_DDNS")
"""Classes that mean something to Kea, but exist for a test only if the site defines them."""
SPAWNED = "SPAWN_"
"""How the names begin that a class with a template-test makes."""
_LISTS = ("client-classes", "require-client-classes", "evaluate-additional-classes")
_KEYS = frozenset(("client-class", *_LISTS))
_ADDITIONAL = ("only-in-additional-list", "only-if-required")


def _is_built_in(name: str) -> bool:
    return name in BUILT_IN or (
        name.startswith(BUILT_IN_PREFIXES) and name not in BUILT_IN_PREFIXES
    )


def _may_be_used(name: str) -> bool:
    return _is_built_in(name) or name in SPECIAL or name.startswith(SPAWNED)


def _names(config: Config) -> set[str]:
    return {str(raw.get("name")) for _, raw in config.classes}


def _are_readable(config: Config) -> bool:
    """Whether every class has a name: one without it may be any that is asked for."""
    entries = config.dhcp4.get("client-classes", ())
    names = [as_map(e).get("name") for e in (entries if isinstance(entries, (list, tuple)) else ())]
    return all(isinstance(name, str) and name for name in names)


@error("KP801", "Define each class once, above the classes that ask for it.")
def definitions(config: Config) -> Iterator[Finding]:
    """A class is defined once, and before the tests that ask for it.

    A ``template-test`` may ask for any class, and so may the expressions of hook libraries: there
    an unknown class is only a warning.
    """
    tests = {item.index: item for item in expressions(config) if item.index is not None}
    everywhere, readable = _names(config), _are_readable(config)
    suggestions = Suggestions((*everywhere, *BUILT_IN))
    defined: set[str] = set()
    for index, (path, raw) in enumerate(config.classes):
        if index in tests:
            yield from _asked_too_early(tests[index], defined, everywhere, suggestions, readable)
        name = raw.get("name")
        if isinstance(name, str):
            if name in defined:
                hint = "Merge the two, or rename one."
                yield Finding(f"the class {name!r} is defined twice", (*path, "name"), hint)
            if not name:
                yield Finding("the class has no name", (*path, "name"), "Write a name.")
            defined.add(name)


def _asked_too_early(
    test: Expression,
    defined: set[str],
    everywhere: set[str],
    suggestions: Suggestions,
    readable: bool,
) -> Iterator[Finding]:
    for member in test.parsed.members:
        name = member.name
        if name in defined or _is_built_in(name):
            continue
        where = place(test.text, member.start)
        if name in everywhere:
            message = f"{where}: the class {name!r} is not defined before this test"
            yield Finding(message, test.path, f"Move the definition of {name!r} above this class.")
        elif readable:
            hint = suggestions.hint(name) or f"Define {name!r} above this class."
            yield Finding(f"{where}: there is no class {name!r}", test.path, hint)


@error("KP803", "Use another name for a class of your own.")
def built_in(config: Config) -> Iterator[Finding]:
    """Kea assigns its built-in classes itself: they take no test, and cannot be additional."""
    for path, raw in config.classes:
        name = raw.get("name")
        for key in ("test", "template-test"):
            if name in BUILT_IN and raw.get(key):
                message = f"the built-in class {name} takes no {key}"
                yield Finding(message, (*path, key), "Remove it, or use another name.")
        for key in _ADDITIONAL:
            if name in (*BUILT_IN, "DROP") and raw.get(key) is True:
                message = f"Kea evaluates the class {name} itself"
                yield Finding(message, (*path, key), f"Remove {key}, or use another name.")


@warning("KP802")
def uses(config: Config) -> Iterator[Finding]:
    """A class that is used is defined; hook libraries may know more classes than the site.

    Each unknown class is reported once, at the first place that uses it.
    """
    known = _names(config)
    suggestions = Suggestions((*known, *BUILT_IN, *SPECIAL))
    unknown: dict[str, list[KeyPath]] = {}
    for path, name in _uses(config) if _are_readable(config) else ():
        if name not in known and not _may_be_used(name):
            unknown.setdefault(name, []).append(path)
    for name, paths in unknown.items():
        hint = suggestions.hint(name) or "Define it in client-classes."
        more = f"; {len(paths)} places use it" if len(paths) > 1 else ""
        yield Finding(f"there is no class {name!r}{more}", paths[0], hint)


@warning("KP804", "Leave the class out: the primary answers all clients.")
def of_the_standby(config: Config) -> Iterator[Finding]:
    """No network or pool is for the HA class of the standby: no client has this class.

    In hot-standby every client has the class of the primary (Kea 3.0, query_filter.cc,
    queryInScopeInternal), also when the standby answers. Such classes split the pools of a
    load-balancing pair.
    """
    servers = config.site.servers if config.site and len(config.site.servers) == 2 else ()
    names = {f"HA_{server.name}" for server in servers if server.role is Role.STANDBY}
    for scope in config.scopes if names - _names(config) else ():
        listed = scope.raw.get("client-classes")
        classes = [*listed] if isinstance(listed, (list, tuple)) else []
        for index, name in enumerate(classes):
            if name in names and not any(other not in names for other in classes):
                message = f"no client has the class {name}: it is of the standby"
                yield Finding(message, (*scope.path, "client-classes", index))


def _uses(config: Config) -> Iterator[tuple[KeyPath, str]]:
    for expression in expressions(config):
        if expression.index is None:
            for member in expression.parsed.members:
                yield expression.path, member.name
    for scope in config.scopes:
        if _KEYS.isdisjoint(scope.raw):
            continue
        name = scope.raw.get("client-class")
        if isinstance(name, str):
            yield (*scope.path, "client-class"), name
        for key in _LISTS:
            names = scope.raw.get(key)
            if scope.kind != "global" and isinstance(names, (list, tuple)):
                for index, name in enumerate(names):
                    if isinstance(name, str):
                        yield (*scope.path, key, index), name
    for listed in config.reservations:
        for row, reservation in maps(listed.rows if "client-classes" in listed.keys else ()):
            names = reservation.get("client-classes")
            for index, name in enumerate(names if isinstance(names, (list, tuple)) else ()):
                if isinstance(name, str):
                    yield (*listed.path, row, "client-classes", index), name
    for path, option, _ in config.options():
        names = option.get("client-classes")
        for index, name in enumerate(names if isinstance(names, (list, tuple)) else ()):
            if isinstance(name, str):
                yield (*path, "client-classes", index), name


RULES = (definitions, uses, built_in, of_the_standby)
