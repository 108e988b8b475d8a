"""Run another program: in a known environment, and never longer than it may take."""

from __future__ import annotations

import contextlib
import glob
import re
import stat
import subprocess
import time

import trusted

ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": "/root"}
REPOSITORIES = "/etc/yum.repos.d/*.repo"
MASK = "(secret)"
NOT_INSTALLED, TIMED_OUT = 127, 124
"""Exit codes for a program that is missing, and for one that did not end in time."""
STOPPING = 90.0
"""Seconds that systemd gives a unit to stop before it kills it (DefaultTimeoutStopSec): a daemon
that hangs takes all of them."""
LASTING, PAUSE = 5.0, 0.2
"""Seconds for which a question may have no answer (systemd executes itself anew in an update of the
system), and between two tries."""


def patience(argv: tuple[str, ...]) -> float:
    """Return how many seconds a command may take."""
    words = {*argv[1:]}
    if argv[0] == "dnf":
        return 600 if words & {"install", "update", "upgrade"} else 300
    if argv[0] == "systemctl":
        slow = {"restart", "start", "stop", "reload", "reload-or-restart", "--now"}
        return STOPPING + 30 if words & slow else 30
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


def answer(*argv: str, lasting: float | None = None) -> str:
    """Return what a command that only reads has printed.

    Raises OSError if it fails for so many seconds, `LASTING` if None.

    Nothing is known after a failure: to take it for an empty answer would say that no unit runs,
    and that nothing listens.
    """
    deadline = time.monotonic() + (LASTING if lasting is None else lasting)
    while True:
        done = run(*argv)
        if done.returncode == 0:
            return done.stdout
        if done.returncode == NOT_INSTALLED or time.monotonic() > deadline:
            raise OSError(f"{' '.join(argv[:2])} has no answer: {words(done)[-500:]}")
        time.sleep(PAUSE)


def words(done: subprocess.CompletedProcess[str]) -> str:
    """Return what a command wrote to explain its failure."""
    text = done.stderr.strip() or done.stdout.strip()
    return cleared(text) or f"exit code {done.returncode}"


def cleared(text: str, *, private: bool | None = None) -> str:
    """Return a text in which no URL has a user or password.

    With `private`, no URL is left at all: an address itself may be a secret, and the server may
    have sent dnf from there to any other. None: as the host's repository files say.
    """
    if "://" not in text:
        return text
    hidden = has_private_repository() if private is None else private
    return re.sub(r"https?://[^\s\"'<>,)]+" if hidden else r"(?<=://)[^/\s\"'<>]*@", hide, text)


def hide(address: re.Match[str]) -> str:
    """Return what stands for an address, or for the user and password in it."""
    return f"{MASK}@" if address[0].endswith("@") else MASK


def has_private_repository() -> bool:
    """Return whether there is a repository file of dnf's that not everybody may read."""
    for path in glob.glob(REPOSITORIES):
        with contextlib.suppress(OSError):
            info = trusted.status(path)
            if info is not None and not info.st_mode & stat.S_IROTH:
                return True
    return False
