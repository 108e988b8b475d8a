"""Send commands to the running kea-dhcp4, in their order; all of them, or none.

Each step is a command and the commands that undo it. When Kea refuses one, those before it are
undone in reverse order, and the program says on stderr what Kea said and exits 1. The answers to
what was asked, and the files that were asked for, come back packed: they may hold secrets, which
nobody should read in a debug log.

Runs on the host (Python >= 3.9, standard library only), as root.
"""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import sys
import zlib
from typing import Any


class Refused(Exception):  # noqa: N818 - Kea's word
    """Kea's answer is not 0, or there is none."""


def raw(path: str, command: dict[str, Any]) -> Any:
    """Return the whole answer, as it came."""
    name = command["command"]
    try:
        with socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(30)
            channel.connect(path)
            channel.sendall(json.dumps(command).encode())
            return json.loads(b"".join(iter(lambda: channel.recv(1 << 20), b"")))
    except (OSError, ValueError) as error:
        raise Refused(f"{name}: kea-dhcp4 does not answer: {error}") from error


def ask(path: str, command: dict[str, Any]) -> Any:
    """Return the answer's arguments, when it is a yes."""
    answer = raw(path, command)
    if answer.get("result") != 0:
        raise Refused(f"{command['command']}: {answer.get('text')}")
    return answer.get("arguments")


def answers(path: str, commands: list[dict[str, Any]]) -> list[Any]:
    """Return every answer as it came; what has none says why."""
    found: list[Any] = []
    for command in commands:
        try:
            found.append(raw(path, command))
        except Refused as refused:
            found.append({"unanswered": str(refused)})
    return found


def take(path: str, steps: list[dict[str, Any]]) -> None:
    for number, step in enumerate(steps):
        try:
            ask(path, step["do"])
        except Refused as refused:
            left = undo(path, steps[:number])
            sys.exit(f"{refused}" + (f"\nundoing failed too: {left}" if left else ""))


def undo(path: str, steps: list[dict[str, Any]]) -> str:
    failed = []
    for step in reversed(steps):
        for command in step["undo"]:
            try:
                ask(path, command)
            except Refused as refused:
                failed.append(str(refused))
    return "; ".join(failed)


def main(request: dict[str, Any]) -> dict[str, object]:
    take(request["socket"], request.get("steps", []))
    found: dict[str, object] = {}
    for name in request.get("queries", []):
        with contextlib.suppress(Refused):
            found[name] = ask(request["socket"], {"command": name})
    if request.get("ask"):
        found["answers"] = answers(request["socket"], request["ask"])
    for path in request.get("files", []):
        with contextlib.suppress(OSError), open(path, encoding="utf-8") as text:
            found[path] = text.read()
    return {"packed": base64.b64encode(zlib.compress(json.dumps(found).encode())).decode()}
