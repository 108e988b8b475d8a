"""A test run that ignores signals starts programs that do not."""

from __future__ import annotations

import signal
import subprocess
import sys

from tests.deploying import ROOT
from tests.signals import OF_A_TERMINAL

SHOW = f"""
import signal
print([signal.getsignal(number) is signal.SIG_IGN for number in {list(map(int, OF_A_TERMINAL))}])
"""
RUN = f"""
import os, signal, subprocess, sys
from tests.signals import handle_ignored
handle_ignored()
os.kill(os.getpid(), signal.SIGINT)  # the run itself goes on
subprocess.run([sys.executable, "-c", {SHOW!r}], check=True)
"""


def started_in_the_background(code: str) -> str:
    """Run Python code as a background job under nohup starts it; return its output."""

    def ignore() -> None:
        for number in OF_A_TERMINAL:
            signal.signal(number, signal.SIG_IGN)

    words = [sys.executable, "-c", code]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, preexec_fn=ignore)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_programs_have_the_default_dispositions() -> None:
    assert started_in_the_background(SHOW) == "[True, True, True]"
    assert started_in_the_background(RUN) == "[False, False, False]"
