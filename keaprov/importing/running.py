"""The files of a running Kea, read over a channel to its host, and what it runs besides them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from keaprov import diff, paths, typed
from keaprov.channel import Channel
from keaprov.control.decoding import expected, unpacked
from keaprov.errors import Mark, Problem, dotted
from keaprov.importing import values
from keaprov.importing.ledger import Ledger
from keaprov.importing.migration import maps, migrate
from keaprov.site.canonical import canonical
from keaprov.source import Document, parse_relaxed
from keaprov.source.document import text_of

_USUAL = {"kea-dhcp4": paths.DHCP4_CONF, "kea-ctrl-agent": paths.AGENT_CONF}
"""The files that the units read if their commands name none."""
_UNITS = list(_USUAL)
_MOST_LINES = 10
"""Differences of a server that are listed; of the others, the number."""


def documents(channel: Channel) -> list[Document]:
    """Return a host's kea-dhcp4.conf, and its kea-ctrl-agent.conf if it has one.

    The units' commands name the files. What they include is read from the host, too. Raises like
    `Channel.program`.
    """
    report = channel.program("observe", {"parts": ["units"], "units": _UNITS, "interfaces": []})
    with expected(f"{channel.name}: the report of observe"):
        dhcp4, agent = (
            str(report["units"].get(name, {}).get("config") or usual)
            for name, usual in _USUAL.items()
        )
    texts = _texts(channel, [dhcp4, agent])
    listed = [_document(channel, dhcp4, texts)]
    if agent in texts:
        listed.append(_document(channel, agent, texts))
    return listed


def _document(channel: Channel, path: str, texts: Mapping[str, str]) -> Document:
    file = f"{channel.name}:{path}"
    text = _checked(path, file, texts)
    if isinstance(text, Problem):
        return Document(file, problems=(text,))
    read: dict[str, str | Problem] = {}

    def include(name: str, first: str) -> tuple[str, str | Problem]:
        place = str(PurePosixPath("/", name))  # systemd starts kea-dhcp4 in /
        if place not in read:
            read[place] = _checked(place, f"{channel.name}:{place}", _texts(channel, [place]))
        return f"{channel.name}:{place}", read[place]

    return parse_relaxed(text, file, include)


def _texts(channel: Channel, files: Sequence[str]) -> dict[str, str]:
    request = {"socket": paths.CONTROL_SOCKET, "files": list(files)}
    report = channel.program("command", request)
    with expected(f"{channel.name}: the report of command"):
        texts: dict[str, str] = unpacked(report["packed"])
        typed.check(texts, dict[str, str], "files")
    return texts


def _checked(path: str, file: str, texts: Mapping[str, str]) -> str | Problem:
    if path not in texts:
        hint = "Check the path, and who may read the file: --sudo reads as root."
        return Problem("KP101", "cannot be read on the host", Mark(file), hint=hint)
    return text_of(texts[path].encode("utf-8", "surrogateescape"), file, bom=True)


def deviations(channel: Channel, document: Document) -> list[str]:
    """Return in words where kea-dhcp4 runs something else than its file, or why this is unknown.

    Raises like `Channel.program`.
    """
    written = document.value.get("Dhcp4") if isinstance(document.value, Mapping) else None
    if not isinstance(written, Mapping):
        return []
    sockets = list(_sockets(written))
    for socket in sockets:
        request = {"socket": socket, "queries": ["config-get"]}
        report = channel.program("command", request)
        with expected(f"{channel.name}: the report of command"):
            running = (unpacked(report["packed"]).get("config-get") or {}).get("Dhcp4")
        if isinstance(running, Mapping):
            return _lines(channel.name, document, running)
    where = ", ".join(sockets) or "any unix socket"
    return [f"{channel.name}: kea-dhcp4 does not answer on {where}: what it runs is unknown"]


def _sockets(dhcp4: Mapping[str, Any]) -> Iterator[str]:
    """Yield the unix control sockets; a bare name is in Kea's own directory."""
    for socket in [*maps([dhcp4.get("control-socket")]), *maps(dhcp4.get("control-sockets"))]:
        name = socket.get("socket-name")
        if socket.get("socket-type") == "unix" and isinstance(name, str):
            yield str(PurePosixPath(paths.SOCKET_DIR, name))


def _lines(name: str, document: Document, running: Mapping[str, Any]) -> list[str]:
    body: dict[str, Any] = values.copied(document.value)
    migrate(body, Ledger(document))
    differences = list(diff.differences(canonical(body["Dhcp4"]), running))
    lines = [
        f"{name}: Dhcp4.{dotted(difference.path)}: the file has "
        f"{values.shown(difference.path, difference.wanted)}, but it runs "
        f"{values.shown(difference.path, difference.actual)}"
        for difference in differences[:_MOST_LINES]
    ]
    if len(differences) > _MOST_LINES:
        lines.append(f"{name}: and {len(differences) - _MOST_LINES} more differences")
    return lines
