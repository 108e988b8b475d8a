"""Have the standby serve while its primary restarts, so that no client waits (Kea's ha-scopes).

It runs on the standby's host. A watcher, which outlives this program and the run, sets the scopes
and gives them back at the first of:

- the primary was away (it did not answer, or was in another state) and is in hot-standby again
- the run no longer holds this host, and the primary is in hot-standby
- `patience` seconds have passed, and the primary never went away

It gives nothing back if this server has left hot-standby or has restarted: Kea has then set the
scopes itself. While the primary is away it goes on watching. With `end` it ends at once.

A server that starts has its peer's DHCP service disabled while it fetches the leases (Kea ARM, HA:
lease synchronisation). This server sends every lease that it gives meanwhile to its peer, which
keeps the newer one, so the watcher enables the service again at once: no client waits for as long
as the synchronisation takes. Without `scopes` that is all it does: on a primary's host, while the
standby restarts. It runs on the host (Python >= 3.9, standard library only), as root.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from typing import Any, NamedTuple, NoReturn

import detached
import heartbeat
import held
import kea_socket
import reading
import trusted
from kea_socket import Refused

UNIT, GUARD = "keaprov-handover", "keaprov-guard"
SOCKET = "/var/run/kea/kea4-ctrl-socket"
SERVING, ALONE = "hot-standby", "partner-down"
POLL, BRIEF, GLANCE, AGAIN, GONE = 0.05, 0.005, 0.5, 0.2, 5.0
"""Seconds between heartbeats; between observations of this server while its peer starts, and at
other times; between attempts to give back; and without an answer from this server's kea-dhcp4 until
it counts as ended."""
BLIPS = 2
"""Heartbeats in a row without an answer that make a primary away."""


class View(NamedTuple):
    """What this server itself knows of the pair; `remote` is "" if it does not hear its peer.

    `disabled` are the origins that its peer has disabled its DHCP service with.
    """

    pid: int
    state: str
    scopes: list[str]
    remote: str
    disabled: list[int]


class Stopped(Exception):  # noqa: N818 - no error
    """systemd ends the watcher."""


def view(path: str) -> View:
    """Ask kea-dhcp4 how the pair stands; Refused if it does not say."""
    status = kea_socket.ask(path, {"command": "status-get"}, 5)
    try:
        servers = status["high-availability"][0]["ha-servers"]
        local, remote = servers["local"], servers["remote"]
        hears = remote.get("in-touch", True) and not remote.get("communication-interrupted")
        last = str(remote.get("last-state", "")) if hears else ""
        pid = int(status.get("pid") or 0)
        disabled = list((status.get("dhcp-state") or {}).get("disabled-by-remote-command") or [])
        return View(pid, str(local["state"]), list(local.get("scopes", [])), last, disabled)
    except (LookupError, TypeError, AttributeError):
        raise Refused("status-get: this server is not part of a pair", 1) from None


def set_scopes(path: str, scopes: list[str]) -> None:
    """Say whom this server serves until its next change of state."""
    kea_socket.ask(path, {"command": "ha-scopes", "arguments": {"scopes": scopes}}, 5)


def until_over(request: dict[str, Any], pid: int) -> bool:
    """Watch until the handover has ended; return whether the scopes are to be given back."""
    path, peer, run = request["socket"], request["peer"], request["run"]
    began = answered = time.monotonic()
    looked, local, alive = 0.0, None, True
    away = direct = False
    silent, beaten, state = 0, 0.0, ""
    while True:
        now = time.monotonic()
        starts = state not in ("", SERVING)
        if starts or now - looked >= GLANCE:
            looked, alive, local = now, held.alive(run), view_or_none(path)
            enable(path, local)
            if local is not None:
                answered = now
            elif now - answered > GONE:
                return False
            if local is not None and (local.pid != pid or local.state != SERVING):
                return False
        if starts and now - beaten < POLL:
            time.sleep(BRIEF)
            continue
        beaten = now
        beat = heartbeat.ask(peer) if peer.get("url") else {"state": ""}
        direct = direct or bool(beat["state"])
        # TLS may keep us out: this server's view counts until the primary has answered directly
        state = beat["state"] if direct or local is None else local.remote
        silent = 0 if state else silent + 1
        away = away or silent >= BLIPS or state not in ("", SERVING)
        if state == SERVING and (away or not alive or now - began > request["patience"]):
            return True
        time.sleep(BRIEF if state not in ("", SERVING) else POLL)


def enable(path: str, local: View | None) -> None:
    """Enable the DHCP service that the peer has disabled, if this server sends its leases there."""
    if local is None or local.state != SERVING:
        return  # in partner-down it sends none: the peer would miss them
    for origin in local.disabled:
        with contextlib.suppress(Refused):  # its peer has done it meanwhile
            kea_socket.ask(path, {"command": "dhcp-enable", "arguments": {"origin-id": origin}}, 5)


def view_or_none(path: str) -> View | None:
    """Return this server's view, None if kea-dhcp4 does not answer."""
    try:
        return view(path)
    except Refused:
        return None


def give_back(path: str, scopes: list[str], seconds: float = float("inf")) -> bool:
    """Serve no more for the primary; return whether Kea took it, or had done it by itself."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if view(path).state != SERVING:
                return True
            set_scopes(path, [])
            after = view(path)
            if after.state == ALONE and not after.scopes:
                set_scopes(path, scopes)  # the primary went down in between: serve, as Kea had set
            return True
        except Refused:
            time.sleep(AGAIN)
    return False


def watch(request: dict[str, Any]) -> dict[str, object]:
    """Be the watcher."""
    path, scopes, unit = request["socket"], request["scopes"], unit_of(request)
    signal.signal(signal.SIGTERM, stopped)
    try:
        pid = view(path).pid
        if scopes:
            set_scopes(path, scopes)
    except Refused as refused:
        detached.leave_mark(unit, request, error=str(refused))
        return {"taken": False}
    seconds = float("inf")
    try:
        since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        detached.leave_mark(unit, request, scopes=scopes, since=since, socket=path)
        due = until_over(request, pid)
    except Stopped:
        due, seconds = True, 5.0
    if due and scopes and not give_back(path, scopes, seconds):
        return {"given_back": False}
    detached.finish(unit)
    return {"given_back": due}


def unit_of(request: dict[str, Any]) -> str:
    """Return the watcher's unit: one that has taken scopes, or one that has not."""
    return UNIT if request["scopes"] else GUARD


def stopped(*_: object) -> NoReturn:
    """End what the watcher waits for."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped


def take(request: dict[str, Any]) -> dict[str, object]:
    """Start the watcher; return when this server serves for its primary."""
    path = request["socket"]
    try:
        state = view(path).state
    except Refused as refused:
        sys.exit(str(refused))
    if state != SERVING:
        sys.exit(f"this server is in {state}, not in {SERVING}: it cannot serve for its primary")
    task = {
        "run": request.get("run") or "",
        "socket": path,
        "scopes": request.get("scopes") or [],
        "peer": request.get("peer") or {},
        "patience": float(request.get("patience") or 120),
    }
    unit = unit_of(task)
    mark = detached.start(unit, "keaprov: serve while the peer restarts", task)
    if "error" in mark:
        detached.stop(unit)
        detached.finish(unit)
        sys.exit(str(mark["error"]))
    return {"taken": True}


def end(request: dict[str, Any]) -> dict[str, object]:
    """Stop the watcher, which gives the scopes back; do it here if it did not."""
    mark = reading.mapping(detached.mark_of(UNIT))
    detached.stop(UNIT)
    given_back = True
    if trusted.exists(detached.mark_of(UNIT)):
        path = request.get("socket") or mark.get("socket") or SOCKET
        given_back = give_back(path, mark.get("scopes") or [], 5.0)
    if given_back:
        detached.finish(UNIT)
    return {"given_back": given_back}


def main(request: dict[str, Any]) -> dict[str, object]:
    """Take the scopes, end a handover, or watch one."""
    if "watch" in request:
        return watch(request["watch"])
    with held.working(request.get("run")):
        return end(request) if request.get("end") else take(request)
