"""List the configurations that are kept of kea-dhcp4, the active one first; give one of them.

The text comes back packed: it may hold secrets, which nobody should read in a debug log.

Runs on the host (Python >= 3.9, standard library only), as root.
"""

from __future__ import annotations

import base64
import glob
import json
import os
import re
import zlib
from typing import Any

TIME = re.compile(r"\.(\d{8}T\d{6}Z)\.[0-9a-f]+$")


def entry(path: str, text: str) -> dict[str, object]:
    """Say of a configuration what it is; keaprov's name the site and the revision."""
    try:
        body = json.loads(text)["Dhcp4"]
    except (ValueError, KeyError, TypeError):
        body = {}  # the packaged original has comments
    context = (body.get("user-context") or {}).get("keaprov") or {}
    networks = body.get("shared-networks") or []
    subnets = [body, *networks]
    found = TIME.search(path)
    return {
        "path": path,
        "site": context.get("site", ""),
        "revision": context.get("revision", ""),
        "kept": found.group(1) if found else "",
        "written": os.stat(path).st_mtime,
        "subnets": sum(len(one.get("subnet4") or []) for one in subnets),
    }


def main(request: dict[str, Any]) -> dict[str, object]:
    name = os.path.basename(request["active"])
    kept = glob.glob(f"{glob.escape(os.path.join(request['directory'], name))}.*")
    paths = [request["active"], *sorted(kept, reverse=True)]
    listed, wanted = [], ""
    for path in paths:
        try:
            with open(path, encoding="utf-8") as data:
                text = data.read()
            listed.append(entry(path, text))
        except OSError:
            continue
        if request.get("revision") and listed[-1]["revision"] == request["revision"]:
            wanted = wanted or text
    packed = base64.b64encode(zlib.compress(wanted.encode())).decode()
    return {"kept": listed, "packed": packed}
