"""Answers from the network: bounded, and whatever comes, only keaprov's own errors."""

from __future__ import annotations

import base64
import contextlib
import copy
import socket
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keaprov import promise
from keaprov.cli import status
from keaprov.cli.history import Configuration
from keaprov.conductor import reports
from keaprov.control import Http, exchange
from keaprov.control.decoding import expected, unpacked
from keaprov.dhcp_client import checked, packets
from keaprov.errors import KeaprovError, Unreachable
from keaprov.ha.observed import Observed
from keaprov.ha.reading import from_report
from keaprov.ha.signs import Signs
from keaprov.health import assess
from keaprov.impact.answer import reported_impact
from keaprov.impact.question import Inquiry
from keaprov.page import status_page
from keaprov.replication.counts import counts
from keaprov.replication.leases import differing_leases, leases_of
from tests.certificates import pki
from tests.control.test_api import HEAD
from tests.fuzzing import MANY, SEEDS, broken
from tests.ha.observations import server
from tests.test_health import ROWS, SITE

PACKETS = packets()
PKI = pki()
PEER = {
    "name": "dhcp1",
    "role": "primary",
    "url": "https://10.60.1.67:8005/",
    "cert-file": "/etc/kea/tls/20260501/cert.pem",
}
UNIT = {"active": "active", "enabled": True, "pid": 7, "started": 1.5, "words": "", "restarts": 0}
LOCAL = {"state": "hot-standby", "scopes": ["dhcp1"], "role": "primary", "server-name": "dhcp1"}
REMOTE = {"last-state": "hot-standby", "in-touch": True, "age": 2, "unacked-clients": 0}
OBSERVE: dict[str, Any] = {
    "clock": 1000.0,
    "user": 0,
    "os": {"id": "rocky", "like": "rhel", "version": "9.6", "name": "Rocky", "machine": "x86_64"},
    "interfaces": {"ens18": True},
    "packages": {"versions": {"isc-kea-dhcp4": "3.0.3-1"}, "error": None},
    "units": {"kea-dhcp4": UNIT},
    "files": {"/etc/kea": {"mode": "750", "owner": "root", "group": "kea", "changed": 1.0}},
    "texts": {"/etc/yum.repos.d/a.repo": "[a]\n"},
    "disk": {"/etc": 1 << 30},
    "read_only": ["/usr"],
    "firewall": {
        "services": {"dhcp": ""},
        "permanent": {"services": ["keaprov-ha"], "rules": [], "interfaces": ["ens18"]},
        "runtime": {"services": [], "rules": []},
        "loaded": {"keaprov-ha": ["8005/tcp"]},
        "bound": {"ens18": "public"},
        "default": "public",
    },
    "chrony": {"synchronised": True, "detail": "Normal", "offset": 0.1},
    "dnf": {"updates": ["bash"], "holder": None, "error": None},
    "key": ["ABCD"],
    "listening": ["10.60.1.67:67"],
    "updated_since_boot": [],
    "secret": {"exists": True, "equal": True},
    "handover": None,
    "lease_bytes": 100,
    "certificates": {"20260501": {"trust": PKI.ca, "cert": PKI.cert, "key": True}},
    "kea": {
        "version": "3.0.3",
        "revision": "abc",
        "hash": "def",
        "proven": True,
        "pid": 7,
        "links": {"ens18": "up"},
        "config": True,
        "this_server": "dhcp1",
        "ha_peers": [
            PEER,
            {"name": "dhcp2", "role": "standby", "url": "http://10.60.1.68:8005/"},
        ],
        "peer": {"name": "dhcp2", "state": "hot-standby", "scopes": [], "error": ""},
        "status": {
            "high-availability": [
                {"ha-mode": "hot-standby", "ha-servers": {"local": LOCAL, "remote": REMOTE}}
            ],
            "sockets": {"status": "ready"},
            "dhcp-state": {"globally-disabled": False},
        },
    },
    "signs": {
        "log": {"rejected": 0, "failed": "", "whole": True},
        "leases": {"bytes": 10, "uncleaned": 0, "cleaning": False},
        "denials": {"count": 1, "last": "kea-dhcp4: read x", "permissive": False},
        "packages": {
            "signers": {"isc-kea-dhcp4": ""},
            "keys": ["0DBE5C78F5B7ADD7"],
            "changed": [{"path": "/usr/sbin/kea-lfc", "tests": "U"}],
            "number": 1,
            "error": None,
        },
        "advisories": {
            "repositories": ["baseos"],
            "as_of": 1000.0,
            "pending": [
                {
                    "id": "RLSA-2026:0815",
                    "kind": "Important/Sec.",
                    "packages": [{"name": "openssl", "installed": "1-1", "fixed": "1-2"}],
                }
            ],
            "number": 1,
            "security": 1,
            "error": None,
        },
    },
}
OFFER = {
    "server": "10.60.1.67",
    "source": "172.20.10.254",
    "hardware": "02:00:00:00:00:01",
    "address": "172.20.10.130",
    "options": {"1": "ffffff00", "3": "ac140afe", "51": "00007080"},
    "seconds": 0.1,
}
PROBE = {
    "mac": "02:00:00:00:00:01",
    "client-id": "",
    "offers": [OFFER],
    "lease": {**OFFER, "ack": True, "message": ""},
}
KEPT = {"path": "/a", "revision": "b", "subnets": 1, "written": 1.0, "kept": "", "site": "labo"}
LEASE = [0x0A000001, 10, "02:00:00:00:00:01", "", 0, 3600, 1000]
IMPACT = {"unknown": "", "counts": [], "clients": []}
REFUSED = {"refused": "lease4-update: no", "undone": False, "left": ["lease 1"], "partly": False}
RESTORED = {
    "put_back": ["/etc/kea/kea-dhcp4.conf"],
    "removed": [],
    "packages": ["isc-kea-dhcp4-3.0.3"],
    "up": True,
    "stopped": False,
    "failed": [],
}
STATISTICS = {"result-set": {"columns": ["subnet-id", "assigned-addresses"], "rows": [[10, 1]]}}


def observed(report: Any) -> None:
    """Decode an observation, and judge and show what was decoded as status does."""
    with expected("the report"):
        server_1 = from_report(report, 1000.0)
        signs = Signs.from_report(report["signs"])
    assert isinstance(server_1, Observed)
    pair = {"dhcp1": server_1, "dhcp2": server()}
    health = assess(SITE, pair, {}, {"dhcp1": ROWS}, {}, {"dhcp1": signs})
    list(status.lines(health, explain=True))
    status_page([health])


def probed(report: Any) -> None:
    with expected("the report"):
        checked(report)
    for answer in report["offers"]:
        list(promise.broken_promises(SITE, answer, report["mac"]))
        promise.option_lines(answer)
    list(promise.strangers(SITE, report["offers"]))


def leases(rows: Any) -> None:
    with expected("the report"):
        list(differing_leases(leases_of(rows), leases_of(rows), 0.0, 0.0))


def history(entry: Any) -> None:
    with expected("the report"):
        Configuration.of(entry)


def statistics(report: Any) -> None:
    with expected("the report"):
        counts(report)


def impact(report: Any) -> None:
    with expected("the report"):
        reported_impact(Inquiry(), "dhcp1", report)


def renumbered(report: Any) -> None:
    reports.renumbered("dhcp1", report)


def restored(report: Any) -> None:
    reports.restored("dhcp1", report)


def stopped(report: Any) -> None:
    "; ".join(reports.not_stopped("dhcp1", report))


def offered(report: Any) -> None:
    reports.offered("dhcp1", report)


DECODERS: Mapping[str, tuple[Callable[[Any], None], Any]] = {
    "observe": (observed, OBSERVE),
    "probe": (probed, PROBE),
    "leases": (leases, [LEASE]),
    "history": (history, KEPT),
    "stat-lease4-get": (statistics, STATISTICS),
    "impact": (impact, IMPACT),
    "renumber": (renumbered, {"refused": "", "leases": 3, "silence": 0.1}),
    "renumber, refused": (renumbered, REFUSED),
    "turn, restored": (restored, RESTORED),
    "turn, stopped": (stopped, {"activated": [], "warnings": ["kea-dhcp4 does not stop"]}),
    "rehearse": (offered, {"key": "-----BEGIN", "epel": "epel-release", "refusal": None}),
}


@pytest.mark.parametrize("name", list(DECODERS))
def test_a_good_report_is_decoded(name: str) -> None:
    decode, good = DECODERS[name]
    decode(good)


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), float("-inf"), 1e12, -1e12])
@pytest.mark.parametrize("place", ["clock", "started", "uncleaned"])
def test_a_time_that_no_calendar_has(place: str, seconds: float) -> None:
    report = copy.deepcopy(OBSERVE)
    unit, leases = report["units"]["kea-dhcp4"], report["signs"]["leases"]
    {"clock": report, "started": unit, "uncleaned": leases}[place][place] = seconds
    with pytest.raises(Unreachable, match="not as expected"):
        observed(report)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(DECODERS))
def test_a_broken_report_raises_keaprovs_own_error(name: str) -> None:
    decode, good = DECODERS[name]
    errors = []

    @MANY
    @given(SEEDS)
    def decode_broken(seed: int) -> None:
        try:
            decode(broken(good, seed))
        except KeaprovError as error:
            errors.append(error)

    decode_broken()
    assert errors, "most of them are not reports"


@pytest.mark.slow
@MANY
@given(st.text(max_size=80) | st.text(alphabet='[]{}":,0-9.eE\\nul', max_size=80))
def test_the_output_of_a_program(text: str) -> None:
    with contextlib.suppress(KeaprovError):
        exchange.report("observe", 0, text, "")


@pytest.mark.slow
@MANY
@given(st.binary(max_size=60), st.sampled_from(["", "zlib", "base64"]))
def test_what_a_program_packed(data: bytes, how: str) -> None:
    data = zlib.compress(data) if how == "zlib" else data
    text = data.decode("latin-1") if how == "base64" else base64.b64encode(data).decode()
    with contextlib.suppress(KeaprovError):
        unpacked(text)


@pytest.mark.slow
@MANY
@given(st.sampled_from([b"", HEAD.encode(), HEAD.encode() + b"Transfer-Encoding: chunked\r\n\r\n"]),
       st.binary(max_size=80))  # fmt: skip
def test_an_answer_over_http(head: bytes, rest: bytes) -> None:
    """The whole way of an answer but for the network: a pair of sockets in place of it."""
    near, far = socket.socketpair()
    with near, far:
        far.sendall(head + rest)
        far.shutdown(socket.SHUT_WR)
        with contextlib.suppress(KeaprovError):
            Http("http://192.0.2.1/").receive(near)


@pytest.mark.slow
@MANY
@given(st.binary(max_size=400), st.booleans())
def test_a_dhcp_answer(noise: bytes, begins_well: bool) -> None:
    """From the octets on the wire to the words about them."""
    client = PACKETS
    head = client.encode(2, 7, b"\2\0\0\0\0\1", [(54, b"\x0a\x3c\x01\x43")])
    try:
        packet = client.decode(head[: 240 + len(noise) % 20] + noise if begins_well else noise)
    except client.PacketError:
        return
    answer = client.report(packet, 0.0)
    list(promise.broken_promises(SITE, answer, "02:00:00:00:00:01"))
    promise.option_lines(answer)
