"""Check every text of the project: ``python -m tools.prose [FILE...]``; exit code 1 on a problem.

Without FILE: all pages, modules, schemas and site files that git knows.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.prose.rules import RULES
from tools.prose.texts import texts

PATTERNS = ("*.md", "*.py", "*.json", "*.yaml")
EXEMPT = tuple(
    map(
        Path,
        ("tools/prose/rules.py", "tests/test_prose.py", "tools/names.py", "tests/test_names.py"),
    )
)
"""The examples of what is forbidden."""


def problems(path: Path) -> Iterator[str]:
    """Yield every problem of a file, with its place, what to write, and why."""
    for text in texts(path):
        words = " ".join(text.words.split())
        for rule in RULES:
            for place in rule.matches(words):
                shown = place if len(place) <= 60 else f"{place[:57]}..."
                yield f"{path}:{text.line}: {shown.strip()!r}: write {rule.instead}: {rule.why}"


def project() -> list[Path]:
    """Return the files that git knows, or would add."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *PATTERNS]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    paths = [Path(line) for line in done.stdout.splitlines()]
    return [path for path in paths if path not in EXEMPT and path.exists()]


def main(arguments: list[str]) -> int:
    """Print the problems of these files, or of the project; return the exit code."""
    paths = [Path(argument) for argument in arguments] or project()
    lines = [line for path in paths for line in problems(path)]
    print(*lines, sep="\n", end="\n" if lines else "")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
