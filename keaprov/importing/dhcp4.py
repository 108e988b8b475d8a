"""One kea-dhcp4.conf as the parts of a site: its servers, and the body of ``Dhcp4``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from keaprov import lint, paths, schema
from keaprov.errors import NOWHERE, KeyPath, Problem
from keaprov.importing import api, hooks, secrets, values
from keaprov.importing.ledger import Ledger
from keaprov.importing.migration import maps, migrate
from keaprov.importing.original import Original, keep_others
from keaprov.importing.relationship import Peers
from keaprov.render import dhcp4_body
from keaprov.site.canonical import REWRITTEN, canonical

_WAIT = "service-sockets-retry-wait-time"
_NO_FILES = ("stdout", "stderr", "syslog")


@dataclass(frozen=True)
class Part:
    """What one server's file says; `body` has Kea's own forms, with references for passwords.

    `site` is the name of the site if keaprov rendered the file, else empty. `api` is that of the
    site, empty if the file has none.
    """

    original: Original
    body: dict[str, Any]
    peers: Peers
    interfaces: list[str]
    site: str
    live: bool
    secrets: dict[str, str]
    api: dict[str, Any]


def checked(original: Original) -> list[Problem]:
    """Bring a file into the spelling of today and drop unknown keys, both in place.

    Return what Kea's grammar does not accept; a file with such a problem is not imported.
    """
    body, ledger = original.body, original.ledger
    migrate(body, ledger)
    _spell(body, ledger)
    keep_others(original, "Dhcp4")
    problems = list(_problems(body["Dhcp4"]))
    for problem in problems:
        if problem.code == "KP201" and _holder(body, problem.path) is not None:
            words = f"{problem.message}. {problem.hint}"
            ledger.keep(problem.path, _removed(body, problem.path), words)
    return [problem for problem in problems if problem.code != "KP201"]


def _problems(dhcp4: dict[str, Any]) -> Iterator[Problem]:
    if not dhcp4:
        yield Problem("KP204", "is empty", NOWHERE, ("Dhcp4",), "Kea wants a parameter at least.")
    yield from schema.dhcp4_problems(dhcp4, ("Dhcp4",))
    for path, hook in lint.ha_hooks(dhcp4):
        here: KeyPath = ("Dhcp4", *path[1:], "parameters")
        yield from schema.ha_problems(hook.get("parameters", {}), here)


def _spell(body: dict[str, Any], ledger: Ledger) -> None:
    """Write values that Kea reads in several spellings as Kea returns them, in place."""
    body["Dhcp4"] = canonical(body["Dhcp4"])
    covered = {entry.path for entry in ledger.entries}
    for path, value in values.leaves(ledger.document.value.get("Dhcp4"), ("Dhcp4",)):
        if path[-1] in REWRITTEN and not values.under(path, covered):
            now = values.at(body, path)
            if now != value:
                ledger.changed(path, "is not set" if now is None else f"is {now}")


def _holder(body: Any, path: KeyPath) -> Any:
    """Return the map that has the last key of a path, None if there is none."""
    for step in path[:-1]:
        body = body[step]
    return body if isinstance(body, dict) and path[-1] in body else None


def _removed(body: Any, path: KeyPath) -> Any:
    return _holder(body, path).pop(path[-1])


def read(original: Original, *, with_api: bool = True) -> Part:
    """Return the parts of a file that `checked` has no problem with.

    Without `with_api` the site's API is another one: the control agent's.
    """
    body, ledger = original.body["Dhcp4"], original.ledger
    site, live = _context(body, original), True
    peers, had_live = hooks.split(body, ledger)
    if site:
        live = had_live
    way, login = _sockets(body, original, with_api)
    _files(body, original)
    interfaces = _interfaces(body, original)
    _effective(body, original)
    texts = secrets.extract(body, ledger) | login
    return Part(original, body, peers, interfaces, site, live, texts, way)


def _context(body: dict[str, Any], original: Original) -> str:
    """Take keaprov's own entry out of the user-context; return the site's name that it has."""
    context = body.get("user-context") or {}
    mine = context.pop("keaprov", None)
    if mine is None:
        return ""
    original.ledger.own(("Dhcp4", "user-context", "keaprov"), "keaprov writes the revision")
    if not context:
        del body["user-context"]
    return str(mine.get("site", "")) if isinstance(mine, dict) else ""


def _sockets(
    body: dict[str, Any], original: Original, with_api: bool
) -> tuple[dict[str, Any], dict[str, str]]:
    """Take the control sockets out; return the `api` of a site, and the texts of its secrets."""
    ledger = original.ledger
    values: dict[str, Any] = {}
    texts: dict[str, str] = {}
    sockets: list[tuple[KeyPath, dict[str, Any]]] = []
    if (old := body.pop("control-socket", None)) is not None:
        sockets.append((("Dhcp4", "control-socket"), old))
    for index, socket in enumerate(body.pop("control-sockets", None) or []):
        sockets.append((("Dhcp4", "control-sockets", index), socket))
    for path, socket in sockets:
        if socket.get("socket-type") == "unix":
            ledger.own(path, f"keaprov's socket is {paths.CONTROL_SOCKET}")
        elif with_api and not values:
            values, texts = api.read(socket, path, ledger)
        else:
            ledger.keep(path, socket, "a site has one API")
    return values, texts


def _files(body: dict[str, Any], original: Original) -> None:
    """Make names of files bare: Kea 3.0 opens files in its own directories only."""
    database = body.get("lease-database") or {}
    if database.get("type") == "memfile" and "/" in str(database.get("name", "")):
        path: KeyPath = ("Dhcp4", "lease-database", "name")
        old, database["name"] = database["name"], PurePosixPath(database["name"]).name
        words = f"is {database['name']} in {paths.LEASE_DIR}"
        if str(PurePosixPath(old).parent) != paths.LEASE_DIR:
            words += f": stop Kea and copy {old} there before the first deploy, or leases are lost"
        original.ledger.changed(path, words)
    for index, logger in enumerate(maps(body.get("loggers"))):
        for place, output in enumerate(maps(logger.get("output-options"))):
            name = str(output.get("output", ""))
            if "/" in name and name.partition(":")[0] not in _NO_FILES:
                output["output"] = PurePosixPath(name).name
                path = ("Dhcp4", "loggers", index, "output-options", place, "output")
                words = f"is {output['output']} in {paths.LOG_DIR}"
                original.ledger.changed(path, words)


def _interfaces(body: dict[str, Any], original: Original) -> list[str]:
    config = body.setdefault("interfaces-config", {})
    interfaces = config.pop("interfaces", [])
    path: KeyPath = ("Dhcp4", "interfaces-config", "interfaces")
    if interfaces:
        original.ledger.own(path, "is the server's interfaces")
    if _WAIT in config and not config.get("service-sockets-max-retries"):
        words = "Kea ignores it without retries"
        original.ledger.own(("Dhcp4", "interfaces-config", _WAIT), words)
    return list(interfaces)


def in_effect(body: dict[str, Any]) -> None:
    """Write out Kea's defaults where keaprov has others, in place (keaprov.render.dhcp4_body)."""
    body["sanity-checks"] = {"lease-checks": "warn", **body.get("sanity-checks", {})}
    sockets = body.setdefault("interfaces-config", {})
    if not sockets.setdefault("service-sockets-max-retries", 0):
        sockets.pop(_WAIT, None)  # Kea ignores it without retries
    body.setdefault("lease-database", dict(dhcp4_body.LEASES))


def _effective(body: dict[str, Any], original: Original) -> None:
    in_effect(body)
    if "loggers" not in body:
        words = f"without loggers keaprov adds one, to {paths.LOG_DIR}/kea-dhcp4.log"
        original.ledger.own(("Dhcp4", "loggers"), words)
