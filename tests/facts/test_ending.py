"""How pyinfra's own command ends when a deploy of keaprov fails or is interrupted."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from keaprov.facts.ending import INTERRUPTED

DEPLOY = """
import os
import signal

import gevent
from pyinfra.context import host, state
from pyinfra.operations import python

from keaprov.facts import ending

ending.watch(state)
ending.watch(state)


def act():
    {act}


python.call(name="Roll-out", function=act)
python.call(name="Verify", function=print, _args=["what follows"])
"""
FAILS = "raise ValueError('gate closed')"
CTRL_C = "os.kill(os.getpid(), signal.SIGINT); gevent.sleep(0); print('goes on')"


def deploy(folder: Path, act: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a deploy of one operation on this machine, and one that follows."""
    file = folder / "deploy.py"
    file.write_text(DEPLOY.format(act=act))
    program = Path(sys.executable).with_name("pyinfra")
    words = [str(program), "@local", str(file), "-y", *options]
    out = subprocess.STDOUT
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=out, text=True, cwd=folder)


@pytest.mark.parametrize("options", [(), ("--serial",), ("--no-wait",), ("--retry", "1")])
def test_a_deploy_that_fails_has_an_exit_code(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = deploy(
        tmp_path, FAILS, *options, *(("--retry-delay", "0") if "--retry" in options else ())
    )
    assert done.returncode == 1, done.stdout
    assert "what follows" not in done.stdout
    assert "Greenlet" not in done.stdout
    assert "PyinfraError:" not in done.stdout


@pytest.mark.parametrize("options", [(), ("--serial",), ("--no-wait",)])
def test_ctrl_c_ends_at_once_with_a_failure(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = deploy(tmp_path, CTRL_C, *options)
    assert done.returncode == -signal.SIGINT, done.stdout
    assert done.stdout.endswith(INTERRUPTED)
    assert "goes on" not in done.stdout
    assert "what follows" not in done.stdout
