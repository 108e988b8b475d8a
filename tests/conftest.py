"""The lab's two hosts as fixtures: bare, or a pair that was deployed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from keaprov.errors import Problem
from tests import faults, signals
from tests.again import Failures
from tests.deploying import Work, await_pair
from tests.importing import round_trip
from tests.lab import lab, services
from tests.sharing import Shared


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let two runs share the tests (tests/sharing.py), and repeat what failed (tests/again.py)."""
    parser.addoption("--share", type=Path, help="a directory: run the files not yet claimed there")
    parser.addoption("--failures", type=Path, help="a directory: write down there what failed")


def pytest_configure(config: pytest.Config) -> None:
    """Have the tests' programs notice Ctrl-C, also if the run was started in the background."""
    signals.handle_ignored()
    settings.register_profile("keaprov", deadline=None)  # no test is judged by the clock
    settings.load_profile("keaprov")
    if claims := config.getoption("--share"):
        config.pluginmanager.register(Shared(claims))
    if folder := config.getoption("--failures"):
        config.pluginmanager.register(Failures(folder))


@pytest.fixture
def work(tmp_path: Path) -> Work:
    """A copy of inventories/lab to change and deploy from."""
    return Work(tmp_path)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Take every fault that a test has injected into the table."""
    faults.begin()
    yield
    faults.end(item)


@pytest.fixture(autouse=True)
def _every_problem_has_a_cure(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that provokes a problem without a cure, whatever the test is about."""
    without: dict[str, str] = {}
    made = Problem.__new__

    def watched(kind: type[Problem], *values: Any, **named: Any) -> Problem:
        problem = made(kind, *values, **named)
        if not problem.hint:
            without[problem.code] = problem.message
        return problem

    monkeypatch.setattr(Problem, "__new__", watched)
    yield
    assert not without, f"give these problems a cure (hint): {without}"


@pytest.fixture(autouse=True)
def _every_site_comes_back(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test with a site that is another one after render, import and render."""
    sites = round_trip.Sites(monkeypatch)
    yield
    monkeypatch.undo()  # what the test replaced does not count
    changed = sites.changed()
    assert not changed, f"render, import and render change these sites: {changed}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tables of faults, and of roll-outs under load."""
    if faults.LOADED:
        terminalreporter.section("roll-outs under load")
        terminalreporter.write_line("\n".join(faults.loaded()))
    if faults.ROWS:
        terminalreporter.section("faults")
        terminalreporter.write_line("\n".join(faults.table()))


@pytest.fixture
def bare() -> None:
    """Both hosts as an installer leaves them."""
    lab.up()
    lab.reset()


@pytest.fixture(scope="session")
def _deployed_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    lab.up()
    lab.reset()
    Work(tmp_path_factory.mktemp("first")).deploy()
    lab.save("deployed")


@pytest.fixture(scope="module")
def deployed(_deployed_once: None) -> None:
    """The pair as the lab's site makes it, in hot-standby; for a module that leaves it so."""
    lab.restore("deployed")
    await_pair()


@pytest.fixture
def pair(_deployed_once: None) -> None:
    """The pair as the lab's site makes it, in hot-standby; for a test that changes it."""
    lab.restore("deployed")
    await_pair()


@pytest.fixture
def user_host() -> Iterator[None]:
    """The client in the user VLAN as a host with an sshd."""
    services.start_client("user")
    yield
    services.stop_client("user")
