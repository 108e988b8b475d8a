"""The lint of names: ``python -m tools.names [FILE...]``; exit code 1 on a problem.

A variable says what it holds: `server`, `report`, `finding`. A word such as ``one`` or ``found``
says only that there is a value. Without FILE it checks every module of the project but those in
`NOT_YET`; a package leaves that list when its names are mended.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FORBIDDEN = frozenset(
    ("one", "its", "found", "told", "said", "asked", "seen", "theirs", "ours", "thing", "stuff")
)
PLACES = ("benchmarks", "deploy.py", "files", "inventories", "keaprov", "tests", "tools")
NOT_YET = (
    "tests/lab/base.py",
    "tests/lab/rpms.py",
)
"""Packages and modules that still have such names. Each change of tests/lab/base.py and rpms.py
builds the lab's base anew: mend them while nobody uses the lab."""


def bound(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of everything that a module names itself."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name


def problems(path: Path) -> Iterator[str]:
    """Yield every forbidden name of a module, with its place."""
    for line, name in sorted(bound(path.read_text("utf-8"))):
        if name.strip("_") in FORBIDDEN:
            yield f"{path}:{line}: {name!r} does not say what it holds: server, report, finding, …"


def modules(places: Iterable[str]) -> Iterator[Path]:
    """Yield the modules of these places: files, and folders with all that is below them."""
    for place in places:
        path = ROOT / place
        yield from sorted(path.rglob("*.py")) if path.is_dir() else (path,)


def checked() -> list[Path]:
    """Return the modules of the project that are checked."""
    excepted = set(modules(NOT_YET))
    return [path for path in modules(PLACES) if path not in excepted]


def main(arguments: list[str]) -> int:
    """Print the problems of these files, or of the project; return the exit code."""
    paths = map(Path, arguments) if arguments else checked()
    lines = [line for path in paths for line in problems(path)]
    print(*lines, sep="\n", end="\n" if lines else "")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
