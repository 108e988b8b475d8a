"""write.py: whole or not at all, never readable by others, bytes as they were."""

from __future__ import annotations

import grp
import os
import pwd
from pathlib import Path
from typing import Any

import pytest

from tests.host.loading import Host

ME = {"owner": pwd.getpwuid(os.getuid()).pw_name, "group": grp.getgrgid(os.getgid()).gr_name}


@pytest.fixture
def folder(host: Host) -> Path:
    path = host.root / "etc"
    path.mkdir()
    return path


def entry(path: Path, content: str) -> dict[str, Any]:
    return {"path": str(path), "content": content, "mode": "640", **ME}


def test_files_are_put_in_place_with_their_mode(host: Host, folder: Path) -> None:
    target = folder / "a.conf"
    host.module("write").main({"files": [entry(target, "new\n")]})
    assert target.read_text() == "new\n"
    assert target.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in folder.iterdir()] == ["a.conf"]


@pytest.mark.parametrize("failure", ["check", "late", "group", "directory", "content"])
def test_nothing_changes_if_anything_fails(
    host: Host, folder: Path, failure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = folder / "a.conf"
    target.write_text("old\n")
    second = entry(folder / "b.conf", "new\n")
    request: dict[str, Any] = {"files": [entry(target, "new\n"), second]}
    if failure == "check":
        request["checks"] = [{"argv": ["sh", "-c", "echo no; exit 1"]}]
    elif failure == "late":
        monkeypatch.setattr(host.module("shell"), "patience", lambda argv: 0.1)
        request["checks"] = [{"argv": ["sleep", "5"]}]
    elif failure == "group":
        second["group"] = "no-such-group"
    elif failure == "directory":
        second["path"] = str(folder / "none/b.conf")
    else:
        second["content"] = None
    with pytest.raises((SystemExit, AttributeError)) as caught:
        host.module("write").main(request)
    expected = {
        "check": "sh refuses the new configuration:\nno",
        "late": "sleep refuses the new configuration:\nsleep 5 did not end within 0.1 s",
        "group": "no-such-group",
        "directory": f"cannot write: No such file or directory: {folder}/none/b.conf",
        "content": "encode",
    }
    assert expected[failure] in str(caught.value)
    assert target.read_text() == "old\n"
    assert [path.name for path in folder.iterdir()] == ["a.conf"]


@pytest.mark.parametrize("suffix", ["", ".2", ".completed"])
@pytest.mark.parametrize("content", [b"\x7fELF\0", bytes(4096), b"xx"])
def test_a_damaged_lease_file_is_named(
    host: Host, folder: Path, suffix: str, content: bytes
) -> None:
    leases = folder / "kea-leases4.csv"
    check = {"argv": ["sh", "-c", "echo invalid header; exit 1"], "leases": [str(leases)]}
    request = {"files": [], "checks": [check]}
    Path(f"{leases}{suffix}").write_bytes(content)
    with pytest.raises(SystemExit, match=rf"invalid header\n{leases}{suffix} is not a lease file"):
        host.module("write").main(request)


@pytest.mark.parametrize("content", [b"", b"address,hwaddr\n", None])
def test_a_good_lease_file_is_not_blamed(host: Host, folder: Path, content: bytes | None) -> None:
    leases = folder / "kea-leases4.csv"
    if content is not None:
        leases.write_bytes(content)
    check = {"argv": ["sh", "-c", "echo no; exit 1"], "leases": [str(leases)]}
    with pytest.raises(SystemExit, match=r"refuses the new configuration:\nno$"):
        host.module("write").main({"files": [], "checks": [check]})


def test_only_the_errors_of_kea_are_shown(host: Host, folder: Path) -> None:
    at = "2026-11-26 07:24:02.539"
    log = f"{at} WARN  [a] b\\n{at} ERROR [c] d\\nError encountered: e\\n{at} INFO  [f] g\\n"
    check = {"argv": ["sh", "-c", f"printf '{log}'; exit 1"]}
    with pytest.raises(
        SystemExit, match=rf"configuration:\n{at} ERROR \[c\] d\nError encountered: e$"
    ):
        host.module("write").main({"files": [], "checks": [check]})


def test_a_link_is_never_followed(host: Host, folder: Path) -> None:
    victim = folder / "victim"
    victim.write_text("mine\n")
    (folder / "a.conf.keaprov-new").symlink_to(victim)
    host.module("write").main({"files": [entry(folder / "a.conf", "new\n")]})
    assert victim.read_text() == "mine\n"


def test_bytes_that_are_not_utf_8_survive(host: Host, folder: Path) -> None:
    latin = b"# Zeitquelle f\xfcr das B\xfcro\npool x\n"
    (folder / "chrony.conf").write_bytes(latin)
    text = host.module("look_system").texts([str(folder / "chrony.conf")])
    (content,) = text.values()
    host.module("write").main({"files": [entry(folder / "copy.conf", content)]})
    assert (folder / "copy.conf").read_bytes() == latin


def test_commands_and_removals_follow(host: Host, folder: Path) -> None:
    host.command("firewall-cmd", "echo bad zone; exit 3")
    gone = folder / "gone"
    gone.write_text("x")
    request = {"files": [], "remove": [str(gone)], "then": [["firewall-cmd", "--reload"]]}
    with pytest.raises(SystemExit, match="firewall-cmd --reload failed:\nbad zone"):
        host.module("write").main(request)
    assert not gone.exists()


def test_a_file_without_a_wanted_mode_keeps_its_own(host: Host, folder: Path) -> None:
    private, fresh = folder / "epel.repo", folder / "new.repo"
    private.write_text("password=x\n")
    private.chmod(0o600)
    files = [{"path": str(path), "content": "new\n", **ME} for path in (private, fresh)]
    host.module("write").main({"files": files})
    assert private.read_text() == "new\n"
    assert [path.stat().st_mode & 0o777 for path in (private, fresh)] == [0o600, 0o644]
