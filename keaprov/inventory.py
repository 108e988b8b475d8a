"""From site files to pyinfra's hosts and groups, for inventory files.

An inventory file's lists are pyinfra's groups::

    from keaprov import inventory

    pair = inventory.load(Path(__file__).with_name("site.yaml"), ssh={"_sudo": True})
    servers, primary, standby = pair.servers, pair.primary, pair.standby

Several sites in one inventory: ``both = inventory.load(first, ssh=…) + inventory.load(second)``.
pyinfra knows a host by its name only, so sites that are loaded together share no name.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from keaprov import report, visible
from keaprov.control.flat import connection_data
from keaprov.errors import CertificateError, ControlError
from keaprov.issuing import for_deploy
from keaprov.model import Role, Server, Site
from keaprov.site import check_site

__all__ = ["HostData", "Hosts", "load", "of_site"]

Host = tuple[str, dict[str, Any]]
Ssh = Mapping[str, Any]
Clients = Mapping[str, str]
"""The interface that each client asks on, by the client's name."""


@dataclass
class Hosts:
    """A site's hosts, for pyinfra: every server, and the servers by role."""

    servers: list[Host] = field(default_factory=list)
    primary: list[Host] = field(default_factory=list)
    standby: list[Host] = field(default_factory=list)
    clients: list[Host] = field(default_factory=list)

    def __add__(self, other: Hosts) -> Hosts:
        """Return the hosts of both; end with status 1 if their sites share a name."""
        _refuse_clashes(self.everyone() + other.everyone())
        return Hosts(
            self.servers + other.servers,
            self.primary + other.primary,
            self.standby + other.standby,
            self.clients + other.clients,
        )

    def everyone(self) -> list[Host]:
        """Return all hosts, each once."""
        return self.servers + self.clients


def load(path: str | Path, ssh: Ssh | None = None, clients: Clients | None = None) -> Hosts:
    """Return a site file's hosts; print its problems and end with status 1 when it has errors.

    The way to each host comes from the user's ssh configuration, as for keaprov's verbs. `ssh`
    holds pyinfra's connection data, which come first: for all servers, or a map of its own for a
    server under the server's name. `clients` names hosts in the site's VLANs, each with the
    interface that it asks on: the deploy takes a lease there at its end, and compares it with what
    the site promises. Their connection data are in `ssh` too, under their names.
    """
    # paramiko logs a traceback of its own thread where pyinfra says in a line what went wrong
    logging.getLogger("paramiko.transport").setLevel(logging.CRITICAL + 1)
    visible.guard("pyinfra")  # before it connects: its errors hold what a host sends
    checked = check_site(Path(path))
    if checked.problems:
        print(report.text(checked.problems, checked.sources), file=sys.stderr)  # noqa: T201
    if checked.site is None:
        raise SystemExit(1)
    try:
        hosts = of_site(checked.site, ssh, clients)
    except (CertificateError, ControlError) as error:
        print(visible.block(f"error: {error}"), file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from None
    _refuse_clashes([*((name, data) for (name, _), data in _loaded.items()), *hosts.everyone()])
    for name, data in hosts.everyone():
        if isinstance(data, HostData):
            _loaded[name, id(data)] = data
    return hosts


class HostData(dict[str, Any]):
    """A host's data; a class of its own because a plain dict takes no weak reference."""


_loaded: WeakValueDictionary[tuple[str, int], HostData] = WeakValueDictionary()
"""The hosts that `load` has returned and that are still in use: lists may be joined by hand."""


def _refuse_clashes(hosts: Iterable[Host]) -> None:
    """End with status 1 if two site files share a name: pyinfra would lose a host silently."""
    clashes = sorted(set(_clashes(hosts)))
    if clashes:
        words = "\n".join(f"error: {visible.line(clash)}" for clash in clashes)
        print(words, file=sys.stderr)  # noqa: T201
        raise SystemExit(1)


def _clashes(hosts: Iterable[Host]) -> Iterator[str]:
    """Yield which names two site files share."""
    site_files: dict[str, str] = {}
    first_uses: dict[str, tuple[str, str]] = {}
    for name, data in hosts:
        site: Site = data["site"]
        file = str(Path(site.source).resolve())
        earlier = site_files.setdefault(site.name, file)
        if earlier != file:
            yield f"{earlier} and {file}: both sites are named {site.name!r}. Rename one of them"
        kind = "server" if "server" in data else "client host"
        other_kind, other_file = first_uses.setdefault(name, (kind, file))
        if other_file != file:
            yield (
                f"{other_file} has the {other_kind} {name!r}, and {file} has the {kind} {name!r}. "
                "pyinfra knows hosts by name: rename one of them"
            )


def of_site(site: Site, ssh: Ssh | None = None, clients: Clients | None = None) -> Hosts:
    """Return a site's hosts; raises Refused if the ssh configuration cannot be used.

    The site in their data has the certificates that a deploy issues now (`keaprov.issuing`);
    raises CertificateError if its authority cannot be read.
    """
    site = for_deploy(site)
    asking = dict(clients or {})
    hosts = [
        (server.role, (server.name, _data(site, server, ssh or {}, asking)))
        for server in site.servers
    ]
    return Hosts(
        servers=[host for _, host in hosts],
        primary=[host for role, host in hosts if role is Role.PRIMARY],
        standby=[host for role, host in hosts if role is Role.STANDBY],
        clients=[
            (
                name,
                HostData(
                    {"site": site, "client": interface}
                    | _connection(name, "", site, ssh or {}, asking)
                ),
            )
            for name, interface in asking.items()
        ],
    )


def _data(site: Site, server: Server, ssh: Ssh, clients: Clients) -> HostData:
    return HostData(
        {"site": site, "server": server}
        | _connection(server.name, server.address, site, ssh, clients)
    )


def _connection(name: str, address: str, site: Site, ssh: Ssh, clients: Clients) -> dict[str, Any]:
    """Return pyinfra's connection data for a host, by the user's ssh configuration.

    A client host with another connector than SSH has its name in pyinfra's form, ``@local``.
    """
    names = {*clients, *(server.name for server in site.servers)}
    everyone = {key: value for key, value in ssh.items() if key not in names}
    given = {**everyone, **ssh.get(name, {})}
    return given if name.startswith("@") else connection_data(name, address, given)
