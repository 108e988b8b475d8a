"""look_signs.py: what Kea's log and the files beside its lease file tell."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.host.loading import Host

STAMP = "%Y-%m-%d %H:%M:%S"
STARTED = (
    "INFO  [kea-dhcp4.ha-hooks/7.140] HA_STATE_TRANSITION dhcp1: server transitions from READY"
)
CONFLICT = (
    "WARN  [kea-dhcp4.ha-hooks/7.140] HA_LEASE_UPDATE_CONFLICT dhcp1: lease update "
    "[hwtype=1 {client}], cid=[no info], tid=0x{number:x} sent to dhcp2 (http://10.60.1.68:8005/) "
    "returned conflict status code: ResourceBusy: IP address:172.20.10.130 could not be updated."
)
LFC = "INFO  [kea-dhcp4.dhcpsrv/7.140] DHCPSRV_MEMFILE_LFC_START starting Lease File Cleanup"
LFC_FAILED = "ERROR [kea-dhcp4.dhcpsrv/7.140] DHCPSRV_MEMFILE_LFC_SPAWN_FAIL lease file cleanup"


@pytest.fixture
def look(host: Host, tmp_path: Path) -> Any:
    module = host.module("look_signs")
    module.LOG_DIRECTORY = module.LEASE_DIRECTORY = str(tmp_path)
    return module


def line(words: str, ago: float = 60) -> str:
    return f"{time.strftime(STAMP, time.localtime(time.time() - ago))}.123 {words}\n"


def conflict(client: str, number: int = 1, ago: float = 60) -> str:
    return line(CONFLICT.format(client=client, number=number), ago)


def test_rejected_clients_are_counted_once_each_since_the_last_change_of_state(
    look: Any, tmp_path: Path
) -> None:
    log = tmp_path / "kea.log"
    before = [conflict("02:00:00:00:00:01"), line(STARTED), line("INFO  DHCP4_LEASE_ALLOC x")]
    log.write_text("".join([*before, conflict("02:00:00:00:00:02"), conflict("a", ago=90000)]))
    assert look.log("kea.log") == {"rejected": 1, "failed": "", "whole": True}
    with log.open("a") as more:
        more.write(conflict("02:00:00:00:00:02", 2) + conflict("02:00:00:00:00:03", 3))
    assert look.log("kea.log")["rejected"] == 2
    with log.open("a") as more:
        more.write(line(STARTED))
    assert look.log("kea.log")["rejected"] == 0


def test_the_updates_that_terminated_the_pair_still_count(look: Any, tmp_path: Path) -> None:
    log = tmp_path / "kea.log"
    ended = line(f"{STARTED.partition(' from ')[0]} from HOT-STANDBY to TERMINATED state, partner")
    log.write_text(conflict("z") + line(STARTED) + conflict("a") + conflict("b") + ended)
    assert look.log("kea.log") == {"rejected": 2, "failed": "", "whole": True}
    log.write_text(conflict("a") + ended)
    assert look.log("kea.log") == {"rejected": 1, "failed": "", "whole": False}


def test_a_log_that_was_rotated_since(look: Any, tmp_path: Path) -> None:
    log = tmp_path / "kea.log"
    log.write_text(conflict("a"))
    assert look.log("kea.log") == {"rejected": 1, "failed": "", "whole": False}
    (tmp_path / "kea.log.1").write_text(conflict("c") + line(STARTED) + conflict("b"))
    assert look.log("kea.log") == {"rejected": 2, "failed": "", "whole": True}


def test_the_last_cleanup_that_failed(look: Any, tmp_path: Path) -> None:
    log = tmp_path / "kea.log"
    log.write_text(line(LFC) + line(LFC_FAILED))
    assert look.log("kea.log")["failed"].startswith("DHCPSRV_MEMFILE_LFC_SPAWN_FAIL lease file")
    with log.open("a") as more:
        more.write(line(LFC.replace("LFC_START", "LFC_SETUP")))
    assert look.log("kea.log")["failed"] == "", "it was restarted"
    reopen = LFC_FAILED.replace("SPAWN_FAIL", "LEASE_FILE_REOPEN_FAIL")
    log.write_text(line(LFC) + line(reopen) + line(LFC))
    assert "REOPEN_FAIL" in look.log("kea.log")["failed"], "it has no lease file until a restart"
    log.write_text(line(LFC) + line(LFC_FAILED))
    with log.open("a") as more:
        more.write(line(LFC))
    assert look.log("kea.log")["failed"] == ""


def test_a_log_that_cannot_be_read(look: Any, tmp_path: Path) -> None:
    assert look.log("") is None
    assert look.log("none.log") is None
    tmp_path.chmod(0o777)  # a link in it may be anybody's
    (tmp_path / "link.log").symlink_to("/etc/passwd")
    assert look.log("link.log") is None


def test_the_lease_file_and_its_cleanup(look: Any, tmp_path: Path) -> None:
    assert look.lease_files("") is None
    assert look.lease_files("leases.csv") is None
    (tmp_path / "leases.csv").write_text("x" * 99)
    assert look.lease_files("leases.csv") == {"bytes": 99, "uncleaned": 0.0, "cleaning": False}
    (tmp_path / "leases.csv.2").write_text("")
    assert look.lease_files("leases.csv")["uncleaned"] == 0.0
    (tmp_path / "leases.csv.1").write_text("")
    (tmp_path / "leases.csv.pid").write_text(f"{os.getpid()}\n")
    report = look.lease_files("leases.csv")
    assert report["cleaning"]
    assert 0 <= report["uncleaned"] < 60
    (tmp_path / "leases.csv.pid").write_text("no pid")
    assert not look.lease_files("leases.csv")["cleaning"]


def test_they_are_looked_for_only_if_they_are_asked_for(look: Any, host: Host) -> None:
    request = {"interfaces": [], "parts": ["user", "signs"], "signs": {"log": "", "leases": ""}}
    report = host.module("observe").main(request)
    assert set(report["signs"].values()) == {None}
    assert set(report) == {"user", "signs", "clock"}
