"""Run every test that this machine can run, and say what was left out: ``python -m tests.run``.

The tests that drive hosts run in two labs side by side. What needs no host runs beside them, with
what they leave of the processors. Their reports are printed at the end. A few tests that failed are
repeated when all of that has ended (tests/again.py).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests import again
from tests.lab import debian, lab, world
from tests.lab.shell import plainly, say

AUTOGROUP = "/proc/self/autogroup"
"""Where a session's share of the processors is set (sched(7)); ``nice`` counts within a session."""
SLOWEST = "--durations=10"
"""A run ends with the ten slowest of its tests."""
NO_CACHE = ("-p", "no:cacheprovider")
HOSTS = ("-m", "lab", "--ignore=tests/differential", SLOWEST)
"""What drives hosts of the lab."""
LABS = "labs"
"""The folder with the names of the tests that drive hosts and failed."""
ALONE = (("-m", "not lab", SLOWEST), ("-m", "lab", "tests/differential", SLOWEST))
"""What needs no host: the second has a real kea-dhcp4 of the lab's base judge configurations."""


def main(arguments: list[str]) -> int:
    """Run pytest with these arguments; with root the lab is up for it, and down afterwards."""
    missing = _missing()
    if missing:
        code = pytest.main(["-m", "not lab", *(arguments or [SLOWEST])])
        say(f"left out: every test that needs the lab, because this machine lacks {missing}")
        return int(code)
    was_up = lab.healthy()
    lab.up()
    try:
        if arguments:
            return int(pytest.main(["-m", "lab or not lab", *arguments]))
        with tempfile.TemporaryDirectory(prefix="keaprov-tests-") as folder:
            labs, alone = _everything(Path(folder))
            if alone == pytest.ExitCode.TESTS_FAILED:
                alone = _repeated(Path(folder))
            if labs == pytest.ExitCode.TESTS_FAILED:
                labs = _repeated_with_hosts(Path(folder) / LABS)
            return max(labs, alone)
    finally:
        if not was_up:
            lab.down()


def _everything(folder: Path) -> tuple[int, int]:
    """Run the whole suite; return the worst code of the labs, and of what needs no host.

    `folder` gets the names of the tests that failed: those that drive hosts in a folder of its own.
    """
    for package in debian.PACKAGES:
        debian.fetch(package)
    debian.browser()
    claims = folder / "claims"
    for each in (claims, folder / LABS):
        each.mkdir()
    failures = f"--failures={folder}"
    shared = (*HOSTS, f"--share={claims}", f"--failures={folder / LABS}")
    with ExitStack() as stack:
        within = stack.enter_context(world.world(folder / "world"))
        second = [*within, sys.executable, "-m", "tests.run", "-q", *NO_CACHE, *shared]
        alone = ["setsid", "-w", "nice", "-n", "19", "sh", "-c", _one_after_another(failures)]
        taken = {lab.TAKEN: "what runs beside its tests may not touch the lab"}
        others = [
            stack.enter_context(_beside("the tests in the second lab", second)),
            stack.enter_context(_beside("the tests that need no host", alone, taken)),
        ]
        first = int(pytest.main([*shared]))
        other_lab, without_hosts = (abs(process.wait()) for process in others)
    return max(first, other_lab), without_hosts


def _repeated(folder: Path) -> int:
    """Run the tests again that failed beside others; return the code of that run."""
    wanted = again.targets(again.names(folder))
    if not wanted:
        return int(pytest.ExitCode.TESTS_FAILED)
    say(f"again, with nothing beside it: {', '.join(wanted)}")
    return _pytest(wanted)


def _repeated_with_hosts(folder: Path) -> int:
    """Run a test again that drives hosts and failed, several times; return the worst code."""
    wanted = again.targets(again.names(folder), again.MOST_WITH_HOSTS)
    if not wanted:
        return int(pytest.ExitCode.TESTS_FAILED)
    say(f"FAILED ONCE, and again {again.TIMES} times: {wanted[0]}")
    say("if it passes now: its report is above; a race in a roll-out fails once, too")
    codes = (_pytest(wanted) for _ in range(again.TIMES))
    return next((code for code in codes if code), 0)


def _pytest(tests: list[str]) -> int:
    words = (sys.executable, "-m", "pytest", "-q", *NO_CACHE, "-m", "lab or not lab", *tests)
    return subprocess.run(words, check=False).returncode


@contextmanager
def _beside(
    what: str, command: list[str], environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command as long as the block takes; its report is printed at the end."""
    with tempfile.TemporaryFile("w+") as report:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=report,
            stderr=report,
            env={**os.environ, **(environment or {})},
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            report.seek(0)
            say(f"{what}:")
            sys.stdout.write(report.read())
            sys.stdout.flush()


def _one_after_another(failures: str) -> str:
    """Return a shell script: pytest with each of `ALONE`; its exit status is the worst of them."""
    first = (sys.executable, "-m", "pytest", "-q", *NO_CACHE, failures)
    lines = (" ".join(f"'{word}'" for word in (*first, *words)) for words in ALONE)
    begin = (f"(echo 19 >{AUTOGROUP}) 2>/dev/null", "code=0")
    worst = "{ last=$?; [ $last -le $code ] || code=$last; }"
    return "; ".join((*begin, *(f"{line} || {worst}" for line in lines), "exit $code"))


def _missing() -> str:
    lacking = [] if os.geteuid() == 0 else ["root"]
    return " and ".join([*lacking, *([] if shutil.which("apt-get") else ["apt-get"])])


if __name__ == "__main__":
    with plainly():
        sys.exit(main(sys.argv[1:]))
