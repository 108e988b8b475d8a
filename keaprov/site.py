"""Load a site: read, check, and build the model; every problem at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from keaprov import lint, schema, source
from keaprov.errors import Path as KeyPath
from keaprov.errors import Problem, Severity, SiteError
from keaprov.model import (
    ControlAgent,
    Failover,
    Firewall,
    Kea,
    Ntp,
    Repository,
    Role,
    Secret,
    Server,
    Site,
)
from keaprov.source import Document

OWN_FAILOVER = (
    "port",
    "heartbeat-delay",
    "max-response-delay",
    "max-ack-delay",
    "max-unacked-clients",
)


def load_site(path: str | os.PathLike[str]) -> Site:
    """Return the site of a file. SiteError carries every error found, warnings with them."""
    site, problems = check_site(path)
    if site is None:
        raise SiteError(problems)
    return site


def check_site(path: str | os.PathLike[str]) -> tuple[Site | None, tuple[Problem, ...]]:
    """Return the site, None when it has errors, and every problem of the file, sorted by place."""
    document = source.read(Path(path))
    problems = list(document.problems)
    site = None
    if document.value is not None or not problems:
        problems += schema.problems(document)
        if not _errors(problems):
            dhcp4, found = _dhcp4(document)
            problems += found
            site = _site(document, dhcp4)
            problems += lint.lint_site(site, document)
    ordered = sorted(set(problems), key=lambda p: (p.mark.file, p.mark.line, p.mark.column, p.code))
    return (None if _errors(problems) else site), tuple(ordered)


def _errors(problems: list[Problem]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in problems)


def _site(document: Document, dhcp4: Mapping[str, Any]) -> Site:
    raw = document.value
    servers = tuple(
        Server(
            name=name,
            address=one["address"],
            interfaces=tuple(one["interfaces"]),
            role=Role(one.get("role", "primary")),
        )
        for name, one in raw["servers"].items()
    )
    return Site(
        name=raw["site"],
        servers=servers,
        dhcp4=dhcp4,
        kea=_kea(raw.get("kea") or {}),
        failover=_failover(raw["failover"]) if "failover" in raw else None,
        control_agent=_agent(raw["control-agent"]) if "control-agent" in raw else None,
        ntp=Ntp(*(tuple((raw.get("ntp") or {}).get(kind, ())) for kind in ("pools", "servers"))),
        firewall=Firewall(
            (raw.get("firewall") or {}).get("zone", "public"),
            tuple((raw.get("firewall") or {}).get("management", ())),
        ),
        update=raw.get("update", True),
        source=document.file,
    )


def _kea(raw: Mapping[str, Any]) -> Kea:
    series = raw.get("series", Kea().series)
    default = Repository.of_series(series)
    given = raw.get("repository") or {}
    url = given.get("url", default.url)
    key = default.key_url.rsplit("/", 1)[1]
    fingerprint = "".join(given.get("fingerprint", default.fingerprint).split()).upper()
    return Kea(
        series,
        raw.get("version"),
        Repository(url, given.get("key-url", f"{url}/{key}"), fingerprint),
    )


def _failover(raw: Mapping[str, Any]) -> Failover:
    own = {key.replace("-", "_"): raw[key] for key in OWN_FAILOVER if key in raw}
    return Failover(**own, extra={key: raw[key] for key in raw if key not in OWN_FAILOVER})


def _agent(raw: Mapping[str, Any]) -> ControlAgent:
    default = ControlAgent()
    secret = Secret(**raw["password"]) if "password" in raw else default.password
    return ControlAgent(raw.get("port", default.port), raw.get("user", default.user), secret)


def _dhcp4(document: Document) -> tuple[dict[str, Any], list[Problem]]:
    """Return the dhcp4 block in Kea's own forms: short forms written out, CSV files read."""
    problems: list[Problem] = []
    body = _scope(document.value["dhcp4"], ("dhcp4",), document, problems)
    return body, problems


_SCOPES = ("subnet4", "shared-networks", "client-classes", "pools", "reservations")


def _scope(raw: Any, path: KeyPath, document: Document, problems: list[Problem]) -> Any:
    """Write a scope's short forms out, and those of the scopes within it."""
    if not isinstance(raw, dict):
        return raw
    written = dict(raw)
    options = raw.get("option-data")
    if isinstance(options, dict):
        written["option-data"] = [
            {"name": name, "data": _data(value)} for name, value in options.items()
        ]
    if isinstance(raw.get("reservations"), dict):
        found = list(_reservations(raw["reservations"], path, document, problems))
        written["reservations"] = found
    for key in _SCOPES:
        if isinstance(written.get(key), list):
            written[key] = [
                _scope(
                    {"pool": one} if key == "pools" and isinstance(one, str) else one,
                    (*path, key, index),
                    document,
                    problems,
                )
                for index, one in enumerate(written[key])
            ]
    return written


def _data(value: Any) -> str:
    """Write an option's value as Kea's text: a list becomes comma-separated."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(_data, value)) if isinstance(value, list) else str(value)


def _reservations(
    raw: Mapping[str, Any], path: KeyPath, document: Document, problems: list[Problem]
) -> Iterator[dict[str, Any]]:
    where = (*path, "reservations")
    if list(raw) != ["csv"] or not isinstance(raw["csv"], str):
        problems.append(
            Problem(
                "KP205",
                "reservations is a list, or {csv: FILE}",
                document.mark(where),
                where,
                "name a CSV file whose headers are Kea's keywords: hw-address,ip-address,hostname",
            )
        )
        return
    rows, marks, found = source.read_csv(Path(document.file).parent / raw["csv"])
    problems += found
    for row, mark in zip(rows, marks, strict=True):
        unknown = [name for name in row if name not in RESERVATION]
        if unknown or not any(name in row for name in IDENTIFIERS):
            what = f"unknown column {', '.join(unknown)}" if unknown else "no identifier"
            problems.append(
                Problem("KP108", what, mark, where, f"columns may be {', '.join(RESERVATION)}")
            )
            continue
        yield dict(row)


IDENTIFIERS = ("hw-address", "client-id", "duid", "circuit-id", "flex-id")
RESERVATION = (
    *IDENTIFIERS,
    "ip-address",
    "hostname",
    "next-server",
    "server-hostname",
    "boot-file-name",
)
