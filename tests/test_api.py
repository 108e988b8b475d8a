"""The library's interface: the names that docs/python.md lists, documented and typed."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import keaprov
from tests.deploying import ROOT

ROWS = re.findall(r"(?m)^\| `(keaprov[.\w]*)` \| (.*) \|$", (ROOT / "docs/python.md").read_text())
NAMES = {module: re.findall(r"`(\w+)`", names) for module, names in ROWS}
CONSUMER = """\
from dataclasses import replace
from pathlib import Path

from keaprov import Checked, Problem, Site, SiteError, check_file, lint_site, load_site, render
from keaprov.control import Agent, Api
from keaprov.health import site_health
from keaprov.survey import Shells, read_status


def texts(path: Path) -> dict[str, str]:
    site: Site = load_site(path)
    return {server.name: render.dhcp4(site, server) for server in site.servers}


def problems(path: Path) -> list[str]:
    checked: Checked = check_file(path)
    listed: tuple[Problem, ...] = checked.problems
    lines: list[int] = [problem.mark.line for problem in listed]
    return [problem.message for problem in listed] + [str(line) for line in lines]


def changed(site: Site) -> tuple[int, int]:
    other = replace(site, dhcp4={**site.dhcp4, "valid-lifetime": 3600})
    return hash(other), len(list(lint_site(other)))


def healthy(path: str) -> bool:
    try:
        site = load_site(path)
    except SiteError as error:
        raise SystemExit("\\n".join(str(problem) for problem in error.problems)) from None
    with Shells([site]) as shells:
        (answers,) = shells.ask(read_status)
    return site_health(site, answers, []).healthy


def api(address: str) -> Api:
    return Api(Agent(f"http://{address}:8000/", "admin", "password"))
"""


def test_the_page_lists_the_modules_that_the_reference_shows() -> None:
    shown = set(re.findall(r"(?m)^## (keaprov[.\w]*)$", (ROOT / "docs/api.md").read_text()))
    assert shown == set(NAMES)


@pytest.mark.parametrize("module", NAMES)
def test_a_module_exports_the_names_that_the_page_lists(module: str) -> None:
    public = import_module(module)
    assert sorted(public.__all__) == sorted(NAMES[module])
    for name in public.__all__:
        value = getattr(public, name)
        if inspect.isclass(value) or inspect.isfunction(value) or inspect.ismodule(value):
            assert inspect.getdoc(value), f"{module}.{name} has no docstring"


def test_the_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", keaprov.__version__)


@pytest.mark.slow
def test_a_consumer_is_typed(tmp_path: Path) -> None:
    (tmp_path / "consumer.py").write_text(CONSUMER)
    cache = ["--cache-dir", str(tmp_path / "cache")]
    words = [sys.executable, "-m", "mypy", "--strict", *cache, "consumer.py"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
