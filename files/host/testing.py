"""Run a program that tests a file, such as a daemon its configuration: what it says against it."""

from __future__ import annotations

import re

import shell

NOISE = re.compile(r"\d{4}-\d\d-\d\d \S+ +(DEBUG|INFO|WARN) +\[")
"""What Kea logs besides its errors: hundreds of lines, one for each subnet."""


def run(argv: list[str], user: str | None = None) -> str | None:
    """Run a command; return what it says if it fails."""
    command = ["runuser", "-u", user, "--", *argv] if user else argv
    done = shell.run(*command, timeout=shell.patience(tuple(argv)))
    if done.returncode == 0:
        return None
    lines = (done.stderr + done.stdout).strip().splitlines()
    return shell.cleared("\n".join([line for line in lines if not NOISE.match(line)] or lines))
