"""The lab's two hosts as fixtures: bare, or a pair that was deployed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from keaprov.errors import Problem
from tests import faults, signals
from tests.deploying import Work, await_pair
from tests.lab import lab, services


def pytest_configure() -> None:
    """Have the tests' programs notice Ctrl-C, also if the run was started in the background."""
    signals.handle_ignored()


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
    made = Problem.__init__

    def watched(self: Problem, *values: object, **named: object) -> None:
        made(self, *values, **named)  # type: ignore[arg-type]
        if not self.hint:
            without[self.code] = self.message

    monkeypatch.setattr(Problem, "__init__", watched)
    yield
    assert not without, f"give these problems a cure (hint): {without}"


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
