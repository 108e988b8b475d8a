"""Early signs of trouble, read from a host's report."""

from __future__ import annotations

import pytest

from keaprov.ha.signs import Denials, LeaseFile, Log, Signs

LOG = {"rejected": 2, "failed": "", "whole": True}
LEASES = {"bytes": 100, "uncleaned": 3.5, "cleaning": True}
DENIALS = {"count": 1, "last": "kea-dhcp4 read", "permissive": False}


def test_every_part_of_the_report_is_read() -> None:
    assert Signs.from_report({"log": LOG, "leases": LEASES, "denials": DENIALS}) == Signs(
        Log(2, "", whole=True),
        LeaseFile(100, 3.5, cleaning=True),
        Denials(1, "kea-dhcp4 read", False),
    )


def test_a_part_that_cannot_be_read_is_none() -> None:
    assert Signs.from_report({"log": None}) == Signs(None, None, None)


def test_a_value_of_another_type_is_rejected() -> None:
    with pytest.raises(TypeError):
        Signs.from_report({"log": {**LOG, "rejected": "two"}})


def test_leases_that_kea_keeps_in_memory_alone() -> None:
    assert Log(0, "LFC_LEASE_FILE_REOPEN_FAIL cannot open", whole=True).unwritten
    assert not Log(0, "LFC_ROTATION_FAIL", whole=True).unwritten
