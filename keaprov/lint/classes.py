"""Rules about client classes (Kea ARM, Client Classification)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keaprov.errors import Path
from keaprov.lint.plan import Plan, maps
from keaprov.lint.rule import Finding, error, warning
from keaprov.words import Suggestions

BUILT_IN = ("ALL", "KNOWN", "UNKNOWN", "BOOTP", "DROP", "SKIP_DDNS")
PREFIXES = ("VENDOR_CLASS_", "HA_", "AFTER_", "EXTERNAL_", "SPAWN_")
_MEMBER = re.compile(r"member\(\s*'([^']*)'\s*\)")
_LISTS = ("client-classes", "require-client-classes", "evaluate-additional-classes")


def _given(name: str) -> bool:
    return name in BUILT_IN or name.startswith(PREFIXES)


@error("KP801", "Define each class once, above the classes that ask for it.")
def definitions(plan: Plan) -> Iterator[Finding]:
    """A class is defined once, and before the tests that ask for it."""
    seen: set[str] = set()
    suggestions = Suggestions(seen)
    for path, one in plan.classes:
        name = one.get("name")
        test = one.get("test", one.get("template-test"))
        if isinstance(test, str):
            for asked in _MEMBER.findall(test):
                if asked not in seen and not _given(asked):
                    key = "test" if "test" in one else "template-test"
                    hint = suggestions.hint(asked) or "Define it above this one."
                    yield Finding(f"there is no class {asked!r} before this", (*path, key), hint)
        if isinstance(name, str):
            if name in seen:
                yield Finding(f"the class {name!r} is defined twice", (*path, "name"))
            if not name:
                yield Finding("the class has no name", (*path, "name"))
            seen.add(name)


@warning("KP802")
def uses(plan: Plan) -> Iterator[Finding]:
    """A class that is used is defined; hook libraries may know more classes than the site.

    One message for each class, at its first use.
    """
    known = {str(one.get("name")) for _, one in plan.classes}
    suggestions = Suggestions((*known, *BUILT_IN))
    unknown: dict[str, list[Path]] = {}
    for path, name in _uses(plan):
        if name not in known and not _given(name):
            unknown.setdefault(name, []).append(path)
    for name, paths in unknown.items():
        hint = suggestions.hint(name) or "Define it in client-classes."
        more = f"; {len(paths)} places use it" if len(paths) > 1 else ""
        yield Finding(f"there is no class {name!r}{more}", paths[0], hint)


def _uses(plan: Plan) -> Iterator[tuple[Path, str]]:
    for scope in plan.scopes:
        name = scope.raw.get("client-class")
        if isinstance(name, str):
            yield (*scope.path, "client-class"), name
        for key in _LISTS:
            names = scope.raw.get(key)
            if scope.kind != "global" and isinstance(names, (list, tuple)):
                for index, one in enumerate(names):
                    if isinstance(one, str):
                        yield (*scope.path, key, index), one
    for _, path, rows in plan.reservations:
        for row, one in maps(rows):
            names = one.get("client-classes")
            for index, name in enumerate(names if isinstance(names, (list, tuple)) else ()):
                if isinstance(name, str):
                    yield (*path, row, "client-classes", index), name


RULES = (definitions, uses)
