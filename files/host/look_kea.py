"""Observe the running kea-dhcp4: what it is, what it runs, and how the pair stands."""

from __future__ import annotations

import contextlib
from typing import Any

import kea_socket
import look_links
import reading

SECONDS = 10.0
TLS = ("trust-anchor", "cert-file", "key-file")


def kea(request: dict[str, Any]) -> dict[str, object]:
    """Return what kea-dhcp4 says, and what its peer says when it is asked directly.

    The configuration is asked of a process that is not `known_pid`, because it is long and keeps
    Kea busy; what it is, is known from the proof of the last run if the hash is the same. `ask` are
    further commands, whose answers come back as they are. With `bodies`, the configuration comes
    back with the file that it names, packed, unless it is proven to be the revision that it names.
    """
    path = request["socket"]
    kept = proof(request["running"])
    report: dict[str, Any] = {
        "version": None,
        "pid": 0,
        "status": None,
        "config": False,
        "revision": None,
        "hash": "",
        "proven": False,
        "last_proven": kept or None,
        "interfaces_config": None,
        "site": "",
        "this_server": "",
        "ha_peers": [],
        "answers": {},
        "error": None,
    }
    try:
        status = mapping(kea_socket.ask(path, {"command": "status-get"}, SECONDS))
        pid = status.get("pid")
        report["status"] = status
        report["pid"] = pid if isinstance(pid, int) else 0
        if not report["pid"] or report["pid"] != request.get("known_pid"):
            config = mapping(kea_socket.ask(path, {"command": "config-get"}, SECONDS))
            report.update(running(config, kept))
            wanted = request.get("bodies")
            if wanted and not (report["proven"] and report["revision"] == wanted["unless"]):
                report["packed"] = bodies(config, wanted["file"])
        version = kea_socket.talk(path, {"command": "version-get"}, SECONDS)
        report["version"] = version.get("text")
        report["answers"] = answers(path, request["ask"])
    except kea_socket.Refused as refused:
        report["error"] = str(refused)
    report["peer"] = peer(report, request)
    report["links"] = look_links.links(request.get("interfaces") or [], report["pid"])
    return report


def bodies(config: dict[str, Any], file: str) -> str:
    """Return what runs, and what a file has, packed as files/host/command.py packs answers."""
    import json

    import packing

    whole: dict[str, Any] = {"config-get": config}
    with contextlib.suppress(OSError):
        whole[file] = reading.text(file)
    return packing.packed(json.dumps(whole))


def answers(path: str, names: list[str]) -> dict[str, Any]:
    """Return Kea's answers by command; one that is not answered is left out."""
    given = {}
    for name in names:
        with contextlib.suppress(kea_socket.Refused):
            given[name] = kea_socket.talk(path, {"command": name}, SECONDS)
    return given


def proof(path: str) -> dict[str, Any]:
    """Return the hash, revision and packages that a run proved last, {} if that is unknown."""
    entry = reading.mapping(path)
    if not all(isinstance(entry.get(key), str) and entry[key] for key in ("hash", "revision")):
        return {}
    packages = mapping(entry.get("packages"))
    return {"hash": entry["hash"], "revision": entry["revision"], "packages": packages}


def running(config: dict[str, Any], kept: dict[str, Any]) -> dict[str, object]:
    """Return what a running configuration says of itself."""
    body = mapping(config.get("Dhcp4"))
    context = mapping(mapping(body.get("user-context")).get("keaprov"))
    digest = config.get("hash") or ""
    proven = bool(digest) and kept.get("hash") == digest
    this_server, peers = pair(body)
    return {
        "config": True,
        "hash": digest,
        "proven": proven,
        "revision": kept["revision"] if proven else context.get("revision", ""),
        "interfaces_config": body.get("interfaces-config"),
        "site": context.get("site", ""),
        "this_server": this_server,
        "ha_peers": peers,
    }


def pair(body: dict[str, Any]) -> tuple[str, list[dict[str, object]]]:
    """Return who this server is in its HA relationship, and the peers with their TLS files."""
    for library in body.get("hooks-libraries") or []:
        relationships = mapping(mapping(library).get("parameters")).get("high-availability")
        for relationship in relationships if isinstance(relationships, list) else []:
            shared = mapping(relationship)
            peers = [
                {key: entry.get(key, "") for key in ("name", "url", "role")}
                | {key: entry.get(key) or shared.get(key) or "" for key in TLS}
                for entry in map(mapping, shared.get("peers") or [])
            ]
            return str(shared.get("this-server-name", "")), peers
    return "", []


def peer(report: dict[str, Any], request: dict[str, Any]) -> Any:
    """Return the heartbeat of the other server; None if there is none to ask."""
    others = [
        entry
        for entry in report["ha_peers"]
        if entry["name"] != report["this_server"] and entry["role"] != "backup"
    ]
    candidates = others if report["config"] else request.get("peers") or []
    if not candidates:
        return None
    import heartbeat  # here, so that a server without a peer does without

    return heartbeat.ask(candidates[0])


def mapping(value: Any) -> dict[str, Any]:
    """Return a map as it is, {} for anything else."""
    return value if isinstance(value, dict) else {}
