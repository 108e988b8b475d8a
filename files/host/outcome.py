"""Run a program to its end: print its report as JSON, or one sentence that says why there is none.

keaprov/files.py sends this module with every program.
"""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Callable
from typing import Any

received: dict[str, Any] = {}
"""What came over standard input: the modules, the program, its name and its request."""

CURES = {
    errno.EROFS: "remount the file system writable (dmesg shows why it is not)",
    errno.ENOSPC: "free some space on this file system",
    errno.EDQUOT: "raise the disk quota",
    errno.EACCES: "connect as root, or as a user with sudo",
    errno.EPERM: "connect as root, or as a user with sudo",
    errno.EMFILE: "raise the limit of open files",
    errno.ELOOP: "remove this link",
    errno.EMLINK: "make it a file of its own",
    errno.ENOMEM: "free some memory",
}


def run(request: dict[str, Any]) -> None:
    """Run what was received; exit 1 with a sentence on stderr if it fails."""
    received.update(request)
    name = request["name"]
    program: dict[str, Any] = {"__name__": name}

    def report() -> object:
        exec(compile(request["program"], name, "exec"), program)
        return program["main"](request["request"])

    finish(name, {name, *request["modules"]}, report)


def finish(name: str, modules: set[str], report: Callable[[], object]) -> None:
    """Print the report of a program as JSON; exit 1 with a sentence on stderr if it fails."""
    try:
        print(json.dumps(report()))
    except OSError as error:
        sys.exit(f"{name}: {sentence(error)}")
    except Exception as error:
        sys.exit(
            f"{name} failed unexpectedly: {type(error).__name__}: {error} "
            f"({place(error, modules)}); please report it"
        )


def sentence(error: OSError) -> str:
    """Say what the system refused, about which file, and what to do if that is known."""
    reason = error.strerror or str(error) or type(error).__name__
    where = f": {error.filename}" if error.filename else ""
    cure = CURES.get(error.errno or 0)
    return f"{reason}{where}" + (f"; {cure} and run keaprov again" if cure else "")


def place(error: Exception, modules: set[str]) -> str:
    """Return the line of ours where an exception comes from."""
    lines, trace = [], error.__traceback__
    while trace:
        lines.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    lines = [line for line in lines if line[0] in modules]
    return f"line {lines[-1][1]} of {lines[-1][0]}" if lines else "before its first line"
