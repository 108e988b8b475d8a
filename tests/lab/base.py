"""Build what the lab boots from, once, and keep it under a key of what made it.

CACHE/KEY/full is a Debian tree with every program; CACHE/KEY/host is the bare Rocky-like host made
from it; CACHE/KEY/repositories is what the package server serves.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab import repository, rpms
from tests.lab.shell import LabError, mounts, run, say
from tests.lab.topology import CACHE, PACKAGES, PACKAGES_ADDRESS

SUITE = "trixie"
NEEDED = ("debootstrap", "systemd-container", "socat", "iproute2", "gpg", "gpg-agent")
MINIMAL = (
    "systemd,systemd-sysv,dbus,openssh-server,iproute2,sudo,python3,ca-certificates,gnupg,curl,"
    "nftables,procps,passwd"
)
PROGRAMS = (
    "dnf", "rpm", "createrepo-c", "firewalld", "chrony", "tcpdump", "busybox", "socat",
    "isc-dhcp-relay", "libfaketime", "iputils-ping", "gpg", "gpg-agent", "network-manager",
)  # fmt: skip
KEA = ("kea-dhcp4-server", "kea-ctrl-agent", "kea-admin", "kea-common")
NEWER_SUITE = "forky"
NEWER = ("kea-dhcp4-server", "kea-ctrl-agent", "kea-common", "liblog4cplus9")
"""What Kea 3.0.4 needs that SUITE does not have."""
OLDER = ("kea-dhcp4-server", "kea-ctrl-agent", "kea-common")
"""Kea 2.6, which SUITE itself has."""


def key() -> str:
    """Return the content key: everything that makes the base."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted([*here.glob("rootfs/**/*"), *(here / n for n in MAKERS)]):
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


MAKERS = ("base.py", "rpms.py", "keys.py", "repository.py")


def ready() -> Path:
    """Return the base, building it first when there is none for the present key."""
    made = CACHE / key()
    if not made.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with Path(f"{CACHE}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                _build(made)
    return made


def _build(made: Path) -> None:
    install_tools()
    for old in CACHE.iterdir():
        remove(old)
    work = CACHE / f"{made.name}.part"
    work.mkdir()
    started = time.monotonic()
    with _step("Debian tree"):
        _debootstrap(work / "full")
    with _step("dnf, firewalld, chrony, Kea"):
        _install(work / "full")
    with _step("RPMs and signed repositories"):
        repository.build(work / "full", work / "repositories")
    with _step("bare host"):
        _host(work)
    work.rename(made)
    say(f"lab base built in {time.monotonic() - started:.0f} s")


def remove(tree: Path) -> None:
    """Remove a base, whole or in parts: a build that was interrupted leaves /proc mounted in it."""
    for mount in mounts(tree):
        run("umount", mount)
    shutil.rmtree(tree)


@contextmanager
def _step(name: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    say(f"{name}: {time.monotonic() - started:.0f} s")


def install_tools() -> None:
    """Install what this machine lacks; LabError when it is not Debian's kind."""
    install(*NEEDED)


def install(*packages: str) -> None:
    """Install these packages where they are missing; LabError when apt is."""
    if not shutil.which("apt-get"):
        raise LabError("lab: needs Debian's or Ubuntu's apt-get")
    missing = [one for one in packages if "ok installed" not in _status(one)]
    if missing:
        say(f"installing {', '.join(missing)}")
        environment = {"DEBIAN_FRONTEND": "noninteractive", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        run("apt-get", "update", "-qq", env=environment)
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing, env=environment)


def _status(package: str) -> str:
    return run("dpkg-query", "-W", "-f", "${Status}", package, check=False).stdout


def _mirror() -> str:
    """Return the Debian mirror of this machine's own apt configuration."""
    found = run("apt-get", "indextargets", "--format", "$(REPO_URI) $(SUITE)").stdout.splitlines()
    for line in found:
        uri, _, suite = line.partition(" ")
        if "security" not in uri and "security" not in suite and uri.rstrip("/").endswith("debian"):
            return uri.rstrip("/")
    raise LabError("lab: no Debian mirror in this machine's apt configuration")


def _debootstrap(root: Path) -> None:
    run("debootstrap", "--variant=minbase", f"--include={MINIMAL}", SUITE, root, _mirror())
    mirror = _mirror()
    sources = f"deb {mirror} {SUITE} main\ndeb {mirror} {SUITE}-backports main\n"
    (root / "etc/apt/sources.list").write_text(sources)
    proxy = Path("/etc/apt/apt.conf.d")
    for conf in proxy.glob("*proxy*") if proxy.exists() else ():
        shutil.copy(conf, root / "etc/apt/apt.conf.d")
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)


def _install(root: Path) -> None:
    environment = {"DEBIAN_FRONTEND": "noninteractive", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    install = ("chroot", root, "apt-get", "install", "-y", "-qq", "--no-install-recommends")
    run("chroot", root, "apt-get", "update", "-qq", env=environment)
    run(*install, *PROGRAMS, env=environment)
    run(*install, "-t", f"{SUITE}-backports", *KEA, env=environment)
    _unpack(root, environment, NEWER_SUITE, NEWER, rpms.NEWER_TREE)
    _unpack(root, environment, SUITE, OLDER, rpms.OLDER_TREE)
    shutil.rmtree(root / "var/cache/apt")
    lease = root / "usr/local/bin/lease"
    lease.write_text((rpms.SPECS / "lease").read_text())
    lease.chmod(0o755)


def _unpack(
    root: Path, environment: dict[str, str], suite: str, packages: tuple[str, ...], tree: str
) -> None:
    """Unpack packages of a Debian release beside everything else, without installing them."""
    lists = root / "etc/apt/unpacked.list"
    lists.write_text(f"deb {_mirror()} {suite} main\n")
    only = ("-o", "Dir::Etc::sourcelist=/etc/apt/unpacked.list", "-o", "Dir::Etc::sourceparts=-",
            "-o", "Dir::State::lists=/tmp/unpacked-lists", "-o", "Dir::State::status=/dev/null",
            "-o", "Acquire::Check-Valid-Until=false")  # fmt: skip
    # a mirror may be a frozen one, whose Release file has expired; it is signed all the same
    (root / "tmp/unpacked-lists").mkdir()
    (root / "tmp/unpacked").mkdir(mode=0o777)
    run("chroot", root, "apt-get", "update", "-qq", *only, env=environment)
    command = "cd /tmp/unpacked && apt-get download -qq -o APT::Sandbox::User=root"
    words = " ".join((command, *only, *packages))
    run("chroot", root, "sh", "-ec", words, env=environment)
    for package in sorted((root / "tmp/unpacked").glob("*.deb")):
        run("chroot", root, "dpkg-deb", "-x", f"/tmp/unpacked/{package.name}", tree)
    for path in (root / "tmp/unpacked-lists", root / "tmp/unpacked"):
        shutil.rmtree(path)
    lists.unlink()


def _host(work: Path) -> None:
    """Make the bare host: no chrony, firewalld or Kea, dnf and rpm as on Rocky Linux."""
    root = work / "host"
    run("cp", "-a", work / "full", root)
    for path in (*sorted(rpms.moved(root)), *_debian(root)):
        target = root / path.lstrip("/")
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
    for user in ("_chrony", "_kea"):
        run("chroot", root, "userdel", user, check=False)
    (root / "etc/os-release").unlink(missing_ok=True)
    texts = {
        "etc/os-release": (rpms.SPECS / "os-release").read_text(),
        "usr/lib/os-release": (rpms.SPECS / "os-release").read_text(),
        "etc/dnf/dnf.conf": (rpms.SPECS / "dnf.conf").read_text(),
        "etc/hosts": f"127.0.0.1 localhost\n{PACKAGES_ADDRESS} {PACKAGES}\n",
        "etc/resolv.conf": "",
        "etc/sudoers.d/admin": "admin ALL=(ALL) NOPASSWD: ALL\n",
        "etc/ssh/sshd_config.d/lab.conf": "PermitRootLogin prohibit-password\nUseDNS no\n",
    }
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "etc/sudoers.d/admin").chmod(0o440)
    for user in ("admin", "nosudo"):
        run("chroot", root, "useradd", "-m", "-s", "/bin/bash", user)
    for key_file in (root / "etc/ssh").glob("ssh_host_*"):
        key_file.unlink()
    for unit in ("console-getty.service", "getty.target", "systemd-networkd.service", "ssh.socket",
                 "systemd-networkd.socket", "systemd-resolved.service", "apt-daily.timer",
                 "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer",
                 "dnf-makecache.timer", "systemd-firstboot.service"):  # fmt: skip
        run("chroot", root, "systemctl", "mask", unit, check=False)
    (root / "etc/machine-id").write_text("")
    first = [
        path
        for name in ("lab-base-1-1", "rocky-release-9.6-1.5.el9")
        for path in (work / "repositories").glob(f"**/{name}.noarch.rpm")
    ]
    for rpm in first:
        shutil.copy(rpm, root / "tmp")
    run("chroot", root, "rpm", "--import", "/lab/keys/rocky.asc")
    run("chroot", root, "rpm", "-i", *(f"/tmp/{rpm.name}" for rpm in first))
    for rpm in first:
        (root / "tmp" / rpm.name).unlink()
    shutil.rmtree(root / "lab")
    for tree in (rpms.NEWER_TREE, rpms.OLDER_TREE):
        shutil.rmtree(root / tree.lstrip("/"))


def _debian(root: Path) -> Iterator[str]:
    for pattern in ("usr/bin/apt*", "usr/bin/dpkg*", "usr/lib/systemd/system/kea*",
                    "usr/lib/systemd/system/chrony*", "usr/lib/systemd/system/firewalld*",
                    "etc/systemd/system/*/kea*", "etc/systemd/system/*/chrony*",
                    "etc/systemd/system/*/firewalld*", "etc/systemd/system/chrony*",
                    "etc/systemd/system/dbus-org.fedoraproject*", "etc/kea", "etc/chrony",
                    "etc/systemd/system/*/NetworkManager*", "etc/systemd/system/dbus*.nm*",
                    "etc/NetworkManager", "etc/firewalld", "etc/default/chrony",
                    "usr/lib/firewalld",
                    "usr/lib/python3/dist-packages/firewall", "usr/sbin/kea-*", "usr/bin/firewall*",
                    "usr/sbin/firewalld", "usr/sbin/perfdhcp", "var/lib/kea", "var/log/kea",
                    "var/lib/chrony", "var/log/chrony", "usr/lib/x86_64-linux-gnu/kea",
                    "etc/init.d/kea*", "etc/init.d/chrony", "usr/sbin/policy-rc.d"):  # fmt: skip
        for path in root.glob(pattern):
            yield f"/{path.relative_to(root)}"
