"""List the configurations that are kept of kea-dhcp4, the active one first; give one of them.

The text comes back packed. It runs on the host (Python >= 3.9, standard library only), as root.
"""

from __future__ import annotations

import glob
import json
import os
import re
from typing import Any

import packing
import place
import reading
import trusted

TIME = re.compile(r"\.(\d{8}T\d{6}Z)\.[0-9a-f]+$")


def entry(path: str, text: str) -> dict[str, object]:
    """Describe a configuration; keaprov's own name their site and revision."""
    body = child(parsed(text), "Dhcp4")
    context = child(child(body, "user-context"), "keaprov")
    networks = body.get("shared-networks") or []
    kept = TIME.search(path)
    status = trusted.status(path)
    return {
        "path": path,
        "site": context.get("site", ""),
        "revision": "original" if path.endswith(place.ORIGINAL) else context.get("revision", ""),
        "kept": kept.group(1) if kept else "",
        "written": status.st_mtime if status else 0.0,
        "subnets": sum(
            len(scope.get("subnet4") or [])
            for scope in [body, *networks]
            if isinstance(scope, dict)
        ),
    }


def parsed(text: str) -> Any:
    """Return a configuration's JSON; None for the packaged original, which has comments."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def child(value: Any, key: str) -> dict[str, Any]:
    """Return the map under a key, {} if there is none."""
    inner = value.get(key) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def main(request: dict[str, Any]) -> dict[str, object]:
    """List what is kept, and pack the newest configuration of the revision that is asked for."""
    name = os.path.basename(request["active"])
    kept = glob.glob(f"{glob.escape(os.path.join(request['directory'], name))}.*")
    paths = [request["active"], *sorted(kept, reverse=True)]
    listed, wanted = [], ""
    for path in paths:
        try:
            text = reading.text(path)
            listed.append(entry(path, text))
        except OSError:
            continue
        if request.get("revision") and listed[-1]["revision"] == request["revision"]:
            wanted = wanted or text
    return {"kept": listed, "packed": packing.packed(wanted)}
