"""What a server is to run: what its site says, or a configuration of before that is asked for."""

from __future__ import annotations

import base64
import json
import zlib
from weakref import WeakKeyDictionary

from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.host import Host
from typing_extensions import override

from keaprov import paths, render
from keaprov.errors import Refused
from keaprov.facts import program
from keaprov.ha.plan import Wanted
from keaprov.model import Server, Site


class Kept(FactBase[str]):
    """Return the text of a kept configuration, "" when none has the revision."""

    @override
    def command(self) -> StringCommand:
        return program.shell("history")

    @override
    def process(self, output: list[str]) -> str:
        return zlib.decompress(base64.b64decode(json.loads(output[-1])["packed"])).decode()


_kept: WeakKeyDictionary[Host, str] = WeakKeyDictionary()


def wanted_of(host: Host) -> Wanted:
    """Return what a server is to run.

    ``pyinfra … --data revision=REVISION`` asks for a configuration that the servers keep, instead
    of the site file's; `keaprov history` lists them. Raises Refused when it is not kept.
    """
    one = host.inventory.get_host(host.name)
    site: Site = one.data.site
    server: Server = one.data.server
    revision = asked_revision(one)
    text = _kept_text(one, revision) if revision else render.dhcp4(site, server)
    agent = {paths.AGENT_CONF: render.agent(site, server)} if site.control_agent else {}
    return Wanted(
        revision=revision or render.revision(site),
        dhcp4={paths.DHCP4_CONF: text},
        agent=agent,
        agent_files=(paths.AGENT_CONF, paths.PASSWORD_FILE) if agent else (),
    )


def asked_revision(host: Host) -> str:
    """Return the revision that the run asks for instead of the site file's, "" for none."""
    return str(host.data.get("revision") or "")


def _kept_text(one: Host, revision: str) -> str:
    if one not in _kept:
        request = {
            "active": paths.DHCP4_CONF,
            "directory": paths.BACKUP_DIR,
            "revision": revision,
        }
        _kept[one] = program.ask(one, Kept, "history", request) or ""
    if not _kept[one]:
        raise Refused(
            f"{one.name} keeps no configuration of revision {revision}: "
            "keaprov history lists those that it keeps"
        )
    return _kept[one]
