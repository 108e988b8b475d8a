"""The control agent of a site, out of kea-ctrl-agent.conf."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keaprov import paths, render, schema
from keaprov.errors import KeyPath, Problem
from keaprov.importing import login
from keaprov.importing.original import Original, keep_others

_ROOT = "Control-agent"
_USUAL_PORT = 8000


def problems(original: Original) -> list[Problem]:
    """Return what is wrong with an agent's file; keys that Kea does not know are not imported."""
    return [
        problem
        for problem in schema.agent_problems(original.body[_ROOT], (_ROOT,))
        if problem.code != "KP201"
    ]


def read(original: Original) -> tuple[dict[str, Any], dict[str, str]]:
    """Return `control-agent` of a site file, and the texts of secret files by name."""
    body = original.body[_ROOT]
    agent: dict[str, Any] = {"port": body.get("http-port", _USUAL_PORT)}
    original.ledger.move((_ROOT, "http-port"), ("control-agent", "port"))
    authentication = body.get("authentication")
    path: KeyPath = (_ROOT, "authentication")
    values, texts = login.read(authentication, path, "control-agent", original.ledger)
    return agent | values, texts


def compare(original: Original, rendered: Mapping[str, Any]) -> None:
    """Note every value of an agent's file that the render of the site does not have."""
    keep_others(original, _ROOT)
    _compare(original.body[_ROOT], rendered, (_ROOT,), original)


def _compare(written: Any, rendered: Any, path: KeyPath, original: Original) -> None:
    if written == rendered:
        original.ledger.own(path, "keaprov writes the same")
    elif any(entry.covers(path) for entry in original.ledger.entries):
        return
    elif path[-1] == "socket-name" and isinstance(rendered, str):
        original.ledger.own(path, f"keaprov's socket is {paths.CONTROL_SOCKET}")
    elif isinstance(written, Mapping) and written and isinstance(rendered, Mapping):
        for key, value in written.items():
            _compare(value, rendered.get(key), (*path, key), original)
    elif isinstance(written, list) and written and isinstance(rendered, list):
        for index, value in enumerate(written):
            other = rendered[index] if index < len(rendered) else None
            _compare(value, other, (*path, index), original)
    else:
        words = "keaprov does not write this key of the agent"
        if rendered is not None:
            words = f"keaprov writes {render.write(rendered)}"
        original.ledger.keep(path, written, words)
