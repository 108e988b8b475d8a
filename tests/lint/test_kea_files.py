"""One of Kea's own files: the HA hook, sockets, the agent, interfaces, updates, spellings.

Every right value here and every wrong one was judged by Kea 3.0.3 (tests/differential).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from keaprov.errors import Severity
from keaprov.site import check_file

Json = dict[str, Any]
PEERS: tuple[Json, ...] = (
    {"name": "a", "url": "http://192.0.2.1:8005/", "role": "primary"},
    {"name": "b", "url": "http://192.0.2.2:8005/", "role": "standby"},
)
TLS = {"trust-anchor": "ca", "cert-file": "cert", "key-file": "key"}
UNIX = {"socket-type": "unix", "socket-name": "kea4"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def codes(folder: Path, body: Json, daemon: str = "Dhcp4") -> list[str]:
    path = folder / "kea.conf"
    path.write_text(json.dumps({daemon: body}))
    errors = [p for p in check_file(path).problems if p.severity is Severity.ERROR]
    assert all(problem.mark.line for problem in errors)
    return [problem.code for problem in errors]


def pair(*roles: str, **more: Any) -> Json:
    peers = [
        {"name": name, "url": f"http://192.0.2.{number}:8005/", "role": role}
        for number, (name, role) in enumerate(zip("abcd", roles, strict=False), 1)
    ]
    return {"this-server-name": "a", "mode": "hot-standby", "peers": peers} | {
        key.replace("_", "-"): value for key, value in more.items()
    }


def first(**more: Any) -> Json:
    """A pair whose first peer differs."""
    changed = {key.replace("_", "-"): value for key, value in more.items()}
    return pair(peers=[PEERS[0] | changed, PEERS[1]])


def ha(*relationships: Any) -> Json:
    parameters = {"high-availability": list(relationships)}
    return {"hooks-libraries": [{"library": "libdhcp_ha.so", "parameters": parameters}]}


PAIR = pair("primary", "standby")


@pytest.mark.parametrize(
    "relationship",
    [
        PAIR,
        pair("primary", "standby", "backup", "backup", this_server_name=" a "),
        pair("primary", "secondary", "backup", mode="load-balancing", delayed_updates_limit=5),
        pair("primary", mode="passive-backup", wait_backup_ack=True),
        PAIR | {"heartbeat-delay": 65535, "max-unacked-clients": 4294967295, "sync-timeout": 0},
        PAIR | {"state-machine": {"states": [{"state": "waiting", "pause": "once"}]}},
        PAIR | {"trust-anchor": "", "cert-file": "", "key-file": ""},
        PAIR | TLS,
        first(url="http://192.0.2.1"),
        first(url="http://[2001:db8::1]:80/"),
        first(url="https://192.0.2.1/", **TLS),
        first(basic_auth_user="u", basic_auth_password="p"),
        first(require_client_certs=True),
    ],
)
def test_a_right_relationship(folder: Path, relationship: Json) -> None:
    assert codes(folder, ha(relationship)) == []


@pytest.mark.parametrize(
    ("relationship", "expected"),
    [
        (1, ["KP204"]),
        ({}, ["KP202"] * 3),
        (PAIR | {"mode": "Hot-standby"}, ["KP204"]),
        (PAIR | {"this-server-name": "c"}, ["KP321"]),
        (PAIR | {"this-server-name": " "}, ["KP204"]),
        (pair("primary", "standby", peers=[PEERS[0], PEERS[1] | {"name": "a"}]), ["KP321"]),
        (pair("primary"), ["KP322"]),
        (pair("primary", "primary"), ["KP322"] * 2),
        (pair("primary", "standby", "secondary"), ["KP322"]),
        (pair("primary", "standby", mode="load-balancing"), ["KP322"] * 2),
        (pair("primary", "standby", mode="passive-backup"), ["KP322"]),
        (PAIR | {"wait-backup-ack": True}, ["KP323"]),
        (PAIR | {"delayed-updates-limit": 1}, ["KP323"]),
        (PAIR | {"heartbeat-delay": "1000"}, ["KP204"]),
        (PAIR | {"heartbeat-delay": 1000.0}, ["KP204"]),
        (PAIR | {"heartbeat-delay": 65536}, ["KP204"]),
        (PAIR | {"heartbeat-dealy": 1000}, ["KP201"]),
        (PAIR | {"sync-leases": "true"}, ["KP204"]),
        (PAIR | {"multi-threading": {"http-listener-threads": -1}}, ["KP204"]),
        (PAIR | {"trust-anchor": "ca"}, ["KP325"] * 2),
        (PAIR | {"state-machine": {"states": [{"state": "Waiting"}]}}, ["KP204"]),
        (PAIR | {"state-machine": {"states": [{"state": "ready"}] * 2}}, ["KP326"]),
        (first(role="Primary"), ["KP204"]),
        (first(role=["primary"]), ["KP204"]),
        (first(name=1), ["KP204"]),
        (PAIR | {"peers": [PEERS[0], 1]}, ["KP204"]),
        (PAIR | {"this-server-name": "\u00a0a"}, ["KP321"]),
        (first(basic_auth_user="u:v"), ["KP204"]),
        (first(basic_auth_password="p", basic_auth_password_file="f"), ["KP206"]),
        (first(trust_anchor="ca"), ["KP325"]),
        *(
            (first(url=url), ["KP324"])
            for url in (
                "http://dhcp1.example.org:8005/", "https://192.0.2.1/", "ftp://192.0.2.1/", "",
                "HTTP://192.0.2.1/", "http:/192.0.2.1", "http://", "http://192.0.2.1:", "192.0.2.1",
                "http://192.0.2.1:x/", "http://2001:db8::1/", "http://[::1/", "http://[]/",
                "http://192.0.2.1/a:8005/", "http://192.0.2.1?x", "http://192.0.2.1:80:81/",
            )
        ),
    ],
)  # fmt: skip
def test_a_wrong_relationship(folder: Path, relationship: Any, expected: list[str]) -> None:
    assert codes(folder, ha(relationship)) == expected


def test_several_relationships(folder: Path) -> None:
    names = [{"name": "c"}, {"name": "d"}]
    peers = [peer | name for peer, name in zip(PEERS, names, strict=True)]
    other = pair(peers=peers, this_server_name="c")
    assert codes(folder, ha(PAIR, other)) == []
    assert codes(folder, ha(PAIR, PAIR)) == ["KP321"] * 2
    peers[1]["role"] = "secondary"
    assert codes(folder, ha(PAIR, other | {"mode": "load-balancing"})) == ["KP321"]


@pytest.mark.parametrize("more", [{}, {"parameters": {}}, {"parameters": {"a": 1}}])
def test_an_ha_hook_without_its_parameters(folder: Path, more: Json) -> None:
    assert codes(folder, {"hooks-libraries": [{"library": "libdhcp_ha.so", **more}]}) == ["KP202"]


@pytest.mark.parametrize(
    ("sockets", "expected"),
    [
        ([], []),
        ([UNIX, {"socket-type": "http"}], []),
        ([UNIX | {"trust-anchor": "x"}], []),
        ([{"socket-type": "http", "socket-address": "::1", "socket-port": 0}], []),
        ([{"socket-type": "https", **TLS}], []),
        ([{}], ["KP202"]),
        ([{"socket-name": "a"}], ["KP202"]),
        ([UNIX, UNIX | {"socket-name": "b"}], ["KP730"]),
        ([{"socket-type": "unix"}], ["KP730"]),
        ([{"socket-type": "unix", "socket-name": ""}], ["KP204"]),
        ([{"socket-type": "unix", "socket-name": "/var/run/kea/"}], ["KP701"]),
        ([{"socket-type": "unix", "socket-address": "::1"}], ["KP730"]),
        ([{"socket-type": "http", "socket-name": "x"}], ["KP730"]),
        ([{"socket-type": "http", "socket-address": "kea.example.org"}], ["KP730"]),
        ([{"socket-type": "http", "socket-address": ""}], ["KP730"]),
        ([{"socket-type": "http", "trust-anchor": "x"}], ["KP731"]),
        ([{"socket-type": "https"}], ["KP731"]),
        ([{"socket-type": "https", **TLS, "key-file": ""}], ["KP731"]),
        ([{"socket-type": "http", "http-headers": [{"name": "a"}]}], ["KP202"]),
        ([{"socket-type": "http", "http-headers": [{"name": "a", "value": ""}]}], ["KP204"]),
    ],
)
def test_control_sockets(folder: Path, sockets: list[Json], expected: list[str]) -> None:
    assert codes(folder, {"control-sockets": sockets}) == expected


def test_an_empty_client_of_a_unix_socket(folder: Path) -> None:
    login = {"authentication": {"type": "basic", "clients": [{}]}}
    assert codes(folder, {"control-sockets": [UNIX | login]}) == ["KP204"]


def test_one_way_to_write_the_socket(folder: Path) -> None:
    assert codes(folder, {"control-socket": {}}) == ["KP202"]
    assert codes(folder, {"control-socket": UNIX, "control-sockets": []}) == ["KP206"]


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        ({"user": "a"}, []),
        ({"user": "a", "password": ""}, []),
        ({"password-file": "f"}, []),
        ({"user-file": "f", "password": "x"}, []),
        ({}, ["KP204"]),
        ({"password": "x"}, ["KP732"]),
        ({"user": ""}, ["KP732"]),
        ({"user": "a:b"}, ["KP732"]),
        ({"user": "a", "password": "1234"}, ["KP732"]),
        ({"user": "a", "password": "*****"}, ["KP732"]),
        ({"user": "a", "password": "keatest"}, ["KP732"]),
    ],
)
def test_who_may_log_in(folder: Path, client: Json, expected: list[str]) -> None:
    login = {"authentication": {"type": "basic", "clients": [client]}}
    assert codes(folder, {"control-sockets": [{"socket-type": "http", **login}]}) == expected
    assert codes(folder, login, "Control-agent") == expected


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ({"http-host": "kea.example.org"}, []),
        (TLS, []),
        ({"control-sockets": {"dhcp4": {"socket-name": "x"}}}, []),
        ({}, ["KP204"]),
        ({"trust-anchor": "x"}, ["KP731"]),
        ({"http-port": 8000.0}, ["KP204"]),
        ({"control-sockets": {}}, ["KP204"]),
        ({"control-sockets": {"dhcp4": {"socket-type": "unix"}}}, ["KP202"]),
        ({"control-sockets": {"dhcp4": {"socket-name": ""}}}, ["KP204"]),
        ({"loggers": [{"name": "x", "output-options": [{"output": "/tmp/x"}]}]}, ["KP701"]),
        ({"hooks-libraries": [{"library": "/opt/lib/x.so"}]}, ["KP701"]),
        ({"authentication": {"type": "Basic"}}, ["KP204"]),
    ],
)  # fmt: skip
def test_the_agent(folder: Path, agent: Json, expected: list[str]) -> None:
    assert codes(folder, agent, "Control-agent") == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], []),
        (["*", "eth0"], []),
        (["*", "eth0/192.0.2.1"], []),
        (["eth0/192.0.2.1", "eth0/192.0.2.2", "eth1 / 192.0.2.1"], []),
        (["*", "*"], ["KP733"]),
        (["eth0", " eth0"], ["KP733"]),
        (["eth0", "eth0/192.0.2.1"], ["KP733"]),
        (["eth0/192.0.2.1", "eth0"], ["KP733"]),
        (["eth0/192.0.2.1", "eth0/192.0.2.1"], ["KP733"]),
        *(([name], ["KP733"]) for name in ("", " ", "*/192.0.2.1", "eth0/", "/192.0.2.1")),
        *(([name], ["KP733"]) for name in ("a" * 16, "ä" * 8, ".", "..", "eth0:1", "eth 0")),
        (["a" * 15, "ä" * 7, "eth0.10", "eth0.20"], []),
        *(([name], ["KP733"]) for name in ("eth0/::1", "eth0/x", "eth0/192.0.2.1/24")),
    ],
)
def test_interfaces(folder: Path, names: list[str], expected: list[str]) -> None:
    assert codes(folder, {"interfaces-config": {"interfaces": names}}) == expected


@pytest.mark.parametrize(
    ("names", "sockets", "warned"),
    [
        (["eth0.10", "eth0"], {}, True),
        (["eth0/192.0.2.1", "eth0.10/192.0.2.9"], {}, True),
        (["eth0.10", "*"], {"dhcp-socket-type": "raw"}, True),
        (["eth0.10", "eth0"], {"dhcp-socket-type": "udp"}, False),
        (["eth0.10", "eth0.20", "eth1"], {}, False),
    ],
)
def test_a_vlan_and_its_parent(folder: Path, names: list[str], sockets: Json, warned: bool) -> None:
    path = folder / "kea.conf"
    path.write_text(json.dumps({"Dhcp4": {"interfaces-config": {"interfaces": names, **sockets}}}))
    assert ("KP736" in {problem.code for problem in check_file(path).problems}) == warned


@pytest.mark.parametrize(
    ("queue", "threads", "expected"),
    [
        ({"queue-type": "kea-ring4", "capacity": 64}, False, []),
        ({}, False, []),
        ({"queue-type": "x"}, True, []),
        ({"queue-type": "x"}, False, ["KP734"]),
        ({"queue-type": "Kea-ring4"}, False, ["KP734"]),
    ],
)
def test_packet_queues(folder: Path, queue: Json, threads: bool, expected: list[str]) -> None:
    body = {
        "multi-threading": {"enable-multi-threading": threads},
        "dhcp-queue-control": {"enable-queue": True, **queue},
    }
    assert codes(folder, body) == expected


@pytest.mark.parametrize(
    ("enabled", "size", "warned"),
    [(True, 256, False), (True, 257, True), (True, 65535, True), (False, 65535, False)],
)
def test_threads(folder: Path, enabled: bool, size: int, warned: bool) -> None:
    settings = {"enable-multi-threading": enabled, "thread-pool-size": size}
    path = folder / "kea.conf"
    path.write_text(json.dumps({"Dhcp4": {"multi-threading": settings}}))
    assert [problem.code for problem in check_file(path).problems] == ["KP740"] * warned


@pytest.mark.parametrize(
    ("ddns", "expected"),
    [
        ({"server-ip": "::1"}, []),
        ({"sender-ip": "", "ncr-protocol": "udp", "ncr-format": "Json"}, []),
        ({"enable-updates": False, "max-queue-size": 0}, []),
        ({"server-port": 0}, []),
        ({"max-queue-size": 0}, ["KP735"]),
        ({"server-ip": "::1", "sender-ip": "0.0.0.0"}, ["KP735"]),
        ({"sender-ip": "::"}, ["KP735"]),
        ({"sender-ip": "127.0.0.1", "sender-port": 53001}, ["KP735"]),
        ({"server-ip": "0.0.0.0", "server-port": 0}, ["KP735"]),
        ({"server-ip": ""}, ["KP204"]),
        ({"ncr-protocol": "tcp"}, ["KP204"]),
    ],
)
def test_the_link_to_dhcp_ddns(folder: Path, ddns: Json, expected: list[str]) -> None:
    assert codes(folder, {"dhcp-ddns": {"enable-updates": True, **ddns}}) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"ddns-replace-client-name": "TRUE"}, []),
        ({"ddns-conflict-resolution-mode": "Check-With-DHCID"}, []),
        ({"next-server": ""}, []),
        ({"shared-networks": [{"name": "a", "next-server": ""}]}, []),
        ({"subnet4": [{"id": 1, "subnet": "192.0.2.0/24", "next-server": ""}]}, []),
        ({"client-classes": [{"name": "a", "next-server": ""}]}, ["KP204"]),
        ({"client-classes": [{"name": "a", "next-server": "255.255.255.255"}]}, ["KP204"]),
        ({"ddns-use-conflict-resolution": True,
          "ddns-conflict-resolution-mode": "check-with-dhcid"}, ["KP206"]),
        ({}, ["KP204"]),
    ],
)  # fmt: skip
def test_spellings(folder: Path, body: Json, expected: list[str]) -> None:
    assert codes(folder, body) == expected


def test_a_file_for_each_daemon(folder: Path) -> None:
    path = folder / "kea.conf"
    path.write_text('{"Dhcp4": {"valid-lifetime": 1},\n"Control-agent": {"http-port": 1}}')
    problems = [p for p in check_file(path).problems if p.severity is Severity.ERROR]
    assert [(problem.code, problem.mark.line) for problem in problems] == [("KP206", 2)]


@pytest.mark.parametrize(
    "place",
    [
        "/usr/lib/x86_64-linux-gnu/kea/hooks/",
        "/usr/lib/kea/hooks/",
        "/usr/local/lib/kea/hooks/",
    ],
)
def test_the_directories_of_another_build_are_a_warning_in_a_file_of_keas_own(
    folder: Path, place: str
) -> None:
    body = {"hooks-libraries": [{"library": f"{place}libdhcp_lease_cmds.so"}]}
    path = folder / "kea.conf"
    for daemon in ("Dhcp4", "Control-agent"):
        path.write_text(json.dumps({daemon: body}))
        severities = {problem.code: problem.severity for problem in check_file(path).problems}
        assert severities.get("KP712") is Severity.WARNING, severities
        assert "KP701" not in severities
    socket = {"socket-type": "unix", "socket-name": "/run/kea/s"}
    assert codes(folder, {"control-socket": socket}) == []
    for nowhere in ("/var/lib/kea/s", "/var/log/kea/s", "/run/kea/.", f"{place}s"):
        socket["socket-name"] = nowhere
        assert codes(folder, {"control-socket": socket}) == ["KP701"]
