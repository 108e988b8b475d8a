"""Write files: whole or not at all, never readable by anybody they are not for.

Every file is written beside its place with its final owner and mode, and synced. Then the checks
run, as the user they name. Only when all have passed the files are renamed into place, then the
removals and commands follow. A failure says why on stderr, removes what was written, exits 1. It
runs on the host (Python >= 3.9, standard library only), as root.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import secrets
import stat
import sys
from typing import Any

import held
import outcome
import place
import testing
import trusted


def write_new(entry: dict[str, Any]) -> None:
    """Write a file beside its place."""
    content = secrets.token_urlsafe(24) + "\n" if entry.get("generate") else entry["content"]
    data = content.encode("utf-8", "surrogateescape")
    place.new(entry["path"], data, *rights(entry))


def rights(entry: dict[str, Any]) -> tuple[int, int, int]:
    """Return the mode, user id and group id of an entry: root's if it has none."""
    owner = pwd.getpwnam(entry.get("owner", "root")).pw_uid
    group = grp.getgrnam(entry.get("group", "root")).gr_gid
    return mode_of(entry), owner, group


def mode_of(entry: dict[str, Any]) -> int:
    """Return the mode that a file gets: the one that is asked for, else the one that it has."""
    if "mode" in entry:
        return int(entry["mode"], 8)
    info = trusted.status(entry["path"])
    return 0o644 if info is None else stat.S_IMODE(info.st_mode)


LEASES = b"address,"
"""How a lease file of Kea's begins: the first column of its header."""
CLEANUPS = ("", ".1", ".2", ".completed")
"""What a lease file's name ends with while Kea cleans it up; Kea reads each that is there."""


def damaged(path: str) -> str:
    """Return a sentence if Kea cannot read a lease file; "" if it can, or if there is none.

    Kea's own message ends at the first NUL that the file holds, before it names the file.
    """
    for name in (path + suffix for suffix in CLEANUPS):
        try:
            with os.fdopen(trusted.opened(name), "rb") as file:
                begin = file.read(len(LEASES))
        except OSError:
            continue
        if begin and begin != LEASES:
            return (
                f"\n{name} is not a lease file: it does not begin with Kea's header. Put a good"
                " copy in its place. A server of a pair may also start without it, as it fetches"
                " the leases from its peer."
            )
    return ""


def prepare(request: dict[str, Any]) -> list[str]:
    """Write every file beside its place and check it; return their paths."""
    paths = [entry["path"] for entry in request["files"]]
    try:
        for directory in request.get("directories", []):
            place.directory(directory["path"], *rights(directory))
        for entry in request["files"]:
            write_new(entry)
    except OSError as error:
        sys.exit(f"cannot write: {outcome.sentence(error)}")
    except LookupError as error:
        sys.exit(f"cannot write {', '.join(paths)}: {error.args[0]}")
    for item in request.get("checks", []):
        says = testing.run(item["argv"], item.get("user"))
        if says is not None:
            says += "".join(map(damaged, item.get("leases", ())))
            sys.exit(f"{item['argv'][0]} refuses the new configuration:\n{says}")
    return paths


def write(request: dict[str, Any]) -> list[str]:
    """Write what is asked for; return the paths."""
    try:
        written = prepare(request)
        for path in written:
            place.rename(path + place.NEW, path)
    finally:
        for entry in request["files"]:
            with contextlib.suppress(OSError):
                place.remove(entry["path"] + place.NEW)
    return written


RELOAD = ["firewall-cmd", "--reload"]


def reloaded() -> str | None:
    """Reload firewalld without the loss of what others have added to it; return what failed."""
    import firewalld_bus

    return firewalld_bus.reload() or None


def main(request: dict[str, Any]) -> dict[str, object]:
    """Write, remove, then run the commands that follow."""
    with held.working(request.get("run")):
        written = write(request)
        for entry in request.get("owned", []):
            place.own(entry["path"], *rights(entry))
        for path in request.get("remove", []):
            place.remove(path)
        for argv in request.get("then", []):
            says = reloaded() if argv == RELOAD else testing.run(argv)
            if says is not None:
                sys.exit(f"{' '.join(argv)} failed:\n{says}")
    return {"written": written}
