"""Record the README's picture in the lab: ``python -m tools.picture``.

It runs ``make demo`` and ``keaprov status`` as a user does, and writes their terminal as an SVG.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from tests.lab import lab
from tests.lab.shell import plainly
from tests.lab.topology import STATE

PICTURE = Path("docs/pictures/demo.svg")
SITE = "inventories/lab/site.yaml"
WIDTH = 116
"""Columns of the terminal."""


def output(*command: str) -> list[str]:
    """Run a command and return the lines that it prints; CalledProcessError if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def demo() -> list[str]:
    """Run the demo and return its lines, without the operations that the deploys went through."""
    lines = output(sys.executable, "-m", "tests.lab.demo")
    return [line for line in lines if not re.search(r" \| |^$|lab is still up", line)]


def picture(lines: list[str]) -> str:
    """Return a terminal with these lines as SVG; it loads nothing from elsewhere."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    for line in lines:
        style = "bold green" if line.startswith("$") else "bold" if line.startswith("==") else ""
        console.print(Text(line, style), soft_wrap=False)
    svg = console.export_svg(title="keaprov", theme=MONOKAI, unique_id="keaprov")
    svg = re.sub(r"@font-face \{.*?\}\n", "", svg, flags=re.S)
    return re.sub(r"[ \t]+$", "", svg, flags=re.M)


def main() -> None:
    """Record the picture; the lab is as it was afterwards."""
    was_up = lab.healthy()
    try:
        lines = ["$ make demo", *demo(), f"$ keaprov status {SITE}"]
        keaprov = str(Path(sys.executable).with_name("keaprov"))
        lines += output(keaprov, "status", SITE, "--ssh-config", str(STATE / "ssh_config"))
    finally:
        if not was_up:
            lab.down()
    PICTURE.write_text(picture(lines))


if __name__ == "__main__":
    with plainly():
        main()
