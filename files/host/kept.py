"""The configurations that this host keeps: history, and the last one that was proven to run.

History is for people: the first original of each file for ever, later ones by time and hash, a
bounded number. `.NAME.proven` is for undoing: only a file that kea-dhcp4 ran gets there. Hosts of
an earlier keaprov have `.NAME.before` instead.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import time
from typing import Any

import place
import reading
import rpms
import trusted


def proven(path: str, directory: str) -> str:
    """Return where the proven copy of a file is."""
    return os.path.join(directory, f".{os.path.basename(path)}.proven")


def last_good(path: str, directory: str) -> str:
    """Return the copy of a file to go back to, "" if there is none."""
    before = os.path.join(directory, f".{os.path.basename(path)}.before")
    copies = [copy for copy in (proven(path, directory), before) if trusted.exists(copy)]
    return copies[0] if copies else ""


def prove(paths: list[str], directory: str) -> None:
    """Keep the active files as proven: kea-dhcp4 runs what they say."""
    for path in paths:
        copy = proven(path, directory)
        if trusted.exists(path) and not same(path, copy):
            place.copy(path, copy)


def remember(path: str, what: dict[str, Any]) -> None:
    """Write which configuration was proven to run, and with which of ISC's packages.

    Only root may read it: who can guess a password in the configuration could compare hashes.
    """
    place.directory(os.path.dirname(path), 0o755)
    entry = {"hash": what["hash"], "revision": what["revision"], "packages": rpms.installed()}
    place.put(path, json.dumps(entry) + "\n", 0o600)


def put_back(paths: list[str], directory: str) -> list[str]:
    """Put the proven files back; return those that were different."""
    back = []
    for path in paths:
        copy = last_good(path, directory)
        if copy and not same(copy, path):
            place.copy(copy, path)
            back.append(path)
    return back


def back_up(path: str, directory: str, keep: int) -> None:
    """Add the active file to the history."""
    if not trusted.exists(path):
        return
    name = os.path.join(directory, os.path.basename(path))
    if not trusted.exists(f"{name}.bkp"):
        place.copy(path, f"{name}.bkp")
        return
    add(path, name, keep)


def add(path: str, name: str, keep: int) -> None:
    """Add a file to the history of a name, which is bounded."""
    digest = hashlib.sha256(reading.data(path)).hexdigest()[:12]
    copies = sorted(glob.glob(f"{glob.escape(name)}.2*"))
    if not copies or not same(path, copies[-1]):
        place.copy(path, f"{name}.{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.{digest}")
        copies = sorted(glob.glob(f"{glob.escape(name)}.2*"))
    for old in copies[:-keep]:
        place.remove(old)


def is_keaprovs(path: str) -> bool:
    """Return whether keaprov wrote a kea-dhcp4.conf: its user-context names the site."""
    body = reading.mapping(path).get("Dhcp4")
    context = body.get("user-context") if isinstance(body, dict) else None
    return isinstance(context, dict) and isinstance(context.get("keaprov"), dict)


def back_up_original(path: str, directory: str, keep: int) -> None:
    """Keep a file of a server that is not keaprov's yet; an earlier original joins the history."""
    if not trusted.exists(path):
        return
    copy = os.path.join(directory, os.path.basename(path)) + place.ORIGINAL
    if same(path, copy):
        return
    if trusted.exists(copy):
        add(copy, os.path.join(directory, os.path.basename(path)), keep)
    place.copy(path, copy)


def same(left: str, right: str) -> bool:
    """Return whether two files are there and have the same content."""
    if not (trusted.exists(left) and trusted.exists(right)):
        return False
    return reading.data(left) == reading.data(right)
