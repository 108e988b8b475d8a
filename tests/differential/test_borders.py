"""Real Kea judges values at the borders of what it reads: urls, numbers that overflow, names.

Each was judged differently once, or is a relative of one that was. Both directions count.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.differential.judge import refusals
from tests.differential.test_mutations import difference
from tests.lab.workshop import workshop

pytestmark = pytest.mark.lab

Body = dict[str, Any]

PORTS = (
    "8005", "+8005", "08005", "0000008005", "+0", "65535", "+00065535", " 8005", "8005 ", "\t8005",
    "0x1f45", "", "+", "-", "++1", "+-1", "8,005", "8e3", "8.0", "8005a", "8005?x", "8005#x", "1:2",
    "4294967296", "+4294967296", "-4294967296", "-1", "65536",
)  # fmt: skip
HOSTS = (
    "", "10.0.0.1?x", "10.0.0.1#x", "10.0.0.1/x:y", "u@10.0.0.1:8005", "u:p@10.0.0.1:8005", "[::1]",
    "[::1]:8005", "[::1]:", "[::1]/:x", "[]:8005", "[10.0.0.1]:8005", "[::ffff:1.2.3.4]:8005",
    "[fe80::1%lo]:8005", "::1", "[ ::1]:8005", "010.0.0.1:8005", "10.1:8005", "10.0.0.1 :8005",
    "10.0.0.1:8005/@x", "10.0.0.1:8005/:9", "[[::1]]:8005", "[::1]x", "[::1]x:8005",
    "10.0.0.1[:8005",
)  # fmt: skip
SCHEMES = ("http://", "https://", "HTTP://", " http://", "http:/", "http:///", "ftp://", "//", "")


def urls() -> Iterator[Body]:
    """Yield bodies with a peer whose url is of each kind."""
    written = [f"http://10.0.0.1:{port}{path}" for port in PORTS for path in ("", "/")]
    written += [f"http://{host}{path}" for host in HOSTS for path in ("", "/")]
    for url in (*written, *(f"{scheme}10.0.0.1:8005/" for scheme in SCHEMES)):
        peers = [
            {"name": "a", "url": "http://127.0.0.1:8004/", "role": "primary"},
            {"name": "b", "url": url, "role": "standby"},
        ]
        pair = {"this-server-name": "a", "mode": "hot-standby", "peers": peers}
        hook = {
            "library": "libdhcp_ha.so",
            "parameters": {"high-availability": [pair]},
        }
        yield {"hooks-libraries": [{"library": "libdhcp_lease_cmds.so"}, hook]}


def numbers() -> Iterator[Body]:
    """Yield bodies with times that Kea multiplies."""
    key = {"query-type": "", "response-type": "", "start-event": "a", "stop-event": "b"}
    last = 2**63 - 1
    for high in (last, last // 1000, last // 1000 + 1, 2**62, 2**32):
        alarm = {"duration-key": key, "low-water-ms": 1, "high-water-ms": high}
        yield _hook("libdhcp_perfmon.so", alarms=[alarm])
    for seconds in (last, last // 1_000_000 + 1, 2**32):
        yield _hook("libdhcp_perfmon.so", **{"alarm-report-secs": seconds})
        yield _hook("libdhcp_ping_check.so", **{"reply-timeout": seconds})
    for seconds in (2147483, 2147484, 2**32, last // 1000, last // 1000 + 1, last):
        advanced = {"max-requester-idle-time": seconds}
        yield _hook("libdhcp_lease_query.so", requesters=["10.0.0.1"], advanced=advanced)


def files() -> Iterator[Body]:
    """Yield bodies with hook libraries and sockets that name directories, or none."""
    folder = "/usr/lib64/kea/hooks"
    names = ("", ".", "..", " .", ".\t", "./", "../", "/", "//", "/.", "x/", "./x", " ", folder)
    for name in (*names, f"{folder}/", f"{folder}/."):
        yield {"hooks-libraries": [{"library": name}]}
        yield _hook("libdhcp_run_script.so", name=name)
        yield _hook("libdhcp_legal_log.so", prerotate=name)
        yield {"control-socket": {"socket-type": "unix", "socket-name": name}}
    for folder in ("/var/lib/kea", "/var/log/kea", "/tmp"):
        yield {"control-socket": {"socket-type": "unix", "socket-name": f"{folder}/x"}}


def headers() -> Iterator[Body]:
    """Yield bodies whose sockets have headers: Kea reads those of http only."""
    unix = {"socket-type": "unix", "socket-name": "kea4.sock"}
    http = {"socket-type": "http", "socket-address": "127.0.0.1", "socket-port": 8000}
    right = {"name": "a", "value": "b"}
    odd: tuple[Any, ...] = ("", None, 1, " ", "é", "a:b")
    entries: list[Any] = [right, {}, 1, None, "x", {**right, "x": 1}, {**right, "comment": "c"}]
    for key in right:
        entries += [{**right, key: value} for value in odd] + [{key: "a"}, {key: ""}]
    for socket in (unix, http):
        values: list[Any] = [[], None, {}, "x", [right, right], *([entry] for entry in entries)]
        for value in values:
            yield {"control-sockets": [{**socket, "http-headers": value}]}


def radius() -> Iterator[Body]:
    """Yield bodies with radius, once or twice, with and without host_cache before or behind it."""
    servers = [{"name": "127.0.0.1", "secret": "of-the-tests"}]
    cache = {"library": "libdhcp_host_cache.so", "parameters": {}}
    services: tuple[Body, ...] = (
        {}, {"access": {}}, {"access": {"servers": []}}, {"access": {"servers": servers}},
        {"accounting": {"servers": servers}},
    )  # fmt: skip
    for parameters in services:
        hook = {"library": "libdhcp_radius.so", "parameters": parameters}
        for hooks in ([hook], [hook, hook], [cache, hook], [hook, cache], [cache, hook, hook]):
            for threads in (True, False):
                yield {
                    "hooks-libraries": hooks,
                    "multi-threading": {"enable-multi-threading": threads},
                    "ip-reservations-unique": False,
                }


def _hook(library: str, **parameters: Any) -> Body:
    return {"hooks-libraries": [{"library": library, "parameters": parameters}]}


def test_check_and_kea_agree() -> None:
    texts = [
        json.dumps({"Dhcp4": body})
        for body in (*urls(), *numbers(), *files(), *headers(), *radius())
    ]
    with workshop() as shop:
        reasons = refusals(shop, texts)
    wrong = [difference(text, kea) for text, kea in zip(texts, reasons, strict=True)]
    assert not any(wrong), "\n".join(filter(None, wrong))
