"""Start a watcher: this same program again, as a transient unit of systemd, so that it outlives us.

The modules, the program and the watcher's request go there in a file in /run that only root can
read; it holds no secret. The watcher leaves a mark, a JSON file, as soon as it is at work. If it
crashes, systemd starts it again with the same request.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from typing import Any

import outcome
import place
import reading
import shell

DIRECTORY = "/run"
SECONDS = 15.0
"""How long a watcher may take to leave its mark: it is a process of its own, on a busy host."""
PROPERTIES = ("Type=exec", "Restart=on-failure", "RestartSec=1", "TimeoutStopSec=10")


def mark_of(unit: str) -> str:
    """Return the path of a watcher's mark."""
    return os.path.join(DIRECTORY, f"{unit}.json")


def start(unit: str, description: str, request: dict[str, Any]) -> dict[str, Any]:
    """Start a watcher, which gets ``{"watch": request}``; return its mark.

    Raises SystemExit if it does not start.
    """
    stop(unit)
    place.remove(mark_of(unit))
    token = secrets.token_hex(8)
    path = os.path.join(DIRECTORY, f"{unit}.request")
    whole = {**outcome.received, "request": {"watch": {**request, "id": token}}}
    place.put(path, json.dumps(whole) + "\n", 0o600)
    code = f"import sys;sys.stdin=open({path!r});{bootstrap()}"
    done = shell.run(
        "systemd-run",
        "--quiet",
        "--collect",
        f"--unit={unit}",
        f"--description={description}",
        *(f"--property={line}" for line in PROPERTIES),
        *(sys.executable, "-I", "-S", "-c", code, unit),
    )
    if done.returncode:
        place.remove(path)
        sys.exit(f"systemd cannot start {unit}: {' '.join(shell.words(done).split())}")
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        mark = reading.mapping(mark_of(unit))
        if mark.get("id") == token:
            return mark
        time.sleep(0.02)
    stop(unit)
    sys.exit(f"{unit} did not begin its work within {SECONDS:g} s (journalctl -u {unit})")


def stop(unit: str) -> None:
    """Stop a watcher, if there is one, and see it out."""
    shell.run("systemctl", "stop", unit)
    shell.run("systemctl", "reset-failed", unit)
    place.remove(os.path.join(DIRECTORY, f"{unit}.request"))


def leave_mark(watcher: str, request: dict[str, Any], **more: Any) -> None:
    """Say, as a watcher, that the work has begun, or why it cannot."""
    mark = {"id": request["id"], "by_run": request["run"], **more}
    place.put(mark_of(watcher), json.dumps(mark), 0o600)


def finish(unit: str) -> None:
    """Remove, as a watcher, what says that it is at work: the mark last, for others wait for it."""
    place.remove(os.path.join(DIRECTORY, f"{unit}.request"))
    place.remove(mark_of(unit))


def bootstrap() -> str:
    """Return the code that this process was started with (keaprov/files.py)."""
    words = reading.text("/proc/self/cmdline").split("\0")
    return words[words.index("-c") + 1]
