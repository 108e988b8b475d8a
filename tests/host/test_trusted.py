"""Root follows no link that another user could have put there, and shows a file to nobody."""

from __future__ import annotations

import ast
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keaprov import files
from tests.host.loading import NAMES, Host

BY_PATH = {
    *("open", "os.open", "os.stat", "os.lstat", "os.chmod", "os.chown", "os.link", "os.symlink"),
    *("os.replace", "os.rename", "os.unlink", "os.remove", "os.mkdir", "os.makedirs", "os.rmdir"),
    *("os.truncate", "os.utime", "os.path.exists", "os.path.isfile", "os.path.getsize"),
    *("shutil.copy", "shutil.copy2", "shutil.copyfile", "shutil.move", "shutil.chown"),
    *("shutil.rmtree", "filecmp.cmp"),
}
"""Calls that follow links by path; with `dir_fd` or a handle they do not."""


def calls_by_path(source: str) -> list[str]:
    """Return the calls of a module that use a path and not a handle."""
    calls = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in BY_PATH:
            words = {keyword.arg for keyword in node.keywords}
            first = ast.unparse(node.args[0]) if node.args else ""
            if not words & {"dir_fd", "src_dir_fd"} and first not in {"handle", "'/'"}:
                calls.append(ast.unparse(node))
    return calls


@pytest.mark.parametrize("name", sorted({*NAMES} - {"probe"}))  # a client's host runs it alone
def test_every_file_is_opened_by_the_handle_of_its_directory(name: str) -> None:
    assert calls_by_path(files.read(f"host/{name}.py")) == []


def test_a_call_by_path_is_noticed() -> None:
    assert calls_by_path("os.open(path, 0)\nos.open(name, 0, dir_fd=folder)") == [
        "os.open(path, 0)"
    ]


@pytest.fixture
def victim(host: Host) -> Path:
    """A file that only root may read, and that no link may lead to."""
    path = host.root / "shadow"
    path.write_text("root:secret\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def planted(host: Host, victim: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put a link to the victim where root will look: by a user whom root does not trust."""
    monkeypatch.setattr(host.module("trusted"), "OWN", frozenset({os.getuid() + 1}))

    def plant(name: str) -> Path:
        link = host.root / name
        link.symlink_to(victim)
        return link

    return plant


USES: dict[str, Callable[[Host, str], Any]] = {
    "read": lambda host, path: host.module("reading").text(path),
    "copy": lambda host, path: host.module("place").copy(path, f"{path}.bkp"),
    "own": lambda host, path: host.module("place").own(path, 0o644, -1, -1),
    "directory": lambda host, path: host.module("place").directory(path, 0o755),
    "back up": lambda host, path: host.module("kept").back_up(path, str(host.root), 3),
    "lock": lambda host, path: host.module("held").opened(path),
    "socket": lambda host, path: host.module("kea_socket").ask(path, {"command": "x"}),
}


@pytest.mark.parametrize("use", USES)
def test_a_link_of_another_user_is_refused(
    host: Host, victim: Path, planted: Callable[[str], Path], use: str
) -> None:
    link = planted("kea-dhcp4.conf")
    with pytest.raises(
        Exception, match=r"a symbolic link that another user can change|symbolic links\)"
    ):
        USES[use](host, str(link))
    assert victim.read_text() == "root:secret\n"
    assert stat.S_IMODE(victim.stat().st_mode) == 0o600
    assert sorted(path.name for path in host.root.iterdir()) == ["bin", "kea-dhcp4.conf", "shadow"]


def test_a_link_on_the_way_is_refused_too(
    host: Host, planted: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    (host.root / "elsewhere").mkdir()
    (host.root / "bkp").symlink_to(host.root / "elsewhere")
    monkeypatch.setattr(host.module("trusted"), "OWN", frozenset({os.getuid() + 1}))
    with pytest.raises(OSError, match="another user"):
        host.module("place").put(str(host.root / "bkp/a.conf"), "text", 0o600)
    assert not [*(host.root / "elsewhere").iterdir()]


def test_a_written_file_replaces_a_link(
    host: Host, victim: Path, planted: Callable[[str], Path]
) -> None:
    link = planted("a.conf")
    host.module("place").put(str(link), "new\n", 0o640)
    assert not link.is_symlink()
    assert (link.read_text(), victim.read_text()) == ("new\n", "root:secret\n")


def test_looks_report_a_link_and_nothing_of_where_it_leads(
    host: Host, planted: Callable[[str], Path]
) -> None:
    link = planted("kea-dhcp4.log")
    signs, units = host.module("look_signs"), host.module("look_units")
    signs.LOG_DIRECTORY = signs.LEASE_DIRECTORY = str(host.root)
    assert signs.log("kea-dhcp4.log") is None
    assert signs.lease_files("kea-dhcp4.log") is None
    assert units.tail(str(link)) == ""
    assert host.module("look_system").file(str(link)) == {
        "mode": "",
        "owner": "",
        "group": "",
        "changed": 0.0,
        "link": True,
    }


def test_an_administrators_link_is_followed(host: Host) -> None:
    (host.root / "disk").mkdir()
    (host.root / "kea").symlink_to("disk")
    place, reading = host.module("place"), host.module("reading")
    place.put(str(host.root / "kea/a.conf"), "text\n", 0o600)
    assert (host.root / "disk/a.conf").read_text() == "text\n"
    (host.root / "b.conf").symlink_to(host.root / "kea/../disk/a.conf")
    assert reading.text(str(host.root / "b.conf")) == "text\n"
    (host.root / "round").symlink_to("round")
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        reading.text(str(host.root / "round"))


def test_a_link_in_a_directory_that_others_write_is_not_followed(host: Host, victim: Path) -> None:
    shared = host.root / "shared"
    shared.mkdir()
    (shared / "a").symlink_to(victim)
    reading = host.module("reading")
    shared.chmod(0o777)
    with pytest.raises(OSError, match="another user"):
        reading.text(str(shared / "a"))
    shared.chmod(0o1777)  # sticky, as /tmp: nobody replaces another's link
    assert reading.text(str(shared / "a")) == "root:secret\n"


def test_a_second_name_is_not_given_away(host: Host, victim: Path) -> None:
    os.link(victim, host.root / "kea-dhcp4.conf")
    with pytest.raises(OSError, match="a file with a second name"):
        host.module("place").own(str(host.root / "kea-dhcp4.conf"), 0o644, -1, -1)
    assert stat.S_IMODE(victim.stat().st_mode) == 0o600


def test_what_is_no_file_is_not_read(host: Host) -> None:
    os.mkfifo(host.root / "log")
    with pytest.raises(OSError, match="not a regular file"):
        host.module("reading").text(str(host.root / "log"))


def test_a_file_is_readable_by_nobody_else_at_no_time(
    host: Host, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes = []
    write = os.fchown

    def looked_at(handle: int, uid: int, gid: int) -> None:
        modes.append(stat.S_IMODE(os.fstat(handle).st_mode))
        write(handle, uid, gid)

    monkeypatch.setattr(os, "fchown", looked_at)
    victim.chmod(0o640)
    place = host.module("place")
    place.copy(str(victim), str(host.root / "copy"))
    place.put(str(host.root / "new"), "text", 0o644)
    place.own(str(victim), 0o604, -1, -1)
    place.directory(str(host.root / "etc"), 0o755)
    assert modes == [0o600, 0o600, 0o600, 0o700]
    assert stat.S_IMODE((host.root / "copy").stat().st_mode) == 0o640


def test_every_file_gets_the_context_of_its_place(host: Host, victim: Path) -> None:
    host.command("restorecon")
    place = host.module("place")
    place.copy(str(victim), str(host.root / "copy"))
    place.put(str(host.root / "new"), "text", 0o644)
    place.directory(str(host.root / "etc"), 0o755)
    assert host.calls() == [f"restorecon {host.root}/{name}" for name in ("copy", "new", "etc")]
