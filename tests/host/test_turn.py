"""turn.py: its order, what it refuses, and that undoing tries everything."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.host.loading import Host

OLD, NEW = "isc-kea-dhcp4-3.0.1-isc1", "isc-kea-dhcp4-3.0.2-isc2"
RPM = 'case "$*" in -qa*) ;; *) cat $(dirname $0)/installed ;; esac'
DNF = """case "$*" in
*downloadonly*) ;;
*) for word; do last=$word; done; echo $last > $(dirname $0)/installed ;;
esac"""


class Server:
    """A server with an active and a staged configuration."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.active = host.root / "kea-dhcp4.conf"
        self.staged = host.root / "kea-dhcp4.conf.staged"
        self.kept = host.root / "bkp"
        self.kept.mkdir()
        self.active.write_text("C0")
        self.staged.write_text("C1")
        self.installed(OLD)
        for name, body in {"systemctl": "", "rpm": RPM, "dnf": DNF}.items():
            host.command(name, body)

    def installed(self, package: str) -> None:
        (self.host.bin / "installed").write_text(f"{package}\n")

    def turn(self, **more: Any) -> dict[str, Any]:
        request = {
            "files": [str(self.active)],
            "units": ["kea-ctrl-agent", "kea-dhcp4"],
            "retire": [],
            "packages": [],
            "packages_before": [],
            "update": None,
            "backup": str(self.kept),
            "keep": 3,
            "proven": False,
        }
        return dict(self.host.module("turn").main({**request, **more}))

    @property
    def proven(self) -> Path:
        return self.kept / ".kea-dhcp4.conf.proven"


@pytest.fixture
def server(host: Host) -> Server:
    return Server(host)


def test_a_turn_goes_in_this_order(server: Server) -> None:
    report = server.turn(
        packages=[NEW],
        packages_before=[OLD],
        update={"exclude": ["isc-kea*"]},
        retire=["kea-dhcp-ddns"],
        proven=True,
    )
    assert report == {"activated": [str(server.active)], "warnings": []}
    dnf = "dnf -y -q --setopt=exit_on_lock=True"
    assert [call for call in server.host.calls() if not call.startswith("rpm")] == [
        f"{dnf} install --downloadonly {NEW}",
        f"{dnf} update --downloadonly --exclude=isc-kea*",
        "systemctl show -p ActiveState,MainPID kea-ctrl-agent",
        "systemctl show -p ActiveState,MainPID kea-dhcp4",
        "systemctl show -P LoadState kea-dhcp-ddns",
        "systemctl disable --now kea-dhcp-ddns",
        f"{dnf} install {NEW}",
        f"{dnf} update --exclude=isc-kea*",
        "systemctl enable kea-ctrl-agent",
        "systemctl enable kea-dhcp4",
        "systemctl show -p ActiveState,MainPID kea-ctrl-agent",
        "systemctl reset-failed kea-ctrl-agent",
        "systemctl restart kea-ctrl-agent",
        "systemctl show -p ActiveState,MainPID kea-dhcp4",
        "systemctl reset-failed kea-dhcp4",
        "systemctl restart kea-dhcp4",
    ]
    assert server.active.read_text() == "C1"
    assert not server.staged.exists()
    assert server.proven.read_text() == "C0"
    assert (server.kept / "kea-dhcp4.conf.bkp").read_text() == "C0"


def test_the_installed_kea_tests_the_new_files_before_a_unit_starts(server: Server) -> None:
    test = ["/usr/sbin/kea-dhcp4", "-T", str(server.active)]
    server.host.command("runuser", "echo its hook is missing >&2; exit 1")
    with pytest.raises(SystemExit) as stopped:
        server.turn(packages=[NEW], packages_before=[OLD], tests=[test], proven=True)
    assert str(stopped.value).startswith(
        f"/usr/sbin/kea-dhcp4 refuses {server.active}: its hook is missing; keaprov put back "
    )
    calls = server.host.calls()
    assert f"runuser -u kea -- {' '.join(test)}" in calls
    assert server.active.read_text() == "C0"
    tested = calls.index(f"runuser -u kea -- {' '.join(test)}")
    assert not [call for call in calls[:tested] if "restart" in call or "enable" in call]
    assert [call for call in calls[tested:] if call == "systemctl restart kea-dhcp4"]


def test_a_restart_by_a_package_is_the_turns_own(server: Server) -> None:
    pid, loaded = server.host.root / "pid", server.host.root / "loaded"
    pid.write_text("1")
    server.host.command("systemctl", f'echo ActiveState=active; echo "MainPID=$(cat {pid})"')
    restarts = f"echo {os.getpid()} >{pid}; cp {server.active} {loaded}"
    server.host.command("dnf", f'case "$*" in *downloadonly*) ;; *) {restarts} ;; esac')
    server.turn(packages=[NEW], packages_before=[OLD])
    assert loaded.read_text() == "C1"
    assert not [call for call in server.host.calls() if "restart" in call]
    assert sorted(path.name for path in server.active.parent.glob("*.conf*")) == [
        server.active.name
    ]


def test_a_failed_installation_leaves_both_files_as_they_were(server: Server) -> None:
    server.host.command("dnf", 'case "$*" in *downloadonly*) ;; *) echo no >&2; exit 1 ;; esac')
    with pytest.raises(SystemExit, match="the configuration is as before"):
        server.turn(packages=[NEW], packages_before=[OLD])
    assert (server.active.read_text(), server.staged.read_text()) == ("C0", "C1")
    assert not server.active.with_name(f"{server.active.name}.replaced").exists()
    assert not [call for call in server.host.calls() if "restart" in call]


def test_what_was_not_seen_to_run_never_counts_as_proven(server: Server) -> None:
    server.turn()
    assert not server.proven.exists()
    server.proven.write_text("C0")
    server.staged.write_text("C2")
    server.turn()  # C1 was activated, and nobody saw it run
    assert server.proven.read_text() == "C0"


def test_a_rerun_after_an_interruption_restores_what_ran(server: Server) -> None:
    server.proven.write_text("C0")
    server.active.write_text("C1 kills the daemon")
    server.staged.unlink()
    report = server.turn(undo=True)
    assert report == {
        "put_back": [str(server.active)],
        "removed": [],
        "packages": [],
        "proven": True,
        "up": True,
        "stopped": False,
        "failed": [],
    }
    assert server.active.read_text() == "C0"


@pytest.mark.parametrize("words", ["install --downloadonly", "update --downloadonly"])
def test_a_failed_download_changes_nothing(server: Server, words: str) -> None:
    server.host.command("dnf", f'case "$*" in *"{words}"*) echo no mirror >&2; exit 1 ;; esac')
    with pytest.raises(SystemExit) as caught:
        server.turn(packages=[NEW], packages_before=[OLD], update={"exclude": []})
    assert str(caught.value).startswith("dnf cannot download")
    assert str(caught.value).endswith(": no mirror; nothing was changed here")
    assert server.active.read_text() == "C0"
    assert "systemctl" not in "".join(server.host.calls())


def test_a_unit_that_cannot_be_started_has_the_turn_undone(server: Server) -> None:
    refuses = f"grep -q C0 {server.active} || {{ echo no >&2; exit 1; }}"
    server.host.command("systemctl", f'case "$*" in restart*dhcp4) {refuses} ;; esac')
    with pytest.raises(SystemExit) as caught:
        server.turn(packages=[NEW], packages_before=[OLD], proven=True)
    assert str(caught.value) == (
        f"kea-dhcp4 cannot be started: no; keaprov put back {server.active}, {OLD}; "
        "kea-ctrl-agent and kea-dhcp4 started again"
    )
    assert server.active.read_text() == "C0"
    assert (server.host.bin / "installed").read_text() == f"{OLD}\n"


def test_a_unit_that_did_not_run_before_is_not_called_started(server: Server) -> None:
    server.host.command("systemctl", 'case "$*" in "enable kea-ctrl-agent") exit 1 ;; esac')
    with pytest.raises(SystemExit) as caught:
        server.turn(units=["kea-ctrl-agent"], fresh=["kea-ctrl-agent"])
    assert "started again" not in str(caught.value)


def test_a_failed_update_after_an_upgrade_is_undone(server: Server) -> None:
    fails = (
        'case "$*" in *downloadonly*) ;; *update*) echo no >&2; exit 1 ;; *) ' + DNF + " ;; esac"
    )
    server.host.command("dnf", fails)
    with pytest.raises(SystemExit, match=f"dnf cannot update: no; keaprov put back {OLD}"):
        server.turn(packages=[NEW], packages_before=[OLD], update={"exclude": []})
    with pytest.raises(SystemExit) as caught:
        server.turn(packages_before=[OLD], update={"exclude": []})
    assert str(caught.value) == (
        "dnf cannot update: no; the configuration is as before, and nothing was restarted"
    )


def test_undoing_starts_the_daemon_even_if_dnf_fails(server: Server) -> None:
    server.proven.write_text("C0")
    server.active.write_text("C1")
    server.installed(NEW)
    server.host.command("dnf", "echo mirror is down >&2; exit 1")
    report = server.turn(undo=True, packages_before=[OLD])
    assert report == {
        "put_back": [str(server.active)],
        "removed": [],
        "packages": [],
        "proven": True,
        "up": True,
        "stopped": False,
        "failed": [f"dnf cannot install {OLD}: mirror is down"],
    }
    assert server.host.calls()[-1] == "systemctl restart kea-dhcp4"


def test_undoing_starts_what_was_retired_after_what_may_have_its_port(server: Server) -> None:
    server.turn(undo=True, units=["kea-dhcp4"], retire=["kea-ctrl-agent"])
    assert [call for call in server.host.calls() if "show" not in call] == [
        "systemctl reset-failed kea-dhcp4",
        "systemctl restart kea-dhcp4",
        "systemctl enable kea-ctrl-agent",
        "systemctl reset-failed kea-ctrl-agent",
        "systemctl start kea-ctrl-agent",
    ]


def test_undoing_stops_first_what_did_not_run_before(server: Server) -> None:
    server.turn(undo=True, units=["kea-dhcp4", "kea-ctrl-agent"], fresh=["kea-ctrl-agent"])
    assert [call for call in server.host.calls() if "show" not in call] == [
        "systemctl disable --now kea-ctrl-agent",
        "systemctl reset-failed kea-dhcp4",
        "systemctl restart kea-dhcp4",
    ]


def test_a_failed_installation_starts_what_was_retired_again(server: Server) -> None:
    server.host.command("dnf", 'case "$*" in *downloadonly*) ;; *) exit 1 ;; esac')
    with pytest.raises(SystemExit):
        server.turn(packages=[NEW], packages_before=[OLD], retire=["kea-ctrl-agent"])
    assert server.host.calls()[-1] == "systemctl start kea-ctrl-agent"


def test_a_new_server_is_stopped_if_its_peer_serves(server: Server) -> None:
    server.host.command("systemctl", 'case "$*" in show*) echo loaded ;; esac')
    report = server.turn(undo=True, units=["kea-dhcp4"], stop_unproven=True)
    assert (report["stopped"], report["put_back"]) == (True, [])
    assert server.host.calls()[-1] == "systemctl disable --now kea-dhcp4"
    server.proven.write_text("what ran before")
    report = server.turn(undo=True, units=["kea-dhcp4"], stop_unproven=True)
    assert (report["stopped"], report["put_back"]) == (False, [str(server.active)])
    assert server.host.calls()[-1] == "systemctl restart kea-dhcp4"


def test_undoing_tries_every_unit_and_file(server: Server) -> None:
    agent = server.host.root / "agent.conf"
    agent.write_text("A")
    server.active.write_text("C1")
    server.proven.mkdir()  # not readable as a file
    server.host.command("systemctl", 'case "$*" in "restart kea-ctrl-agent") exit 1 ;; esac')
    report = server.turn(undo=True, files=[str(server.active), str(agent)])
    assert report["up"] is False
    assert len(report["failed"]) == 2
    assert report["failed"][1] == "kea-ctrl-agent cannot be started: exit code 1"
    assert server.host.calls()[-1] == "systemctl restart kea-dhcp4"


def test_undoing_goes_on_if_systemd_does_not_say_what_runs(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.host.module("shell"), "LASTING", 0.0)
    server.host.command("systemctl", 'case "$*" in show*MainPID*) exit 1 ;; esac')
    server.installed(NEW)
    report = server.turn(undo=True, packages_before=[OLD])
    assert (report["packages"], report["up"]) == ([OLD], True)
    assert report["failed"] == ["systemctl show has no answer: exit code 1"]
    assert server.host.calls()[-1] == "systemctl restart kea-dhcp4"


def test_a_late_restart_is_reported_in_words(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.host.module("shell"), "patience", lambda argv: 0.2)
    server.host.command("systemctl", 'case "$*" in restart*) exec sleep 5 ;; esac')
    with pytest.raises(SystemExit, match=r"systemctl restart kea-dhcp4 did not end within 0\.2 s"):
        server.turn(units=["kea-dhcp4"])


def test_a_full_disk_while_files_are_renamed_restarts_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = server.host.root / "agent.conf"
    agent.write_text("A0")
    (server.host.root / "agent.conf.staged").write_text("A1")
    earlier = server.host.root / "agent.conf.replaced"
    earlier.write_text("of a run that was killed")
    place = server.host.module("place")
    copy = place.copy

    def full(source: str, target: str) -> None:
        if target == str(earlier):
            raise OSError(errno.ENOSPC, "No space left on device", target)
        copy(source, target)

    monkeypatch.setattr(place, "copy", full)
    server.proven.write_text("what ran long before")
    with pytest.raises(SystemExit, match=r"^No space left .*, and nothing was restarted$"):
        server.turn(files=[str(server.active), str(agent)])
    assert (server.active.read_text(), server.staged.read_text()) == ("C0", "C1")
    assert agent.read_text() == "A0"
    assert server.host.calls() == []


def test_files_alone_restart_nothing(server: Server) -> None:
    assert server.turn(units=[])["activated"] == [str(server.active)]
    assert server.host.calls() == []


def test_every_active_file_counts_not_only_the_staged(server: Server) -> None:
    agent = server.host.root / "agent.conf"
    agent.write_text("A")
    server.turn(proven=True, active=[str(server.active), str(agent)])
    assert (server.kept / ".agent.conf.proven").read_text() == "A"


def test_the_report_is_json(server: Server) -> None:
    assert json.dumps(server.turn(undo=True))


def test_an_undo_removes_a_drop_in_that_no_process_has_run_with(server: Server) -> None:
    drop_in = server.host.root / "keaprov.conf"
    drop_in.write_text("[Service]\n")
    server.proven.write_text("C0")
    report = server.turn(undo=True, unproven=[str(drop_in), f"{drop_in}.none"])
    assert (report["removed"], report["up"]) == ([str(drop_in)], True)
    assert not drop_in.exists()
    calls = [call for call in server.host.calls() if call.startswith("systemctl")]
    assert calls[0] == "systemctl daemon-reload", "before the units restart"
    assert "systemctl restart kea-dhcp4" in calls
