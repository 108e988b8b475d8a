"""Kea files with what other programs, libraries and sockets are for: drawn, right and wrong.

What a file names is drawn from the schemas of Kea's vocabulary: control sockets, interfaces,
loggers, databases, and the parameters of hook libraries, HA's among them.
"""

from __future__ import annotations

from random import Random
from typing import Any

from keaprov import schema

Node = dict[str, Any]

LIBRARIES = (
    "libdhcp_bootp.so", "libdhcp_class_cmds.so", "libdhcp_host_cmds.so", "libdhcp_limits.so",
    "libdhcp_stat_cmds.so", "libdhcp_subnet_cmds.so",
)  # fmt: skip
"""Libraries without parameters."""
HA = "libdhcp_ha.so"
HOOK_SCRIPT = "/usr/share/kea/scripts/s.sh"
LEFT_OUT = frozenset((
    # files that are not there, and servers that do not answer
    "trust-anchor", "cert-file", "key-file", "password-file", "user-file", "directory",
    "dictionary", "session-history", "prerotate", "postrotate", "access", "accounting",
    "user-context", "nas-ports", "config-control",
))  # fmt: skip
THREADS = frozenset((
    "thread-pool-size", "max-bulk-query-threads", "ping-channel-threads", "http-client-threads",
    "http-listener-threads",
))  # fmt: skip
"""Numbers of threads, which Kea starts at once; of a negative one it keeps the 32 bits."""
WRONG: tuple[Any, ...] = ("x", -1, 0, 256, 4294967296, 1.5, True, [], {}, "", None, ["x"], [1])
TEXTS: dict[str, tuple[str, ...]] = {
    "address": ("10.0.0.1", "127.0.0.1", "10.0.0.2", "::1", "", "localhost", "1.2.3"),
    "add": ("'a'", "hexstring(pkt4.mac, ':')", "pkt4.mac == 1", "", "'a"),
    "supersede": ("'a'", "option[60].hex", "pkt4.mac ==", ""),
    "remove": ("option[60].exists", "member('one')", "'a'", ""),
    "expression": ("'a'", "pkt4.mac", "option[60].exists", "", "'"),
    "facility": ("local0", "LOCAL1", "x"),
    "hostname-expr": ("'a'", "pkt4.mac", "", "option[60].exists"),
    "identifier-expression": ("'a'", "pkt4.mac", "", "option[60].exists"),
    "request-parser-format": ("'a'", "pkt4.mac", "", "option[60].exists"),
    "response-parser-format": ("'a'", "pkt4.mac", "", "option[60].exists"),
    "interfaces": ("lo", "*", "lo/127.0.0.1", "", "lo/x", "*/127.0.0.1"),
    "lease-query-ip": ("127.0.0.1", "10.0.0.1", "::1", "x"),
    "name": ("a", "vendor-class-identifier", "leases.csv", "kea-dhcp4", "", "routers"),
    "output": (
        "stdout",
        "syslog",
        "syslog:local0",
        "kea.log",
        "/var/log/kea/kea.log",
        "/tmp/x",
        "",
    ),
    "password": ("secret", "", "1234"),
    "path": ("/var/log/kea", "/tmp", "x", ""),
    "base-name": ("kea-legal", "x", ""),
    "requesters": ("10.0.0.1", "10.0.0.2", "127.0.0.1", "::1", "x", ""),
    "severity": ("INFO", "debug", "WARN", "x", ""),
    "socket-address": ("127.0.0.1", "0.0.0.0", "::1", "localhost", "", "1.2.3"),
    "socket-name": ("kea4.sock", "b.sock", "/tmp/x", "a/b", ""),
    "space": ("dhcp4", "mine", "vendor-4491", "", "x y"),
    "user": ("admin", "b", "", "a:b"),
}
"""Texts by key, the better ones first."""
OPTIONS: dict[str, tuple[Any, ...]] = {
    "name": (
        "vendor-class-identifier", "own", "routers", "vendor-encapsulated-options",
        "vivso-suboptions", "dhcp-agent-options", "circuit-id", "tftp-servers", "inner", "",
    ),
    "code": (60, 230, 3, 43, 125, 82, 1, 2, 0, 255, 150),
    "space": ("dhcp4", "mine", "vendor-4491", "dhcp-agent-options-space", "x y"),
    "client-class": ("one", "ALL", ""),
}  # fmt: skip
"""What entries of flex_option are about, by key; the file may define ``own`` and ``inner``."""
DEFINITIONS = [
    {"name": "own", "code": 230, "type": "string", "encapsulate": "mine"},
    {"name": "inner", "code": 1, "type": "uint8", "space": "mine"},
]


def drawn_loggers(random: Random) -> list[Node]:
    """Draw ``loggers``; ``kea-dhcp4 -T`` does not read them."""
    return _Draw(random).parts("logger")


def drawn_file(random: Random) -> Node:
    """Draw the body of a ``Dhcp4`` map; about half of them are right."""
    return _Draw(random).file()


class _Draw:
    """Draws one file; `slips` is how many wrong things it may still put in."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.slips = random.choice((0, 0, 1, 1, 2))

    def slip(self) -> bool:
        """Whether to do the next thing wrong."""
        if self.slips and self.random.random() < 0.2:
            self.slips -= 1
            return True
        return False

    def file(self) -> Node:
        body: Node = {}
        for key in self.random.sample(tuple(_PARTS), self.random.choice((1, 1, 2))):
            body[key] = _PARTS[key](self)
        if self.random.random() < 0.3:
            body["option-def"] = DEFINITIONS
        if self.random.random() < 0.1:
            body["multi-threading"] = {"enable-multi-threading": self.random.random() < 0.5}
        return body

    def part(self, name: str) -> Node:
        whole = schema.schema("dhcp4")
        return self.object(whole["$defs"][name], whole, name)

    def parts(self, name: str) -> list[Node]:
        return [self.part(name) for _ in range(self.random.choice((1, 1, 2)))]

    def sockets(self) -> list[Node]:
        return [_of_its_kind(self, socket) for socket in self.parts("control-socket")]

    def database(self) -> Node:
        database = self.part("database")
        if not self.slip():
            database["type"] = "memfile"
        return database

    def hooks(self) -> list[Node]:
        return [self.hook() for _ in range(self.random.choice((1, 1, 2)))]

    def hook(self) -> Node:
        whole = schema.schema("hooks")
        known = [name for name in whole["$defs"] if name.startswith("libdhcp_")]
        library = self.random.choice((*known, *known, HA, HA, *LIBRARIES))
        hook: Node = {"library": library}
        if library == "libdhcp_run_script.so":
            hook["parameters"] = {"name": HOOK_SCRIPT, "sync": False}
        elif library in known:
            hook["parameters"] = self.object(whole["$defs"][library], whole, library)
        elif library == HA:
            ha = schema.schema("ha")
            hook["parameters"] = self.object(ha, ha, library)
        elif self.random.random() < 0.3:
            hook["parameters"] = {"x": 1}
        if self.slip():
            hook["parameters"] = self.random.choice(WRONG)
        return hook

    def object(self, node: Node, whole: Node, name: str) -> Node:
        properties = dict(node["properties"])
        for rule in node.get("allOf", ()):
            properties |= rule.get("then", {}).get("properties", {})
        usual = [*node.get("required", ()), *USUAL.get(name, ())]
        free = [key for key in properties if key not in LEFT_OUT]
        chosen = [
            *usual,
            *self.random.sample(free, min(len(free), self.random.choice((0, 1, 2, 3)))),
        ]
        made: Node = {}
        for key in dict.fromkeys(chosen):
            if key in usual and self.slip():
                continue
            wrong = self.slip() and key not in THREADS
            if wrong:
                made[key] = self.random.choice(WRONG)
            elif name.startswith("flex-") and key in OPTIONS:
                made[key] = self.random.choice(OPTIONS[key])
            else:
                made[key] = self.value(properties[key], whole, key)
        if self.slip():
            made["bogus"] = 1
        return made

    def value(self, node: Node, whole: Node, key: str) -> Any:
        if "$ref" in node:
            name = node["$ref"].rpartition("/")[2]
            inner = whole["$defs"][name]
            return (
                self.object(inner, whole, name)
                if "properties" in inner
                else self.value(inner, whole, key)
            )
        if "enum" in node or "const" in node:
            return self.random.choice(tuple(node.get("enum", (node.get("const"),))))
        kind = node.get("type")
        if kind == "array":
            number = self.random.choice((1, 1, 2, 0 if self.slips else 1))
            return [
                self.value(node.get("items", {"type": "string"}), whole, key) for _ in range(number)
            ]
        if kind == "object":
            return self.object(node, whole, key) if "properties" in node else {}
        if kind == "boolean":
            return self.random.random() < 0.5
        if key in THREADS:
            return self.random.choice((1, 2))
        if kind in ("integer", "number"):
            low, high = node.get("minimum", 0), node.get("maximum", 1 << 31)
            edges = (low, high, low - 1, high + 1) if self.slips else ()
            return self.random.choice((max(low, 1), max(low, min(high, 60)), *edges))
        texts = TEXTS.get(key, ("a", "b"))
        return self.random.choice(texts if self.slips else texts[:2])


USUAL = {
    "control-socket": ("socket-type",),
    "interfaces-config": ("interfaces",),
    "libdhcp_flex_id.so": ("identifier-expression",),
    "libdhcp_flex_option.so": ("options",),
    "libdhcp_lease_query.so": ("requesters",),
    "logger": ("severity", "output-options"),
    "flex-option": ("name", "add"),
    "flex-sub-option": ("code", "add"),
}
"""Keys that nearly every part of a kind has, by the name of its definition."""


def _of_its_kind(draw: _Draw, socket: Node) -> Node:
    """Give a socket the keys of its type, and take away those of the other."""
    if draw.slip():
        return socket
    if socket.get("socket-type") == "unix":
        socket.setdefault("socket-name", draw.random.choice(TEXTS["socket-name"][:3]))
        return {
            k: v
            for k, v in socket.items()
            if k in ("socket-type", "socket-name", "comment", "bogus")
        }
    socket.pop("socket-name", None)
    return socket


_PARTS = {
    "control-sockets": _Draw.sockets,
    "interfaces-config": lambda draw: draw.part("interfaces-config"),
    "lease-database": _Draw.database,
    "hooks-libraries": _Draw.hooks,
}
