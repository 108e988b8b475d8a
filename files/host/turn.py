"""Take a server's turn: install, back up, rename the accepted files into place, restart units.

The first original of each file is kept for ever, later ones by time and hash, a bounded number.
Whether a unit stays up is for the gate to say. With `undo` the files of before are put back and
the units restarted with them, as they are when systemd cannot even start one: then it exits 1.

Runs on the host (Python >= 3.9, standard library only), as root.
"""

from __future__ import annotations

import filecmp
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import time
from typing import Any

STAGED = ".staged"
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": "/root"}


def run(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv,
        capture_output=True,
        text=True,
        errors="replace",
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
    )


def sync_directory(path: str) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def put(source: str, target: str) -> None:
    """Copy with owner, mode and content, whole or not at all."""
    part = f"{target}.keaprov-new"
    shutil.copy2(source, part)
    info = os.stat(source)
    os.chown(part, info.st_uid, info.st_gid)
    with open(part, "rb") as copy:
        os.fsync(copy.fileno())
    os.replace(part, target)


def last_good(path: str, directory: str) -> str:
    return os.path.join(directory, f".{os.path.basename(path)}.before")


def back_up(path: str, directory: str, keep: int) -> None:
    if not os.path.exists(path):
        return
    name = os.path.join(directory, os.path.basename(path))
    put(path, last_good(path, directory))
    if not os.path.exists(f"{name}.bkp"):
        put(path, f"{name}.bkp")
    else:
        with open(path, "rb") as data:
            digest = hashlib.sha256(data.read()).hexdigest()[:12]
        known = sorted(glob.glob(f"{glob.escape(name)}.2*"))
        if not known or not filecmp.cmp(path, known[-1], shallow=False):
            put(path, f"{name}.{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.{digest}")
            known = sorted(glob.glob(f"{glob.escape(name)}.2*"))
        for old in known[:-keep]:
            os.unlink(old)
    sync_directory(directory)


def put_back(paths: list[str], directory: str) -> list[str]:
    """Put the files of before the turn back; return those that were."""
    back = [path for path in paths if os.path.exists(last_good(path, directory))]
    for path in back:
        put(last_good(path, directory), path)
    return back


def restart(units: list[str]) -> str | None:
    """Restart the units in order; return the story of the first that does not come up."""
    for unit in units:
        done = run("systemctl", "restart", unit)
        if done.returncode:
            return f"{unit} cannot be started: {done.stderr.strip()}"
    return None


def install(packages: list[str]) -> str | None:
    """Install these packages in these versions, up or down; return dnf's words when it fails."""
    if not packages:
        return None
    done = run("dnf", "-y", "-q", "--setopt=exit_on_lock=True", "install", *packages)
    if done.returncode:
        return f"dnf cannot install {', '.join(packages)}:\n{(done.stderr or done.stdout).strip()}"
    return None


def main(request: dict[str, Any]) -> dict[str, object]:
    paths, units, directory = request["files"], request["units"], request["backup"]
    if request.get("undo"):
        back = put_back(paths, directory)
        story = install(request["packages_before"]) or restart(units)
        if story:
            sys.exit(f"put back {', '.join(back) or 'nothing'}, but {story}")
        return {"put_back": back}
    if story := install(request["packages"]):
        sys.exit(story)
    staged = [path for path in paths if os.path.exists(path + STAGED)]
    for path in staged:
        back_up(path, directory, request["keep"])
    for path in staged:
        os.replace(path + STAGED, path)
        sync_directory(os.path.dirname(path))
        if shutil.which("restorecon"):
            run("restorecon", path)
    for unit in request["retire"]:
        run("systemctl", "disable", "--now", unit)
    if units:
        run("systemctl", "enable", *units)
    story = restart(units)
    if story is None:
        return {"activated": staged}
    if staged:
        back = put_back(staged, directory)
        again = restart(units)
        end = "it is up again with the configuration of before" if again is None else again
        story += f"\nPut back: {', '.join(back) or 'nothing, there was none before'}; {end}."
    sys.exit(story)
