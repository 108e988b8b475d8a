"""What runs beside the servers: packages, time, the relay, and the ways in over loopback."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.lab import base, processes
from tests.lab.shell import run, until
from tests.lab.topology import (
    CLIENT_PORTS,
    CLIENTS,
    DISKS,
    HOSTS,
    NTP_SERVER,
    PACKAGE_SERVER,
    ROUTER,
    SERVERS,
    STATE,
    Space,
)

CHRONY = """\
local stratum 3
allow all
cmdport 0
bindcmdaddress /run/chrony-lab.sock
pidfile /run/chrony-lab.pid
"""
NAMES = ("packages", "ntp", "relay", *(f"ssh-{host.name}" for host in SERVERS))
SSHD = """\
ListenAddress 127.0.0.1
HostKey {key}
AuthorizedKeysFile {authorized}
PidFile none
PasswordAuthentication no
StrictModes no
"""


def tools() -> Path:
    """Return the tree with every program, writable, that namespaces' commands run in."""
    root = STATE / "root" / "tools"
    if root.is_mount():
        return root
    disk = DISKS / "tools"
    for directory in (disk / "upper", disk / "work", root):
        directory.mkdir(parents=True, exist_ok=True)
    lower = base.ready() / "full"
    options = f"lowerdir={lower},upperdir={disk / 'upper'},workdir={disk / 'work'}"
    run("mount", "-t", "overlay", "overlay", "-o", options, root)
    for kind in ("proc", "dev"):
        run("mount", "--rbind", f"/{kind}", root / kind)
        run("mount", "--make-rslave", root / kind)
    (root / "etc/chrony-lab.conf").write_text(CHRONY)
    for name in ("run/kea", "var/lib/kea", "var/log/kea"):
        (root / name).mkdir(parents=True, exist_ok=True)
        (root / name).chmod(0o750)  # Kea refuses a wider one
    return root


def inside(space: Space, *argv: str) -> list[str]:
    """Return the command that runs `argv` in a namespace, in the tree with every program."""
    return ["nsenter", f"--net={space.path}", "chroot", str(tools()), "/usr/bin/env", *argv]


def start(name: str) -> None:
    """Start one of `NAMES`."""
    if name == "packages":
        served = str(base.ready() / "repositories")
        server = str(Path(__file__).with_name("packageserver.py"))
        enter = ("nsenter", f"--net={PACKAGE_SERVER.path}")
        processes.start(name, *enter, "python3", server, served)
        until(lambda: _listens(PACKAGE_SERVER, ":80"), "the package server listens")
    elif name == "ntp":
        command = ("/usr/sbin/chronyd", "-x", "-d", "-u", "root", "-f", "/etc/chrony-lab.conf")
        processes.start(name, *inside(NTP_SERVER, *command))
    elif name == "relay":
        relay = ("/usr/sbin/dhcrelay", "-4", "-d", "--no-pid", "-iu", "servers", "-id", "user")
        servers = (host.address for host in SERVERS)
        processes.start(name, *inside(ROUTER, *relay, "-id", "voice", *servers))
    else:
        host = next(host for host in HOSTS if name == f"ssh-{host.name}")
        into = f"nsenter --net={host.space.path} socat STDIO TCP:{host.address}:22"
        listen = f"TCP-LISTEN:{host.port},bind=127.0.0.1,fork,reuseaddr"
        processes.start(name, "socat", listen, f'EXEC:"{into}"')


def start_client(name: str) -> None:
    """Start a client's sshd in its namespace, and forward a port of the loopback to it."""
    client = next(client for client in CLIENTS if client.name == name)
    root = tools()
    keys = root / "etc/lab-ssh"
    keys.mkdir(mode=0o700, exist_ok=True)
    shutil.copy(STATE / "id_ed25519.pub", keys / "authorized_keys")
    shutil.copy(STATE / "hostkeys" / name, keys / name)
    (keys / name).chmod(0o600)
    places = {"key": f"/etc/lab-ssh/{name}", "authorized": "/etc/lab-ssh/authorized_keys"}
    (keys / f"{name}.conf").write_text(SSHD.format(**places))
    (root / "run/sshd").mkdir(parents=True, exist_ok=True)
    sshd = inside(client, "/usr/sbin/sshd", "-D", "-e", "-f", f"/etc/lab-ssh/{name}.conf")
    processes.start(f"sshd-{name}", *sshd)
    into = f"nsenter --net={client.path} socat STDIO TCP:127.0.0.1:22"
    listen = f"TCP-LISTEN:{CLIENT_PORTS[name]},bind=127.0.0.1,fork,reuseaddr"
    processes.start(f"ssh-{name}", "socat", listen, f'EXEC:"{into}"')
    until(lambda: _listens(client, "127.0.0.1:22"), f"{name}'s sshd listens")


def stop_client(name: str) -> None:
    """Stop a client's sshd."""
    processes.stop(f"ssh-{name}")
    processes.stop(f"sshd-{name}")


def stop(name: str) -> None:
    """Stop one of `NAMES`."""
    processes.stop(name)


def _listens(space: Space, port: str) -> bool:
    listed = subprocess.run(
        ["nsenter", f"--net={space.path}", "ss", "-Hlnt"], capture_output=True, text=True
    )
    return f"{port} " in listed.stdout
