"""What is repeated when the machine has nothing else to do, and what is not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import again, run
from tests.lab import lab

ONCE = """
def test_passes(): pass
def test_fails(): assert False
class TestPair:
    def test_first(self): pass
    def test_second(self): assert False
"""


def test_what_failed_is_written_down_by_every_run(tmp_path: Path) -> None:
    (tmp_path / "test_once.py").write_text(ONCE)
    (tmp_path / "conftest.py").write_text(
        "from pathlib import Path\nfrom tests.again import Failures\n"
        f"def pytest_configure(config):\n"
        f"    config.pluginmanager.register(Failures(Path({str(tmp_path)!r})))\n"
    )
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_once.py"]
    root = str(Path(again.__file__).parents[1])
    for _ in range(2):
        done = subprocess.run(words, cwd=tmp_path, env={"PYTHONPATH": root}, capture_output=True)
        assert done.returncode == 1
    assert again.names(tmp_path) == [
        "test_once.py::test_fails",
        "test_once.py::TestPair::test_second",
    ]


def test_a_class_is_repeated_as_a_whole() -> None:
    failed = ["a.py::TestPair::test_x[1]", "a.py::TestPair::test_y", "b.py::test_z[2]"]
    assert again.targets(failed) == ["a.py::TestPair", "b.py::test_z[2]"]


def test_many_failures_are_not_repeated() -> None:
    assert again.targets([f"a.py::test_{number}" for number in range(again.MOST + 1)]) == []
    assert again.targets([]) == []
    hosts = ["a.py::TestPair::test_x", "a.py::TestPair::test_y"]
    assert again.targets(hosts, again.MOST_WITH_HOSTS) == ["a.py::TestPair"]
    assert again.targets([*hosts, "a.py::test_z"], again.MOST_WITH_HOSTS) == []


def test_no_run_wrote_anything(tmp_path: Path) -> None:
    assert again.names(tmp_path) == []


@pytest.mark.parametrize(
    ("codes", "repeated", "whole"),
    [
        ((0, 0), 1, 0),
        ((0, 1), 0, 0),
        ((0, 1), 1, 1),
        ((1, 0), 0, 0),
        ((1, 0), 1, 1),
        ((1, 1), 0, 0),
        ((0, 2), 0, 2),
        ((2, 0), 0, 2),
    ],
)
def test_the_verdict_is_that_of_the_repetition(
    monkeypatch: pytest.MonkeyPatch, codes: tuple[int, int], repeated: int, whole: int
) -> None:
    monkeypatch.setattr(run, "_missing", lambda: "")
    monkeypatch.setattr(lab, "healthy", lambda: True)
    monkeypatch.setattr(lab, "up", lambda: None)
    monkeypatch.setattr(run, "_everything", lambda folder: codes)
    monkeypatch.setattr(run, "_repeated", lambda folder: repeated)
    monkeypatch.setattr(run, "_repeated_with_hosts", lambda folder: repeated)
    assert run.main([]) == whole


@pytest.mark.parametrize(
    ("failed", "codes", "ran", "whole"),
    [
        (["a.py::test_x"], [0, 0, 0], 3, 0),
        (["a.py::test_x"], [0, 1, 0], 2, 1),
        (["a.py::test_x", "b.py::test_y"], [0, 0, 0], 0, 1),
        ([], [0, 0, 0], 0, 1),
    ],
)
def test_what_failed_in_a_lab_has_to_pass_several_times(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    failed: list[str],
    codes: list[int],
    ran: int,
    whole: int,
) -> None:
    (tmp_path / "failed").write_text("".join(f"{name}\n" for name in failed))
    left = list(codes)
    monkeypatch.setattr(run, "_pytest", lambda tests: left.pop(0))
    assert run._repeated_with_hosts(tmp_path) == whole
    assert len(codes) - len(left) == ran
