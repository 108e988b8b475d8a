"""Start and stop systemd units; what fails comes back as a sentence."""

from __future__ import annotations

import os

import shell


def process(unit: str, lasting: float | None = None) -> int:
    """Return the main process of a unit that is active, 0 if it is not.

    Raises OSError if systemd does not answer for so long (`shell.answer`).
    """
    words = ("show", "-p", "ActiveState,MainPID", unit)
    shown = shell.answer("systemctl", *words, lasting=lasting)
    values = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    number = values.get("MainPID", "")
    return int(number) if values.get("ActiveState") == "active" and number.isdecimal() else 0


def restarted(unit: str, before: int) -> bool:
    """Return whether a unit has another process than before, of the program that is installed."""
    try:
        number = process(unit)
        if number in (0, before):
            return False
        return not os.readlink(f"/proc/{number}/exe").endswith(" (deleted)")
    except OSError:
        return False


def restart(unit: str) -> str | None:
    """Restart a unit, also one that systemd has given up; return why it cannot be started."""
    return _after_reset("restart", unit)


def start(unit: str) -> str | None:
    """Start a unit, also one that systemd has given up; return why it cannot be started."""
    return _after_reset("start", unit)


def stop(unit: str) -> str | None:
    """Stop a unit; return why it cannot be stopped."""
    return systemctl("cannot be stopped", "stop", unit)


def enable(unit: str) -> str | None:
    """Have a unit start with the host; return why it cannot be enabled."""
    return systemctl("cannot be enabled", "enable", unit)


def reload() -> str | None:
    """Have systemd read its unit files again; return why it cannot."""
    return systemctl("cannot read the unit files", "daemon-reload")


def retire(unit: str) -> str | None:
    """Stop a unit and have it start no more; one that is not installed is retired already."""
    if not installed(unit):
        return None
    return systemctl("cannot be retired", "disable", "--now", unit)


def installed(unit: str) -> bool:
    """Return whether systemd knows a unit."""
    shown = shell.run("systemctl", "show", "-P", "LoadState", unit)
    return shown.stdout.strip() != "not-found"


def _after_reset(verb: str, unit: str) -> str | None:
    shell.run("systemctl", "reset-failed", unit)  # or the start limit of a dying unit refuses it
    return systemctl("cannot be started", verb, unit)


def systemctl(what: str, *words: str) -> str | None:
    """Run systemctl; return a sentence about the last word, a unit, if it fails."""
    done = shell.run("systemctl", *words)
    if done.returncode == 0:
        return None
    reason = " ".join(shell.words(done).split()).rstrip(".")
    return f"{words[-1]} {what}: {reason}"
