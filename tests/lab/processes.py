"""The processes the lab started, by identity: a recorded pid is never trusted alone."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from pathlib import Path

from tests.lab.shell import LabError, until
from tests.lab.topology import STATE


def start(name: str, *argv: str | Path, env: dict[str, str] | None = None) -> int:
    """Start a process of the lab and record who it is; return its pid."""
    (STATE / "log").mkdir(parents=True, exist_ok=True)
    log = str(STATE / "log" / f"{name}.log")
    words = [str(word) for word in argv]
    number = os.posix_spawnp(
        words[0],
        words,
        {**os.environ, **(env or {})},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    record = {"pid": number, "started": _started(number)}
    _record(name).parent.mkdir(parents=True, exist_ok=True)
    _record(name).write_text(json.dumps(record))
    return number


def pid(name: str) -> int | None:
    """Return the pid of a process the lab started, None when it has ended."""
    try:
        record = json.loads(_record(name).read_text())
    except (FileNotFoundError, ValueError):
        return None
    number: int = record["pid"]
    same = record["started"] and _started(number) == record["started"]
    return number if same and not gone(number) else None


def stop(name: str, how: signal.Signals = signal.SIGTERM) -> None:
    """End a process that the lab started and its children, and delete its record."""
    number = pid(name)
    if number is not None:
        tree = [number, *descendants(number)]
        born = {process: _started(process) for process in tree}
        _kill(number, how)
        _reap(number)
        try:
            until(lambda: gone(number), f"{name} ends", 10)
        except LabError:
            _kill(number, signal.SIGKILL)
        for child in tree[1:]:
            if born[child] and _started(child) == born[child]:
                _kill(child, signal.SIGKILL)
        until(
            lambda: all(gone(process) or _started(process) != born[process] for process in tree),
            name,
            30,
        )
    _record(name).unlink(missing_ok=True)


def recorded() -> list[str]:
    """List the names of the processes that were started and not stopped."""
    return sorted(path.stem for path in (STATE / "processes").glob("*.json"))


def descendants(number: int) -> list[int]:
    """List a process's children and their descendants."""
    try:
        children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    numbers: list[int] = []
    for child in map(int, children):
        numbers += [child, *descendants(child)]
    return numbers


def _record(name: str) -> Path:
    return STATE / "processes" / f"{name}.json"


def _stat(number: int) -> list[str]:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _started(number: int) -> str:
    fields = _stat(number)
    return fields[19] if fields else ""


def gone(number: int) -> bool:
    """Whether a process has ended, also if its parent has not waited for it yet."""
    fields = _stat(number)
    if fields and fields[0] == "Z":
        _reap(number)
    return not fields or fields[0] == "Z"


def _kill(number: int, how: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
        os.kill(number, how)


def _reap(number: int) -> None:
    try:
        os.waitpid(number, os.WNOHANG)
    except ChildProcessError:
        return
