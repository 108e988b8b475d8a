"""The lint of names: what it forbids, what it allows, and that it reads the modules it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.names import NOT_YET, PLACES, ROOT, checked, main, modules, problems


@pytest.mark.parametrize(
    "source",
    [
        "one = 1",
        "for found in (): pass",
        "rows = [its for its in ()]",
        "def check(said: str) -> None: ...",
        "def told() -> None: ...",
        "class A:\n    seen: int = 0",
        "with open('x') as _ours: pass",
        "class A:\n    def __init__(self) -> None:\n        self._asked = 1",
    ],
)
def test_a_name_that_says_nothing(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = tmp_path / "module.py"
    module.write_text(source)
    assert main([str(module)]) == 1
    assert "does not say what it holds" in capsys.readouterr().out


def test_a_name_of_another_module_is_allowed(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        "from tests.ha.observations import server\nreport = server.found\none_pair = 'one'\n"
    )
    assert main([str(module)]) == 0


def test_every_other_module_is_checked() -> None:
    paths = checked()
    assert all((ROOT / place).exists() for place in PLACES)
    assert {ROOT / "keaprov/lint/config.py", ROOT / "tests/test_cli.py"} <= set(paths)
    assert main([str(path) for path in paths]) == 0


@pytest.mark.parametrize("place", NOT_YET)
def test_an_exception_has_such_names_still(place: str) -> None:
    assert any(any(problems(path)) for path in modules([place])), f"take {place} out of NOT_YET"
