"""Look for what SELinux has denied Kea's programs: the AVC messages in auditd's own log."""

from __future__ import annotations

import re
import time

import reading

AUDIT_LOG = "/var/log/audit/audit.log"
PROGRAMS = ("kea-dhcp4", "kea-ctrl-agent", "kea-lfc")
MOST = 8 << 20
"""Bytes at the end of the log that are read: auditd's own limit for a file."""
REMEMBERED = 86400
"""Seconds for which a denial counts."""
DENIED = re.compile(
    rb"^type=AVC msg=audit\((?P<time>\d+)[.\d]*:\d+\): +avc: +denied +\{ (?P<what>[\w ]+) \} for "
    rb'[^\n]*? comm="(?P<program>[^"\n]*)"(?P<rest>[^\n]*)$',
    re.M,
)
FIELD = re.compile(r'\b(name|path|scontext|tcontext|tclass|dest|src)=("[^"]*"|\S+)')


def denials() -> dict[str, object] | None:
    """Return how often SELinux denied something in the last day, and what last.

    None if auditd has no log here, or it cannot be read. `last` is in words, "" if there is none;
    `permissive` says that the last one was reported only.
    """
    try:
        text = reading.end(AUDIT_LOG, MOST)
    except OSError:
        return None
    since = time.time() - REMEMBERED
    recent = [
        match
        for match in DENIED.finditer(text)
        if match["program"].decode("utf-8", "replace") in PROGRAMS and int(match["time"]) >= since
    ]
    last = recent[-1] if recent else None
    return {
        "count": len(recent),
        "last": words(last) if last else "",
        "permissive": bool(last and b" permissive=1" in last["rest"]),
    }


def words(denied: re.Match[bytes]) -> str:
    """Say what was denied to which program: ``kea-dhcp4: write x (file, dhcpd_t to var_t)``."""
    fields = dict(FIELD.findall(denied["rest"].decode("utf-8", "replace")))
    target = (fields.get("path") or fields.get("name") or fields.get("dest") or "").strip('"')
    kinds = [fields.get(key, "").split(":") for key in ("scontext", "tcontext")]
    source, aim = (kind[2] if len(kind) > 2 else "?" for kind in kinds)
    program, what = (denied[key].decode("utf-8", "replace") for key in ("program", "what"))
    return f"{program}: {what} {target} ({fields.get('tclass', '?')}, {source} to {aim})"
