"""The life of a subnet under load: no lease is lost, and no client is sent back to the start."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from keaprov import load_site, render
from tests.deploying import HOSTS, Work, await_pair, pid, subnets
from tests.faults import under
from tests.lab.load import Measured, under_load

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]

Edit = Callable[[str], str]

SUBNET = """\
    - id: 900                   # the load's own clients, on the servers' bridge
      subnet: 10.60.0.0/16
      pools: [10.60.16.1 - 10.60.31.250]
"""
SECOND = """\
    - id: 901
      subnet: 10.60.128.0/17
      pools: [10.60.128.1 - 10.60.255.250]
"""
NETWORK = f"""\
  shared-networks:
    - name: load
      subnet4:
{"".join(f"    {line}" for line in SUBNET.splitlines(keepends=True))}"""
SMALL, LARGE = "10.60.16.1 - 10.60.31.250", "10.60.16.1 - 10.60.63.250"
ELSEWHERE = "10.60.40.1 - 10.60.63.250"
WHOLE, LARGER, HALF = "10.60.0.0/16", "10.60.0.0/15", "10.60.0.0/17"


def replaced(*pairs: tuple[str, str]) -> Edit:
    """Return the edit that replaces texts; each has to be there."""

    def edit(text: str) -> str:
        for old, new in pairs:
            assert old in text, old
            text = text.replace(old, new)
        return text

    return edit


def split(text: str) -> str:
    return replaced((WHOLE, HALF))(text) + SECOND


def joined(text: str) -> str:
    return replaced((SECOND, ""), (HALF, WHOLE))(text)


def shared(text: str) -> str:
    return replaced((SUBNET, ""))(text) + NETWORK


def without_voice(text: str) -> str:
    """Return the site without a subnet, and with another global value."""
    begin, end = text.index("    - id: 60"), text.index("  shared-networks:")
    return replaced(("rebind-timer: 1800", "rebind-timer: 1801"))(text[:begin] + text[end:])


LIVE: dict[str, Edit] = {
    "a pool grows": replaced((SMALL, LARGE)),
    "a pool gets smaller, no lease outside": replaced((LARGE, SMALL)),
}
ROLLING: dict[str, Edit] = {
    "a subnet gets a larger prefix": replaced((WHOLE, LARGER)),
    "a subnet gets a smaller prefix": replaced((LARGER, WHOLE)),
    "a subnet is split in two": split,
    "two subnets are joined": joined,
    "a subnet moves into a shared network": shared,
    "a subnet is removed, and a global value changes": without_voice,
}


class Clients:
    """The load's clients while the site changes."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.path = work.folder / "site.yaml"

    def during(self, edit: Edit) -> Measured:
        """Deploy an edited site under load, whatever number of clients it costs; measure it."""
        self.path.write_text(edit(self.path.read_text()))
        accepted = f"accept={render.revision(load_site(self.path))}"
        with under_load() as measured:
            done = self.work.run()
            if "Refused" in done.stdout and accepted in done.stdout:
                self.work.deploy("--data", accepted)
            else:
                assert done.returncode == 0, done.stdout
            await_pair()
        return measured


def test_no_lease_is_lost(work: Work) -> None:
    work.append(SUBNET)
    work.deploy()
    clients = Clients(work)
    for what, edit in {**LIVE, **ROLLING}.items():
        served = [pid(host) for host in HOSTS]
        measured = clients.during(edit)
        under(what, measured)
        assert (measured.duplicates, measured.lost, measured.naks) == (0, 0, 0), (
            f"{what}: {measured}"
        )
        restarted = served != [pid(host) for host in HOSTS]
        assert restarted == (what in ROLLING), what
    for host in HOSTS:
        assert subnets(host) == {10, 40, 50}
    work.no_change()
    measured = clients.during(replaced((SMALL, ELSEWHERE)))
    assert (measured.duplicates, measured.naks) == (0, 0), str(measured)
    assert measured.requests_lost > 0, "Kea does not answer a renewal from outside the pools"
