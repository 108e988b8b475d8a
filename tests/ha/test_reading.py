"""The report of files/host/observe.py, read as a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from keaprov.ha.observed import (
    Chrony,
    Dnf,
    File,
    Firewalld,
    Managed,
    Observed,
    Placed,
    Running,
    Ssh,
    Zone,
)
from keaprov.ha.reading import from_report
from keaprov.ha.states import State
from keaprov.model import Role
from tests.ha.observations import UP

STATUS = {"high-availability": [{"ha-servers": {"local": {"state": "ready"}}}]}
KEA = {"version": "3.0.3", "revision": "abc", "status": {}}
PEER = {"name": "dhcp2", "url": "http:", "role": "standby"}
OWN = {"name": "dhcp1", "url": "http:", "role": "primary", "cert-file": "/etc/kea/cert.pem"}
SSH = {"source": "10.0.0.9", "port": 22, "interface": "e", "zone": "", "admitting": ["public"]}


def report(kea: Mapping[str, Any] = {}, **parts: Any) -> Observed:
    return from_report({"kea": {**KEA, **kea}, "clock": 1005.0, **parts}, 1000.0)


def test_a_report_with_nothing_but_kea() -> None:
    observed = report()
    assert (observed.ahead, observed.root) == (5.0, True)
    assert not (observed.secret_exists or observed.secret_equal or observed.repository_equal)
    assert not observed.handover
    assert observed.kea == Running("3.0.3", "abc", None, None)
    assert observed.firewalld == Firewalld({}, None, None, {}, "")
    assert observed.chrony == Chrony(False, "not asked")


def test_every_part_of_a_report_is_read() -> None:
    zone = {"services": ["dhcp"], "rules": ["rule"], "interfaces": ["e"]}
    entry = {"mode": "640", "owner": "root", "group": "kea", "changed": 1.0}
    observed = report(
        user=1000,
        os={"id": "rocky", "like": "rhel", "version": "9.6", "name": "Rocky", "machine": "x86_64"},
        units={"kea-dhcp4": {"active": "active", "enabled": True, "pid": 100, "started": 1000.0}},
        files={"/a": entry, "/missing": None},
        firewall={
            "services": {"keaprov": "text"},
            "permanent": zone,
            "runtime": zone,
            "bound": {"e": "public"},
            "default": "public",
            "error": "slow",
            "loaded": {"keaprov": ["8005/tcp"]},
            "ssh": SSH,
            "managed": {"e": {"connection": "uuid", "zone": "dmz"}},
        },
        chrony={"synchronised": True, "detail": "Normal", "offset": 0.5},
        dnf={"updates": ["bash"], "holder": "dnf", "error": "no network"},
        secret={"exists": True, "equal": True},
        repository=True,
        handover={"since": 1.0},
        lease_bytes=7,
        certificates={"1": {"trust": "ca", "cert": "pem", "key": True}},
    )
    assert not observed.root
    assert (observed.os_like, observed.machine) == ("rhel", "x86_64")
    assert observed.units == {"kea-dhcp4": UP}
    assert observed.files == {"/a": File("640", "root", "kea", 1.0)}
    open_there = Zone(("dhcp",), ("rule",), ("e",))
    assert observed.firewalld == Firewalld(
        {"keaprov": "text"},
        open_there,
        open_there,
        {"e": "public"},
        "public",
        "slow",
        {"keaprov": ["8005/tcp"]},
        Ssh("10.0.0.9", 22, "e", "", ("public",)),
        {"e": Managed("uuid", "dmz")},
    )
    assert observed.chrony == Chrony(True, "Normal", 0.5)
    assert observed.dnf == Dnf(("bash",), "dnf", "no network")
    assert observed.secret_exists
    assert observed.secret_equal
    assert observed.repository_equal
    assert observed.handover
    assert observed.lease_bytes == 7
    assert observed.certificates == {"1": Placed("ca", "pem", True)}


def test_every_part_of_the_running_kea_is_read() -> None:
    running = report(
        {
            "status": STATUS,
            "peer": {"state": "waiting"},
            "error": "slow",
            "hash": "123",
            "proven": True,
            "pid": 9,
            "config": True,
            "this_server": "dhcp1",
            "ha_peers": [PEER, OWN],
        }
    ).kea
    assert running.ha is not None
    assert (running.ha.state, running.ha.direct) == (State.READY, State.WAITING)
    assert (running.error, running.hash, running.proven, running.pid) == ("slow", "123", True, 9)
    assert (running.role, running.cert_file) == (Role.PRIMARY, "/etc/kea/cert.pem")
    assert running.partner is not None
    assert (running.partner.address, running.partner.error) == ("", "it was not asked")
    assert running.config_read


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://10.60.1.68:8005/", "10.60.1.68"),
        ("http://[2001:DB8:0::68]:8005/", "2001:db8::68"),
        ("http://10.60.1.68:+8005/", "10.60.1.68"),
        ("http://10.60.1.68:000008005/", "10.60.1.68"),
        ("http://[x]:8005/", ""),
        ("http://[::1]x", ""),
        ("", ""),
    ],
)
def test_the_partner_has_the_address_of_its_url(url: str, address: str) -> None:
    peers = [{**PEER, "url": url}, OWN]
    running = report({"status": STATUS, "this_server": "dhcp1", "ha_peers": peers}).kea
    assert running.partner is not None
    assert running.partner.address == address


@pytest.mark.parametrize(
    ("kea", "foreign"),
    [
        ({"config": True}, True),
        ({"config": True, "site": "s"}, False),
        ({"config": False}, False),
        ({}, False),
    ],
)
def test_a_configuration_of_no_site_is_foreign(kea: dict[str, Any], foreign: bool) -> None:
    assert report(kea).kea.foreign is foreign


def test_a_server_outside_of_its_pair_and_without_tls() -> None:
    assert report({"ha_peers": [PEER], "this_server": "dhcp1"}).kea.role is None
    backup = {**OWN, "role": "backup"}
    assert report({"ha_peers": [backup], "this_server": "dhcp1"}).kea.role is None
    running = report({"ha_peers": [PEER], "this_server": "dhcp2"}).kea
    assert (running.role, running.cert_file, running.partner) == (Role.STANDBY, "", None)


BARE = "the interface f has no usable IPv4 addresses configured"
TAKEN = "Failed to open socket on interface f, reason: is another DHCP server running?"


@pytest.mark.parametrize(
    ("sockets", "links", "errors", "again"),
    [
        ({}, {}, (), False),
        ({"status": "ready"}, {"e": "up"}, (), False),
        ({"status": "ready"}, {"e": "up", "f": "closed"}, (), False),
        ({"status": "ready"}, {"e": "up", "f": "ready"}, (), False),
        ({"status": "ready"}, {"e": "up", "f": "down"}, ("the interface f is down",), False),
        ({"status": "ready"}, {"f": "gone"}, ("there is no interface f any more",), False),
        ({"status": "ready"}, {"f": "bare"}, ("the interface f has no IPv4 address",), False),
        (
            {"status": "ready"},
            {"e": "ready", "f": "anew"},
            ("the interface f was removed and made anew since kea-dhcp4 was started",),
            True,
        ),
        (
            {"status": "ready"},
            {"e": "up", "f": "moved"},
            ("the interface f has another IPv4 address than when kea-dhcp4 was started",),
            True,
        ),
        ({"status": "failed", "errors": ["e: no address"]}, {}, ("e: no address",), False),
        ({"status": "failed", "errors": [BARE]}, {"f": "closed"}, (BARE,), False),
        ({"status": "failed", "errors": [BARE]}, {"e": "up", "f": "ready"}, (BARE,), True),
        ({"status": "failed", "errors": [TAKEN]}, {"e": "up", "f": "ready"}, (TAKEN,), False),
        ({"status": "retrying", "errors": [BARE]}, {"f": "ready"}, (BARE,), False),
        ({"status": "retrying"}, {}, ("the sockets are retrying",), False),
    ],
)
def test_the_dhcp_sockets(
    sockets: dict[str, Any], links: dict[str, str], errors: tuple[str, ...], again: bool
) -> None:
    kea = report({"status": {"sockets": sockets}, "links": links}).kea
    assert (kea.sockets, kea.opens_again) == (errors, again)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({}, ""),
        ({"disabled-by-user": True}, ""),
        ({"disabled-by-user": True}, "by the command dhcp-disable"),
        ({"disabled-by-db-connection": True}, "because a database is not reachable"),
        ({"disabled-by-remote-command": True}, "by the peer, while it synchronises its leases"),
        ({"disabled-by-local-command": True}, "by the HA hook"),
        ({"disabled-by-user": False}, "for an unknown reason"),
    ],
)
def test_who_disabled_the_dhcp_service(state: dict[str, bool], words: str) -> None:
    reported = {**state, "globally-disabled": bool(words)}
    assert report({"status": {"dhcp-state": reported}}).kea.disabled == words


def test_a_value_of_another_type_is_rejected() -> None:
    with pytest.raises(TypeError):
        report(lease_bytes="many")


@pytest.mark.parametrize(
    ("heartbeat", "serves"),
    [
        (None, None),
        ({"state": "", "scopes": [], "error": "Connection refused"}, None),
        ({"state": "hot-standby", "scopes": ["dhcp1"], "error": ""}, True),
        ({"state": "hot-standby", "scopes": [], "error": ""}, False),
        ({"state": "waiting", "scopes": ["dhcp1"], "error": ""}, False),
        ({"state": "another", "scopes": ["dhcp1"], "error": ""}, False),
    ],
)
def test_a_peer_says_itself_whether_it_serves(
    heartbeat: Mapping[str, Any] | None, serves: bool | None
) -> None:
    assert report({"peer": heartbeat}).kea.peer_serves is serves
