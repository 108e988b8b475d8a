"""The lab's RPMs: real programs from Debian's packages, with Rocky's names, places and scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab.keys import DISTRIBUTION, EPEL, ISC, ISC_3_2, Key

SPECS = Path(__file__).parent / "rootfs"
HOOKS = "/usr/lib64/kea/hooks"
KEA_VERSIONS = (
    ("3.0.3", "isc20260128101500.el9"),
    ("3.0.3", "isc20260325094500.el9"),
)
"""Two patch levels of Kea: the second holds the same programs under a higher release."""
NEWER = ("3.0.4", "isc20260729101500.el9")
"""Real programs of Kea 3.0.4, from Debian's next release: in a repository of their own."""
NEXT = ("3.2.0", "isc20260624101500.el9")
"""A stand-in for Kea 3.2: packages as in 3.2, without the control agent; programs of 3.0.4."""
NEWER_TREE = "/newer"
"""Where the files of Kea 3.0.4 are, in the tree that all programs come from."""
OLDER = ("2.6.3", "1.el9")
"""Real programs of Kea 2.6, as EPEL has it."""
ISC_OLDER = ("2.6.3", "isc20250522072000.el9")
"""The same programs, as ISC packaged Kea 2.6: in a repository of their own."""
OLDER_TREE = "/older"
"""Where the files of Kea 2.6 are, in the tree that all programs come from."""
LIBRARIES = "/usr/lib64/kea/lib"
"""Where hosts have the libraries of other trees: those of 3.0.3 are Debian's own, in the base."""


@dataclass(frozen=True)
class Entry:
    """A file of a package: text, or a copy of a file of the full tree; `None`, a directory."""

    mode: str = "0644"
    owner: str = "root"
    group: str = "root"
    text: str | None = None
    copy: str | None = None
    config: bool = False


@dataclass(frozen=True)
class Rpm:
    """A package: what it is called, in which repository, whose key signs it, what is in it."""

    name: str
    version: str
    release: str
    repository: str
    key: Key
    files: Mapping[str, Entry] = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    scripts: Mapping[str, str] = field(default_factory=dict)
    arch: str = "x86_64"

    def spec(self) -> str:
        """Return the spec file for rpmbuild, its files ready below the build root."""
        lines = [
            f"Name: {self.name}",
            f"Version: {self.version}",
            f"Release: {self.release}",
            f"Summary: {self.name} of the lab",
            "License: see the package",
            "AutoReqProv: no",
            *(f"Requires: {name}" for name in self.requires),
            *(f"Provides: {name}" for name in self.provides),
            *(["BuildArch: noarch"] if self.arch == "noarch" else []),
            "%description",
            f"{self.name}, as the lab's hosts install it.",
        ]
        for name, body in self.scripts.items():
            lines += [f"%{name}", body]
        lines.append("%files")
        for path, entry in self.files.items():
            kind = "%dir " if entry.text is None and entry.copy is None else ""
            kind += "%config(noreplace) " if entry.config else ""
            lines.append(f"%attr({entry.mode},{entry.owner},{entry.group}) {kind}{path}")
        return "\n".join(lines) + "\n"


def _copies(paths: Iterator[str] | list[str], mode: str = "0755") -> dict[str, Entry]:
    return {path: Entry(mode, copy=path) for path in paths}


def _text(name: str) -> str:
    return (SPECS / name).read_text("utf-8")


def _unit(name: str) -> dict[str, Entry]:
    return {f"/usr/lib/systemd/system/{name}": Entry(text=_text(f"units/{name}"))}


RELOAD = "systemctl daemon-reload >/dev/null 2>&1 || :"


def _user(name: str, home: str) -> str:
    return (
        f"getent group {name} >/dev/null || groupadd -r {name}\n"
        f"getent passwd {name} >/dev/null || "
        f"useradd -r -g {name} -d {home} -s /sbin/nologin {name}"
    )


def _system(full: Path) -> Iterator[Rpm]:
    identity = {
        "/etc/rocky-release": Entry(text="Rocky Linux release 9.6 (Blue Onyx)\n"),
        "/etc/redhat-release": Entry(text="Rocky Linux release 9.6 (Blue Onyx)\n"),
        "/etc/pki/rpm-gpg/RPM-GPG-KEY-Rocky-9": Entry(copy="/lab/keys/rocky.asc"),
    }
    for section in ("baseos", "appstream", "extras"):
        identity[f"/etc/yum.repos.d/{section}.repo"] = Entry(
            text=_text("rocky.repo").replace("@section@", section), config=True
        )
    provides = ("system-release = 9.6", "redhat-release = 9.6", "system-release(releasever) = 9")
    for release in ("1.5.el9", "1.6.el9"):
        yield Rpm(
            "rocky-release", "9.6", release, "baseos", DISTRIBUTION, identity, (), provides,
            arch="noarch",
        )  # fmt: skip
    base = ("/bin/sh", "/usr/bin/sh", "shadow-utils", "systemd", "python3", "bash", "glibc")
    yield Rpm("lab-base", "1", "1", "baseos", DISTRIBUTION, {}, (), base, arch="noarch")


def _chrony() -> Rpm:
    files = _copies(["/usr/bin/chronyc", "/usr/sbin/chronyd"])
    files |= _unit("chronyd.service")
    files["/etc/chrony.conf"] = Entry(text=_text("chrony.conf"), config=True)
    files["/etc/sysconfig/chronyd"] = Entry(text='OPTIONS="-x"\n', config=True)
    files["/var/lib/chrony"] = Entry("0750", "chrony", "chrony")
    files["/var/log/chrony"] = Entry("0750", "chrony", "chrony")
    scripts = {"pre": _user("chrony", "/var/lib/chrony"), "post": RELOAD}
    return Rpm(
        "chrony", "4.6.1", "2.el9", "baseos", DISTRIBUTION, files, ("lab-base",), scripts=scripts
    )


def _debians(full: Path, *names: str) -> dict[str, Entry]:
    """Return the files of Debian's packages, without their pages of documentation."""
    listed = "".join((full / f"var/lib/dpkg/info/{name}.list").read_text() for name in names)
    files: dict[str, Entry] = {}
    for path in sorted(set(listed.splitlines())):
        source = full / path.lstrip("/")
        if source.is_file() and not path.startswith(("/usr/share/man", "/usr/share/doc")):
            mode = "0755" if source.stat().st_mode & 0o111 else "0644"
            files[path] = Entry(mode, copy=path, config=path.startswith("/etc/"))
    return files


RELOAD_BUS = (
    "\nbusctl call org.freedesktop.DBus / org.freedesktop.DBus ReloadConfig >/dev/null 2>&1 || :"
)


def _network_manager(full: Path) -> Rpm:
    """NetworkManager itself; its libraries are in the hosts' base."""
    files = _debians(full, "network-manager")
    for directory in ("conf.d", "system-connections"):
        files[f"/etc/NetworkManager/{directory}"] = Entry("0700")
    return Rpm(
        "NetworkManager", "1.52.1", "1.el9", "baseos", DISTRIBUTION, files, ("lab-base",),
        scripts={"post": RELOAD + RELOAD_BUS},
    )  # fmt: skip


def _firewalld(full: Path) -> Rpm:
    files = _debians(full, "firewalld", "python3-firewall")
    files["/usr/lib/firewalld/zones/public.xml"] = Entry(text=_text("public.xml"))
    for directory in ("zones", "services", "policies", "ipsets", "helpers", "icmptypes"):
        files[f"/etc/firewalld/{directory}"] = Entry("0750")
    return Rpm(
        "firewalld", "2.3.1", "1.el9", "baseos", DISTRIBUTION, files, ("lab-base",),
        scripts={"post": RELOAD + RELOAD_BUS},
        arch="noarch",
    )  # fmt: skip


def _epel(full: Path) -> Iterator[Rpm]:
    files = {
        "/etc/yum.repos.d/epel.repo": Entry(text=_text("epel.repo"), config=True),
        "/etc/pki/rpm-gpg/RPM-GPG-KEY-EPEL-9": Entry(copy="/lab/keys/epel.asc"),
    }
    yield Rpm(
        "epel-release", "9", "10.el9", "extras", DISTRIBUTION, files, ("lab-base",), arch="noarch"
    )
    yield Rpm("log4cplus", "2.1.1", "1.el9", "epel", EPEL, {}, ("lab-base",))
    yield from _epels_kea(full)


def _epels_kea(full: Path) -> Iterator[Rpm]:
    """Kea 2.6 in EPEL's packages: all daemons in one, libraries and hooks apart.

    Its scripts are systemd's macros, as in Fedora's spec file.
    """
    version, release = OLDER

    def rpm(name: str, files: dict[str, Entry], *requires: str, **more: object) -> Rpm:
        return Rpm(name, version, release, "epel", EPEL, files, ("log4cplus", *requires), **more)  # type: ignore[arg-type]

    same, units = f"kea-libs = {version}-{release}", "kea-dhcp4.service kea-ctrl-agent.service"
    yield rpm("kea-libs", _libraries(full, OLDER_TREE))
    files = dict(KEA_DIRECTORIES)
    for name in ("kea-dhcp4", "kea-ctrl-agent", "kea-lfc"):
        files |= _program(name, OLDER_TREE)
    for name in ("kea-dhcp4", "kea-ctrl-agent"):
        files |= _unit(f"{name}.service")
        files[f"/etc/kea/{name}.conf"] = Entry(text=_text(f"{name}.conf"), **KEA_CONFIG)  # type: ignore[arg-type]
    stop = f'[ "$1" -eq 0 ] && systemctl --no-reload disable --now {units} >/dev/null 2>&1 || :'
    restart = f'[ "$1" -ge 1 ] && systemctl try-restart {units} >/dev/null 2>&1 || :'
    scripts = {"pre": _user("kea", "/var/lib/kea"), "post": RELOAD, "preun": stop}
    yield rpm("kea", files, same, scripts={**scripts, "postun": f"{RELOAD}\n{restart}"})
    yield rpm("kea-hooks", _hooks(full, OLDER_TREE), same)


KEA_DIRECTORIES = {
    "/etc/kea": Entry("0750", "root", "kea"),
    "/var/lib/kea": Entry("0750", "kea", "kea"),
    "/var/log/kea": Entry("0750", "kea", "kea"),
    "/usr/lib64/kea": Entry("0755"),
}
KEA_CONFIG = {"mode": "0640", "group": "kea", "config": True}


def _hooks(full: Path, tree: str) -> dict[str, Entry]:
    folder = full / tree.lstrip("/") / "usr/lib/x86_64-linux-gnu/kea/hooks"
    hooks = sorted(folder.glob("*.so"))
    return {
        f"{HOOKS}/{hook.name}": Entry("0755", copy=f"/{hook.relative_to(full)}") for hook in hooks
    }


def _program(name: str, tree: str) -> dict[str, Entry]:
    wrapper = _text("kea-wrapper").replace("@name@", name)
    return {
        f"/usr/sbin/{name}": Entry("0755", text=wrapper),
        f"/usr/libexec/kea/{name}": Entry("0755", copy=f"{tree}/usr/sbin/{name}"),
    }


def _libraries(full: Path, tree: str) -> dict[str, Entry]:
    """Return the libraries of a tree that are not in the hosts' base, by their names for ld.so."""
    if not tree:
        return {}
    folder = full / tree.lstrip("/") / "usr/lib/x86_64-linux-gnu"
    names = sorted(path.name for path in folder.iterdir() if re.search(r"\.so\.\d+\Z", path.name))
    return {
        f"{LIBRARIES}/{name}": Entry("0755", copy=f"{tree}/usr/lib/x86_64-linux-gnu/{name}")
        for name in names
    }


@dataclass(frozen=True)
class Edition:
    """Packages of Kea: whose repository and key, whose programs, and whether with the agent."""

    repository: str = "isc"
    key: Key = ISC
    tree: str = ""
    agent: bool = True


NEWER_EDITION = Edition("isc-newer", ISC, NEWER_TREE)
NEXT_EDITION = Edition("isc-3-2", ISC_3_2, NEWER_TREE, agent=False)
OLDER_EDITION = Edition("isc-2-6", ISC, OLDER_TREE)


def _kea(full: Path, version: str, release: str, edition: Edition | None = None) -> Iterator[Rpm]:
    edition = edition or Edition()
    tree, same = edition.tree, f"= {version}-{release}"

    def rpm(name: str, files: dict[str, Entry], *requires: str, **more: object) -> Rpm:
        needed = ("lab-base", *(f"{one} {same}" for one in requires))
        if name == "isc-kea-common":
            needed = ("lab-base", "log4cplus")
        repository, key = edition.repository, edition.key
        return Rpm(name, version, release, repository, key, files, needed, **more)  # type: ignore[arg-type]

    lfc = _program("kea-lfc", tree) if tree else _copies(["/usr/sbin/kea-lfc"])
    lfc |= _libraries(full, tree)
    user = {"pre": _user("kea", "/var/lib/kea"), "post": RELOAD}
    yield rpm("isc-kea-common", KEA_DIRECTORIES | lfc, scripts=user)

    def daemon(name: str) -> dict[str, str]:
        restart = f'[ "$1" -ge 1 ] && systemctl try-restart {name}.service >/dev/null 2>&1 || :'
        stop = f'[ "$1" -eq 0 ] && systemctl disable --now {name}.service >/dev/null 2>&1 || :'
        return {"post": RELOAD, "preun": stop, "postun": f"{RELOAD}\n{restart}"}

    daemons = ("kea-dhcp4", "kea-ctrl-agent") if edition.agent else ("kea-dhcp4",)
    for name in daemons:
        files = _program(name, tree) | _unit(f"{name}.service")
        files[f"/etc/kea/{name}.conf"] = Entry(text=_text(f"{name}.conf"), **KEA_CONFIG)  # type: ignore[arg-type]
        yield rpm(f"isc-{name}", files, "isc-kea-common", scripts=daemon(name))
    yield rpm("isc-kea-hooks", _hooks(full, tree), "isc-kea-common")
    yield rpm("isc-kea-admin", _copies(["/usr/sbin/kea-admin"]), "isc-kea-common")
    yield rpm("isc-kea-perfdhcp", _copies(["/usr/sbin/perfdhcp"]), "isc-kea-common")
    parts = ["dhcp4", "hooks", *(["ctrl-agent"] if edition.agent else []), "admin", "perfdhcp"]
    yield rpm("isc-kea", {}, *(f"isc-kea-{part}" for part in parts))


def every(full: Path) -> Iterator[Rpm]:
    """Yield every package of the lab; `full` is the tree that their programs come from."""
    yield from _system(full)
    yield _chrony()
    yield _firewalld(full)
    yield _network_manager(full)
    yield from _epel(full)
    for version, release in KEA_VERSIONS:
        yield from _kea(full, version, release)
    yield from _kea(full, *NEWER, NEWER_EDITION)
    yield from _kea(full, *NEXT, NEXT_EDITION)
    yield from _kea(full, *ISC_OLDER, OLDER_EDITION)


def moved(full: Path) -> set[str]:
    """Return the paths that hosts get from RPMs only, so that their base must not hold them."""
    rest = (_chrony(), _firewalld(full), _network_manager(full))
    packages = (*rest, *_kea(full, *KEA_VERSIONS[0]))
    copies = {entry.copy for one in packages for entry in one.files.values() if entry.copy}
    return copies | {path for one in packages for path in one.files if not path.endswith("/kea")}
