"""The lab as a whole: up, down, and what a test does to it in between."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.lab import base, keys, machine, network, processes, repository, rpms, services
from tests.lab.shell import LabError, mounts, run, say
from tests.lab.topology import (
    BRANCH,
    CLIENT_PORTS,
    DISKS,
    HOSTS,
    PACKAGES,
    SERVERS,
    STATE,
    Host,
    server,
    space,
)

MARK = STATE / "lab.json"
TAKEN = "KEAPROV_LAB_TAKEN"
"""In the environment: why these processes may not bring the lab up or down, if they may not."""


def up() -> None:
    """Bring the lab up: two bare hosts and all that is beside them. Nothing when it is up."""
    if os.geteuid() != 0:
        raise LabError("lab: needs root (namespaces, mounts, systemd-nspawn)")
    base.install_tools()
    with _alone():
        if healthy():
            say("the lab is up")
            return
        made = base.ready()
        _clear()
        _keys()
        network.up()
        services.tools()
        for name in services.NAMES:
            services.start(name)
        with ThreadPoolExecutor() as pool:
            list(pool.map(machine.boot, SERVERS))
        MARK.write_text(json.dumps(_facts(made), indent=2) + "\n")
    say("the lab is up: dhcp1 and dhcp2 are bare")


def down() -> None:
    """End the lab; LabError when something of it is left."""
    if os.geteuid() != 0:
        raise LabError("lab: needs root")
    with _alone():
        _clear()
        left = [*network.namespaces(), *mounts(STATE), *processes.recorded()]
        if left:
            raise LabError(f"lab: left behind: {', '.join(left)}")
    shutil.rmtree(STATE, ignore_errors=True)
    say("the lab is down")


def healthy() -> bool:
    """Whether everything the lab starts still runs."""
    names = [*services.NAMES, *(host.name for host in SERVERS)]
    return MARK.exists() and all(processes.pid(name) is not None for name in names)


def status() -> dict[str, object]:
    """Return what is up, by name."""
    names = [*services.NAMES, *(host.name for host in SERVERS)]
    return {
        "up": healthy(),
        "running": {name: processes.pid(name) for name in names},
        "facts": json.loads(MARK.read_text()) if MARK.exists() else None,
    }


def second_pair() -> None:
    """Boot the second pair, bare."""

    def boot_bare(host: Host) -> None:
        machine.kill(host)
        machine.wipe(host)
        network.configure_again(host.space)
        machine.boot(host)

    _each(boot_bare, tuple(host.name for host in BRANCH))


def end_second_pair() -> None:
    """Power the second pair off and delete its disks."""
    for host in BRANCH:
        power_cut(host.name)
        machine.wipe(host)


def reset(*names: str) -> None:
    """Make these hosts bare again; without names, all of them."""

    def boot_bare(host: Host) -> None:
        machine.kill(host)
        machine.wipe(host)
        network.configure_again(host.space)
        machine.boot(host)

    _each(boot_bare, names)


def power_cut(name: str) -> None:
    """Cut a host's power; its disk stays as it is."""
    services.stop(f"ssh-{name}")
    machine.kill(server(name))


def freeze(name: str) -> None:
    """Stop every process of a host: it sends nothing, but its kernel still acknowledges."""
    machine.freeze(server(name))


def thaw(name: str) -> None:
    """Resume a frozen host; restart its chronyd, which would distrust its sources for a while."""
    machine.freeze(server(name), frozen=False)
    execute(name, "systemctl", "try-restart", "chronyd")


def boot(name: str) -> None:
    """Boot a host that is down, from its disk."""
    machine.boot(server(name))
    services.stop(f"ssh-{name}")
    services.start(f"ssh-{name}")


def save(name: str) -> None:
    """Keep the servers' disks under a name; they are powered off and booted for it."""

    def save_disk(host: Host) -> None:
        machine.stop(host)
        machine.save(host, name)
        machine.boot(host)

    _each(save_disk, ())


def restore(name: str) -> None:
    """Boot the servers from the disks kept under a name."""

    def boot_from_disk(host: Host) -> None:
        machine.kill(host)
        machine.restore(host, name)
        network.configure_again(host.space)
        machine.boot(host)

    _each(boot_from_disk, ())


def execute(name: str, *argv: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command on a host as root and return what it said."""
    return machine.exec_in(server(name), list(argv), capture_output=True, input=stdin or "")


def run_in(name: str, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a namespace, among the lab's own programs, and return what it said."""
    command = services.inside(space(name), f"LEASE_NAME={name}", *argv)
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def in_space(name: str) -> AbstractContextManager[None]:
    """Have this thread's sockets in a space's namespace."""
    return network.within(space(name).path)


def ssh_config() -> str:
    """Return an OpenSSH client configuration for the hosts and the client hosts."""
    return "\n".join(
        f"Host {name}\n  HostName 127.0.0.1\n  Port {port}\n  User root\n"
        f"  IdentityFile {STATE}/id_ed25519\n  IdentitiesOnly yes\n"
        f"  UserKnownHostsFile {STATE}/known_hosts\n  StrictHostKeyChecking yes\n"
        for name, port in _ports().items()
    )


def _ports() -> dict[str, int]:
    """Return every host's port of SSH on this machine's loopback."""
    return {host.name: host.port for host in HOSTS} | CLIENT_PORTS


def _each(act: object, names: tuple[str, ...]) -> None:
    hosts = [server(name) for name in names] or list(SERVERS)
    with ThreadPoolExecutor() as pool:
        list(pool.map(act, hosts))  # type: ignore[arg-type]
    for host in hosts:
        if processes.pid(f"ssh-{host.name}") is None:
            services.start(f"ssh-{host.name}")
    _known_hosts()


def _keys() -> None:
    STATE.mkdir(parents=True, exist_ok=True)
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", STATE / "id_ed25519")
    (STATE / "hostkeys").mkdir()
    for name in (*(host.name for host in HOSTS), *CLIENT_PORTS):
        key = STATE / "hostkeys" / name
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key)
    _known_hosts()
    (STATE / "ssh_config").write_text(ssh_config())


def _known_hosts() -> None:
    lines = []
    ports = _ports()
    for name, port in ports.items():
        public = (STATE / "hostkeys" / f"{name}.pub").read_text().rsplit(" ", 1)[0]
        lines.append(f"[127.0.0.1]:{port} {public}\n")
    (STATE / "known_hosts").write_text("".join(lines))


def _facts(made: Path) -> dict[str, object]:
    isc = f"http://{PACKAGES}/{repository.ISC_ROOT}"
    return {
        "base": str(made),
        "hosts": {h.name: {"address": h.address, "port": h.port} for h in SERVERS},
        "repository": isc,
        "key": f"{isc}/gpg.{keys.ISC.key_id}.key",
        "fingerprint": keys.ISC.fingerprint,
        "kea": ["-".join(version) for version in rpms.KEA_VERSIONS],
    }


@contextmanager
def _alone() -> Iterator[None]:
    if taken := os.environ.get(TAKEN):
        raise LabError(f"lab: {taken}")
    STATE.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{STATE}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _clear() -> None:
    """Remove whatever is there of a lab, whole or in pieces."""
    for host in HOSTS:
        machine.kill(host)
    for name in processes.recorded():
        processes.stop(name)
    for mount in mounts(STATE):
        run("umount", "-l", mount, check=False)
    network.down()
    for name in (*(host.name for host in HOSTS), "tools"):
        shutil.rmtree(DISKS / name, ignore_errors=True)
    shutil.rmtree(STATE, ignore_errors=True)
