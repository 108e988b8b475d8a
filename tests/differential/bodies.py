"""Bodies of ``Dhcp4`` maps, right and slightly wrong, drawn from the schema of Kea's vocabulary."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from keaprov import schema
from keaprov.lint.definitions import standard
from keaprov.lint.option_defs import TYPES

ROOT = schema.schema("dhcp4")
LEFT_OUT = frozenset((
    # keaprov's own, and what needs another daemon, a library or a file that is not there
    "control-socket", "control-sockets", "hooks-libraries", "user-context", "interfaces-config",
    "hosts-database", "hosts-databases", "config-control", "loggers", "lease-database",
    "trust-anchor", "cert-file", "key-file", "interface", "4o6-interface", "4o6-interface-id",
    "4o6-subnet",
))  # fmt: skip
WRONG: tuple[Any, ...] = ("x", -1, 4294967296, 1.5, True, [], {}, "", None)
NETWORKS = (
    "172.20.10.0/24", "172.20.11.0/24", "172.20.10.128/25", "10.0.0.0/8", "192.0.2.0/30",
    "192.0.2.9/32", "172.20.12.0/23", "172.20.10.0", "172.20.10.0/33", "300.1.1.0/24", "x/24",
    "172.20.10.7/24", "2001:db8::/64", " 172.20.13.0/24", "0.0.0.0/0",
)  # fmt: skip
GOOD_NETWORKS = 7
ADDRESSES = (
    "172.20.10.5", "172.20.10.6", "172.20.10.100", "172.20.10.254", "172.20.11.5", "10.1.1.1",
    "192.0.2.1", "192.0.2.9", "0.0.0.0", "255.255.255.255", "1.2.3", "172.20.10.300", "x", "",
    "2001:db8::1", " 172.20.10.7",
)  # fmt: skip
IDENTIFIERS = (
    "00:11:22:33:44:55", "00:11:22:33:44:56", "00:11:22:AA:bb:cc", "0:1:2:3:4:5", "001122334455",
    "0x001122334455", "'text'", "00 11 22 33 44 55", "00:11:22", "01", "1", "zz:11", "", "''",
    "00-11-22-33-44-55", "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33:44", "0x",
    ":00:11", "00::11", "001:22",
)  # fmt: skip
NAMES = ("a", "b", "host.example.org", "a_b", "-x", "", "x" * 64, "a..b", "é")
POOLS = (
    "172.20.10.100 - 172.20.10.199", "172.20.10.100-172.20.10.199", "172.20.10.150 - 172.20.10.160",
    "172.20.10.128/25", "172.20.10.64/26", "172.20.11.1 - 172.20.11.9", "10.0.1.0/24",
    "192.0.2.1 - 192.0.2.2", "172.20.10.0/24", "172.20.10.9 - 172.20.10.5", "172.20.10.5",
    "172.20.10.5 172.20.10.9", "x - y", "", "172.20.10.1 - 172.20.10.2 - 172.20.10.3",
    "172.20.10.130/25", "172.20.10.0 / 26", " 172.20.10.5 - 172.20.10.6 ", "172.20.10.5 -",
    "172.20.10.0/0", "172.20.10.0/32", "192.0.2.9 - 192.0.2.9",
)  # fmt: skip
DATA = (
    "172.20.10.254", "172.20.10.254, 172.20.10.253", "1", "0", "-1", "255", "256", "65536",
    "4294967296", "true", "false", "example.org", "example.org, example.net", "0a0b", "0x0a", "xyz",
    "", " ", "172.20.10.300", "1, 2", "1, 172.20.10.1", "a,b", "0, 1, 2, example.org", "'quoted'",
    "2001:db8::1", "1, 1, 2001:db8::, 10.0.0.1", "10.0.0.0/8 - 10.1.1.1", "a\\,b", "3,", ",3", "é",
    "x" * 300, "+5", "0x10", "TRUE", "example..org", "1.2.3.4.5", "01", "1 2", "0/0", "3/4", "a b",
)  # fmt: skip
OPTIONS = tuple(entry.name for entry in standard()) + ("routers",) * 30 + (
    "infra.labo", "mine", "rooters", "domain-name",
)  # fmt: skip
CLASSES = ("one", "two", "KNOWN", "ALL", "HA_dhcp1", "VENDOR_CLASS_x", "")
TESTS = ("member('one')", "member('three')", "member('ALL')", "option[61].hex == 0x01")
SEMANTIC: dict[str, tuple[Any, ...]] = {
    "subnet": NETWORKS,
    "pool": POOLS,
    "ip-address": ADDRESSES,
    "next-server": ADDRESSES,
    "ip-addresses": ADDRESSES,
    "server-ip": ADDRESSES,
    "sender-ip": ADDRESSES,
    "hw-address": IDENTIFIERS,
    "client-id": IDENTIFIERS,
    "duid": IDENTIFIERS,
    "circuit-id": IDENTIFIERS,
    "flex-id": IDENTIFIERS,
    "hostname": NAMES,
    "data": DATA,
    "space": ("dhcp4",) * 6 + ("mine", "vendor-4491", "vendor-encapsulated-options-space", ""),
    "record-types": ("uint8, string", "ipv4-address, fqdn", "uint8", "uint8, x", "", "x,y"),
    "encapsulate": ("mine", "dhcp4", ""),
    "test": TESTS,
    "template-test": ("substring(option[61].hex, 0, 3)",),
    "client-class": CLASSES,
    "client-classes": CLASSES,
    "require-client-classes": CLASSES,
    "evaluate-additional-classes": CLASSES,
    "hostname-char-set": ("[^A-Za-z0-9.-]", "", "[", "x"),
    "queue-type": ("kea-ring4", "x"),
    "server-hostname": ("a", "x" * 63, "x" * 64, "x" * 300, ""),
    "boot-file-name": ("a", "x" * 127, "x" * 128, "x" * 300, ""),
    "comment": ("a", ""),
}


def bodies() -> st.SearchStrategy[dict[str, Any]]:
    """Return bodies with a few keys in every scope; about half of them are right."""
    return st.composite(_body)()


def _body(draw: Any) -> dict[str, Any]:
    slips = draw(st.sampled_from((0, 0, 1, 2)))
    made = _Maker(draw, slips)
    body: dict[str, Any] = made.object(ROOT, "global", keys=draw(st.integers(0, 6)))
    if draw(st.booleans()):
        subnets = [made.subnet(index) for index in range(draw(st.integers(1, 3)))]
        body["subnet4"] = subnets
    return body


class _Maker:
    """Draws values; `slips` is how many wrong things it may still put in."""

    def __init__(self, draw: Any, slips: int) -> None:
        self.draw = draw
        self.slips = slips

    def slip(self) -> bool:
        """Whether to do the next thing wrong."""
        if self.slips and self.draw(st.integers(0, 5)) == 0:
            self.slips -= 1
            return True
        return False

    def pick(self, values: tuple[Any, ...]) -> Any:
        return self.draw(st.sampled_from(values))

    def subnet(self, index: int) -> dict[str, Any]:
        subnet: dict[str, Any] = self.object(ROOT["$defs"]["subnet4"], "subnet4", keys=4)
        if not self.slip():
            subnet["id"] = index + 1
        good = (NETWORKS[index],) * 3 + NETWORKS[index + 3 : GOOD_NETWORKS]
        subnet["subnet"] = self.pick(NETWORKS if self.slip() else good)
        return subnet

    def object(self, node: dict[str, Any], name: str, keys: int = 3) -> dict[str, Any]:
        known = [key for key in node["properties"] if key not in LEFT_OUT]
        chosen = [self.pick(tuple(known)) for _ in range(keys)]
        chosen = [*node.get("required", ()), *chosen]
        if name == "reservation" and not self.slip():
            chosen = ["hw-address", *(k for k in chosen if k not in _KINDS)]
        if name == "option-data":
            chosen = ["name", "data", *(k for k in chosen if k not in ("code", "csv-format"))]
            if self.slip():
                chosen = [self.pick(("code", "csv-format", "never-send")), *chosen]
        made = {}
        for key in dict.fromkeys(chosen):
            if key in node.get("required", ()) and self.slip():
                continue
            made[key] = (
                self.pick(WRONG) if self.slip() else self.value(node["properties"][key], key)
            )
        if self.slip():
            made[self.pick(("bogus", "option_data", "valid-lifetme"))] = 1
        return made

    def value(self, node: Any, key: str) -> Any:
        if "$ref" in node:
            name = node["$ref"].rpartition("/")[2]
            return self.object(ROOT["$defs"][name], name)
        if node.get("type") == "array":
            size = self.pick((1, 2, 1, 2, 3, 0))
            return [self.value(node["items"], key) for _ in range(size)]
        if "enum" in node or "const" in node:
            return self.pick(tuple(node.get("enum", (node.get("const"),))))
        if node.get("type") == "boolean":
            return self.draw(st.booleans())
        if node.get("type") == "integer":
            return self.integer(node, key)
        if node.get("type") == "number":
            return self.pick((0.0, 0.25, 0.5, 0.75, 1.0))
        if key == "name":
            return self.pick(OPTIONS)
        if key == "type":
            return self.pick((*TYPES, "x"))
        values = SEMANTIC.get(key, ("a", "b"))
        return self.pick(values if self.slips else values[: max(len(values) // 2, 1)])

    def integer(self, node: Any, key: str) -> int:
        if key == "code":
            return int(self.pick((3, 6, 224, 225, 254, 0, 255)))
        usual = (node["minimum"], 1, 2, 60, 300, 4000)
        return int(self.pick((*usual, node["maximum"]) if self.slips else usual[1:]))


_KINDS = ("hw-address", "client-id", "duid", "circuit-id", "flex-id")
