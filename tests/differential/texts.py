"""Kea files as text: one configuration, written in every way that Kea's lexer may take or refuse.

The values are right; only the writing differs. So the lexer and the grammar decide.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

BODY: dict[str, Any] = {
    "interfaces-config": {
        "interfaces": [], "dhcp-socket-type": "udp", "outbound-interface": "use-routing",
        "re-detect": False, "service-sockets-max-retries": 2, "service-sockets-require-all": False,
    },
    "lease-database": {"type": "memfile", "persist": False, "lfc-interval": 3600},
    "control-sockets": [
        {"socket-type": "unix", "socket-name": "a.sock"},
        {
            "socket-type": "http", "socket-address": "127.0.0.1", "socket-port": 8000,
            "authentication": {
                "type": "basic", "realm": "kea", "clients": [{"user": "u", "password": "p-1"}],
            },
        },
    ],
    "host-reservation-identifiers": ["hw-address", "duid", "flex-id"],
    "option-def": [
        {"name": "mine", "code": 225, "type": "record", "record-types": "uint8, string",
         "space": "dhcp4", "array": False},
    ],
    "option-data": [
        {"name": "routers", "data": "10.0.0.1", "always-send": True, "csv-format": True},
        {"code": 6, "data": "10.0.0.2"},
    ],
    "expired-leases-processing": {"reclaim-timer-wait-time": 10, "max-reclaim-leases": 100},
    "client-classes": [
        {"name": "one", "test": "member('KNOWN')", "only-if-required": True,
         "option-data": [{"name": "domain-name", "data": "example.org"}], "valid-lifetime": 600},
    ],
    "subnet4": [
        {
            "id": 1, "subnet": "10.0.0.0/24", "relay": {"ip-addresses": ["10.0.0.254"]},
            "pools": [{"pool": "10.0.0.10 - 10.0.0.20", "option-data": [], "client-class": "one"}],
            "reservations": [
                {"hw-address": "00:11:22:33:44:55", "ip-address": "10.0.0.30", "hostname": "a",
                 "client-classes": ["one"], "option-data": [], "next-server": "10.0.0.5"},
                {"duid": "01:02:03", "hostname": "b"},
            ],
            "option-data": [{"name": "time-offset", "data": "0"}], "t1-percent": 0.5,
            "user-context": {"vlan": 10, "note": ["a", None, {"b": 1.5, "c": True}]},
        },
    ],
    "shared-networks": [
        {"name": "net", "authoritative": True,
         "subnet4": [{"id": 2, "subnet": "10.0.1.0/24"}, {"id": 3, "subnet": "10.0.2.0/24"}]},
    ],
    "dhcp-ddns": {"enable-updates": False, "ncr-protocol": "UDP", "ncr-format": "JSON",
                  "server-ip": "127.0.0.1", "server-port": 53001},
    "ddns-replace-client-name": "when-present",
    "sanity-checks": {"lease-checks": "fix-del", "extended-info-checks": "strict"},
    "loggers": [
        {"name": "kea-dhcp4", "severity": "INFO", "debuglevel": 0,
         "output-options": [{"output": "stdout", "flush": True, "maxsize": 10}]},
    ],
    "dhcp-queue-control": {"enable-queue": False, "queue-type": "kea-ring4", "capacity": 64},
    "multi-threading": {"enable-multi-threading": True, "thread-pool-size": 2},
    "compatibility": {"lenient-option-parsing": True, "ignore-rai-link-selection": False},
    "hooks-libraries": [
        {"library": "libdhcp_lease_cmds.so", "parameters": {"any": [1, 2.5, "x", {"y": None}]}},
    ],
    "user-context": {"free": {"deep": [[1], [2, 3]], "text": "x/y"}},
    "valid-lifetime": 4000,
    "t1-percent": 0.5,
    "cache-threshold": 0.25,
    "authoritative": False,
    "hostname-char-set": "[^A-Za-z0-9.-]",
    "server-tag": "here",
    "next-server": "10.0.0.9",
    "decline-probation-period": 86400,
    "comment": "top",
}  # fmt: skip
"""A body of a ``Dhcp4`` map that Kea takes, with maps of every kind."""
SPACES = ("", " ", "\t", "\n", "\r\n", "\n\n  ")
STRANGE_SPACES = ("\f", "\v", "\u00a0", "\x00", "\u2028", "\ufeff", "\x1f")
COMMENTS = (
    "// a\n", "# a\n", "/* a */", "/* a\n b */", "/**/", "/***/", "/* // */", "// /*\n", '# "\n',
    "/* <?include */", "//\n", "#\r\n", "// é ü\n", "/* \x01\t */", "# \x00 \f\n", "#// # //\n",
    '// <?include "none"?>\n', "/* * / */", "/* /* */",
)  # fmt: skip
STRANGE_COMMENTS = ("/*", "/* a * /", "*/", "/", "; a\n", "-- a\n", "/*/", "<!-- a -->", "/* */ */")
COMMAS = (",", ",,", " , ", ",\n,\t,")
INTEGERS = ("{0}", "0{0}", "00{0}", "-0{0}", "+{0}", "{0}.0", "{0}.", "{0}e0", "{0}E+0", "0x{0:x}",
            "{0}e-0", "{0}.0e0", "{0}L", '"{0}"', "-{0}", "{0} {0}", "{0}_0", "9223372036854775808",
            "-9223372036854775809",
            "1e400", "1e-400", "0{0}.5")  # fmt: skip
FLOATS = ("{0}", "{0}0", "+{0}", ".5", "5e-1", "0.5e0", "50.E-2", "00.5", "0,5", "1", ".",
          "0.5.5", "e5", "+", "-", "5e", ".5e", "nan", "inf", "Infinity", "1e-400", "0.5f",
          "0.2500000000000000000000000000000000001", ".e1", "5.e-1", "+.5", "--.5")  # fmt: skip
WORDS = ("{0}", "True", "TRUE", "yes", "null", "Null", "nil", "true false", "truex", "1", '"true"')
STRANGE_TEXTS = ("'{0}'", "{0}", '"{0}', '{0}"', '"{0}\n"', '"{0}\t"', '"{0}\x7f"', '"{0}\\x41"',
                 '"{0}\\u20ac"', '"{0}\\u00"', '"{0}\\ud83d\\ude00"', '"{0}\\"', '"{0}\\a"',
                 '"{0}" "{0}"', '"{0}\\u00G0"', '"{0}\x00"', "null", "5", "true")  # fmt: skip
BROKEN = ("{0}]", "{0}}}", "[{0}]", "{{{0}}}", "{0}:", ":{0}", "({0})", "{0},", ",{0}", "{0};")
INCLUDES = (
    '<?include "{0}"?>', '<? include "{0}" ?>', '<?\n include\n"{0}"\n?>', '<?include"{0}"?>',
    '<?include\t"{0}"\r\n?>',
)  # fmt: skip
STRANGE_INCLUDES = (
    '<?include "{0}">', '<?include {0}?>', '<?Include "{0}"?>', "<?include '{0}'?>",
    '<?include "{0}" // a\n?>', '<?include\f"{0}"?>', '<?include /* a */ "{0}"?>', '<?include ""?>',
    '< ?include "{0}"?>', '<?include "{0}"', '<?includes "{0}"?>', '<?include "none"?>',
    '<?include "{0}"? >', '<?include "{0}" "{0}"?>',
)  # fmt: skip


@dataclass
class Written:
    """A Kea file as text: `files` has what it includes, by name; `kinds` says what is unusual."""

    text: str = ""
    files: dict[str, str] = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)


def written(random: Random) -> Written:
    """Draw a file: some keys of `BODY`, written in a few unusual ways."""
    keys = random.sample(list(BODY), random.randint(1, 5))
    body = {"lease-database": BODY["lease-database"], **{key: BODY[key] for key in keys}}
    if "shared-networks" in body or "subnet4" in body:
        body["client-classes"] = BODY["client-classes"]
    return _Writer(random).whole({"Dhcp4": body})


class _Writer:
    """Writes values; `chance` is how often it does so in an unusual way."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.made = Written()
        self.chance = random.choice((0.01, 0.03, 0.1))
        self.wrong = random.choice((0, 0, 1))

    def unusual(self) -> bool:
        return self.random.random() < self.chance

    def slip(self) -> bool:
        """Whether to write the next thing in a way that may be wrong: once in a file."""
        if self.wrong and self.random.random() < self.chance / 2:
            self.wrong -= 1
            return True
        return False

    def pick(self, kind: str, ways: tuple[str, ...]) -> str:
        way = self.random.choice(ways)
        self.made.kinds.append(f"{kind} {way!r}")
        return way

    def whole(self, value: Any) -> Written:
        text = self.space() + self.value(value) + self.space()
        if self.slip():
            text = self.pick(
                "around", ("\ufeff{0}", "{0}{0}", "", "{0},", "[{0}]", "{0} x")
            ).replace("{0}", text)
        self.made.text = text
        return self.made

    def space(self) -> str:
        text = self.random.choice(SPACES) if self.unusual() else " "
        if self.slip():
            text += self.pick("space", STRANGE_SPACES + STRANGE_COMMENTS)
        if self.unusual():
            text += self.pick("comment", COMMENTS)
        return text

    def value(self, value: Any) -> str:
        text = self.space() + self.bare(value) + self.space()
        if self.unusual():
            text = self.include(text)
        if self.slip():
            text = self.pick("broken", BROKEN).format(text)
        return text

    def include(self, text: str) -> str:
        strange = self.slip()
        name = f"part{len(self.made.files)}.json"
        if strange and self.random.random() < 0.3:
            text = "\ufeff" + text
        self.made.files[name] = text
        ways = STRANGE_INCLUDES if strange else INCLUDES
        return self.pick("include", ways).format(name)

    def bare(self, value: Any) -> str:
        if isinstance(value, dict):
            return self.joined("{", [self.entry(*entry) for entry in value.items()], "}")
        if isinstance(value, list):
            return self.joined("[", [self.value(inner) for inner in value], "]")
        if isinstance(value, str):
            return self.text(value)
        ways, kind = {
            bool: (WORDS, "word"),
            int: (INTEGERS, "integer"),
            float: (FLOATS, "float"),
        }.get(type(value), (WORDS, "word"))
        usual = json.dumps(value)
        if not self.unusual():
            return usual
        way = self.pick(kind, ways)
        return way.format(value if kind == "integer" else usual)

    def entry(self, key: str, value: Any) -> str:
        text = f"{self.space()}{self.text(key)}{self.space()}:{self.value(value)}"
        if self.slip():
            other = ("{0},{0}", "{0} {0}", '{0}, "x-mine": 1', '"{1}" {0}', "{0}: 1", '{0}, "": 1')
            text = self.pick("entry", other).replace("{0}", text).replace("{1}", key)
        return self.include(text) if self.unusual() else text

    def text(self, value: str) -> str:
        if self.slip():
            return self.pick("text", STRANGE_TEXTS).format(value)
        if value and self.unusual():
            return self.escaped(value)
        return json.dumps(value)

    def escaped(self, value: str) -> str:
        """Write one character of a text as an escape."""
        at = self.random.randrange(len(value))
        way = self.random.choice(("\\u{0:04x}", "\\u{0:04X}"))
        escape = "\\/" if value[at] == "/" else way.format(ord(value[at]))
        text = f'"{value[:at]}{escape}{value[at + 1 :]}"'
        self.made.kinds.append(f"escape {text}")
        return text

    def joined(self, start: str, parts: list[str], end: str) -> str:
        text = ""
        for number, part in enumerate(parts):
            last = number == len(parts) - 1
            text += part
            if last and not self.unusual():
                continue
            text += self.pick("comma", COMMAS) if self.unusual() or last else ","
            if not last and self.slip():
                text = text.rstrip(", \n\t")
                self.made.kinds.append("comma missing")
        if self.slip():
            text = self.pick("comma first", COMMAS) + text
        return f"{start}{text}{end}"
