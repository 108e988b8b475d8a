"""The commands of a page of the documentation: each is run by a test."""

from __future__ import annotations

import re

from tests.deploying import ROOT

IN_THE_LAB = ("--from", "plan", "pyinfra")
"""Words of commands that need hosts: the tests of tests/deploy run them."""


def blocks(page: str) -> list[list[str]]:
    """Return the commands of each shell example of a page in docs/."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    return [block.splitlines() for block in re.findall(r"(?ms)^```sh\n(.*?)^```", text)]


def needs_hosts(command: str) -> bool:
    """Whether a command needs hosts."""
    return not set(IN_THE_LAB).isdisjoint(command.split())


def of_hosts(page: str) -> list[str]:
    """Return the commands of a page that need hosts."""
    return [command for block in blocks(page) for command in block if needs_hosts(command)]
