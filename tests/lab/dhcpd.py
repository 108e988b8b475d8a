"""ISC's dhcpd, of Debian's package, on a host of the lab: the server before Kea."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.lab import debian, processes, services
from tests.lab.shell import until
from tests.lab.topology import server

NAME = "dhcpd"


def start(host: str, conf: str, leases: str) -> Path:
    """Start dhcpd with these files on the network of a host; return its dhcpd.leases."""
    root = services.tools()
    debian.extract("isc-dhcp-server", root / "opt/dhcpd")
    (root / "opt/dhcpd.conf").write_text(conf)
    (root / "opt/dhcpd.leases").write_text(leases)
    program = ("/opt/dhcpd/usr/sbin/dhcpd", "-4", "-f", "-d", "--no-pid", "-cf", "/opt/dhcpd.conf")
    command = services.inside(server(host).space, *program, "-lf", "/opt/dhcpd.leases", "ens18")
    processes.start(NAME, *command)
    until(lambda: _listens(host), "dhcpd listens")
    return root / "opt/dhcpd.leases"


def stop() -> None:
    """Stop dhcpd; its lease file stays."""
    processes.stop(NAME)


def _listens(host: str) -> bool:
    words = ["nsenter", f"--net={server(host).space.path}", "ss", "-Hlnu"]
    return ":67 " in subprocess.run(words, capture_output=True, text=True).stdout
