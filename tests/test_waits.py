"""Nothing in keaprov waits for ever: every wait in the source has a bound, or its reason here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [
    path
    for folder in ("keaprov", "files/host")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "_files" not in path.parts
]
WAITS = {"wait", "join", "communicate", "acquire", "recv_exit_status", "result"}
BOUNDED_BY = {
    ("keaprov/cli/progress.py", "progress"): "its timer was cancelled",
    ("keaprov/control/exchange.py", "exchange"): "the channel closes at its deadline",
    ("keaprov/control/lock.py", "_without_answer"): "the channel closes at its deadline",
    ("keaprov/conductor/__init__.py", "both"): "`hold` has a deadline of its own",
    ("keaprov/conductor/acting.py", "turn"): "the program has a deadline of its own",
    ("keaprov/conductor/together.py", "by_server"): "each call has a deadline of its own",
    ("keaprov/drill/clients.py", "asking"): "one exchange has a deadline of its own",
    ("keaprov/replication/reading.py", "_both"): "the program has a deadline of its own",
    ("files/host/observe.py", "side_by_side"): "each look has a deadline of its own",
}
"""Waits without a bound in the call itself, by file and function, and what bounds them."""
DEADLINES = {"deadline", "PATIENCE", "patience", "seconds", "began", "end", "over", "timeout"}
FOR_LIFE = {
    ("files/host/handover.py", "until_over"): "it watches as long as the primary is away",
    ("files/host/returns.py", "watch"): "it starts the unit in the end, and tries again until then",
    ("keaprov/cli/status.py", "_watch"): "--watch goes on until Ctrl-C",
    ("keaprov/control/alive.py", "run"): "it ends with its connection",
    ("keaprov/control/lock.py", "_beat"): "it ends with the lock or its connection",
}
"""Loops that pause and have no deadline, and why that is right."""


def functions(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """Yield every function of a file, by name, without those inside it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node


def own(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is in a function and in no function inside it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
            yield from own(child)


def unbounded(path: Path) -> Iterator[tuple[str, str, int]]:
    """Yield each call that waits without a bound: function, call, line."""
    for name, function in functions(path):
        for node in own(function):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            called = node.func.attr
            bound = node.args or any(word.arg == "timeout" for word in node.keywords)
            if called in WAITS and not bound:
                yield name, called, node.lineno
            run = ast.unparse(node.func) in ("subprocess.run", "subprocess.check_output")
            if run and not any(word.arg == "timeout" for word in node.keywords):
                yield name, ast.unparse(node.func), node.lineno


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_call_that_waits_has_a_bound(path: Path) -> None:
    where = str(path.relative_to(ROOT))
    for function, call, line in unbounded(path):
        assert (where, function) in BOUNDED_BY, f"{where}:{line}: {call} waits without a bound"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_loop_that_pauses_has_a_deadline(path: Path) -> None:
    where = str(path.relative_to(ROOT))
    for name, function in functions(path):
        for loop in own(function):
            if not isinstance(loop, ast.While):
                continue
            words = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
            calls = {
                ast.unparse(node.func) for node in ast.walk(loop) if isinstance(node, ast.Call)
            }
            pauses = any(call == "time.sleep" or call.endswith(".wait") for call in calls)
            if pauses and not words & DEADLINES:
                assert (where, name) in FOR_LIFE, f"{where}:{loop.lineno}: no deadline"


def test_the_exceptions_are_still_there() -> None:
    for where, name in (*BOUNDED_BY, *FOR_LIFE):
        names = {function for function, _ in functions(ROOT / where)}
        assert name in names, f"{where}: there is no {name} any more"
