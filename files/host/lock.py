"""Hold this host for one run: a lock that the kernel frees when the run ends, however it ends.

The lock is held as long as this program runs: until its standard input ends, or nothing has come
over it for `patience` seconds. At once it prints JSON: whether the lock is held, or who holds it. A
program of an earlier run that is still at work is a holder too. It runs on the host (Python >= 3.9,
standard library only), as root.
"""

from __future__ import annotations

import json
import os
import select
import sys
from typing import Any

import held

BRIEF = 0.3
"""Seconds to wait for somebody who only asks whether the lock is held."""
ENDING = 2.0
"""Seconds to wait for the end of an earlier run's program."""


def main(request: dict[str, Any]) -> dict[str, object]:
    """Hold the lock until the run has ended."""
    try:
        handle = held.opened(held.RUN)
    except PermissionError:  # not root: what is observed next says so
        return {"held": True, "by": ""}
    if not held.taken(handle, BRIEF):
        return {"held": False, "by": held.name(held.holder())}
    work = held.opened(held.WORK)
    if not held.taken(work, ENDING):
        by = held.name(held.holder())
        return {
            "held": False,
            "by": f"a program of an earlier run (by {by}) that is still at work",
        }
    held.claim(handle, request.get("run") or "", request["by"])
    os.close(work)
    print(json.dumps({"held": True, "by": ""}), flush=True)
    while select.select([sys.stdin], [], [], request["patience"])[0]:
        if not os.read(sys.stdin.fileno(), 1000):
            break
    return {"held": False, "by": ""}
