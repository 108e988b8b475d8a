"""The mutation check: ``python -m tools.mutants [PACKAGE...]``; exit code 1 below a goal.

mutmut changes one place of a package at a time: ``and`` becomes ``or``, ``<`` becomes ``<=``, a
value becomes None. It then runs the tests of that package that reach the place. A mutant that no
test notices shows a line whose meaning no test states; the check prints it with its change.

mutmut works on a copy of the project in build/mutants. Three things differ from its default:

- It leaves functions with a decorator alone: all lint rules and all properties. So in the copy,
  ``@error("KP301")`` above a function becomes an assignment below it.
- Of texts it changes single words only, such as a state or a key, and each word once. The
  wording of messages stays as it is.
- Of each package it takes a sample of `SAMPLE` mutants, by the hash of their names: the same source
  gives the same sample. ``--all`` takes every mutant (`keaprov.ha`: 2900, some ten minutes).

It does not change values outside of functions, such as the constants of a module. Tests that are
marked `slow` do not run.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build/mutants"
COPIED = ("deploy.py", "docs", "files", "inventories", "keaprov", "README.md", "tests", "tools")
SAMPLE = 600
"""Mutants of each package."""


@dataclass(frozen=True)
class Package:
    """The tests of a package of keaprov, and the share of its mutants that they have to kill."""

    tests: tuple[str, ...]
    goal: float


PACKAGES: Mapping[str, Package] = {
    "ha": Package(("tests/ha", "tests/conductor"), 0.95),
    "conductor": Package(("tests/conductor", "tests/ha"), 0.95),
    "diff": Package(("tests/diff",), 0.90),
    "lint": Package(("tests/lint",), 0.90),
    "promise": Package(("tests/probe",), 0.90),
    "render": Package(("tests/render",), 0.90),
}

ALIVE = (0, 33)
"""mutmut's exit codes of a mutant that no test notices, and of one that no test reaches."""


EQUIVALENT: Mapping[str, str] = {
    "delay = self._site.failover.heartbeat_delay / 1000 "
    "if (self._site.failover) or True else 0.0": "only a pair hands over",
    "with ThreadPoolExecutor(max_workers=2) as thread:": "one call is submitted",
    "renumbering = next(carried, None)": "no words either way",
    'for file in _files(path, raw, options_of(config, Scope(path, raw, "XXclassXX")))': (
        "options do not depend on the kind of their scope"
    ),
    'classes = ((raw, options_of(config, Scope(path, None, "class"))) '
    "for path, raw in config.classes)": "the options of each class were read before",
    "return int(self.network.broadcast_address) if self.network else -2": "nothing is inside",
    'parts = [part.strip(BLANKS) for part in tokens(pair.strip(BLANKS), "=", escape=None)]': (
        "None is as good as False"
    ),
    "if len(body) < size or size <= 3 or not _fits(body):": "three octets have no name",
    "if len(body) < size or size < 4 or not _fits(body):": "three octets have no name",
    "size = int.from_bytes(octets[:2], )": "Python's default is big, since 3.11",
    'mac = raw.get("XXhw-addressXX")': "the slower way reads the same octets",
    "return config.once(None, lambda: list(_hosts(config)))": "no other value has this name",
    "networks = config.once(None, lambda: dict(config.shared_networks))": (
        "no other value has this name"
    ),
    'fields = str(use.raw.get("data", )).split(",")': "neither is an address",
    "return last - first <= len(taken) and all(n in taken for n in range(first, last + 1))": (
        "a pool with one address more than are taken has a free one"
    ),
    "raise FieldError(None)": "nobody reads its text",
    "classes = ((raw, options_of(config, Scope(path, raw, None))) "
    "for path, raw in config.classes)": "options do not depend on the kind of their scope",
    "known: dict[KeyPath, Mapping[int, list[Option]]] = "
    'config.extra.setdefault("XXoptionsXX", {})': "no other value has this name",
    "walk(octets, None)": "no option of Kea's in such a form has sub-options that a file defines",
    'return "", "XXXX"': "a cure without a message is not reported",
    'reported[_at_server(problem, server)] = ""': "only its keys are read",
}
"""Mutants without an effect, by the line that they have, and why; they do not count."""


def equivalent(change: str) -> bool:
    """Whether a mutant has no effect, by the lines that differ in it."""
    return any(line[1:].strip() in EQUIVALENT for line in change.splitlines() if line[0] == "+")


def undecorated(source: str) -> str:
    """Return a module in which an assignment below a function does what its decorators did."""
    lines = source.splitlines(keepends=True)
    for function in reversed(list(_decorated(ast.parse(source)))):
        value = function.name
        for decorator in reversed(function.decorator_list):
            value = f"{ast.unparse(decorator)}({value})"
        indent = " " * function.col_offset
        lines.insert(function.end_lineno or 0, f"{indent}{function.name} = {value}\n")
        del lines[function.decorator_list[0].lineno - 1 : function.lineno - 1]
    return "".join(lines)


def _decorated(module: ast.Module) -> Iterator[ast.FunctionDef]:
    """Yield the functions and methods whose decorators can move, in the order of their lines."""
    for node in module.body:
        for function in node.body if isinstance(node, ast.ClassDef) else (node,):
            decorators = function.decorator_list if isinstance(function, ast.FunctionDef) else []
            if decorators and not any(map(_stays, decorators)):
                yield cast("ast.FunctionDef", function)


def _stays(decorator: ast.expr) -> bool:
    """Whether a decorator has to stay: mutmut knows these two, and x.setter needs its property."""
    names = ("classmethod", "staticmethod")
    return isinstance(decorator, ast.Attribute) or getattr(decorator, "id", "") in names


def sample(names: Iterable[str], size: int) -> list[str]:
    """Return so many of the mutants, always the same ones of the same names."""
    return sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())[:size]


def _prepare(name: str, tests: tuple[str, ...]) -> Path:
    """Make a copy of the project in which mutmut is set up for one package."""
    place = WORK / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for entry in COPIED:
        copy = shutil.copytree if (ROOT / entry).is_dir() else shutil.copy
        copy(ROOT / entry, place / entry)
    for module in (place / "keaprov" / name).rglob("*.py"):
        module.write_text(undecorated(module.read_text("utf-8")), "utf-8")
    settings = {
        "source_paths": ["keaprov"],
        "only_mutate": [f"keaprov/{name}/*"],
        "also_copy": [entry for entry in COPIED if entry != "keaprov"],
        "pytest_add_cli_args_test_selection": list(tests),
        "pytest_add_cli_args": ["-m", "not slow and not lab", "-p", "no:cacheprovider"],
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    (place / "pyproject.toml").write_text(
        "\n".join([project, "[tool.mutmut]", *lines, ""]), "utf-8"
    )
    return place


def _results() -> dict[str, tuple[Path, int | None]]:
    """Return the module and mutmut's exit code of every mutant; None before it has run."""
    results: dict[str, tuple[Path, int | None]] = {}
    for meta in sorted(Path("mutants/keaprov").rglob("*.meta")):
        codes = json.loads(meta.read_text("utf-8"))["exit_code_by_key"]
        module = meta.relative_to("mutants").with_suffix("")
        results |= {name: (module, code) for name, code in codes.items()}
    return results


def _change_words_only() -> None:
    """Let mutmut change the strings that are one word, each once."""
    mutators = importlib.import_module("mutmut.mutation.mutators")

    def words(node: Any) -> list[Any]:
        text = getattr(node, "value", " ")  # an f-string has no value of its own
        return [] if " " in text else list(mutators.operator_string(node))[:1]

    operators = mutators.mutation_operators
    operators[:] = [
        (kind, words if operator is mutators.operator_string else operator)
        for kind, operator in operators
    ]


@contextmanager
def _logged() -> Iterator[None]:
    """Write what mutmut prints, on whichever way, to mutmut.log; print the log if mutmut ends."""
    log = Path("mutmut.log").resolve()
    terminal = os.dup(1)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
    try:
        yield
    except SystemExit:
        os.dup2(terminal, 1)
        sys.stderr.write(log.read_text("utf-8", "replace")[-5000:])
        raise
    finally:
        sys.stdout.flush()
        os.dup2(terminal, 1)
        os.close(terminal)


def _check(name: str, size: int | None) -> bool:
    """Run the mutants of one package, print those that are alive, return whether it is enough."""
    package = PACKAGES[name]
    print(f"{name}: runs its mutants; {WORK / name / 'mutmut.log'} shows how far it is", flush=True)
    os.chdir(_prepare(name, package.tests))
    mutmut = importlib.import_module("mutmut.__main__")  # it reads its settings when imported
    _change_words_only()
    Path("mutants").mkdir()
    with _logged():
        mutmut.copy_src_dir()
        mutmut.create_mutants(os.cpu_count() or 1)
    chosen = sample(_results(), size or sys.maxsize)
    with _logged():
        mutmut._run(chosen, os.cpu_count())
    results = _results()
    survivors = (mutant for mutant in sorted(chosen) if results[mutant][1] in ALIVE)
    changes = {mutant: _change(mutant, results[mutant][0]) for mutant in survivors}
    alive = {mutant: change for mutant, change in changes.items() if not equivalent(change)}
    for mutant, change in alive.items():
        print(f"{mutant}\n{change}")
    number = len(chosen) - len(changes) + len(alive)
    share = 1 - len(alive) / number
    print(f"{name}: {share:.1%} of {number} mutants are killed, the goal is {package.goal:.0%}")
    return share >= package.goal


def _change(mutant: str, module: Path) -> str:
    """Return the lines that differ in a mutant."""
    diffs = importlib.import_module("mutmut.mutation.diff_apply")
    lines = diffs.get_diff_for_mutant(mutant, path=module).splitlines()
    return "\n".join(line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---"))


def main(arguments: list[str]) -> int:
    """Check the named packages, or all; each in a process of its own, as mutmut needs it."""
    size = None if "--all" in arguments else SAMPLE
    names = [name for name in arguments if name != "--all"] or list(PACKAGES)
    if unknown := set(names) - set(PACKAGES):
        print(f"no such package: {', '.join(unknown)}; there are {', '.join(PACKAGES)}")
        return 2
    if len(names) == 1:
        return int(not _check(names[0], size))
    options = ["--all"] * (size is None)
    command = [sys.executable, "-m", "tools.mutants", *options]
    return max(subprocess.run([*command, name], cwd=ROOT).returncode for name in names)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
