"""Take a server's turn: back up, install, rename the accepted files into place, restart units.

If a unit cannot be started, the turn is undone and the program exits 1 with the story. Whether a
unit stays up is for the caller to see: with `undo` it has the turn undone, with `prove` it says
that kea-dhcp4 runs what the active files say. Undoing puts back the last files that were proven to
run, whatever an interrupted run left behind; `keaprov history` lists what else is kept. It runs on
the host (Python >= 3.9, standard library only), as root.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import held
import kept
import outcome
import packaging
import place
import rpms
import services
import testing
import trusted

STAGED, REPLACED = ".staged", ".replaced"
UNCHANGED = "the configuration is as before, and nothing was restarted"


def take(request: dict[str, Any]) -> dict[str, object]:
    """Take the turn; SystemExit with one sentence if it fails.

    The files come before the packages, because a package's script may restart a unit: this is the
    turn's restart then, and not a first of two. What retires stops before that: it may have a port
    that another unit needs.
    """
    packages, update = request["packages"], request.get("update")
    erasing = bool(request.get("erase") or request.get("swap"))
    staged = [path for path in request["files"] if trusted.exists(path + STAGED)]
    back_up(request, staged)
    if story := rpms.download(packages, update, erasing):
        sys.exit(f"{story}; nothing was changed here")
    before = {} if request.get("swap") or not (packages or update) else processes(request)
    try:
        activate(staged)
        warnings = [story for unit in request["retire"] if (story := services.retire(unit))]
        if story := packaging.install(request, active(request)) or rpms.update(update):
            if rpms.missing(request["packages_before"]):
                fail(story, request)
            deactivate(staged)
            bring_back(request)
            sys.exit(f"{story}; {UNCHANGED}")
    except OSError as error:
        fail(outcome.sentence(error), request)
    for argv in request.get("tests", []):
        if says := testing.run(argv, "kea"):
            fail(f"{argv[0]} refuses {argv[-1]}: {says}", request)
    for unit in request["units"]:
        if story := services.enable(unit):
            fail(story, request)
    for unit in request["units"]:
        if is_new(unit, before):
            continue
        if story := services.restart(unit):
            fail(story, request)
    for path in staged:
        place.remove(path + REPLACED)
    packaging.forget(active(request))
    return {"activated": staged, "warnings": warnings}


def back_up(request: dict[str, Any], staged: list[str]) -> None:
    """Keep the active files; as proven only if the caller saw kea-dhcp4 run them.

    Those of a server that keaprov takes over are its originals.
    """
    conf = request.get("foreign") or ""
    keep = kept.back_up_original if conf and not kept.is_keaprovs(conf) else kept.back_up
    for path in staged:
        keep(path, request["backup"], request["keep"])
    if request.get("proven"):
        kept.prove(active(request), request["backup"])


def active(request: dict[str, Any]) -> list[str]:
    """Return every file that kea runs by, also those that this turn does not change."""
    paths: list[str] = request.get("active") or request["files"]
    return paths


def activate(staged: list[str]) -> None:
    """Rename the staged files into place, and keep what they replace.

    If that fails (a full disk), those before are put back, and nothing has to be restarted.
    """
    renamed: list[str] = []
    try:
        for path in staged:
            if trusted.exists(path):
                place.copy(path, path + REPLACED)
            renamed.append(path)
            place.rename(path + STAGED, path)
    except OSError as error:
        deactivate(renamed)
        sys.exit(f"{outcome.sentence(error)}; {UNCHANGED}")


def processes(request: dict[str, Any]) -> dict[str, int]:
    """Return the main process of each unit of the turn, before packages are installed."""
    return {unit: services.process(unit) for unit in request["units"]}


def is_new(unit: str, before: dict[str, int]) -> bool:
    """Return whether a package's script has restarted a unit, so that it needs no restart."""
    return unit in before and services.restarted(unit, before[unit])


def deactivate(staged: list[str]) -> None:
    """Put back what `activate` replaced: nothing has been restarted with the new files."""
    for path in staged:
        if trusted.exists(path + REPLACED):
            if not trusted.exists(path + STAGED):
                place.rename(path, path + STAGED)
            place.rename(path + REPLACED, path)


def fail(story: str, request: dict[str, Any]) -> None:
    """Undo the turn and exit 1; the message says what was put back and what was not."""
    report = undo({**request, "files": active(request)})
    back = [*report["put_back"], *report["packages"]]
    words = [f"keaprov put back {', '.join(back)}" if back else "there was nothing to put back"]
    words += [f"keaprov removed {path}" for path in report["removed"]]
    words += report["failed"]
    started = [unit for unit in request["units"] if unit not in request.get("fresh", [])]
    if report["up"] and started:
        words.append(f"{' and '.join(started)} started again")
    sys.exit(f"{story}; {'; '.join(words)}")


def undo(request: dict[str, Any]) -> dict[str, Any]:
    """Put back files and packages, then restart the units; what fails keeps nothing else back.

    Units that did not run before are stopped first, those that the turn has retired start last.

    With `stop_unproven` a server that has no proven configuration is stopped and disabled instead:
    it is new, and its peer serves.
    """
    failed: list[str] = []
    fresh: list[str] = request.get("fresh", [])
    failed += [story for unit in fresh if (story := services.retire(unit))]
    if request.get("stop_unproven") and not has_proven(request):
        failed += [story for unit in request["units"] if (story := services.retire(unit))]
        nothing: dict[str, Any] = {"put_back": [], "removed": [], "packages": [], "proven": False}
        return {**nothing, "up": False, "stopped": True, "failed": failed}
    files: list[str] = []
    for path in request["files"]:
        files += attempt(failed, kept.put_back, [path], request["backup"]) or []
        attempt(failed, place.remove, path + REPLACED)
    removed = remove_drop_ins(request, failed)
    packages = attempt(failed, rpms.missing, request["packages_before"]) or []
    again = packages and not request.get("swap")
    before = (attempt(failed, processes, request) or {}) if again else {}
    if story := attempt(failed, packaging.reinstall, request, active(request), packages):
        failed.append(story)
        packages = []
    up = True
    for unit in request["units"]:
        if unit in fresh or is_new(unit, before):
            continue
        if story := attempt(failed, services.restart, unit):
            failed.append(story)
            up = False
    failed += bring_back(request)  # last: they may need a port that is free only now
    return {
        "put_back": files,
        "removed": removed,
        "packages": packages,
        "proven": has_proven(request),
        "up": up,
        "stopped": False,
        "failed": failed,
    }


def remove_drop_ins(request: dict[str, Any], failed: list[str]) -> list[str]:
    """Remove the drop-ins that no running process had before the turn; return their paths."""
    removed = [path for path in request.get("unproven", []) if trusted.exists(path)]
    for path in removed:
        attempt(failed, place.remove, path)
    if removed and (story := services.reload()):
        failed.append(story)
    return removed


def bring_back(request: dict[str, Any]) -> list[str]:
    """Start what the turn has retired again, and have it start with the host; return failures."""
    units = [unit for unit in request["retire"] if services.installed(unit)]
    acts = (services.enable, services.start)
    return [story for unit in units for act in acts if (story := act(unit))]


def has_proven(request: dict[str, Any]) -> bool:
    """Return whether a configuration of this server was proven to run."""
    return any(kept.last_good(path, request["backup"]) for path in request["files"])


def attempt(failed: list[str], action: Callable[..., Any], *given: Any) -> Any:
    """Return what an action returns; note what the system refuses, for the next one is due too."""
    try:
        return action(*given)
    except OSError as error:
        failed.append(outcome.sentence(error))
    return None


def prove(request: dict[str, Any]) -> dict[str, object]:
    """Keep the active files as those to go back to, and note which configuration runs."""
    kept.prove(request["files"], request["backup"])
    kept.remember(request["running"], request["prove"])
    return {"proved": True}


def main(request: dict[str, Any]) -> dict[str, object]:
    """Take the turn, undo it, or prove it."""
    with held.working(request.get("run")):
        if request.get("prove"):
            return prove(request)
        return undo(request) if request.get("undo") else take(request)
