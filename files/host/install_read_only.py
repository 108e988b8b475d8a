"""Install the read-only program, and the rule of sudo for the user who may run it.

visudo checks the rule before it is in its place: sudo refuses everybody if a rule cannot be read.
Afterwards sudo itself has to say that the user may run the program. It runs on the host (Python >=
3.9, standard library only), as root.
"""

from __future__ import annotations

import pwd
import sys
from typing import Any

import held
import place
import reading
import shell


def main(request: dict[str, Any]) -> dict[str, object]:
    """Install the program and its rule; return the paths of what was changed."""
    user, program, rule = request["user"], request["program"], request["rule"]
    try:
        pwd.getpwnam(user)
    except KeyError:
        sys.exit(f"there is no user {user} on this host; nothing was changed here")
    new = rule["path"] + place.NEW
    with held.working(request.get("run")):
        changed = [
            part["path"] for part in (program, rule) if reading.quiet(part["path"]) != part["text"]
        ]
        place.new(rule["path"], rule["text"].encode(), 0o440)
        checked = shell.run("visudo", "-c", "-f", new)
        if checked.returncode:
            place.remove(new)
            sys.exit(f"visudo rejects the rule; nothing was changed: {shell.words(checked)}")
        place.put(program["path"], program["text"], 0o755)
        place.rename(new, rule["path"])
    allowed = shell.run("sudo", "-n", "-l", "-U", user, program["path"])
    if allowed.returncode:
        sys.exit(
            f"{rule['path']} is written, but sudo does not let {user} run {program['path']}: does "
            "/etc/sudoers read /etc/sudoers.d (@includedir), and forbid nothing?"
        )
    return {"changed": changed}
