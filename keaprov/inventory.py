"""From site files to pyinfra's hosts and groups, for inventory files.

An inventory file's lists are pyinfra's groups::

    from keaprov import inventory

    pair = inventory.load(Path(__file__).with_name("site.yaml"), ssh={"_sudo": True})
    servers, primary, standby = pair.servers, pair.primary, pair.standby

Several sites in one inventory: ``both = inventory.load(first, ssh=…) + inventory.load(second)``.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keaprov import report
from keaprov.model import Role, Server, Site
from keaprov.site import check_file

Host = tuple[str, dict[str, Any]]
Ssh = Mapping[str, Any]


@dataclass
class Hosts:
    """A site's hosts, for pyinfra: every server, and the servers by role."""

    servers: list[Host] = field(default_factory=list)
    primary: list[Host] = field(default_factory=list)
    standby: list[Host] = field(default_factory=list)

    def __add__(self, other: Hosts) -> Hosts:
        return Hosts(
            self.servers + other.servers,
            self.primary + other.primary,
            self.standby + other.standby,
        )


def load(path: str | Path, ssh: Ssh | None = None) -> Hosts:
    """Return a site file's hosts; print its problems and end with status 1 when it has errors.

    `ssh` holds pyinfra's connection data: for all servers, or a map of its own for a server under
    the server's name.
    """
    # paramiko logs a traceback of its own thread where pyinfra says in a line what went wrong
    logging.getLogger("paramiko.transport").setLevel(logging.CRITICAL + 1)
    checked = check_file(Path(path))
    if checked.problems:
        print(report.text(checked.problems, checked.sources), file=sys.stderr)  # noqa: T201
    if checked.site is None:
        raise SystemExit(1)
    return of_site(checked.site, ssh)


def of_site(site: Site, ssh: Ssh | None = None) -> Hosts:
    """Return a site's hosts."""
    hosts = [
        (server.role, (server.name, _data(site, server, ssh or {}))) for server in site.servers
    ]
    return Hosts(
        servers=[host for _, host in hosts],
        primary=[host for role, host in hosts if role is Role.PRIMARY],
        standby=[host for role, host in hosts if role is Role.STANDBY],
    )


def _data(site: Site, server: Server, ssh: Ssh) -> dict[str, Any]:
    names = {one.name for one in site.servers}
    everyone = {key: value for key, value in ssh.items() if key not in names}
    return {
        "site": site,
        "server": server,
        "ssh_hostname": server.address,
        **everyone,
        **ssh.get(server.name, {}),
    }
