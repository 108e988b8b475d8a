"""What status warns of before the pair terminates or a pool is empty."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from keaprov import load_site
from keaprov.cli import main
from keaprov.cli.status import lines
from keaprov.ha.signs import Denials, LeaseFile, Log, Packages, Signs
from keaprov.ha.states import Ha
from keaprov.health import Health, assess
from keaprov.observation import observe_request
from keaprov.page import status_page
from keaprov.replication import SubnetDifference
from tests.ha.observations import ha, kea, server

SITE = load_site(Path(__file__).parents[1] / "inventories/lab/site.yaml")
COLUMNS = ["subnet-id", "total-addresses", "assigned-addresses", "declined-addresses"]
MIB = 1 << 20


REOPEN = "DHCPSRV_MEMFILE_LFC_LEASE_FILE_REOPEN_FAIL x"


def health_of(
    *rows: list[int],
    signs: Signs | None = None,
    leases: tuple[SubnetDifference, ...] = (),
    **more: Any,
) -> Health:
    primary = replace(ha(), scopes=("dhcp1",), **more)
    observed = {"dhcp1": server(kea=kea(relationship=primary)), "dhcp2": server()}
    table = {"result-set": {"columns": COLUMNS, "rows": list(rows)}}
    all_signs = {"dhcp1": signs} if signs else {}
    return assess(SITE, observed, {}, {"dhcp1": table}, {}, all_signs, leases)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([10, 124, 111, 0], None),
        ([10, 124, 112, 0], "subnet 10 (172.20.10.0/24) is 90 % full: 112 of 124 addresses"),
        ([10, 124, 123, 0], "is 99 % full: 123 of 124 addresses are in use. Add a pool"),
        ([10, 124, 124, 0], "is full: 124 of 124 addresses are in use"),
        ([10, 124, 130, 0], "is full: 130 of 124"),
        ([10, 124, 110, 2], "is 90 % full: 112 of 124"),
        ([10, 0, 3, 0], None),
        ([10, 124, 5, 1], "1 address is declined in subnet 10 (172.20.10.0/24): a device uses"),
        ([10, 124, 5, 2], "2 addresses are declined in subnet 10"),
    ],
)
def test_pools(row: list[int], expected: str | None) -> None:
    status = health_of(row)
    assert status.healthy
    warnings = "\n".join(status.all_warnings())
    assert (expected in warnings) if expected else not warnings


def test_leases_that_are_no_longer_written_to_disk_are_a_trouble() -> None:
    status = health_of(signs=Signs(Log(0, REOPEN, whole=True)))
    words = f"kea-dhcp4 no longer writes its leases to disk: {REOPEN}. Check the disk, owner and"
    assert not status.healthy
    assert words in "\n".join(status.servers[0].troubles)
    assert not list(status.all_warnings())


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        (Signs(Log(0, "", whole=True), LeaseFile(15 * MIB, 0.0, cleaning=False)), None),
        (
            Signs(Log(0, "", whole=True), LeaseFile(90 * MIB, 0.0, cleaning=False)),
            "90 MiB of leases may take 59 s to load, longer than max-response-delay (10 s): if it "
            "restarts, its peer goes to partner-down, and no server answers clients while this "
            "one fetches the leases. Set failover.max-response-delay to 59000 or more",
        ),
        (
            Signs(Log(3, "", whole=True)),
            "its peer has rejected the lease updates of 3 clients in a day; with 10 the pair "
            "terminates. Run keaprov diff --leases",
        ),
        (Signs(Log(1, "", whole=False)), "rejected the lease updates of at least 1 client in a"),
        (
            Signs(Log(0, "DHCPSRV_MEMFILE_LFC_SPAWN_FAIL x", whole=True)),
            "the cleanup of the lease file failed: DHCPSRV_MEMFILE_LFC_SPAWN_FAIL x. Read its log",
        ),
        (Signs(None, LeaseFile(MIB, 599.0, cleaning=True)), None),
        (
            Signs(None, LeaseFile(7 * MIB, 3600.0, cleaning=False)),
            "the cleanup of the lease file that began 60 minutes ago was left unfinished: the file "
            "grows (7 MiB)",
        ),
        (Signs(None, LeaseFile(MIB, 660.0, cleaning=True)), "began 11 minutes ago runs: the file"),
    ],
)
def test_signs_of_a_server(signs: Signs, expected: str | None) -> None:
    status = health_of(signs=signs)
    assert status.healthy
    (primary, standby) = status.servers
    assert standby.warnings == ()
    assert (expected in "\n".join(primary.warnings)) if expected else not primary.warnings


def test_a_lease_file_that_no_cleanup_shortens() -> None:
    signs = Signs(None, LeaseFile(65 * MIB, 0.0, cleaning=False))
    words, _ = health_of([10, 124, 60, 0], signs=signs).servers[0].warnings
    assert words.startswith("the lease file has 65 MiB for 60 leases: no cleanup has shortened it")
    signs = Signs(None, LeaseFile(63 * MIB, 0.0, cleaning=False))
    (words,) = health_of([10, 124, 60, 0], signs=signs).servers[0].warnings
    assert words.startswith("63 MiB of leases may take")


@pytest.mark.parametrize(
    ("free", "warning", "trouble"),
    [
        (40 * MIB, "", ""),
        (31 * MIB, "the disk is full: 31 MiB are free for /var/lib/kea", ""),
        (0, "", "the disk of /var/lib/kea is full"),
    ],
)
def test_room_for_leases(free: int, warning: str, trouble: str) -> None:
    primary = server(kea=kea(relationship=replace(ha(), scopes=("dhcp1",))))
    observed = {"dhcp1": replace(primary, disk={"/var/lib/kea": free}), "dhcp2": server()}
    status = assess(SITE, observed, {}, {}, {}, {}, ())
    words = (status.servers[0].warnings, status.servers[0].troubles)
    for sentences, begin in zip(words, (warning, trouble), strict=True):
        assert [text[: len(begin)] for text in sentences] == ([begin] if begin else [])


def test_the_limit_of_rejected_lease_updates_is_the_sites() -> None:
    assert SITE.failover
    extra = {"max-rejected-lease-updates": 0}
    site = replace(SITE, failover=replace(SITE.failover, extra=extra))
    observed = {"dhcp1": server()}
    status = assess(site, observed, {}, {}, {}, {"dhcp1": Signs(Log(2, "", whole=True))})
    assert "the pair does not terminate for it" in status.servers[0].warnings[0]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"skew": 4}, None),
        ({"skew": -7}, "its peer's clock differs by -7 s; Kea terminates the pair at 60 s. Check"),
        ({"unacked": 2}, None),
        (
            {"unacked": 2, "unacked_left": 9, "interrupted": True},
            "2 clients have had no answer from its peer; after 9 more it serves alone "
            "(max-unacked-clients is 0)",
        ),
    ],
)
def test_what_the_hook_reports(more: dict[str, Any], expected: str | None) -> None:
    (primary, _) = health_of(**more).servers
    assert (expected in "\n".join(primary.warnings)) if expected else not primary.warnings


def test_late_heartbeats_are_a_trouble_although_the_peer_answers() -> None:
    late = health_of(age=30)
    assert not late.healthy
    assert "its peer's last heartbeat is 30 s old" in late.servers[0].troubles[0]


def test_the_hook_s_counts_are_read_from_status_get() -> None:
    local = {"state": "hot-standby", "scopes": []}
    remote = {"unacked-clients": 3, "unacked-clients-left": 8, "communication-interrupted": True}
    servers = {"local": local, "remote": remote}
    read = Ha.from_status({"high-availability": [{"ha-servers": servers}]})
    assert read
    assert (read.unacked, read.unacked_left, read.interrupted) == (3, 8, True)


def test_signs_are_read_from_the_report() -> None:
    report = {
        "log": {"rejected": 1, "failed": "", "whole": True},
        "leases": {"bytes": 5, "uncleaned": 0.0, "cleaning": False},
    }
    assert Signs.from_report(report) == Signs(
        Log(1, "", whole=True), LeaseFile(5, 0.0, cleaning=False)
    )
    assert Signs.from_report({"log": None, "leases": None}) == Signs()


def test_leases_that_differ_are_a_trouble_of_the_pair() -> None:
    status = health_of(leases=(SubnetDifference(10, "172.20.10.0/24", {"dhcp2": 2}, 1),))
    assert not status.healthy
    lacking, differing = status.troubles
    assert lacking == (
        "dhcp2 lacks 2 leases of subnet 10 (172.20.10.0/24) that dhcp1 has. Run keaprov diff "
        "--leases to see them; a restart fetches missing ones"
    )
    assert differing.startswith("1 lease differs between dhcp1 and dhcp2 in subnet 10")


def test_a_package_of_another_key_is_a_warning() -> None:
    packages = Packages({"isc-kea-dhcp4": ""}, (), (), 0, None)
    (words,) = health_of(signs=Signs(packages=packages)).servers[0].warnings
    assert words.startswith("Kea's packages are not signed: isc-kea-dhcp4. ")


def test_warnings_are_shown_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    status = health_of([10, 124, 120, 3], signs=Signs(Log(3, "", whole=True)))
    text = "\n".join(lines(status, explain=False))
    assert text.startswith("labo: healthy\n")
    assert "\n    ? its peer has rejected the lease updates of 3 clients" in text
    assert "\n  ? subnet 10 (172.20.10.0/24) is 99 % full" in text
    assert "120/124, 3 declined" in text
    assert '<ul class="warning"><li>subnet 10' in status_page([status])
    monkeypatch.setattr("keaprov.cli.status.judge", lambda *_, verify: [status])
    run = CliRunner().invoke
    assert run(main, ["status", SITE.source]).exit_code == 0
    assert run(main, ["status", SITE.source, "--strict"]).exit_code == 3
    (shown,) = json.loads(run(main, ["status", SITE.source, "--json"]).output)
    assert shown["healthy"]
    assert len(shown["warnings"]) == 2
    assert len(shown["servers"][0]["warnings"]) == 1
    assert shown["pools"][0]["declined"] == 3
    assert json.loads(json.dumps(asdict(status)))


@pytest.mark.parametrize(
    ("dhcp4", "log", "leases"),
    [
        ({}, "kea-dhcp4.log", "kea-leases4.csv"),
        ({"lease-database": {"type": "memfile", "name": "a.csv"}}, "kea-dhcp4.log", "a.csv"),
        ({"lease-database": {"type": "memfile", "persist": False}}, "kea-dhcp4.log", ""),
        ({"lease-database": {"type": "mysql", "name": "kea"}}, "kea-dhcp4.log", ""),
        (
            {"loggers": [{"name": "kea-dhcp4", "output-options": [{"output": "/var/log/kea/x"}]}]},
            "x",
            "kea-leases4.csv",
        ),
        (
            {"loggers": [{"name": "kea-dhcp4", "output-options": [{"output": "syslog"}]}]},
            "",
            "kea-leases4.csv",
        ),
        ({"loggers": [{"name": "kea-dhcp4.packets"}]}, "", "kea-leases4.csv"),
    ],
)
def test_where_the_signs_are_looked_for(dhcp4: dict[str, Any], log: str, leases: str) -> None:
    site = replace(SITE, dhcp4={**SITE.dhcp4, **dhcp4})
    request = observe_request(site, site.servers[0], updates=False, secret=False)
    assert request["signs"] == {"log": log, "leases": leases, "packages": None}


@pytest.mark.parametrize(
    ("denials", "words"),
    [
        (Denials(0, "", permissive=False), ""),
        (
            Denials(1, "kea-lfc: write x (file, a to b)", permissive=False),
            "SELinux denied Kea something once in a day, last kea-lfc: write x (file, a to b). Re",
        ),
        (
            Denials(3, "kea-lfc: write x (file, a to b)", permissive=True),
            "3 times in a day, last kea-lfc: write x (file, a to b); SELinux is permissive",
        ),
    ],
)
def test_what_selinux_denied(denials: Denials, words: str) -> None:
    warnings = health_of(signs=Signs(denials=denials)).servers[0].warnings
    assert len(warnings) == bool(words)
    assert all(words in warning for warning in warnings)
