"""Write files: whole or not at all, never readable by anybody they are not for.

Every file is written beside its place with its final owner and mode, and synced. Then the checks
run, as the user they name. Only when all have passed the files are renamed into place, then the
removals and commands follow. A failure says why on stderr, removes what was written, exits 1. It
runs on the host (Python >= 3.9, standard library only), as root.
"""

from __future__ import annotations

import grp
import os
import pwd
import secrets
import shutil
import sys
from typing import Any

import held
import outcome
import place
import shell


def write_new(entry: dict[str, Any]) -> None:
    """Write a file beside its place."""
    owner = pwd.getpwnam(entry.get("owner", "root")).pw_uid
    group = grp.getgrnam(entry.get("group", "root")).gr_gid
    content = secrets.token_urlsafe(24) + "\n" if entry.get("generate") else entry["content"]
    data = content.encode("utf-8", "surrogateescape")
    place.new(entry["path"], data, int(entry.get("mode", "644"), 8), owner, group)


def check(argv: list[str], user: str | None = None) -> str | None:
    """Run a command; return what it says if it fails."""
    command = ["runuser", "-u", user, "--", *argv] if user else argv
    done = shell.run(*command, timeout=shell.patience(tuple(argv)))
    return None if done.returncode == 0 else (done.stderr + done.stdout).strip()


def prepare(request: dict[str, Any]) -> list[str]:
    """Write every file beside its place and check it; return their paths."""
    paths = [entry["path"] for entry in request["files"]]
    try:
        for directory in request.get("directories", []):
            os.makedirs(directory["path"], exist_ok=True)
            os.chmod(directory["path"], int(directory["mode"], 8))
            shutil.chown(directory["path"], directory["owner"], directory["group"])
        for entry in request["files"]:
            write_new(entry)
    except OSError as error:
        sys.exit(f"cannot write: {outcome.sentence(error)}")
    except LookupError as error:
        sys.exit(f"cannot write {', '.join(paths)}: {error.args[0]}")
    for item in request.get("checks", []):
        says = check(item["argv"], item.get("user"))
        if says is not None:
            sys.exit(f"{item['argv'][0]} refuses the new configuration:\n{says}")
    return paths


def write(request: dict[str, Any]) -> list[str]:
    """Write what is asked for; return the paths."""
    try:
        written = prepare(request)
        for path in written:
            os.replace(path + place.NEW, path)
            place.restore_context(path)
    finally:
        for entry in request["files"]:
            if os.path.lexists(entry["path"] + place.NEW):
                place.remove(entry["path"] + place.NEW)
    for directory in sorted({os.path.dirname(path) for path in written}):
        place.sync_directory(directory)
    return written


def main(request: dict[str, Any]) -> dict[str, object]:
    """Write, remove, then run the commands that follow."""
    with held.working(request.get("run")):
        written = write(request)
        for path in request.get("remove", []):
            place.remove(path)
        for argv in request.get("then", []):
            says = check(argv)
            if says is not None:
                sys.exit(f"{' '.join(argv)} failed:\n{says}")
    return {"written": written}
