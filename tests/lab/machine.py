"""The servers: booted systemd machines, each an overlay over the one bare host."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

from tests.lab import base, groups, processes
from tests.lab.shell import LabError, run, until
from tests.lab.topology import DISKS, PREFIX, STATE, Host

NSPAWN = (
    "systemd-nspawn",
    "--boot",
    "--quiet",
    "--register=no",
    "--keep-unit",
    "--link-journal=no",
)
ENVIRONMENT = {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1", "SYSTEMD_NSPAWN_LOCK": "0"}


def boot(host: Host) -> None:
    """Boot a machine from its disk, making a bare one when it has none; returns when it is up."""
    root = _mount(host)
    if not (root / "root/.ssh/authorized_keys").exists():
        _furnish(host, root)
    _keys(host, root)
    processes.start(
        host.name,
        *("sh", "-c", 'echo $$ >"$0/cgroup.procs"; exec "$@"', _control_group(host)),
        *NSPAWN,
        f"--directory={root}",
        f"--machine={host.name}",
        f"--network-namespace-path={host.space.path}",
        "--capability=CAP_NET_ADMIN,CAP_NET_RAW",
        "--console=pipe",
        env=ENVIRONMENT,
    )
    until(lambda: _is_up(host), f"{host.name} boots", 60)


def _control_group(host: Host) -> Path:
    """Make the machine's own control group: in a common one, systemd's kill reaches the other."""
    group = groups.unified() / f"{PREFIX}{host.name}"
    group.mkdir(exist_ok=True)
    return group


def forget(host: Host) -> None:
    """End what a machine has left when its nspawn was killed, and remove its control group."""
    groups.end(_control_group(host).name)


def stop(host: Host) -> None:
    """Power a machine off in good order."""
    init = leader(host)
    if init is not None:
        run("nsenter", "-t", str(init), "-a", "systemctl", "poweroff", check=False)
        try:
            until(lambda: processes.pid(host.name) is None, f"{host.name} powers off", 20)
        except LabError:
            processes.stop(host.name, signal.SIGKILL)
    processes.stop(host.name)
    _unmount(host)


def kill(host: Host) -> None:
    """Cut a machine's power: every process dies at once, the disk stays as it is."""
    processes.stop(host.name, signal.SIGKILL)
    forget(host)
    _unmount(host)


def freeze(host: Host, frozen: bool = True) -> None:
    """Stop every process of a machine where it is, or let them go on; its kernel still answers."""
    (_control_group(host) / "cgroup.freeze").write_text(str(int(frozen)))


def wipe(host: Host) -> None:
    """Throw a stopped machine's disk away: it will boot bare."""
    shutil.rmtree(DISKS / host.name, ignore_errors=True)


def save(host: Host, name: str) -> None:
    """Keep a stopped machine's disk under a name; the machine goes on with a disk on top of it."""
    kept, upper = _kept(host, name), DISKS / host.name / "upper"
    if _below(host).exists():
        raise LabError(f"lab: {host.name} has a disk that was restored: reset it before a save")
    shutil.rmtree(kept, ignore_errors=True)
    kept.parent.mkdir(parents=True, exist_ok=True)
    upper.rename(kept)
    _below(host).write_text(name)


def restore(host: Host, name: str) -> None:
    """Give a stopped machine the disk that was kept under a name: an empty one on top of it."""
    if not _kept(host, name).exists():
        raise LabError(f"lab: nothing is saved as {name} for {host.name}")
    wipe(host)
    (DISKS / host.name).mkdir(parents=True)
    _below(host).write_text(name)


def _kept(host: Host, name: str) -> Path:
    return DISKS / ".saved" / name / host.name


def _below(host: Host) -> Path:
    """The file with the name of the kept disk that is below a machine's own, if there is one."""
    return DISKS / host.name / "below"


def leader(host: Host) -> int | None:
    """Return the pid, on this machine, of the machine's PID 1; None when it is down."""
    nspawn = processes.pid(host.name)
    children = processes.descendants(nspawn) if nspawn else []
    return children[0] if children else None


def exec_in(host: Host, argv: list[str], **how: object) -> subprocess.CompletedProcess[str]:
    """Run a command on a machine as root; `how` goes to `subprocess.run`."""
    init = leader(host)
    if init is None:
        raise LabError(f"lab: {host.name} is down")
    words = ["nsenter", "-t", str(init), "-a", "--", "/usr/bin/env", "-i", "HOME=/root", "LC_ALL=C"]
    words += ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "TERM=dumb"]
    return subprocess.run([*words, *argv], text=True, **how)  # type: ignore[call-overload,no-any-return]


def _is_up(host: Host) -> bool:
    if processes.pid(host.name) is None:
        log = (STATE / "log" / f"{host.name}.log").read_text(errors="replace")
        raise LabError(f"lab: {host.name} does not boot:\n{log[-2000:]}")
    if leader(host) is None:
        return False
    status = exec_in(host, ["systemctl", "is-active", "ssh.service"], capture_output=True)
    return status.returncode == 0


def _mount(host: Host) -> Path:
    disk, root = DISKS / host.name, STATE / "root" / host.name
    for directory in (disk / "upper", disk / "work", root):
        directory.mkdir(parents=True, exist_ok=True)
    lower = str(base.ready() / "host")
    if _below(host).exists():
        lower = f"{_kept(host, _below(host).read_text())}:{lower}"
    options = f"lowerdir={lower},upperdir={disk / 'upper'},workdir={disk / 'work'}"
    run("mount", "-t", "overlay", "overlay", "-o", options, root)
    return root


def _unmount(host: Host) -> None:
    root = STATE / "root" / host.name
    if root.is_mount():
        run("umount", "-R", "-l", root)


def _furnish(host: Host, root: Path) -> None:
    (root / "etc/hostname").write_text(f"{host.name}\n")
    with (root / "etc/hosts").open("a") as hosts:
        hosts.write(f"127.0.1.1 {host.name}\n")  # else dnf waits 5 s for a name server


def _keys(host: Host, root: Path) -> None:
    """Give a machine the lab's present keys: a disk that was kept may have older ones."""
    public = (STATE / "id_ed25519.pub").read_text()
    for user in ("root", "admin", "nosudo"):
        home = root / "root" if user == "root" else root / "home" / user
        (home / ".ssh").mkdir(mode=0o700, exist_ok=True)
        (home / ".ssh/authorized_keys").write_text(public)
        if user != "root":
            run("chroot", root, "chown", "-R", f"{user}:{user}", f"/home/{user}/.ssh")
    key = STATE / "hostkeys" / host.name
    if not key.exists():
        key.parent.mkdir(exist_ok=True)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", host.name, "-f", key)
    shutil.copy(key, root / "etc/ssh/ssh_host_ed25519_key")
    shutil.copy(f"{key}.pub", root / "etc/ssh/ssh_host_ed25519_key.pub")
