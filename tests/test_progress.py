"""Long work shows what is under way, to who waits at a terminal only."""

from __future__ import annotations

import subprocess
import sys

from tests.terminal import at_a_terminal

WORK = """
import time
from keaprov.cli.progress import progress
with progress("observing [dhcp1]") as shown:
    time.sleep({first})
    shown.update("waiting for dhcp2")
    shown.echo("[dhcp1] is well")
    time.sleep({second})
print("done")
"""


def words(first: float, second: float) -> list[str]:
    return [sys.executable, "-c", WORK.format(first=first, second=second)]


def test_at_a_terminal() -> None:
    with at_a_terminal(words(1, 1)) as terminal:
        output = terminal.read_all()
        assert terminal.process.wait(30) == 0
    assert "observing [dhcp1]" in output
    assert "waiting for dhcp2" in output
    assert output.rstrip().endswith("done")
    lines = [line.rpartition("\x1b[2K")[2] for line in output.split("\r\n")]
    assert "[dhcp1] is well" in lines, "on a line of its own"


def test_quick_work_needs_none() -> None:
    with at_a_terminal(words(0, 0)) as terminal:
        assert terminal.read_all() == "[dhcp1] is well\r\ndone\r\n"


def test_quiet_when_it_is_no_terminal() -> None:
    done = subprocess.run(words(1, 0), capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("[dhcp1] is well\ndone\n", "")
