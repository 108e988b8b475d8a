"""Kea counts the bytes of a text, not its characters (Pkt4::MAX_FILE_LEN, MAX_SNAME_LEN)."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov import schema


def hints(reservations: list[dict[str, Any]]) -> list[tuple[int, str]]:
    body = {"subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "reservations": reservations}]}
    return [(int(problem.path[3]), problem.hint) for problem in schema.dhcp4_problems(body, ())]


@pytest.mark.parametrize(("key", "most"), [("boot-file-name", 127), ("server-hostname", 63)])
@pytest.mark.parametrize("letter", ["a", "ä", "€", "\U0001f4be", "\ud800"])
def test_the_bytes_of_a_text_count(key: str, most: int, letter: str) -> None:
    size = len(letter.encode("utf-8", "surrogatepass"))
    fits = letter * (most // size)
    longer = fits + letter
    hint = f"Write {most} bytes at most: it has {size * len(longer)}."
    rows = [{"hw-address": f"02:00:00:00:00:0{at}", key: fits} for at in range(2)]
    assert hints([*rows, {"hw-address": "02:00:00:00:00:09", key: longer}]) == [(2, hint)]
