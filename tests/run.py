"""Run every test that this machine can run, and say what was left out: ``python -m tests.run``.

What needs no host of the lab runs beside the tests that drive the hosts, with what they leave of
the processors; its report is printed at the end.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.lab import lab
from tests.lab.shell import say

SLOWEST = "--durations=10"
"""A run ends with the ten slowest of its tests."""
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
        with _beside() as codes:
            words = ["-m", "lab", "--ignore=tests/differential", SLOWEST]
            codes.append(int(pytest.main(words)))
        return max(codes)
    finally:
        if not was_up:
            lab.down()


@contextmanager
def _beside() -> Iterator[list[int]]:
    """Run what needs no host as long as it takes; its reports and exit codes are there then."""
    codes: list[int] = []
    with tempfile.TemporaryFile("w+") as report:
        script = "code=0; " + "; ".join(
            f"{sys.executable} -m pytest -q -p no:cacheprovider {_quoted(words)} || code=$?"
            for words in ALONE
        )
        process = subprocess.Popen(
            ["nice", "-n", "19", "sh", "-c", f"{script}; exit $code"],
            stdin=subprocess.DEVNULL,
            stdout=report,
            stderr=report,
            env={**os.environ, lab.TAKEN: "what runs beside its tests may not touch the lab"},
        )
        try:
            yield codes
            codes.append(process.wait())
        finally:
            process.kill()
            process.wait()
            report.seek(0)
            say("what ran beside the lab's tests:")
            sys.stdout.write(report.read())
            sys.stdout.flush()


def _quoted(words: tuple[str, ...]) -> str:
    return " ".join(f"'{word}'" for word in words)


def _missing() -> str:
    lacking = [] if os.geteuid() == 0 else ["root"]
    return " and ".join([*lacking, *([] if shutil.which("apt-get") else ["apt-get"])])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
