"""Secrets in a text: all of them, whatever they overlap, however many there are."""

from __future__ import annotations

import random

import pytest

from keaprov.clearing import Clearing

SECRETS = ["hunter2", "r2d2c3", "abcd", "bcdef", "pin", "a\nb-long"]
MANY = [*SECRETS, *(f"other{number}" for number in range(100))]


@pytest.mark.parametrize("secrets", [SECRETS, MANY])
@pytest.mark.parametrize(
    ("text", "short", "cleared"),
    [
        ("it is hunter2", False, "it is (secret)"),
        ("hunter2 and r2d2c3", False, "(secret) and (secret)"),
        ("hunter2d2c3", False, "(secret)"),
        ("xabcdefx", False, "x(secret)x"),
        ("abcdabcd", False, "(secret)(secret)"),
        ("the pin is spinning", False, "the pin is spinning"),
        ("the pin is spinning, pin", True, "the (secret) is spinning, (secret)"),
        ("pin", True, "(secret)"),
        ("pin_1 1pin -pin-", True, "pin_1 1pin -(secret)-"),
        ("one\na\nb-long\n", False, "one\n(secret)\n(secret)\n"),
        ("nothing here", True, "nothing here"),
        ("", True, ""),
    ],
)
def test_secrets_are_masked(secrets: list[str], text: str, short: bool, cleared: str) -> None:
    assert Clearing(secrets).clear(text, short=short) == cleared


@pytest.mark.parametrize("secret", ["", "secret", "(secret)", "ret"])
def test_a_part_of_the_mask_stays(secret: str) -> None:
    text = "a secret (secret) ret"
    assert Clearing([secret]).clear(text, short=True) == text


def test_no_character_of_a_secret_is_left() -> None:
    draw = random.Random(11)
    for _ in range(500):
        words = ["".join(draw.choices("abc", k=draw.randint(4, 7))) for _ in range(40)]
        secrets = draw.sample(words, draw.choice((2, 30)))
        text = "".join(draw.choices("abcd ", k=60))
        hidden = [False] * len(text)
        for secret in secrets:
            for at in range(len(text)):
                if text.startswith(secret, at):
                    hidden[at : at + len(secret)] = [True] * len(secret)
        left = "".join(c for c, gone in zip(text, hidden, strict=True) if not gone)
        assert Clearing(secrets).clear(text, short=False).replace("(secret)", "") == left
