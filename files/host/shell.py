"""Run another program: in a known environment, and never longer than it may take."""

from __future__ import annotations

import subprocess

ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": "/root"}
NOT_INSTALLED, TIMED_OUT = 127, 124
"""Exit codes for a program that is missing, and for one that did not end in time."""


def patience(argv: tuple[str, ...]) -> float:
    """Return how many seconds a command may take."""
    words = {*argv[1:]}
    if argv[0] == "dnf":
        return 600 if words & {"install", "update", "upgrade"} else 300
    if argv[0] == "systemctl":
        slow = {"restart", "start", "stop", "reload", "reload-or-restart", "--now"}
        return 90 if words & slow else 30
    return 30


def run(
    *argv: str, timeout: float | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; a missing or late one gets an exit code and says so on stderr."""
    seconds = patience(argv) if timeout is None else timeout
    try:
        return subprocess.run(
            argv,
            capture_output=True,
            text=True,
            errors="replace",
            env=env or ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except FileNotFoundError:
        return subprocess.CompletedProcess(
            argv, NOT_INSTALLED, "", f"{argv[0]} is not installed on this host"
        )
    except subprocess.TimeoutExpired:
        late = f"{' '.join(argv)} did not end within {seconds:g} s"
        return subprocess.CompletedProcess(argv, TIMED_OUT, "", late)


def words(done: subprocess.CompletedProcess[str]) -> str:
    """Return what a command wrote to explain its failure."""
    return (done.stderr.strip() or done.stdout.strip()) or f"exit code {done.returncode}"
