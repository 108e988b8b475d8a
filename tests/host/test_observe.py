"""observe.py: units that died, what Kea runs, its peer, and what is under way on a host."""

from __future__ import annotations

import base64
import json
import os
import pwd
import subprocess
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.host.kea import Kea, Peer
from tests.host.loading import Host

SHOWN = {
    "Id": "kea-dhcp4.service",
    "LoadState": "loaded",
    "ActiveState": "active",
    "SubState": "running",
    "Result": "success",
    "NRestarts": "0",
    "UnitFileState": "enabled",
    "MainPID": "7",
    "ExecMainStartTimestampMonotonic": "1000000",
    "ExecStart": "{ path=/k ; argv[]=/k -c /etc/kea/kea-dhcp4.conf ; ignore_errors=no ; pid=7 }",
}


def unit(host: Host, **properties: str) -> dict[str, Any]:
    lines = "\n".join(f"{key}={value}" for key, value in {**SHOWN, **properties}.items())
    host.command("systemctl", f"cat <<'END'\n{lines}\nEND")
    host.command("journalctl", "echo from the journal")
    (report,) = host.module("look_units").units(["kea-dhcp4"]).values()
    return dict(report)


def test_own_addresses_and_the_one_that_a_peer_sees(host: Host) -> None:
    own, peers = ["127.0.0.1", "192.0.2.1"], ["127.0.0.2", "255.255.255.255"]
    report = host.module("look_network").addresses({"own": own, "peers": peers})
    assert report == {
        "own": {"127.0.0.1": True, "192.0.2.1": False},
        "towards": {"127.0.0.2": "127.0.0.1", "255.255.255.255": ""},
    }


def test_a_unit_is_reported_whole(host: Host) -> None:
    report = unit(host)
    assert report.pop("started") > 0
    assert report == {
        "active": "active",
        "sub": "running",
        "result": "success",
        "restarts": 0,
        "enabled": True,
        "masked": False,
        "fixed": False,
        "pid": 7,
        "config": "/etc/kea/kea-dhcp4.conf",
        "directories": {},
        "words": "",
    }


@pytest.mark.parametrize(
    ("state", "fixed"),
    [("static", True), ("generated", True), ("transient", True), ("disabled", False)],
)
def test_a_unit_that_nobody_can_enable(host: Host, state: str, fixed: bool) -> None:
    report = unit(host, UnitFileState=state)
    assert (report["enabled"], report["fixed"]) == (False, fixed)


def test_systemd_that_does_not_answer_is_no_host_without_units(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = "echo Failed to connect to bus >&2; exit 1"
    again = f"[ -e {host.root}/again ] || {{ touch {host.root}/again; {failing}; }}"
    host.command("systemctl", f"{again}\necho 'Id=a.service\nLoadState=not-found'")
    units = host.module("look_units").units
    assert units(["a"]) == {}  # it is not installed
    assert len(host.calls()) == 2
    monkeypatch.setattr(host.module("shell"), "LASTING", 0.0)
    host.command("systemctl", failing)
    with pytest.raises(OSError, match="systemctl show has no answer: Failed to connect to bus"):
        units(["a"])
    services = host.module("services")
    with pytest.raises(OSError, match="has no answer"):
        services.process("kea-dhcp4", 0.0)
    assert host.module("own_socket").path() == ""


def test_sockets_that_cannot_be_listed_are_not_closed(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = host.module("look_system")
    host.command("ss", "echo 'tcp LISTEN 0 128 10.60.1.67:8005 0.0.0.0:*'")
    assert system.listening() == ["tcp 10.60.1.67:8005"]
    monkeypatch.setattr(host.module("shell"), "LASTING", 0.0)
    host.command("ss", "echo Cannot open netlink socket >&2; exit 255")
    with pytest.raises(OSError, match="ss -Hlntu has no answer: Cannot open netlink socket"):
        system.listening()


def test_a_masked_unit_is_known_whether_it_runs_or_not(host: Host) -> None:
    masked = {"LoadState": "masked", "UnitFileState": "masked", "ExecStart": ""}
    report = unit(host, **masked)
    assert (report["masked"], report["enabled"], report["pid"]) == (True, False, 7)
    report = unit(host, **masked, ActiveState="inactive", MainPID="0")
    assert (report["masked"], report["active"]) == (True, "inactive")


def test_the_directories_that_systemd_makes_for_a_unit(host: Host) -> None:
    kinds = {"StateDirectory": "kea kea/more:link", "LogsDirectory": "", "RuntimeDirectory": "kea"}
    modes = {"StateDirectoryMode": "0755", "LogsDirectoryMode": "0750"}
    configuration = {"ConfigurationDirectory": "kea", "ConfigurationDirectoryMode": "0750"}
    assert unit(host, **kinds, **modes, **configuration)["directories"] == {
        "/var/lib/kea": "755",
        "/var/lib/kea/more": "755",
        "/etc/kea": "750",
    }


@pytest.mark.parametrize(
    ("command", "config"),
    [("/k -d -c /a b", "/a"), ("/k -c/a", "/a"), ("/k -p 67 -c /a -W", "/a"), ("/k -d", "")],
)
def test_a_units_command_names_the_configuration_file(
    host: Host, command: str, config: str
) -> None:
    start = f"{{ path=/k ; argv[]={command} ; ignore_errors=no ; start_time=[n/a] ; pid=0 }}"
    assert unit(host, ExecStart=start)["config"] == config


@pytest.mark.parametrize(
    "properties",
    [
        {"ActiveState": "failed"},
        {"ActiveState": "activating", "SubState": "auto-restart", "NRestarts": "4"},
        {"Result": "exit-code"},
    ],
)
def test_a_unit_that_died_says_its_last_words(
    host: Host, properties: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host.module("look_units"), "LOG_DIRECTORY", str(host.root))
    (host.root / "kea-dhcp4.log").write_text("x" * 20000 + "\n" + "the last line\n")
    report = unit(host, **properties)
    assert report["restarts"] == int(properties.get("NRestarts", 0))
    lines = report["words"].splitlines()
    assert (lines[0], lines[-1]) == ("from the journal", "the last line")
    assert len(report["words"]) < 8300


def test_last_words_come_from_a_regular_file_only(host: Host) -> None:
    look = host.module("look_units")
    host.root.chmod(0o777)  # a link in it may be anybody's
    (host.root / "shadow").write_text("secret")
    (host.root / "link").symlink_to(host.root / "shadow")
    subprocess.run(["mkfifo", host.root / "fifo"], check=True)
    for name in ("link", "fifo", "none", "."):
        assert look.tail(str(host.root / name)) == ""


def config(peer: str = "http://127.0.0.1:1/", **more: Any) -> dict[str, Any]:
    peers = [
        {"name": "dhcp1", "url": peer, "role": "primary"},
        {"name": "dhcp2", "url": "http://127.0.0.1:2/", "role": "standby", "cert-file": "own"},
    ]
    relationship = {"this-server-name": "dhcp2", "trust-anchor": "ca", "peers": peers}
    hook = {"library": "x", "parameters": {"high-availability": [relationship]}}
    body = {
        "interfaces-config": {"interfaces": ["eth0"]},
        "user-context": {"keaprov": {"revision": "loaded"}},
        "hooks-libraries": [{"library": "y"}, hook],
        **more,
    }
    return {"result": 0, "arguments": {"Dhcp4": body, "hash": "H"}}


def looked(host: Host, kea: Kea, **request: Any) -> dict[str, Any]:
    base_request = {"socket": kea.path, "running": str(host.root / "running.json"), "ask": []}
    return dict(host.module("look_kea").kea({**base_request, **request}))


@pytest.fixture
def pair(kea: Kea) -> Kea:
    kea.pair("hot-standby", [], "hot-standby")
    kea.answers["version-get"] = {"result": 0, "text": "3.0.3"}
    kea.answers["config-get"] = config()
    kea.answers["stat"] = {"result": 0, "arguments": {"x": 1}}
    return kea


def test_a_new_process_is_asked_for_its_configuration(host: Host, pair: Kea) -> None:
    report = looked(host, pair, ask=["stat"], known_pid=6)
    assert (report["config"], report["pid"], report["version"]) == (True, 7, "3.0.3")
    assert (report["revision"], report["hash"], report["proven"]) == ("loaded", "H", False)
    assert report["interfaces_config"] == {"interfaces": ["eth0"]}
    assert report["this_server"] == "dhcp2"
    assert [entry["role"] for entry in report["ha_peers"]] == ["primary", "standby"]
    assert [entry["cert-file"] for entry in report["ha_peers"]] == ["", "own"]
    assert [entry["trust-anchor"] for entry in report["ha_peers"]] == ["ca", "ca"]
    assert report["status"]["high-availability"]
    assert report["answers"]["stat"]["arguments"] == {"x": 1}
    assert report["peer"]["error"] == "Connection refused"
    assert report["error"] is None


def test_a_known_process_is_not(host: Host, pair: Kea) -> None:
    with Peer() as peer:
        report = looked(host, pair, known_pid=7, peers=[peer.entry])
    assert report["config"] is False
    assert "config-get" not in pair.commands()
    assert (report["version"], report["pid"]) == ("3.0.3", 7)
    assert report["peer"] == {
        "name": "dhcp1",
        "state": "hot-standby",
        "scopes": ["dhcp1"],
        "error": "",
    }


def test_the_running_configuration_says_where_the_peer_is(host: Host, pair: Kea) -> None:
    with Peer("waiting") as peer:
        pair.answers["config-get"] = config(peer.entry["url"])
        report = looked(host, pair, peers=[{"name": "elsewhere", "url": "http://127.0.0.1:1/"}])
    assert (report["peer"]["name"], report["peer"]["state"]) == ("dhcp1", "waiting")


def test_what_was_proven_is_known_by_its_hash(host: Host, pair: Kea) -> None:
    kept = {"hash": "H", "revision": "R", "packages": {"isc-kea-dhcp4": "3"}}
    (host.root / "running.json").write_text(json.dumps(kept))
    report = looked(host, pair)
    assert (report["proven"], report["revision"], report["last_proven"]) == (True, "R", kept)


@pytest.mark.parametrize(
    ("kept", "sent"),
    [
        (None, True),
        ({"hash": "other", "revision": "R"}, True),
        ({"hash": "H", "revision": "another"}, True),
        ({"hash": "H", "revision": "R"}, False),
    ],
)
def test_what_runs_and_its_file_are_sent_unless_they_are_proven_to_be_what_is_named(
    host: Host, pair: Kea, kept: dict[str, str] | None, sent: bool
) -> None:
    if kept:
        (host.root / "running.json").write_text(json.dumps(kept))
    file = host.root / "kea-dhcp4.conf"
    file.write_text("{} // \xe9", encoding="latin-1")
    report = looked(host, pair, bodies={"unless": "R", "file": str(file)})
    assert ("packed" in report) is sent
    assert pair.commands().count("config-get") == 1
    if sent:
        text = zlib.decompress(base64.b64decode(report["packed"])).decode()
        assert json.loads(text) == {
            "config-get": config()["arguments"],
            str(file): "{} // \udce9",
        }


def test_a_file_that_is_missing_is_left_out(host: Host, pair: Kea) -> None:
    report = looked(host, pair, bodies={"unless": "R", "file": str(host.root / "none")})
    text = zlib.decompress(base64.b64decode(report["packed"])).decode()
    assert list(json.loads(text)) == ["config-get"]


def test_what_runs_is_not_sent_to_who_does_not_ask_for_it(host: Host, pair: Kea) -> None:
    assert "packed" not in looked(host, pair)


@pytest.mark.parametrize("garbage", ["null", "[]", "3", "{", '{"hash": "H"}', '{"hash": {}}', "é"])
def test_garbage_proves_nothing(host: Host, pair: Kea, garbage: str) -> None:
    (host.root / "running.json").write_bytes(garbage.encode("latin-1"))
    report = looked(host, pair)
    assert (report["proven"], report["revision"], report["last_proven"]) == (False, "loaded", None)


def test_a_kea_that_is_down_is_an_error_and_its_peer_is_asked_still(host: Host) -> None:
    down = {"socket": "/none", "running": "/none", "ask": []}
    with Peer() as peer:
        report = host.module("look_kea").kea({**down, "peers": [peer.entry]})
    assert report["error"] == "status-get: kea-dhcp4 does not answer (No such file or directory)"
    assert (report["version"], report["revision"], report["pid"]) == (None, None, 0)
    assert report["peer"]["state"] == "hot-standby"
    assert host.module("look_kea").kea(down)["peer"] is None


def test_what_is_under_way_is_part_of_the_report(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    observe, held = host.module("observe"), host.module("held")
    monkeypatch.setattr(observe, "HANDOVER", str(tmp_path / "handover.json"))
    request: dict[str, Any] = {"parts": ["handover", "work", "lease_bytes"]}
    report = observe.main(request)
    assert report.pop("clock") > 0
    assert report.pop("lease_bytes") >= 0
    assert report == {"handover": None, "work": False}
    (tmp_path / "handover.json").write_text('{"scopes": ["dhcp1"]}')
    with held.working(None):
        report = observe.main(request)
    assert (report["handover"], report["work"]) == ({"scopes": ["dhcp1"]}, True)


def test_lease_files_that_kea_cannot_open(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    look = host.module("look_system")
    kea = pwd.struct_passwd(("kea", "x", os.getuid(), os.getgid(), "", "/", "/sbin/nologin"))
    monkeypatch.setattr(look.pwd, "getpwnam", lambda name: kea)
    folder = host.root / "leases"
    folder.mkdir()
    for name, mode in {"": 0o640, ".1": 0o040, ".2": 0o600, ".completed": 0o400}.items():
        (folder / f"kea.csv{name}").touch()
        (folder / f"kea.csv{name}").chmod(mode)
    (folder / "kea.csv.output").mkdir()
    foreign = look.foreign_leases("kea.csv", str(folder))
    assert foreign == [f"{folder}/kea.csv.1", f"{folder}/kea.csv.completed"]
    assert look.foreign_leases("", str(folder)) == []


@pytest.mark.parametrize(
    ("owner", "group", "mode", "opens"),
    [(7, 7, 0o600, True), (7, 7, 0o460, False), (0, 7, 0o660, True), (0, 7, 0o646, False),
     (0, 0, 0o606, True), (0, 0, 0o660, False), (0, 0, 0o600, False)],
)  # fmt: skip
def test_who_may_open_a_file(host: Host, owner: int, group: int, mode: int, opens: bool) -> None:
    kea = pwd.struct_passwd(("kea", "x", 7, 7, "", "/", "/sbin/nologin"))
    info = os.stat_result((mode, 0, 0, 1, owner, group, 0, 0, 0, 0))
    assert host.module("look_system").opens(kea, info) is opens


def test_a_package_that_is_missing_is_an_answer(host: Host) -> None:
    host.command("rpm", "echo package kea is not installed; echo isc-kea-dhcp4 3.0.3-isc1; exit 1")
    report = host.module("look_system").packages(["kea", "isc-kea-dhcp4"])
    assert report == {"versions": {"isc-kea-dhcp4": "3.0.3-isc1"}, "error": None}


def test_rpm_opens_its_database_a_moment_later(host: Host) -> None:
    locked = f"{{ touch {host.root}/again; echo 'error: locking protocol' >&2; exit 1; }}"
    host.command("rpm", f"[ -e {host.root}/again ] || {locked}\necho a 1")
    assert host.module("look_system").packages(["a"]) == {"versions": {"a": "1"}, "error": None}
    assert len([call for call in host.calls() if call.startswith("rpm")]) == 2


def test_what_is_installed_is_not_known(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host.module("rpms"), "PATIENCE", 0.0)
    host.command("rpm", "echo 'error: cannot open Packages database' >&2; exit 1")
    report = host.module("look_system").packages(["isc-kea-dhcp4"])
    assert report["versions"] == {}
    assert report["error"] == (
        "rpm's database cannot be read: error: cannot open Packages database"
    )
    assert host.module("look_system").updated_since_boot() == []
    for ask in (host.module("rpms").installed, lambda: host.module("rpms").missing(["a-1"])):
        with pytest.raises(OSError, match="cannot be read"):
            ask()


def test_a_read_only_file_system_is_one_that_the_directory_will_be_on(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = host.module("look_system")
    paths = [str(host.root), f"{host.root}/not/there"]
    assert system.read_only(paths) == []
    assert list(system.free_bytes(paths)) == paths
    monkeypatch.setattr(
        system.os, "statvfs", lambda path: SimpleNamespace(f_flag=os.ST_RDONLY | os.ST_NOSUID)
    )
    assert system.read_only(paths) == paths


def test_an_update_that_needs_a_reboot_is_found(host: Host) -> None:
    lines = "glibc 99999999999\\nsystemd 1\\nbash 99999999999\\npackage x is not installed\\n"
    host.command("rpm", f"printf '{lines}'")
    assert host.module("look_system").updated_since_boot() == ["glibc"]


@pytest.mark.parametrize(
    ("text", "mode", "equal"),
    [
        ("el/9 password=x", 0o600, True),
        ("el/9 password=y", 0o600, False),
        ("el/9 password=x", 0o644, False),
        (None, 0, False),
    ],
)
def test_a_file_with_secrets_is_compared_on_the_host(
    text: str | None, mode: int, equal: bool, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = host.module("look_system")
    monkeypatch.setattr(system, "operating_system", lambda: {"version": "9.6"})
    path = host.root / "isc-kea.repo"
    if text is not None:
        path.write_text(text)
        path.chmod(mode)
    wanted = {"content": "el/@release@ password=x", "release": "@release@", "mode": "600"}
    assert system.same({**wanted, "path": str(path)}) is equal
    assert system.same(None) is False
