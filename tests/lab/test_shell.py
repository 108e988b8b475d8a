"""What the lab cannot do is said in a line, and ends neither pytest nor its fixtures."""

from __future__ import annotations

import pytest

from tests.lab.shell import LabError, plainly, run, until


def test_a_program_ends_with_the_message() -> None:
    with pytest.raises(SystemExit, match="lab: false failed"), plainly():
        run("false")


def test_a_test_fails_with_an_ordinary_exception() -> None:
    """Pytest lets SystemExit pass by the fixture that raised it: those after it would fail, too."""
    with pytest.raises(LabError, match="lab: never: not within 0 s") as raised:
        until(lambda: False, "never", 0)
    assert isinstance(raised.value, Exception)
