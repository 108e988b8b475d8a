"""The programs that run on hosts: Python 3.9 there, whole or not at all, bounded backups."""

from __future__ import annotations

import ast
import grp
import json
import os
import pwd
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from keaprov import files

PROGRAMS = sorted(path.stem for path in files.path("host/turn.py").parent.glob("*.py"))
ME = {"owner": pwd.getpwuid(os.getuid()).pw_name, "group": grp.getgrgid(os.getgid()).gr_name}


def program(name: str) -> ModuleType:
    module = ModuleType(name)
    exec(compile(files.read(f"host/{name}.py"), name, "exec"), module.__dict__)
    return module


@pytest.mark.parametrize("name", PROGRAMS)
def test_parses_as_python_3_9_and_needs_the_standard_library_only(name: str) -> None:
    tree = ast.parse(files.read(f"host/{name}.py"), feature_version=(3, 9))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert all(one.name.split(".")[0] in sys.stdlib_module_names for one in node.names)
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] in {*sys.stdlib_module_names}


def entry(path: Path, content: str) -> dict[str, Any]:
    return {"path": str(path), "content": content, "mode": "640", **ME}


def test_write_puts_files_in_place_with_their_mode(tmp_path: Path) -> None:
    target = tmp_path / "a.conf"
    program("write").main({"files": [entry(target, "new\n")]})
    assert target.read_text() == "new\n"
    assert target.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["a.conf"]


@pytest.mark.parametrize("failure", ["check", "group", "directory"])
def test_write_changes_nothing_when_anything_fails(tmp_path: Path, failure: str) -> None:
    target = tmp_path / "a.conf"
    target.write_text("old\n")
    second = entry(tmp_path / "b.conf", "new\n")
    request: dict[str, Any] = {"files": [entry(target, "new\n"), second]}
    if failure == "check":
        request["checks"] = [{"argv": ["sh", "-c", "echo no; exit 1"]}]
    elif failure == "group":
        second["group"] = "no-such-group"
    else:
        second["path"] = str(tmp_path / "none/b.conf")
    with pytest.raises(SystemExit) as caught:
        program("write").main(request)
    assert "\n" in str(caught.value) or "cannot write" in str(caught.value)
    assert target.read_text() == "old\n"
    assert [path.name for path in tmp_path.iterdir()] == ["a.conf"]


def test_write_never_follows_a_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine\n")
    (tmp_path / "a.conf.keaprov-new").symlink_to(victim)
    program("write").main({"files": [entry(tmp_path / "a.conf", "new\n")]})
    assert victim.read_text() == "mine\n"


def test_backups_keep_the_first_for_ever_and_a_bounded_number_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn, active, kept = program("turn"), tmp_path / "a.conf", tmp_path / "bkp"
    kept.mkdir()
    for number in range(8):
        active.write_text(f"{number}\n")
        with monkeypatch.context() as now:
            now.setattr(time, "strftime", lambda form, at, n=number: f"20260101T00000{n}Z")
            turn.back_up(str(active), str(kept), 3)
    assert (kept / "a.conf.bkp").read_text() == "0\n"
    later = sorted(kept.glob("a.conf.2*"))
    assert [path.read_text() for path in later] == ["5\n", "6\n", "7\n"]
    assert (kept / ".a.conf.before").read_text() == "7\n"


def test_a_backup_of_the_same_content_is_made_once(tmp_path: Path) -> None:
    turn, active, kept = program("turn"), tmp_path / "a.conf", tmp_path / "bkp"
    kept.mkdir()
    for text in ("0\n", "1\n", "1\n", "1\n"):
        active.write_text(text)
        turn.back_up(str(active), str(kept), 3)
    assert len(list(kept.glob("a.conf.2*"))) == 1


def test_the_file_of_before_is_put_back(tmp_path: Path) -> None:
    turn, active, kept = program("turn"), tmp_path / "a.conf", tmp_path / "bkp"
    kept.mkdir()
    active.write_text("old\n")
    turn.back_up(str(active), str(kept), 3)
    active.write_text("new\n")
    assert turn.put_back([str(active)], str(kept)) == [str(active)]
    assert active.read_text() == "old\n"


def test_an_update_that_needs_a_reboot_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    observe = program("observe")
    asked = "glibc 99999999999\nsystemd 1\nbash 99999999999\npackage x is not installed\n"
    answer = subprocess.CompletedProcess([], 1, asked, "")
    monkeypatch.setattr(observe, "run", lambda *argv: answer)
    assert observe.updated_since_boot() == ["glibc"]


def test_the_lock_is_one_runs_and_ends_with_it(tmp_path: Path) -> None:
    code = (
        "import json, sys; from types import ModuleType;"
        "lock = ModuleType('lock'); exec(sys.argv[1], lock.__dict__); lock.PATH = sys.argv[2];"
        "print(json.dumps(lock.main({'by': 'me', 'patience': 60})))"
    )
    words = [sys.executable, "-c", code, files.read("host/lock.py"), str(tmp_path / "lock")]

    def hold() -> subprocess.Popen[str]:
        return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    with hold() as first:
        assert first.stdout is not None
        assert json.loads(first.stdout.readline())["held"] is True
        with hold() as second:
            assert second.stdout is not None
            answer = json.loads(second.stdout.readline())
        assert answer["held"] is False
        assert answer["by"].startswith("me, since 20")
        assert first.stdin is not None
        first.stdin.close()
        first.wait()
    with hold() as third:
        assert third.stdout is not None
        assert json.loads(third.stdout.readline())["held"] is True
