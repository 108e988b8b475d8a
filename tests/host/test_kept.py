"""What a host keeps: history, bounded; and the last configuration that was proven to run."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.host.loading import Host


@pytest.fixture
def active(host: Host) -> Path:
    (host.root / "bkp").mkdir()
    return host.root / "a.conf"


def test_the_first_is_kept_for_ever_and_a_bounded_number_of_others(
    host: Host, active: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, directory = host.module("kept"), active.parent / "bkp"
    for number in range(8):
        active.write_text(f"{number}\n")
        with monkeypatch.context() as now:
            now.setattr(time, "strftime", lambda form, at, n=number: f"20260101T00000{n}Z")
            kept.back_up(str(active), str(directory), 3)
    assert (directory / "a.conf.bkp").read_text() == "0\n"
    later = sorted(directory.glob("a.conf.2*"))
    assert [path.read_text() for path in later] == ["5\n", "6\n", "7\n"]
    assert not (directory / ".a.conf.proven").exists()


def test_a_backup_of_the_same_content_is_made_once(host: Host, active: Path) -> None:
    kept, directory = host.module("kept"), active.parent / "bkp"
    for text in ("0\n", "1\n", "1\n", "1\n"):
        active.write_text(text)
        kept.back_up(str(active), str(directory), 3)
    assert len(list(directory.glob("a.conf.2*"))) == 1


def test_an_original_is_kept_for_ever_and_a_later_one_too(host: Host, active: Path) -> None:
    kept, directory = host.module("kept"), active.parent / "bkp"
    kept.back_up_original(str(active), str(directory), 3)
    assert not list(directory.iterdir())
    for text in ("by hand\n", "by hand\n", "by another hand\n"):
        active.write_text(text)
        kept.back_up_original(str(active), str(directory), 3)
    assert (directory / "a.conf.original").read_text() == "by another hand\n"
    assert [path.read_text() for path in directory.glob("a.conf.2*")] == ["by hand\n"]


def test_keaprovs_own_file_is_known_by_its_user_context(host: Host, active: Path) -> None:
    kept = host.module("kept")
    for text, own in (
        ('{"Dhcp4": {"user-context": {"keaprov": {"site": "s"}}}}', True),
        ('{"Dhcp4": {"user-context": {"note": "keaprov"}}}', False),
        ('{"Dhcp4": {} } // keaprov', False),
    ):
        active.write_text(text)
        assert kept.is_keaprovs(str(active)) is own


def test_what_was_proven_is_put_back_if_it_differs(host: Host, active: Path) -> None:
    kept, directory = host.module("kept"), str(active.parent / "bkp")
    assert kept.put_back([str(active)], directory) == []
    active.write_text("good\n")
    active.chmod(0o640)
    kept.prove([str(active), str(active) + ".none"], directory)
    assert kept.put_back([str(active)], directory) == []
    active.write_text("bad\n")
    assert kept.put_back([str(active)], directory) == [str(active)]
    assert active.read_text() == "good\n"
    assert active.stat().st_mode & 0o777 == 0o640
    active.unlink()
    assert kept.put_back([str(active)], directory) == [str(active)]


def test_a_host_of_an_earlier_version_has_the_file_of_before(host: Host, active: Path) -> None:
    kept, directory = host.module("kept"), active.parent / "bkp"
    (directory / ".a.conf.before").write_text("before\n")
    active.write_text("bad\n")
    assert kept.put_back([str(active)], str(directory)) == [str(active)]
    assert active.read_text() == "before\n"
    (directory / ".a.conf.proven").write_text("proven\n")
    kept.put_back([str(active)], str(directory))
    assert active.read_text() == "proven\n"


def test_prove_keeps_the_files_and_says_what_runs(host: Host, active: Path) -> None:
    host.command("rpm", "echo isc-kea-hooks 3.0.1-isc1; echo isc-kea-dhcp4 3.0.1-isc1")
    active.write_text("good\n")
    running = host.root / "var/running.json"
    request = {
        "prove": {"hash": "H", "revision": "R"},
        "files": [str(active)],
        "backup": str(active.parent / "bkp"),
        "running": str(running),
    }
    assert host.module("turn").main(request) == {"proved": True}
    assert json.loads(running.read_text()) == {
        "hash": "H",
        "revision": "R",
        "packages": {"isc-kea-dhcp4": "3.0.1-isc1", "isc-kea-hooks": "3.0.1-isc1"},
    }
    assert running.stat().st_mode & 0o777 == 0o600
    assert running.parent.stat().st_mode & 0o777 == 0o755
    assert (active.parent / "bkp/.a.conf.proven").read_text() == "good\n"


def test_history_lists_what_is_kept_and_survives_anything_in_it(host: Host, active: Path) -> None:
    directory = active.parent / "bkp"
    configuration = {
        "Dhcp4": {"user-context": {"keaprov": {"site": "s", "revision": "R"}}, "subnet4": [1]}
    }
    active.write_text(json.dumps(configuration))
    (directory / "a.conf.bkp").write_bytes(b"// caf\xe9\n{}")
    (directory / "a.conf.20260101T000000Z.abc").write_text('{"Dhcp4": [1]}')
    request = {"active": str(active), "directory": str(directory), "revision": "R"}
    report = host.module("history").main(request)
    assert [entry["revision"] for entry in report["kept"]] == ["R", "", ""]
    assert report["kept"][0]["subnets"] == 1
    assert report["kept"][2]["kept"] == "20260101T000000Z"
    assert report["packed"]
