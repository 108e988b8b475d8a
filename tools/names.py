"""The lint of names: ``python -m tools.names [FILE...]``; exit code 1 on a problem.

A variable says what it holds: `server`, `report`, `finding`. A word such as ``one`` or ``found``
says only that there is a value. Without FILE it checks the modules below `HELD`; a package joins
them when its names are mended.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FORBIDDEN = frozenset(
    ("one", "its", "found", "told", "said", "asked", "seen", "theirs", "ours", "thing", "stuff")
)
HELD = (
    "keaprov/__init__.py",
    "keaprov/channel.py",
    "keaprov/cli",
    "keaprov/control",
    "keaprov/dhcp_client.py",
    "keaprov/diff",
    "keaprov/drift.py",
    "keaprov/drill",
    "keaprov/errors.py",
    "keaprov/expression",
    "keaprov/files.py",
    "keaprov/firewall.py",
    "keaprov/frozen.py",
    "keaprov/health",
    "keaprov/hexadecimal.py",
    "keaprov/impact",
    "keaprov/importing",
    "keaprov/inventory.py",
    "keaprov/lint",
    "keaprov/model.py",
    "keaprov/observation.py",
    "keaprov/page.py",
    "keaprov/paths.py",
    "keaprov/promise",
    "keaprov/render",
    "keaprov/replication",
    "keaprov/report.py",
    "keaprov/retire.py",
    "keaprov/schema",
    "keaprov/secret.py",
    "keaprov/site",
    "keaprov/source",
    "keaprov/survey.py",
    "keaprov/veil.py",
    "keaprov/wanted.py",
    "keaprov/words.py",
    "tests/conftest.py",
    "tests/control",
    "tests/deploying.py",
    "tests/diff",
    "tests/differential",
    "tests/drill",
    "tests/expression",
    "tests/facts",
    "tests/faults.py",
    "tests/impact",
    "tests/importing",
    "tests/lint",
    "tests/probe",
    "tests/render",
    "tests/replication",
    "tests/run.py",
    "tests/signals.py",
    "tests/site",
    "tests/source",
    "tests/terminal.py",
    "tests/test_against.py",
    "tests/test_api.py",
    "tests/test_cli.py",
    "tests/test_contributing.py",
    "tests/test_docs.py",
    "tests/test_frozen.py",
    "tests/test_growth.py",
    "tests/test_health.py",
    "tests/test_inventory.py",
    "tests/test_messages.py",
    "tests/test_names.py",
    "tests/test_page.py",
    "tests/test_progress.py",
    "tests/test_prose.py",
    "tests/test_retire.py",
    "tests/test_secrets.py",
    "tests/test_signals.py",
    "tests/test_tutorial.py",
    "tests/test_waits.py",
    "tests/test_warnings.py",
    "tests/test_wheel.py",
    "tools",
)


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


def modules() -> Iterator[Path]:
    """Yield the modules that are held to it."""
    for name in HELD:
        held = ROOT / name
        yield from sorted(held.rglob("*.py")) if held.is_dir() else (held,)


def main(arguments: list[str]) -> int:
    """Print the problems of these files, or of the project; return the exit code."""
    paths = map(Path, arguments) if arguments else modules()
    lines = [line for path in paths for line in problems(path)]
    print(*lines, sep="\n", end="\n" if lines else "")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
