"""Verify Kea's packages: who signed each, and which files are not as rpm installed them."""

from __future__ import annotations

import re

import shell

KEY_ID = re.compile(r"Key ID ([0-9a-f]{16})", re.I)
CHANGED = re.compile(r"^(?P<tests>[.?A-Z0-9]{8,}) {1,2}(?P<kind>[a-z ]) (?P<path>/.*)$")
MISSING = re.compile(r"^missing {3,4}(?P<kind>[a-z ]) (?P<path>/[^\n]*?)(?: \(.*\))?$")
NOT_PACKAGED = "cgdr"
"""Files that a host changes or leaves out: configuration, ghosts, documentation (rpm(8))."""
TIME = "T"
MOST = 20
"""Files that are reported; more are counted only."""
TAGS = ("RSAHEADER", "DSAHEADER", "SIGPGP", "SIGGPG")
SIGNATURES = "".join(f"[%{{{tag}:pgpsig}}]" for tag in TAGS)
"""Where rpm keeps a package's signature: in the header, or over header and payload."""


def verified(key: dict[str, str], pattern: str = "isc-kea*") -> dict[str, object]:
    """Return who signed each package, and the files that are not as they were installed.

    `key` is the ``file`` of the vendor's key, and the ``fingerprint`` that the site pins. `signers`
    has the key id by package, "" if it is not signed, `keys` the ids of the pinned key and of its
    subkeys. `changed` are the first files with what differs, `number` is how many there are.
    `error` is why rpm cannot tell, None if it can.
    """
    query = f"%{{NAME}} %{{VERSION}}-%{{RELEASE}} {SIGNATURES}\n"
    listed = shell.run("rpm", "-qa", "--qf", query, pattern)
    signers = {}
    for line in listed.stdout.splitlines():
        name, space, rest = line.partition(" ")
        key_id = KEY_ID.search(rest)
        if space:
            signers[name] = key_id[1].upper() if key_id else ""
    if not signers:
        error = shell.words(listed) if listed.returncode else None
        return {"signers": {}, "keys": [], "changed": [], "number": 0, "error": error}
    answer = shell.run("rpm", "-V", "--nodeps", "--noscripts", *sorted(signers), timeout=50)
    changed = [words for line in answer.stdout.splitlines() if (words := difference(line))]
    unclear = answer.stderr.strip() or answer.returncode == shell.TIMED_OUT
    return {
        "signers": dict(sorted(signers.items())),
        "keys": key_ids(key["file"], key["fingerprint"]),
        "changed": changed[:MOST],
        "number": len(changed),
        "error": shell.words(answer)[-500:] if unclear else None,
    }


def difference(line: str) -> dict[str, str] | None:
    """Read a line of `rpm -V`; None if that file may differ, or only its time does."""
    missing = MISSING.match(line)
    if missing:
        packaged = missing["kind"] not in NOT_PACKAGED
        return {"path": missing["path"], "tests": "missing"} if packaged else None
    changed = CHANGED.match(line)
    if changed is None or changed["kind"] in NOT_PACKAGED:
        return None
    tests = changed["tests"].replace(".", "")
    return {"path": changed["path"], "tests": tests} if tests.strip(TIME) else None


def key_ids(path: str, fingerprint: str) -> list[str]:
    """Return the ids of a key and its subkeys, [] if the file does not have this key."""
    shown = shell.run("gpg", "--batch", "--show-keys", "--with-colons", path).stdout
    ids: list[str] = []
    wanted = False
    for fields in (line.split(":") for line in shown.splitlines()):
        if len(fields) < 5:
            continue
        if fields[0] == "pub":
            wanted = fingerprint.upper().endswith(fields[4].upper() or "?")
        if wanted and fields[0] in ("pub", "sub"):
            ids.append(fields[4].upper())
    return ids
