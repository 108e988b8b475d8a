"""The folder of a process: removed by the next process if its own was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from keaprov.control import folder

MAKES_ONE = "import sys; from keaprov.control import folder; print(folder.own(), flush=True); {}"
WAITS = MAKES_ONE.format("sys.stdin.read()")


def process(tmp_path: Path) -> tuple[subprocess.Popen[str], Path]:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    started = subprocess.Popen(
        [sys.executable, "-c", WAITS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert started.stdout is not None
    return started, Path(started.stdout.readline().strip())


def ended(started: subprocess.Popen[str], number: int = 0) -> None:
    if number:
        started.send_signal(number)
    started.communicate()


def test_the_folder_of_a_killed_process_is_removed_by_the_next_one(tmp_path: Path) -> None:
    first, left = process(tmp_path)
    (left / "ssh_config").write_text("Host a\n")
    second, kept = process(tmp_path)
    assert left.is_dir(), "its process lives"
    ended(first, signal.SIGKILL)
    assert left.is_dir()
    third, _ = process(tmp_path)
    assert not left.exists()
    assert kept.is_dir()
    ended(second)
    ended(third)
    assert [*tmp_path.iterdir()] == []


def test_only_own_private_folders_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (tmp_path / f"{folder.PREFIX}link").symlink_to(elsewhere)
    (tmp_path / f"{folder.PREFIX}file").touch()
    (tmp_path / f"{folder.PREFIX}open").mkdir(mode=0o755)
    left = tmp_path / f"{folder.PREFIX}left"
    left.mkdir(mode=0o700)
    folder._remove_left(tmp_path)
    names = {path.name.removeprefix(folder.PREFIX) for path in tmp_path.iterdir()}
    assert names == {"elsewhere", "link", "file", "open"}
    left.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    folder._remove_left(tmp_path)
    assert left.is_dir(), "of another user"


def test_nothing_is_removed_where_others_may_rename(tmp_path: Path) -> None:
    left = tmp_path / f"{folder.PREFIX}left"
    left.mkdir(mode=0o700)
    tmp_path.chmod(0o777)
    folder._remove_left(tmp_path)
    assert left.is_dir()
    tmp_path.chmod(0o1777)
    folder._remove_left(tmp_path)
    assert not left.exists()
