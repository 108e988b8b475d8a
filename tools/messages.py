"""docs/messages.md: what keaprov reports, and what to do, collected from the source.

A message is a text in a call that reports (``Trouble(…)``, ``raise Stopped(…)``), or one that a
function of refusals yields. Values inside a text are written ``…``. The rules' messages are in
docs/lint.md.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from itertools import product
from math import prod
from pathlib import Path
from types import ModuleType

from keaprov.health import meanings

ROOT = Path(__file__).parents[1]
VALUE = "…"
"""Stands for a value that is known only when the message is made."""
MOST = 6
"""Variants of one text that are shown."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where messages are made: the names of modules, and of the calls that report.

    `calls` maps a call to the positions of its texts; the call ``yield`` is every yielded text. If
    `of` is given, a first text of several is a kind: only these kinds are messages.
    """

    modules: tuple[str, ...]
    calls: Mapping[str, tuple[int, ...]]
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: its title, what its messages have in common, its columns, its sources."""

    title: str
    about: str
    sources: tuple[Source, ...]
    columns: tuple[str, ...] = ("message", "what to do")


SECTIONS = (
    Section(
        "Situations",
        "`keaprov plan` names the situation in which it finds the servers, why, and what a deploy "
        "does. A refused situation changes nothing.",
        (Source(("ha.situation",), {"Case": (0, 1, 2)}),),
        ("situation", "reason", "what a deploy does"),
    ),
    Section(
        "Refusals before any change",
        "A deploy or `keaprov plan` ends with exit code 1, and no host has changed. Remove the "
        "cause and run it again.",
        (
            Source(("ha.preflight", "conductor.preflight"), {"yield": (0,), "return": (0,)}),
            Source(("ha.left_out",), {"LeftOut": (1,)}),
            Source(
                ("conductor.steps", "conductor.scopes"),
                {"Step": (0, 1), "return": (0,)},
                of=("refuse", "wait"),
            ),
        ),
    ),
    Section(
        "What a change costs",
        "A change that costs clients their address is refused, unless it is accepted by name "
        "([rollout.md](rollout.md)).",
        (Source(("impact.acceptance",), {"yield": (0,)}),),
    ),
    Section(
        "Gates",
        "After each turn keaprov waits at a gate. If the gate closes, keaprov restores the server "
        "and does not touch the other one. Read the reason, remove the cause, and run the deploy "
        "again.",
        (Source(("ha.gate",), {"Verdict": (0, 1)}),),
        ("gate", "message", "what to do"),
    ),
    Section(
        "A roll-out that stops",
        "The run ends with an error, and some server answers clients. The next run continues from "
        "there.",
        (
            Source(
                (
                    "conductor",
                    "conductor.acting",
                    "conductor.commanding",
                    "conductor.gating",
                    "conductor.kept",
                    "conductor.living",
                    "operations.site",
                ),
                {"Stopped": (0,), "Refused": (0,)},
            ),
        ),
    ),
    Section(
        "Troubles and warnings",
        "`keaprov status` and the drill report them. A trouble makes the site unhealthy; a warning "
        "is a sign of trouble to come ([status.md](status.md)).",
        (
            Source(
                ("ha.serving", "ha.units", "ha.room", "health", "health.warnings"),
                {"Trouble": (0, 1)},
            ),
        ),
    ),
    Section(
        "Drill and retire",
        "`keaprov drill` restores the pair after each of these. `keaprov retire` leaves a pair in "
        "which the other server answers.",
        (
            Source(("drill", "drill.watching", "drill.leases"), {"DrillError": (0,)}),
            Source(("drill.clients", "drill.leases"), {"NoLease": (0,), "Uncompared": (0,)}),
            Source(("retire",), {"RetireError": (0,), "yield": (0,)}),
        ),
    ),
    Section(
        "Connections and secrets",
        "The message begins with the name of the host. Nothing is known of a host that does not "
        "answer, so keaprov changes nothing there.",
        (
            Source(("control.ssh", "control.lock", "control.exchange", "control.api"), {}),
            Source(("secret",), {"SecretError": (0,)}),
        ),
    ),
)
ERRORS = {"Refused": (0,), "Unreachable": (0,), "LostError": (0,), "OverdueError": (0,)}
"""The calls of a source that names none: every error of a connection."""


def page() -> str:
    """Return the page: the states of status, then every section."""
    about = (
        "What keaprov reports, and what to do. `…` stands for a name or a number. The problems of "
        "a site file are in [lint.md](lint.md).\n\nThis page is generated from the source: "
        "`make pages`."
    )
    return "\n\n".join(("# Messages", about, _states(), *map(_section, SECTIONS))) + "\n"


def _states() -> str:
    """Return what `keaprov status --explain` says about each state."""
    alone = [each for each in vars(meanings).values() if isinstance(each, meanings.Meaning)]
    every = [*meanings.HOT_STANDBY.values(), *meanings.MEANINGS.values(), *alone]
    rows: list[tuple[str, ...]] = [(each.words, each.next, each.do) for each in every]
    about = "`keaprov status --explain` says what a state means, what happens next, what to do."
    return f"## States\n\n{about}\n\n{_table(('state', 'what happens next', 'what to do'), rows)}"


def _section(section: Section) -> str:
    rows = list(
        dict.fromkeys(
            _cells(section, texts) for source in section.sources for texts in _messages(source)
        )
    )
    return f"## {section.title}\n\n{section.about}\n\n{_table(section.columns, rows)}"


def _cells(section: Section, texts: tuple[str, ...]) -> tuple[str, ...]:
    """Fit texts into the columns: what is missing is split off the last one, by sentences."""
    if len(texts) == len(section.columns):
        return texts
    *before, last = texts
    sentence, *rest = re.split(r"\. |\n\s*(?=[A-Z])", last, maxsplit=1)
    return (*before, sentence, *(rest or [""]))


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [columns, ("---",) * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    text = " ".join(text.split()).replace("|", r"\|")
    text = re.sub(rf"{VALUE}(?: ?{VALUE})+", VALUE, text)
    return re.sub(r"<([^>]*)>", r"`<\1>`", text)


def _messages(source: Source) -> Iterator[tuple[str, ...]]:
    """Yield the texts of every report of a source, in its order; nothing that is values only."""
    calls = source.calls or ERRORS
    for name in source.modules:
        module = import_module(f"keaprov.{name}")
        tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                for texts in _reports(_Texts(function, module, tree), calls):
                    if source.of and len(texts) > 1:
                        kind, *texts = texts
                        if kind not in source.of:
                            continue
                    if any(re.search(r"[a-z]{2}", text) for text in texts):
                        yield tuple(texts)


def _reports(own: _Texts, calls: Mapping[str, tuple[int, ...]]) -> Iterator[list[str]]:
    for node in own.nodes:
        arguments: list[ast.expr] = []
        name = type(node).__name__.lower()
        if isinstance(node, ast.Call):
            name, arguments = ast.unparse(node.func), list(node.args)
        elif isinstance(node, (ast.Yield, ast.Return)) and node.value:
            arguments = [node.value]
        if name not in calls or len(arguments) <= max(calls[name]):
            continue
        if name in ("yield", "return") and not own.is_text(arguments[0]):
            continue
        yield from map(list, product(*(own.of(arguments[position]) for position in calls[name])))


class _Texts:
    """The texts that expressions of a function may have."""

    def __init__(self, function: ast.FunctionDef, module: ModuleType, tree: ast.Module) -> None:
        self._module, self._tree = module, tree
        self.nodes = sorted(
            (node for node in ast.walk(function) if hasattr(node, "lineno")),
            key=lambda node: (getattr(node, "lineno", 0), getattr(node, "col_offset", 0)),
        )
        self._assigned = [
            (node.targets[0].id, node.value)
            for node in self.nodes
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        ]

    def is_text(self, node: ast.expr) -> bool:
        """Whether an expression is written as a text, or is a name for such a text."""
        if isinstance(node, ast.Name):
            value = self._value(node)
            return value is not None and self.is_text(value)
        if isinstance(node, ast.Constant):
            return isinstance(node.value, str) and bool(node.value)
        return isinstance(node, ast.JoinedStr)

    def of(self, node: ast.expr, deep: int = 3) -> list[str]:
        """Return the texts of an expression, `VALUE` for one that is not a text."""
        if isinstance(node, ast.Constant):
            return [str(node.value) if isinstance(node.value, str) else VALUE]
        if isinstance(node, ast.IfExp):
            return [*self.of(node.body, deep), *self.of(node.orelse, deep)]
        if isinstance(node, ast.JoinedStr):
            parts = [self._part(part, deep) for part in node.values]
            while prod(map(len, parts)) > MOST:  # the part that says least becomes a value
                least = min(
                    (n for n, part in enumerate(parts) if len(part) > 1),
                    key=lambda n: len(max(parts[n], key=len)),
                )
                parts[least] = [VALUE]
            return ["".join(part) for part in product(*parts)]
        value = self._value(node) if isinstance(node, ast.Name) else None
        if value is not None:
            return self.of(value, deep - 1) if deep else [VALUE]
        if isinstance(node, (ast.Name, ast.Attribute)):
            return [self._constant(node)]
        if isinstance(node, ast.Call) and deep:
            return self._returned(ast.unparse(node.func).removeprefix("self."), deep - 1)
        return [VALUE]

    def _part(self, part: ast.expr, deep: int) -> list[str]:
        return self.of(part.value if isinstance(part, ast.FormattedValue) else part, deep)

    def _value(self, node: ast.Name) -> ast.expr | None:
        """Return what was assigned to a name last before its use, None if it has no value here."""
        before = (v for n, v in self._assigned if n == node.id and v.lineno <= node.lineno)
        return next(reversed(list(before)), None)

    def _returned(self, name: str, deep: int) -> list[str]:
        """Return the texts that a function of the same module returns."""
        texts = []
        for function in ast.walk(self._tree):
            if isinstance(function, ast.FunctionDef) and function.name == name:
                inner = _Texts(function, self._module, self._tree)
                for node in inner.nodes:
                    if isinstance(node, ast.Return) and node.value and inner.is_text(node.value):
                        texts += inner.of(node.value, deep)
        return texts or [VALUE]

    def _constant(self, node: ast.expr) -> str:
        """Return the value of a text that the module knows by this name, else `VALUE`."""
        value: object = self._module
        for name in ast.unparse(node).split("."):
            value = getattr(value, name, getattr(builtins, name, None))
        value = getattr(value, "value", value)
        return value if isinstance(value, str) else VALUE
