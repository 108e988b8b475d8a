"""Observe systemd units, and what those that died logged last."""

from __future__ import annotations

import os
import re
import time

import reading
import shell

PROPERTIES = (
    "Id,LoadState,ActiveState,SubState,Result,NRestarts,UnitFileState,MainPID,"
    "ExecMainStartTimestampMonotonic,ExecStart,StateDirectory,StateDirectoryMode,LogsDirectory,"
    "LogsDirectoryMode,ConfigurationDirectory,ConfigurationDirectoryMode"
)
FOLDERS = {"State": "/var/lib", "Logs": "/var/log", "Configuration": "/etc"}
"""Where the directories are that systemd makes for a unit (systemd.exec(5))."""
FIXED = ("static", "generated", "transient")
"""States of units that systemctl does not enable: without an [Install] section, or a file."""
LOG_DIRECTORY = "/var/log/kea"
TAIL = 8192
"""Bytes at the end of a log file that are read."""
CONFIG = re.compile(r"argv\[\]=\S+(?: [^;]*?)?? -c ?(\S+)")
"""The configuration file of a daemon of Kea, in systemd's form of ExecStart."""


def units(names: list[str]) -> dict[str, dict[str, object]]:
    """Return how each unit is that systemd knows; OSError if systemd does not answer."""
    shown = shell.answer("systemctl", "show", "-p", PROPERTIES, "--", *names)
    report = {}
    now = time.time() - time.monotonic()
    for block in shown.split("\n\n"):
        unit = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        masked = unit.get("LoadState") == "masked"
        if unit.get("LoadState") != "loaded" and not masked:
            continue
        started = number(unit, "ExecMainStartTimestampMonotonic") / 1e6
        report[unit["Id"].rsplit(".", 1)[0]] = {
            "active": unit["ActiveState"],
            "sub": unit["SubState"],
            "result": unit.get("Result", ""),
            "restarts": number(unit, "NRestarts"),
            "enabled": unit.get("UnitFileState") == "enabled",
            "masked": masked,
            "fixed": unit.get("UnitFileState") in FIXED,
            "pid": number(unit, "MainPID"),
            "started": started + now if started else 0.0,
            "config": config(unit.get("ExecStart", "")),
            "directories": directories(unit),
            "words": last_words(unit["Id"]) if died(unit) else "",
        }
    return report


def config(start: str) -> str:
    """Return the configuration file that a unit's command names, "" if it names none."""
    match = CONFIG.search(start)
    return match.group(1) if match else ""


def directories(unit: dict[str, str]) -> dict[str, str]:
    """Return the mode of each directory that systemd makes for a unit.

    systemd sets it again at each start of the unit (systemd.exec(5), StateDirectory=).
    """
    return {
        os.path.join(folder, name.partition(":")[0]): unit.get(
            f"{kind}DirectoryMode", "0755"
        ).lstrip("0")
        for kind, folder in FOLDERS.items()
        for name in unit.get(f"{kind}Directory", "").split()
    }


def died(unit: dict[str, str]) -> bool:
    """Return whether a unit ended unexpectedly, also if systemd starts it again and again."""
    return (
        unit["ActiveState"] == "failed"
        or unit["SubState"] == "auto-restart"
        or unit.get("Result", "success") != "success"
    )


def number(unit: dict[str, str], key: str) -> int:
    """Return a property's number, 0 if it has none."""
    value = unit.get(key, "")
    return int(value) if value.isdecimal() else 0


def last_words(unit: str) -> str:
    """Return what a unit logged last, in the journal and in Kea's own log file."""
    journal = shell.run("journalctl", "-u", unit, "-n", "12", "--no-pager", "-o", "cat").stdout
    log = tail(os.path.join(LOG_DIRECTORY, f"{unit.rsplit('.', 1)[0]}.log"))
    return "\n".join([*journal.splitlines(), *log.splitlines()[-8:]])


def tail(path: str) -> str:
    """Return the end of a regular file; "" for a link, which user kea may have put there."""
    try:
        return reading.end(path, TAIL).decode("utf-8", "replace")
    except OSError:
        return ""
