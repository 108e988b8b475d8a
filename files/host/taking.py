"""Take steps on the running kea-dhcp4: all of them, or none.

Each step is a command and the commands that undo it. If Kea refuses a step, those before it are
undone in reverse order, and the report says what Kea refused, whether everything was undone, and
what was left. A step that may be partly applied (Kea says so, or gave no answer) is undone too.

It runs on the host (Python >= 3.9, standard library only), as root.
"""

from __future__ import annotations

from typing import Any

import kea_socket
from kea_socket import Refused


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
