"""look_audit.py: what SELinux has denied Kea. The log is a stand-in in auditd's format."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.host.loading import Host

AVC = (
    "type=AVC msg=audit({at}.123:{at}): avc:  denied  {{ {what} }} for  pid=712 "
    'comm="{program}" name="kea-leases4.csv" dev="dm-0" ino=42 '
    "scontext=system_u:system_r:dhcpd_t:s0 tcontext=unconfined_u:object_r:admin_home_t:s0 "
    "tclass=file permissive={permissive}\n"
)
OTHER = 'type=SYSCALL msg=audit(1700000000.123:456): arch=c000003e syscall=2 comm="kea-dhcp4"\n'


def avc(
    program: str = "kea-dhcp4", what: str = "write", ago: float = 60, permissive: int = 0
) -> str:
    at = int(time.time() - ago)
    return AVC.format(at=at, program=program, what=what, permissive=permissive)


@pytest.fixture
def look(host: Host) -> Any:
    module = host.module("look_audit")
    module.AUDIT_LOG = str(host.root / "audit.log")
    return module


def test_denials_of_keas_programs_in_the_last_day_count(look: Any, host: Host) -> None:
    lines = [avc(ago=90000), avc("sshd"), OTHER, avc(), avc("kea-lfc", "read write")]
    Path(look.AUDIT_LOG).write_text("".join(lines))
    words = "kea-lfc: read write kea-leases4.csv (file, dhcpd_t to admin_home_t)"
    assert look.denials() == {"count": 2, "last": words, "permissive": False}


def test_a_permissive_denial_is_said_to_be_one(look: Any) -> None:
    Path(look.AUDIT_LOG).write_text(avc(permissive=1))
    assert look.denials()["permissive"] is True


@pytest.mark.parametrize("text", ["", OTHER, "type=AVC msg=audit(1.2:3): avc:  denied  {"])
def test_a_log_without_denials(look: Any, text: str) -> None:
    Path(look.AUDIT_LOG).write_text(text)
    assert look.denials() == {"count": 0, "last": "", "permissive": False}


def test_without_auditd_nothing_is_known(look: Any) -> None:
    assert look.denials() is None


def test_words_that_are_cut_off_or_no_utf_8(look: Any) -> None:
    line = avc().encode().partition(b" name=")[0] + b' name="\xff" scontext=a\n'
    Path(look.AUDIT_LOG).write_bytes(line)
    assert look.denials()["last"] == "kea-dhcp4: write \ufffd (?, ? to ?)"
