"""Stop a unit for a drill, and have it return: whatever becomes of the drill.

A watcher, which outlives this program and the run, starts the unit again as soon as the run no
longer holds this host, or after `after` seconds. With `cancel` the unit starts at once. After a
power cut the unit starts with the host, because it stays enabled. It runs on the host (Python >=
3.9, standard library only), as root.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import detached
import held
import reading
import services

UNIT = "keaprov-return"
POLL, AGAIN = 0.2, 5.0
"""Seconds between observations of the run, and between attempts to start the unit."""


def watch(request: dict[str, Any]) -> dict[str, object]:
    """Be the watcher."""
    deadline = time.monotonic() + request["after"]
    since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    detached.leave_mark(UNIT, request, unit=request["unit"], since=since)
    while held.alive(request["run"]) and time.monotonic() < deadline:
        time.sleep(POLL)
    while services.start(request["unit"]):
        time.sleep(AGAIN)
    detached.finish(UNIT)
    return {"started": request["unit"]}


def stop(request: dict[str, Any]) -> dict[str, object]:
    """Start the watcher, then stop the unit."""
    unit = request["unit"]
    if not services.installed(unit):
        sys.exit(f"{unit} is not installed on this host")
    task = {"run": request.get("run") or "", "unit": unit, "after": float(request["after"])}
    detached.start(UNIT, f"keaprov: start {unit} again after a drill", task)
    if story := services.stop(unit):
        if services.start(unit):
            sys.exit(f"{story}; {UNIT} goes on trying to start it")
        detached.stop(UNIT)
        detached.finish(UNIT)
        sys.exit(f"{story}; it runs")
    return {"stopped": True}


def cancel(request: dict[str, Any]) -> dict[str, object]:
    """Start the unit now; the watcher goes on if that fails."""
    mark = reading.mapping(detached.mark_of(UNIT))
    unit = request.get("unit") or mark.get("unit") or "kea-dhcp4"
    if story := services.start(unit):
        sys.exit(f"{story}; {UNIT} goes on trying")
    detached.stop(UNIT)
    detached.finish(UNIT)
    return {"started": True}


def main(request: dict[str, Any]) -> dict[str, object]:
    """Stop the unit, start it again, or watch over its return."""
    if "watch" in request:
        return watch(request["watch"])
    with held.working(request.get("run")):
        return cancel(request) if request.get("cancel") else stop(request)
