"""Hold this host for one run: a lock that the kernel frees when the run ends, however it ends.

The lock is held as long as this program runs: until its standard input ends, or nothing has come
over it for `patience` seconds. Says at once, as JSON, whether it is held, or who holds it.

Runs on the host (Python >= 3.9, standard library only), as root.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import sys
import time
from typing import Any

PATH = "/run/keaprov.lock"


def main(request: dict[str, Any]) -> dict[str, object]:
    try:
        handle = os.open(PATH, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except PermissionError:  # not root: the look that follows says so
        return {"held": True, "by": ""}
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(handle, 1000, 0).decode(errors="replace")
        return {"held": False, "by": holder or "another run"}
    os.ftruncate(handle, 0)
    since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    os.pwrite(handle, f"{request['by']}, since {since}".encode(), 0)
    print(json.dumps({"held": True, "by": ""}), flush=True)
    while select.select([sys.stdin], [], [], request["patience"])[0]:
        if not os.read(sys.stdin.fileno(), 1000):
            break
    return {"held": False, "by": ""}
