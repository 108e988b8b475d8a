"""Real Kea is the judge of live changes and of differences.

Configurations that Kea accepts, drawn from the schema: a live change from one to another has to
end where a start with the other begins, by Kea's own hash, and its way back where it came from;
and what Kea gives back of a configuration does not differ for it.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from keaprov.diff import Difference, differences
from keaprov.ha.commands import as_commanded, undo
from keaprov.ha.live import PARTS, Live, live
from keaprov.lint import lint_dhcp4
from keaprov.lint.daemon import MOST_THREADS
from tests.differential.daemon import Ask, daemon, rendered
from tests.differential.draws import CASES, SEED, drawn

pytestmark = pytest.mark.lab

QUIRKS = ("bogus", "option_data", "valid-lifetme")
"""Keys that `tests.differential.bodies` plants, and that Kea overlooks in some maps."""
MUCH = 4294967295
"""From here on Kea wraps numbers around, or rounds them."""


@pytest.fixture(scope="module")
def kea() -> Iterator[Ask]:
    with daemon() as ask:
        yield ask


@pytest.fixture(scope="module")
def accepted(kea: Ask) -> list[dict[str, Any]]:
    """The bodies that Kea takes."""
    taken = []
    for body in drawn(CASES):
        try:
            config = as_commanded(rendered(body))
        except (KeyError, TypeError, ValueError, AttributeError):
            continue  # not to be rendered, and refused by `check`
        if max(_numbers(config)) >= MUCH or _threads(config["Dhcp4"]) > MOST_THREADS:
            continue  # Kea starts all its threads, and ends if the system has no more (KP740)
        if any(problem.code == "KP431" for problem in lint_dhcp4(config["Dhcp4"])):
            continue  # Kea drops blanks in a prefix; a site has none
        if kea({"command": "config-set", "arguments": config})["result"] == 0:
            taken.append(config)
    assert len(taken) > CASES / 10
    return taken


def _threads(dhcp4: dict[str, Any]) -> int:
    settings = dhcp4.get("multi-threading")
    size = settings.get("thread-pool-size") if isinstance(settings, dict) else 0
    return size if isinstance(size, int) else 0


def _quirk(difference: Difference) -> bool:
    return difference.path[-1] in QUIRKS or max(_numbers([difference.actual, 0])) >= MUCH


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _numbers(part)
    elif isinstance(value, int | float):
        yield value


def test_what_kea_gives_back_is_no_difference(kea: Ask, accepted: list[dict[str, Any]]) -> None:
    wrong = []
    for config in accepted:
        kea({"command": "config-set", "arguments": config})
        running = kea({"command": "config-get"})["arguments"]["Dhcp4"]
        different = (part for part in differences(config["Dhcp4"], running) if not _quirk(part))
        wrong += [f"{difference}\n  {json.dumps(config)}" for difference in different]
    print(f"{len(accepted)} configurations compared")
    assert not wrong, "\n".join(wrong[:5])


def test_a_live_change_ends_where_a_start_begins(kea: Ask, accepted: list[dict[str, Any]]) -> None:
    chance, counted = random.Random(SEED), Counter[str]()
    for _ in range(CASES):
        old, other = chance.choice(accepted)["Dhcp4"], chance.choice(accepted)["Dhcp4"]
        parts = {key: chance.choice((old, other)) for key in PARTS if key != "user-context"}
        new = {key: value for key, value in old.items() if key not in parts}
        new |= {key: source[key] for key, source in parts.items() if key in source}
        way = live(old, new)
        if not isinstance(way, Live) or not (way.grow or way.shrink):
            counted["restart" if isinstance(way, str) else "nothing"] += 1
            continue
        hashes = []
        for body in (new, old):
            answer = kea({"command": "config-set", "arguments": {"Dhcp4": body}})
            hashes.append(_hash(kea) if answer["result"] == 0 else "")
        if not hashes[0]:
            counted["refused as a whole"] += 1
            continue
        steps = (*way.grow, *way.shrink)
        answers = [kea(step.do) for step in steps]
        refused = [answer["text"] for answer in answers if answer["result"]]
        assert not refused, (refused, way.words, old, new)
        assert _hash(kea) == hashes[0], (way.words, old, new)
        counted["the same"] += 1
        for command in undo(steps):
            answer = kea(command)
            assert answer["result"] == 0, (answer, command, way.words, old, new)
        classes = [entry["name"] for entry in old.get("client-classes", [])]
        removed = any(step.do["command"] == "class-del" for step in steps)
        if not (removed and len(classes) > 1):  # a class comes back as the last
            assert _hash(kea) == hashes[1], (way.words, old, new)
    print(dict(counted))
    assert counted["the same"] > CASES / 20


def _hash(kea: Ask) -> str:
    return str(kea({"command": "config-hash-get"})["arguments"]["hash"])
