"""Send commands to the running kea-dhcp4, in their order; all of them, or none.

Each step is a command and the commands that undo it. If Kea refuses a step, those before it are
undone in reverse order, and the report says what Kea refused, whether everything was undone, and
what was left. A step that may be partly applied (Kea says so, or gave no answer) is undone too.

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


def take(path: str, steps: list[dict[str, Any]]) -> dict[str, object] | None:
    """Take every step; return the report of a refusal, None if there was none."""
    for number, step in enumerate(steps):
        try:
            kea_socket.ask(path, step["do"])
        except Refused as refused:
            left = [] if refused.certain else undo_uncertain(path, step, str(refused))
            for earlier in reversed(steps[:number]):
                left += undo(path, earlier)
            return {
                "refused": str(refused),
                "partly": refused.result == kea_socket.PARTLY,
                "undone": not left,
                "left": left,
            }
    return None


def undo_uncertain(path: str, step: dict[str, Any], why: str) -> list[str]:
    """Undo a step that may have changed something; return what may be left of it."""
    if not step["undo"]:
        return [f"{why}: it may be partly applied"]
    return undo(path, step, uncertain=True)


def undo(path: str, step: dict[str, Any], *, uncertain: bool = False) -> list[str]:
    """Undo a step; return what could not be undone.

    An uncertain step may have changed nothing: then there may be nothing to undo.
    """
    left = []
    for command in step["undo"]:
        try:
            kea_socket.ask(path, command)
        except Refused as refused:
            if not (uncertain and refused.result == kea_socket.EMPTY):
                left.append(str(refused))
    return left


def main(request: dict[str, Any]) -> dict[str, object]:
    """Take the steps, then ask what is to be asked."""
    path, steps = request["socket"], request.get("steps", [])
    if steps:
        with held.working(request.get("run")):
            refusal = take(path, steps)
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
