"""What a server's kea-dhcp4 runs, proven: not what it was once told to run."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace
from typing import Any

from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.host import Host
from typing_extensions import override

from keaprov import paths
from keaprov.diff import differences
from keaprov.facts import program
from keaprov.facts.server import keep, observe
from keaprov.facts.wanted import wanted_of
from keaprov.ha.observed import Observed
from keaprov.ha.plan import Wanted
from keaprov.model import Json


class Answers(FactBase[dict[str, Any]]):
    """Return the answers to queries, and files, by name: see files/host/command.py."""

    @override
    def command(self) -> StringCommand:
        return program.shell("command")

    @override
    def process(self, output: list[str]) -> dict[str, Any]:
        packed = base64.b64decode(json.loads(output[-1])["packed"])
        found: dict[str, Any] = json.loads(zlib.decompress(packed))
        return found


def bodies(host: Host) -> tuple[Json | None, Json | None]:
    """Return the ``Dhcp4`` maps that kea-dhcp4 runs, and that its file has; None without."""
    asked = {
        "socket": paths.CONTROL_SOCKET,
        "queries": ["config-get"],
        "files": [paths.DHCP4_CONF],
    }
    found = program.ask(host, Answers, "command", asked) or {}
    config = (found.get("config-get") or {}).get("Dhcp4")
    try:
        file = json.loads(found.get(paths.DHCP4_CONF, "")).get("Dhcp4")
    except ValueError:
        file = None  # somebody's hand
    return config, file


def observe_proven(host: Host, *, fresh: bool = False) -> Observed:
    """Return what is seen of a server, with the revision that kea-dhcp4 proves to run.

    A live change leaves the revision in the running user-context behind, and commands by hand
    change what runs without a word. So the hash of what runs counts: it is known from the last
    proof (`paths.RUNNING`), or all that runs is compared with the site, then with the file. The
    revision is "" when it is neither.
    """
    one = host.inventory.get_host(host.name)
    seen = observe(one, fresh=fresh)
    if seen.kea.proven or not seen.kea.answers:
        return seen
    config, file = bodies(one)
    revision = _revision(wanted_of(one), config or {}, file)
    if revision and one.state.is_executing:
        remember(one, seen.kea.hash, revision)
    seen = replace(seen, kea=replace(seen.kea, revision=revision, proven=True))
    keep(one, seen)
    return seen


def _revision(wanted: Wanted, config: Json, file: Json | None) -> str:
    (text,) = wanted.dhcp4.values()
    if not any(differences(json.loads(text)["Dhcp4"], config)):
        return wanted.revision
    if file is None or any(differences(file, config)):
        return ""
    kept = str(file.get("user-context", {}).get("keaprov", {}).get("revision", ""))
    return "" if kept == wanted.revision else kept  # somebody's hand left it in


def remember(host: Host, hash_: str, revision: str) -> bool:
    """Keep on the host that a configuration of this hash is this revision."""
    text = json.dumps({"hash": hash_, "revision": revision}) + "\n"
    request = {
        "directories": [{"path": paths.STATE_DIR, "mode": "755", "owner": "root", "group": "root"}],
        "files": [{"path": paths.RUNNING, "content": text}],
    }
    return program.run(host, "write", request)[0]
