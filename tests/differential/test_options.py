"""Real Kea is the judge of options, in both directions: every definition, type, space and scope."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from keaprov import lint, schema
from keaprov.errors import Severity
from keaprov.lint.definitions import Definition, builtin, standard
from keaprov.lint.option_defs import FIELDS, TYPES
from tests.differential.daemon import Kea
from tests.differential.draws import CASES, SEED

pytestmark = pytest.mark.lab

TEXTS = (
    "172.20.10.254", "172.20.10.254, 172.20.10.253", "172.20.10.300", "1.2.3", "2001:db8::1",
    "2001:db8::1, ::2", "2001:db8::/32", "2001:db8::/129", "2001:db8::", "10.0.0.0/8", "1", "0",
    "-1", "127", "-128", "-129", "255", "256", "65535", "65536", "4294967295", "4294967296",
    "99999999999999999999", "true", "false", "TRUE", "yes", "2", "+5", "0x10", "ff", "0xg", "01",
    "00", "example.org", "example.org.", "example.org, example.net", "a b", "example..org", ".",
    "x" * 63, "x" * 64, "x" * 300, ".".join(["x" * 60] * 5), "é", r"a\.b", r"a\b", r"a\046", "@",
    "0a0b", "0a0", "0x0a", "0a:0b", "0a 0b", "xyz", "", " ", ",", " , ", ",3", "3,", "1,,2",
    "1, 2", "1,2,3", "1, 172.20.10.1", "true, 172.20.10.1", "true, a", "a,b", r"a\,b", "a\\",
    "0, 0, 0, example.org", "4, 1, 1, example.org", "9, 0, 0, example.org", "1, 0, 0, a.b.",
    "1, 10.0.0.1, 10.0.0.2, example.org", "1, 1, 2001:db8::, 10.0.0.1", "8, 3/4", "1, 0/0",
    "1, 16/4", "1, 15/4", "1, 1/17", "3/4", "0/0", "4491", "4491, 0103616263", "4491, 03616263",
    "10.0.0.0/8 - 10.1.1.1", "0.0.0.0/0 - 10.1.1.1, 10.2.0.0/16 - 10.1.1.2",
    "10.0.0.0/33 - 1.1.1.1",
    "10.0.0.0 - 10.1.1.1", "10.0.0.0/8-10.1.1.1", "1, a.example", "1, a.example, 10.0.0.1",
    "1, a.example., 10.0.0.1 10.0.0.2, alpn=dot port=8530",
    r"1, a.example., 10.0.0.1, alpn=dot\,h2 dohpath=/q{?dns} | 2, b.example.",
    "1, a.example., 10.0.0.1, alpn=h2", "1, a.example., 10.0.0.1, port=70000", "-1, a.example",
    "1, a.example., 10.0.0.1, ech=1", "1, a.example., , port=1", "1, 2, 3, 4, 5", "'text'",
    "32, 32, 24, 10.0.0.0, 2001:db8::/32", "10.0.0.1, 2001:db8::/32", "1, 2, 3",
)  # fmt: skip
OCTETS = (
    "", "00", "01", "02", "0a0b", "0x0a", "0X0a", "0xa", "0a:0b", "0a b", "0a:", " 0a", "0a ", "a",
    "0102030", "'text'", "''", "' '", "xyz", "0a0b0c", "ac140afe", "ac140afeac140afd",
    "20010db8000000000000000000000001", "00000000", "0000", "07657861 6d706c65", "0161", "016100",
    "01610162c000", "0161000162c000", "0161c000", "000000", "0000000161", "040000016100",
    "0400000161", "09000000", "00000061", "18ac1401ac140afe", "00ac140afe", "21ac140afe", "0361",
    "0003616263", "000361", "0000118b", "0000118b03616263", "0000118b0101", "0000118b03010105",
    "0000118b06020401020304", "0000118b0502030102", "0000118b0000", "2020010db8", "8100", "00ff",
    "0104c0000201", "0103c00002", "ff", "00ff0104", "0104c0", "01000203ac", "0100026100ff",
    "0101", "02020a0b", "0504ac140afe", "0503ac140a", "0600", "0601", "060100", "01" * 300,
    "000501000161000104ac140afe", "00050001016100", "0008000103016100", "0006000103016100",
    "0b0001030161000" + "4ac140afe", "000c00010301610004ac140afe0003", "2020" + "20010db8" * 4,
)  # fmt: skip


@pytest.fixture(scope="module")
def kea() -> Iterator[Kea]:
    kea = Kea()
    with kea.running:
        yield kea


def disagreements(kea: Kea, bodies: Iterable[dict[str, Any]]) -> list[str]:
    """Return what one of the two refuses and the other takes, with the reasons."""
    wrong, counted = [], Counter[str]()
    for body in bodies:
        refused = kea.refusal(body)
        problems = [*schema.dhcp4_problems(body, ("Dhcp4",)), *lint.lint_dhcp4(body)]
        errors = [problem for problem in problems if problem.severity is Severity.ERROR]
        counted["Kea refuses" if refused else "Kea takes"] += 1
        if refused and not errors:
            wrong.append(f"passes, but Kea refuses: {json.dumps(body)}\n  {refused[-200:]}")
        if errors and not refused:
            reasons = "; ".join(f"{error.code} {error.message}" for error in errors)
            wrong.append(f"refused, but Kea takes it: {json.dumps(body)}\n  {reasons}")
    print(dict(counted))
    assert counted["Kea takes"] and counted["Kea refuses"]
    return wrong


def drawn(every: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Draw some of many bodies, the same for the same seed."""
    bodies = list(every)
    return random.Random(SEED).sample(bodies, min(CASES, len(bodies)))


def reachable() -> list[Definition]:
    """Return Kea's definitions that an option of DHCPv4 can have."""
    known = dict.fromkeys(builtin().values())
    return [entry for entry in known if entry.space != "dhcp6" and entry.code < 256] + [
        entry for entry in standard() if entry.code == 43
    ]


def values(name: str, space: str, code: int) -> Iterator[dict[str, Any]]:
    """Yield an option with every value, by its name or its code."""
    where = {} if space == "dhcp4" else {"space": space}
    for index, text in enumerate(TEXTS):
        key: dict[str, Any] = {"name": name} if index % 2 else {"code": code}
        yield {**where, **key, "data": text}
    for text in OCTETS:
        yield {**where, "name": name, "data": text, "csv-format": False}
    yield {**where, "name": name}
    yield {**where, "name": name, "never-send": True}
    yield {**where, "code": code, "never-send": True, "data": "x"}


def alone(option: dict[str, Any], index: int = 0) -> dict[str, Any]:
    """Return a body with an option in one of the scopes."""
    subnet = {"id": 1, "subnet": "172.20.10.0/24"}
    pool = {"pool": "172.20.10.1-172.20.10.9", "option-data": [option]}
    host = {"hw-address": "00:11:22:33:44:55", "option-data": [option]}
    return (
        {"option-data": [option]},
        {"subnet4": [{**subnet, "option-data": [option]}]},
        {"client-classes": [{"name": "a", "option-data": [option]}]},
        {"shared-networks": [{"name": "a", "option-data": [option]}]},
        {"subnet4": [{**subnet, "pools": [pool]}]},
        {"subnet4": [{**subnet, "reservations": [host]}]},
        {"shared-networks": [{"name": "a", "subnet4": [{**subnet, "option-data": [option]}]}]},
    )[index % 7]


def test_every_value_of_every_definition(kea: Kea) -> None:
    every = (
        option for entry in reachable() for option in values(entry.name, entry.space, entry.code)
    )
    wrong = disagreements(kea, drawn(alone(option, at) for at, option in enumerate(every)))
    assert not wrong, "\n".join(wrong[:20])


def own_definitions() -> Iterator[dict[str, Any]]:
    """Yield definitions of every type, alone, as an array, and in records."""
    for kind, array in itertools.product((*TYPES, "x"), (False, True)):
        yield {"type": kind, "array": array}
    for first, last in itertools.product((*FIELDS, "empty", "internal", "x"), repeat=2):
        yield {"type": "record", "record-types": f"{first}, {last}"}
        yield {"type": "record", "record-types": f"{first},{last}", "array": True}
    yield {"type": "record", "record-types": "uint8"}
    yield {"type": "uint8", "record-types": "uint8"}
    yield {"type": "record", "record-types": "uint8,, uint8 ,"}
    for kind in TYPES:
        yield {"type": kind, "encapsulate": "inner"}


def test_every_type_of_ones_own(kea: Kea) -> None:
    every = []
    for shape in own_definitions():
        definition = {"name": "mine", "code": 224, **shape}
        inner = {"name": "in", "code": 1, "space": "inner", "type": "ipv4-address"}
        every += [
            {"option-def": [definition, inner], **alone(option, at)}
            for at, option in enumerate(values("mine", "dhcp4", 224))
        ]
    wrong = disagreements(kea, drawn(every))
    assert not wrong, "\n".join(wrong[:20])


RIGHT: tuple[dict[str, Any], ...] = (
    {"name": "routers", "code": 3},
    {"name": "vendor-encapsulated-options", "code": 43},
    {"name": "cablelabs-client-conf", "code": 122},
    {"name": "mine", "code": 224},
    {"name": "mine", "code": 1, "space": "vendor-9"},
    {"name": "in", "code": 1, "space": "inner"},
    {"name": "in", "code": 1, "space": "vendor-encapsulated-options-space"},
    {"name": "tftp-servers", "code": 2, "space": "vendor-4491"},
    {"name": "oro", "code": 1, "space": "docsis3-v4"},
    {"name": "circuit-id", "code": 1, "space": "dhcp-agent-options-space"},
    {"name": "tsp-realm", "code": 4, "space": "cablelabs-client-conf"},
    {"name": "s46-portparams", "code": 93, "space": "s46-rule-options"},
)
"""Options that there are, or that the site may define."""
SPACES = (
    "dhcp4", "dhcp6", "vendor-4491", "vendor-04491", "vendor-9", "vendor-", "vendor--1", "mine",
    "last-resort-v4", "4o6", "", "-x", "a b", "inner",
)  # fmt: skip
NAMES = ("mine", "routers", "oro", "in", "a b", "Routers", "-x", "")
CODES = (0, 1, 2, 3, 43, 82, 93, 122, 150, 224, 254, 255)


def test_kea_has_these_definitions(kea: Kea) -> None:
    spaces = sorted({entry.space for entry in reachable()} | {"vendor-4491", "mine", "dhcp4"})
    every = [
        alone({"space": space, "code": code, "csv-format": True, "never-send": True})
        for space, code in itertools.product(spaces, range(256))
    ]
    every += [
        alone({"space": entry.space, "code": entry.code, "name": entry.name, "never-send": True})
        for entry in reachable()
    ]
    wrong = disagreements(kea, every)
    assert not wrong, "\n".join(wrong[:20])


def test_names_codes_and_spaces(kea: Kea) -> None:
    chance = random.Random(SEED)
    every = [_mixed(chance) for _ in range(CASES)]
    wrong = disagreements(kea, every)
    assert not wrong, "\n".join(wrong[:20])


def _mixed(chance: random.Random) -> dict[str, Any]:
    """Draw definitions and options: globally, in a class, and elsewhere."""
    body = alone(_option(chance), chance.randrange(7))
    own: dict[str, Any] = {}
    if chance.random() < 0.7:
        own["option-def"] = [_definition(chance) for _ in range(chance.choice((1, 1, 2)))]
    if chance.random() < 0.5:
        of_class = {"name": "b", "option-data": [_option(chance)]}
        if chance.random() < 0.7:
            of_class["option-def"] = [_definition(chance, chance.random() < 0.8)]
        own["client-classes"] = [of_class]
    return {**body, **own}


def _definition(chance: random.Random, of_class: bool = False) -> dict[str, Any]:
    made = dict(chance.choice(RIGHT[3:7]))
    if of_class:
        made = {"name": chance.choice(NAMES[:2]), "code": chance.choice((43, 224, 224, 254))}
    made["type"] = chance.choice(("ipv4-address", "uint8", "string", "empty"))
    _spoil(chance, made)
    if chance.random() < 0.2:
        made["encapsulate"] = chance.choice(("inner", "inner", "dhcp4", "mine", "-x", ""))
    return made


def _option(chance: random.Random) -> dict[str, Any]:
    made = dict(chance.choice(RIGHT))
    if chance.random() < 0.6:
        del made[chance.choice(("name", "code"))]
    made["data"] = chance.choice(("172.20.10.1", "1", "ac140a01", "", "'a'"))
    _spoil(chance, made)
    for key, share in (("csv-format", 0.4), ("never-send", 0.2), ("always-send", 0.2)):
        if chance.random() < share:
            made[key] = chance.random() < 0.5
    if chance.random() < 0.2:
        del made["data"]
    return made


def _spoil(chance: random.Random, made: dict[str, Any]) -> None:
    """Put another name, code or space in, now and then."""
    for key, others in (("name", NAMES), ("code", CODES), ("space", SPACES)):
        if chance.random() < 0.1:
            made[key] = chance.choice(others)
