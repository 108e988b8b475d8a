"""Run every test that this machine can run, and say what was left out: ``python -m tests.run``."""

from __future__ import annotations

import os
import shutil
import sys

import pytest

from tests.lab import lab
from tests.lab.shell import say


def main(arguments: list[str]) -> int:
    """Run pytest with these arguments; with root the lab is up for it, and down afterwards."""
    missing = _missing()
    if missing:
        code = pytest.main(["-m", "not lab", *arguments])
        say(f"left out: every test that needs the lab, because this machine lacks {missing}")
        return int(code)
    was_up = lab.healthy()
    lab.up()
    try:
        return int(pytest.main(arguments))
    finally:
        if not was_up:
            lab.down()


def _missing() -> str:
    lacking = [] if os.geteuid() == 0 else ["root"]
    return " and ".join([*lacking, *([] if shutil.which("apt-get") else ["apt-get"])])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
