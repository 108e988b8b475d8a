"""The control agent of a site, out of kea-ctrl-agent.conf."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from keaprov import paths, render, schema
from keaprov.errors import KeyPath, Problem
from keaprov.importing.migration import maps
from keaprov.importing.original import Original
from keaprov.importing.secrets import FOLDER, fits_file

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
    authentication = body.get("authentication")
    clients = maps(authentication.get("clients")) if isinstance(authentication, Mapping) else []
    client = clients[0] if clients else {}
    path: KeyPath = (_ROOT, "authentication", "clients", 0)
    original.ledger.move((_ROOT, "http-port"), ("control-agent", "port"))
    original.ledger.move(path, ("control-agent",))
    agent["password"] = {"generate": True}
    texts: dict[str, str] = {}
    if isinstance(client.get("user"), str):
        agent["user"] = client["user"]
        original.ledger.own((*path, "user"), f"is control-agent.user: {client['user']}")
    if fits_file(client.get("password")):
        name = f"{FOLDER}/control-agent-password"
        agent["password"] = {"file": name}
        texts[name] = client["password"]
        original.ledger.changed((*path, "password"), f"is in the file {name}")
    elif _keeps_password(authentication, client):
        original.ledger.own((*path, "password-file"), "each host keeps the password it has")
    return agent, texts


def _keeps_password(authentication: Any, client: Mapping[str, Any]) -> bool:
    """Whether the password is in the file in which a host keeps the one of keaprov."""
    folder = authentication.get("directory", "") if isinstance(authentication, Mapping) else ""
    name = client.get("password-file")
    return isinstance(name, str) and PurePosixPath(folder, name) == PurePosixPath(
        paths.PASSWORD_FILE
    )


def compare(original: Original, rendered: Mapping[str, Any]) -> None:
    """Note every value of an agent's file that the render of the site does not have."""
    for key, value in original.document.value.items():
        if key != _ROOT:
            original.ledger.keep((key,), value, "it is another program's, or unknown to Kea")
    _compare(original.body[_ROOT], rendered, (_ROOT,), original)


def _compare(written: Any, rendered: Any, path: KeyPath, original: Original) -> None:
    if written == rendered:
        original.ledger.own(path, "keaprov writes the same")
    elif any(entry.covers(path) for entry in original.ledger.entries):
        return
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
