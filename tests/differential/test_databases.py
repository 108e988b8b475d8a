"""Real Kea judges databases of leases, hosts and configurations, of all its kinds.

``kea-dhcp4 -T`` connects to them after it has read their parameters. Nothing answers here: if it
says so, it has taken the parameters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from keaprov import schema
from tests.differential.draws import CASES, SEED
from tests.differential.judge import Verdict, refusals
from tests.differential.test_kea import alarms
from tests.differential.test_parts import errors_of
from tests.lab.workshop import workshop

pytestmark = pytest.mark.lab

SHARE = 4
"""A kea-dhcp4 starts for each file: of so many draws of another kind, one is drawn here."""
NO_ANSWER = re.compile(
    "Can't connect|connection to server|could not translate|Unknown (MySQL )?server host"
    "|could not connect|no password supplied"
)
"""What the clients of MySQL and PostgreSQL say where nothing answers."""
HOOKS = {"mysql": "libdhcp_mysql.so", "postgresql": "libdhcp_pgsql.so"}
KINDS = ("memfile", "mysql", "postgresql")
HERE = "127.0.0.1"
TEXTS: dict[str, tuple[str, ...]] = {
    "host": (HERE, "", "localhost"),
    "name": ("kea", "", "a b", "leases.csv"),
    "user": ("kea", "", "a b", "a=b"),
    "password": ("secret", "", "a b", "it's", "'a b'", " a", "a b='c", "1234", "a\\'b", "a\\"),
    "on-fail": ("stop-retry-exit", "serve-retry-exit", "serve-retry-continue", "Stop", ""),
    "cipher-list": ("AES", "", "a b"),
    "type": (*KINDS, "cql", "MySQL", ""),
}
FILES = ("trust-anchor", "cert-file", "key-file")
"""Kea reads them when it connects."""
ONCE_MORE = ("retry-on-startup", "max-reconnect-tries", "reconnect-wait-time", "connect-timeout")
"""Numbers by which Kea waits: they are small here."""
OF_ONE_KIND = (
    "readonly", "max-row-errors", "read-timeout", "write-timeout", "tcp-user-timeout", "ssl-mode",
)  # fmt: skip
"""Keys that are wrong for most kinds of databases."""
WRONG: tuple[Any, ...] = ("x", -1, 0, 65536, 4294967296, 1.5, True, None, [], {}, "")


def test_kea_takes_the_databases_that_check_takes() -> None:
    random = Random(SEED)
    verdicts = judged([drawn(random) for _ in range(CASES // SHARE)])
    taken = [not verdict.kea or bool(NO_ANSWER.search(verdict.kea)) for verdict in verdicts]
    wrong = [
        f"{json.dumps(verdict.body)}\n  Kea: {verdict.kea[:500]}\n  check: {verdict.errors}"
        for verdict, takes in zip(verdicts, taken, strict=True)
        if (not takes and not verdict.errors) or (takes and alarms(verdict))
    ]
    print(f"{len(verdicts)} files, seed {SEED}: Kea takes {sum(taken)}")
    assert sum(taken) > len(taken) / 4, "the files have to be right often enough to mean much"
    assert not wrong, f"{len(wrong)} disagreements\n" + "\n".join(wrong[:20])


def judged(bodies: Sequence[dict[str, Any]]) -> list[Verdict]:
    """Return the verdicts on bodies of a ``Dhcp4`` map in a kea-dhcp4.conf.

    Kea would have kea-admin make the tables, which hides why the first connection failed.
    """
    texts = [json.dumps({"Dhcp4": body}) for body in bodies]
    with workshop() as shop:
        (shop.root / "usr/sbin/kea-admin").unlink()
        reasons = refusals(shop, texts)
    return [
        Verdict(body, tuple(errors_of(text)), reason)
        for body, text, reason in zip(bodies, texts, reasons, strict=True)
    ]


def drawn(random: Random) -> dict[str, Any]:
    """Draw the body of a ``Dhcp4`` map with databases."""
    body: dict[str, Any] = {}
    for key in random.sample(tuple(PLACES), random.choice((1, 1, 1, 2))):
        body[key] = PLACES[key](random)
    if random.random() < 0.95:
        body["hooks-libraries"] = [{"library": library} for library in HOOKS.values()]
    return body


def database(random: Random, kinds: tuple[str, ...]) -> dict[str, Any]:
    """Draw a database."""
    properties = schema.schema("dhcp4")["$defs"]["database"]["properties"]
    made: dict[str, Any] = {"type": random.choice(kinds), "host": HERE, "name": "kea"}
    free = [key for key in properties if key not in (*made, *FILES)]
    for key in random.sample(free, random.choice((0, 1, 2, 3))):
        if key not in OF_ONE_KIND or random.random() < 0.3:
            made[key] = value(random, key, properties[key])
    if random.random() < 0.15:
        key = random.choice([*free, "type"])
        if key not in ONCE_MORE:
            made[key] = random.choice((*WRONG, *TEXTS.get(key, ())))
    if random.random() < 0.05:
        del made[random.choice(sorted(made))]
    if random.random() < 0.03:
        made["bogus"] = 1
    return made


def value(random: Random, key: str, node: dict[str, Any]) -> Any:
    if node.get("type") == "boolean":
        return key != "retry-on-startup" and random.random() < 0.5
    if key == "connect-timeout":
        return random.choice((0, 1, 1, 2147483647, 2147483648))
    if key in ONCE_MORE:
        return random.choice((0, 1))
    if node.get("type") == "integer":
        return random.choice((0, 1, 60, 2147483647, 2147483648, node["maximum"] + 1))
    return random.choice(TEXTS[key])


def of_control(random: Random) -> dict[str, Any]:
    """Draw ``config-control``."""
    made: dict[str, Any] = {
        "config-databases": [
            database(random, (*KINDS[1:], *KINDS)) for _ in range(random.choice((0, 1, 1, 2)))
        ]
    }
    if random.random() < 0.3:
        made["config-fetch-wait-time"] = random.choice((0, 30, 65535, 65536, "30"))
    return made


PLACES = {
    "lease-database": lambda random: database(random, KINDS),
    "hosts-database": lambda random: database(random, (*KINDS[1:], *KINDS)),
    "hosts-databases": lambda random: [
        database(random, (*KINDS[1:], *KINDS)) for _ in range(random.choice((0, 1, 1, 2)))
    ],
    "config-control": of_control,
}
