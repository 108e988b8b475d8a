"""Two runs share the tests: a run passes over the files of the other, and tears down in order."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TEST = """
import pytest

@pytest.mark.parametrize("number", [1, 2])
def test_number(once: str, number: int) -> None:
    assert once == "made"
"""
CONFTEST = """
import pathlib
import pytest

@pytest.fixture(scope="session")
def once() -> str:
    with pathlib.Path("made").open("x"):
        return "made"
"""
RUN = """
import sys
import pathlib
import pytest
from tests.sharing import Shared

sys.exit(pytest.main(["-q", "-p", "no:cacheprovider"], plugins=[Shared(pathlib.Path(sys.argv[1]))]))
"""


def run(folder: Path) -> str:
    """Run the tests of a folder that are not claimed yet, and return pytest's last line."""
    (folder / "made").unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", RUN, folder / "claims"],
        cwd=folder,
        env={"PYTHONPATH": str(Path(__file__).parents[1]), "PATH": ""},
        capture_output=True,
        text=True,
    )
    return done.stdout.splitlines()[-1]


def test_each_file_is_run_by_whoever_claims_it(tmp_path: Path) -> None:
    for package in ("a", "b", "c"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
        (tmp_path / package / f"test_{package}.py").write_text(TEST)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims/b:test_b.py").touch()
    assert run(tmp_path).startswith("4 passed")
    assert sorted(path.name for path in (tmp_path / "claims").glob("*.py")) == [
        "a:test_a.py",
        "b:test_b.py",
        "c:test_c.py",
    ]
    assert run(tmp_path).startswith("no tests ran")
