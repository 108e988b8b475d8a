"""Control sockets, interfaces, the queue, the link to kea-dhcp-ddns: messages, places, cures."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.errors import dotted
from keaprov.lint import daemon, ddns, interfaces, lint_agent, sockets
from tests.lint.reports import reports

Json = dict[str, Any]
UNIX = {"socket-type": "unix", "socket-name": "a"}
HTTP = {"socket-type": "http"}
TLS = {"trust-anchor": "a", "cert-file": "b", "key-file": "c"}
SOCKET = "control-sockets[1]"
ALL_THREE = "Give trust-anchor, cert-file, key-file: all three, or none of them."
ADDRESS = "Write the address: Kea looks no name up here."
COLON = "Give a user name without a colon."
EXAMPLE = "Choose another, and write it to a password-file: Kea refuses its defaults."


def clients(*entries: Json) -> Json:
    return {"authentication": {"type": "basic", "clients": list(entries)}}


@pytest.mark.parametrize(
    ("socket", "code", "where", "message", "hint"),
    [
        (UNIX, "KP730", ".socket-type", "a second unix socket",
         "Keep one: Kea has one unix socket."),
        ({**HTTP, "socket-name": "a"}, "KP730", ".socket-name", "an http socket has no name",
         "Write socket-address and socket-port."),
        ({**HTTP, **TLS, "socket-type": "https", "socket-name": "a"}, "KP730", ".socket-name",
         "an https socket has no name", "Write socket-address and socket-port."),
        ({**HTTP, "socket-address": "kea.example"}, "KP730", ".socket-address",
         "'kea.example' is not an IP address", ADDRESS),
        ({**HTTP, **TLS, "cert-file": ""}, "KP731", "",
         "cert-file is missing or empty beside the others", ALL_THREE),
        ({**HTTP, "key-file": "c"}, "KP731", "",
         "trust-anchor is missing or empty beside the others", ALL_THREE),
        ({"socket-type": "https"}, "KP731", "", "an https socket needs TLS", ALL_THREE),
        ({**HTTP, **clients({"user": "a"}, {"password": "x"})}, "KP732",
         ".authentication.clients[1]", "a client needs a user", "Add a user, or a user-file."),
        ({**HTTP, **clients({"user": ""})}, "KP732", ".authentication.clients[0].user",
         "the user is empty or has a colon", COLON),
        ({**HTTP, **clients({"user": "a:b"})}, "KP732", ".authentication.clients[0].user",
         "the user is empty or has a colon", COLON),
        ({**HTTP, **clients({"user": "a", "password": "1234"})}, "KP732",
         ".authentication.clients[0].password", "the password of Kea's examples", EXAMPLE),
        ({**TLS, "socket-type": "https", **clients({"user": ""})}, "KP732",
         ".authentication.clients[0].user", "the user is empty or has a colon", COLON),
    ],
)  # fmt: skip
def test_a_wrong_socket(socket: Json, code: str, where: str, message: str, hint: str) -> None:
    """Kea ARM, Management API; http_command_config.cc."""
    lines = reports(sockets.RULES, {"control-sockets": [UNIX, socket]})
    assert lines == [(code, f"{SOCKET}{where}", message, hint)]


def test_a_unix_socket() -> None:
    for key in ("control-socket", "control-sockets"):
        several = key.endswith("s")
        where = f"{key}[0]" if several else key
        cases: tuple[tuple[Json, str, str, str], ...] = (
            ({"socket-type": "unix"}, where, "a unix socket needs a socket-name",
             "Add a socket-name, such as kea4-ctrl-socket."),
            ({"socket-type": "unix", "socket-address": "::1"}, f"{where}.socket-address",
             "a unix socket has no address", "Write socket-name: a file name."),
        )  # fmt: skip
        for socket, place, message, hint in cases:
            body = {key: [socket] if several else socket}
            assert reports(sockets.RULES, body) == [("KP730", place, message, hint)]


@pytest.mark.parametrize(
    "socket",
    [
        UNIX,
        HTTP,
        {**HTTP, "socket-address": "::1"},
        {**HTTP, **TLS},
        {**HTTP, **TLS, "socket-type": "https"},
        {**HTTP, **clients({"user-file": "a"}, {"password-file": "b"}, {"user": "a"}, {})},
        {**UNIX, **clients({"user": ""}), "trust-anchor": "a"},
    ],
)
def test_a_right_socket(socket: Json) -> None:
    assert reports(sockets.RULES, {"control-sockets": [socket]}) == []


@pytest.mark.parametrize(
    ("agent", "wanted"),
    [
        ({"trust-anchor": "a"}, ("KP731", "Control-agent",
         "cert-file is missing or empty beside the others", ALL_THREE)),
        (clients({"user": "a:b"}), ("KP732", "Control-agent.authentication.clients[0].user",
         "the user is empty or has a colon", COLON)),
    ],
)  # fmt: skip
def test_the_agent(agent: Json, wanted: tuple[str, ...]) -> None:
    (problem,) = lint_agent(agent)
    assert (problem.code, dotted(problem.path), problem.message, problem.hint) == wanted


FORM = "Write eth0, eth0/192.0.2.1 or *."
ONCE = "Name an interface once, or each of its addresses once."
LONG = "is not an interface: a name has at most 15 bytes"


@pytest.mark.parametrize(
    ("names", "message", "hint"),
    [
        (["a", ""], "'' is not an interface", FORM),
        (["a", "."], "'.' is not an interface", FORM),
        (["a", ".."], "'..' is not an interface", FORM),
        (["a", "b:1"], "'b:1' is not an interface", FORM),
        (["a", "b\0"], "'b\\x00' is not an interface", FORM),
        (["a", "b c"], "'b c' is not an interface", FORM),
        (["a", "b" * 16], f"'{'b' * 16}' {LONG}", FORM),
        (["a", "é" * 8], f"'{'é' * 8}' {LONG}", FORM),
        (["a", "b/x"], "'b/x' is not an interface", FORM),
        (["a", "*/192.0.2.1"], "'*/192.0.2.1' is not an interface", FORM),
        (["a", "a"], "a is named twice", ONCE),
        (["a", "a/192.0.2.1"], "a is named twice", ONCE),
        (["a/192.0.2.1", "a"], "a is named twice", ONCE),
        (["a/192.0.2.1", "a / 192.0.2.1"], "a is named twice", ONCE),
        (["*", "*"], "* is named twice", ONCE),
    ],
)
def test_wrong_interfaces(names: list[str], message: str, hint: str) -> None:
    """Kea ARM, Interface Configuration; IFNAMSIZ of Linux for the length."""
    wanted = ("KP733", "interfaces-config.interfaces[1]", message, hint)
    assert reports(interfaces.RULES, {"interfaces-config": {"interfaces": names}}) == [wanted]


@pytest.mark.parametrize(
    "names",
    [["a", "b"], ["b" * 15], ["é" * 7], ["*", "a"], ["a/192.0.2.1", "a/192.0.2.2"], [5, 5],
     ["a/192.0.2.1", "b/192.0.2.1"], ["*", "a/192.0.2.1"], ["...", "a.x"]],
)  # fmt: skip
def test_right_interfaces(names: list[Any]) -> None:
    assert reports(interfaces.RULES, {"interfaces-config": {"interfaces": names}}) == []


@pytest.mark.parametrize("names", [["a", "a.1"], ["a/192.0.2.1", "a.1/192.0.2.9"], ["*", "a.1"]])
@pytest.mark.parametrize("kind", ["raw", "udp", None])
def test_a_vlan_beside_its_parent(names: list[str], kind: str | None) -> None:
    message = "Kea listens on a too, and receives this VLAN's packets twice"
    wanted = ("KP736", "interfaces-config.interfaces[1]", message, "Name a or its VLANs.")
    body = {"interfaces-config": {"interfaces": names, "dhcp-socket-type": kind}}
    assert reports(interfaces.RULES, body) == ([] if kind == "udp" else [wanted])


def test_a_queue() -> None:
    """Kea ARM, Kea DHCPv4 Server: Packet Queue; not with multi-threading."""
    control = {"enable-queue": True, "queue-type": "x"}
    off = {"multi-threading": {"enable-multi-threading": False}}
    wanted = ("KP734", "dhcp-queue-control.queue-type", "Kea has no queue 'x'",
              "Write kea-ring4.")  # fmt: skip
    assert reports(daemon.RULES, {"dhcp-queue-control": control, **off}) == [wanted]
    for queue, threads in (
        (control, {}),
        ({**control, "queue-type": "kea-ring4"}, off),
        ({"enable-queue": True}, off),
        ({**control, "enable-queue": False}, off),
    ):
        assert reports(daemon.RULES, {"dhcp-queue-control": queue, **threads}) == []


SAME = "the server and the sender have one address and port"
OUT = "Leave sender-ip and sender-port out."


@pytest.mark.parametrize(
    ("link", "key", "message", "hint"),
    [
        ({"enable-updates": True, "max-queue-size": 0}, "max-queue-size",
         "a queue of size 0 takes no update", "Leave it out: the default is 1024."),
        ({"server-ip": "::1", "sender-ip": "192.0.2.1"}, "sender-ip",
         "192.0.2.1 and ::1 are of two address families",
         "Leave sender-ip out: Kea takes the family of server-ip."),
        ({"sender-ip": "127.0.0.1", "sender-port": 53001}, "sender-ip", SAME, OUT),
        ({"server-port": 0, "sender-ip": "127.0.0.1"}, "sender-ip", SAME, OUT),
        ({"server-ip": "0.0.0.0", "server-port": 0}, "server-ip", SAME, OUT),
        ({"server-ip": "::", "server-port": 0}, "server-ip", SAME, OUT),
    ],
)  # fmt: skip
def test_the_link_to_dhcp_ddns(link: Json, key: str, message: str, hint: str) -> None:
    """Kea ARM, DDNS for DHCPv4: 127.0.0.1 and 53001, from any address and port."""
    wanted = ("KP735", f"dhcp-ddns.{key}", message, hint)
    assert reports(daemon.RULES, {"dhcp-ddns": link}) == [wanted]


@pytest.mark.parametrize(
    "link",
    [{}, {"max-queue-size": 0}, {"enable-updates": True, "max-queue-size": 1},
     {"sender-ip": "127.0.0.1"}, {"sender-port": 53001}, {"server-ip": "x"}, {"sender-ip": "x"},
     {"server-ip": "::1", "sender-ip": ""}, {"server-ip": "::1", "sender-ip": "::"}],
)  # fmt: skip
def test_a_right_link(link: Json) -> None:
    assert reports(daemon.RULES, {"dhcp-ddns": link}) == []


NOTHING = "is set, and nothing updates DNS: enable-updates is not set"
ENABLE = "Add dhcp-ddns: {enable-updates: true}, or false if no updates are meant."


@pytest.mark.parametrize(
    ("key", "value", "reported"),
    [
        ("ddns-send-updates", True, True), ("ddns-send-updates", False, False),
        ("ddns-override-no-update", True, True), ("ddns-override-no-update", False, False),
        ("ddns-override-client-update", True, True), ("ddns-update-on-renew", True, True),
        ("ddns-qualifying-suffix", "a", True), ("ddns-qualifying-suffix", "", False),
        ("ddns-ttl", 0, True), ("ddns-ttl", None, False), ("ddns-ttl-percent", 0.5, True),
        ("ddns-ttl-min", 1, True), ("ddns-ttl-max", 1, True),
        ("ddns-conflict-resolution-mode", "no-check-with-dhcid", True),
        ("ddns-conflict-resolution-mode", "check-with-dhcid", False),
        ("ddns-use-conflict-resolution", False, True),
        ("ddns-use-conflict-resolution", True, False),
    ],
)  # fmt: skip
def test_parameters_without_updates(key: str, value: Any, reported: bool) -> None:
    """Kea ARM, DDNS for DHCPv4: enable-updates is false by default."""
    subnets = [{"subnet": "10.0.0.0/24"}, {"subnet": "10.0.1.0/24", key: value}]
    wanted = ("KP710", f"subnet4[1].{key}", f"{key} {NOTHING}", ENABLE)
    assert reports(ddns.RULES, {"subnet4": subnets}) == ([wanted] if reported else [])
    quiet = {"dhcp-ddns": {"enable-updates": False}}
    assert reports(ddns.RULES, {"subnet4": subnets, **quiet}) == []
    assert len(reports(ddns.RULES, {"subnet4": subnets * 2})) == reported


def test_updates_that_no_scope_sends() -> None:
    on = {"dhcp-ddns": {"enable-updates": True}}
    off = {"ddns-send-updates": False}
    message = "updates are enabled, and no scope sends any: ddns-send-updates is false"
    wanted = ("KP710", "ddns-send-updates", message, "Leave it out: the default is true.")
    assert reports(ddns.RULES, {**on, **off}) == [wanted]
    sends = {"subnet4": [{"subnet": "10.0.0.0/24", "ddns-send-updates": True}]}
    for body in (on, {**on, **sends}, {**on, **off, **sends}, {**on, "ddns-ttl": 5}, off):
        assert reports(ddns.RULES, body) == []
