"""Send commands to the running kea-dhcp4, in their order; all of them, or none.

The answers to what was asked, and the files that were asked for, come back packed. It runs on the
host (Python >= 3.9, standard library only), as root.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

import held
import kea_socket
import packing
import reading
import taking
from kea_socket import Refused


def answers(path: str, commands: list[dict[str, Any]]) -> list[Any]:
    """Return every answer as it came; a command without an answer says why."""
    given: list[Any] = []
    for command in commands:
        try:
            given.append(kea_socket.talk(path, command))
        except Refused as refused:
            given.append({"unanswered": str(refused)})
    return given


def main(request: dict[str, Any]) -> dict[str, object]:
    """Take the steps, then ask what is to be asked."""
    path, steps = request["socket"], request.get("steps", [])
    if steps:
        with held.working(request.get("run")):
            refusal = taking.take(path, steps)
        if refusal:
            return refusal
    report: dict[str, object] = {}
    for name in request.get("queries", []):
        with contextlib.suppress(Refused):
            report[name] = kea_socket.ask(path, {"command": name})
    if request.get("ask"):
        report["answers"] = answers(path, request["ask"])
    for file in request.get("files", []):
        with contextlib.suppress(OSError):
            report[file] = reading.text(file)
    return {"packed": packing.packed(json.dumps(report))}
