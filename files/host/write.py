"""Write files: whole or not at all, never readable by anybody they are not for.

Every file is written beside its place with its final owner and mode, and synced. Then the checks
run, as the user they name. Only when all have passed the files are renamed into place, the
removals and commands follow. A failure says why on stderr, removes what was written, exits 1.

Runs on the host (Python >= 3.9, standard library only), as root.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import secrets
import shutil
import subprocess
import sys
from typing import Any

NEW = ".keaprov-new"
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": "/root"}


def write_new(entry: dict[str, Any]) -> None:
    path = entry["path"] + NEW
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as target:
        owner = pwd.getpwnam(entry.get("owner", "root")).pw_uid
        group = grp.getgrnam(entry.get("group", "root")).gr_gid
        os.fchown(handle, owner, group)
        os.fchmod(handle, int(entry.get("mode", "644"), 8))
        content = secrets.token_urlsafe(24) + "\n" if entry.get("generate") else entry["content"]
        target.write(content.encode())
        target.flush()
        os.fsync(handle)


def check(argv: list[str], user: str | None) -> str | None:
    """Run a check; return what it says when it fails."""
    command = ["runuser", "-u", user, "--", *argv] if user else argv
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        errors="replace",
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
    )
    return None if done.returncode == 0 else (done.stderr + done.stdout).strip()


def sync_directory(path: str) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def fail(message: str, written: list[str]) -> None:
    for path in written:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path + NEW)
    sys.exit(message)


def main(request: dict[str, Any]) -> dict[str, object]:
    written: list[str] = []
    try:
        for directory in request.get("directories", []):
            os.makedirs(directory["path"], exist_ok=True)
            os.chmod(directory["path"], int(directory["mode"], 8))
            shutil.chown(directory["path"], directory["owner"], directory["group"])
        for entry in request["files"]:
            written.append(entry["path"])
            write_new(entry)
    except OSError as error:
        fail(f"cannot write {error.filename or written[-1:]}: {error.strerror}", written)
    except KeyError as error:
        fail(f"cannot write {written[-1]}: {error.args[0]}", written)
    for item in request.get("checks", []):
        says = check(item["argv"], item.get("user"))
        if says is not None:
            fail(f"{item['argv'][0]} refuses the new configuration:\n{says}", written)
    for path in written:
        os.replace(path + NEW, path)
        if shutil.which("restorecon"):
            subprocess.run(["restorecon", path], check=False)
    for directory in sorted({os.path.dirname(path) for path in written}):
        sync_directory(directory)
    for path in request.get("remove", []):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    for argv in request.get("then", []):
        says = check(argv, None)
        if says is not None:
            sys.exit(f"{' '.join(argv)} failed:\n{says}")
    return {"written": written}
