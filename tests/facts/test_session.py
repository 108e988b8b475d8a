"""Who acts for a site, in whatever order pyinfra has its hosts come."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from keaprov import load_site
from keaprov.facts.session import Place, SiteRun

SITE = load_site(Path(__file__).parents[2] / "inventories/lab/site.yaml")


def run_of_two() -> tuple[SiteRun, dict[str, Any]]:
    """Return the run of a site, and stand-ins for its hosts."""
    state = SimpleNamespace(failed_hosts=[])
    hosts: dict[str, Any] = {
        name: SimpleNamespace(name=name, state=state) for name in ("dhcp1", "dhcp2")
    }
    return SiteRun(SITE, hosts, {}), hosts


@pytest.mark.parametrize("order", [*permutations(("dhcp1", "dhcp2"))])
def test_the_last_host_that_comes_acts_and_does_so_again(order: tuple[str, str]) -> None:
    run, hosts = run_of_two()
    first, last = (hosts[name] for name in order)
    assert run.arrive("roll out", first) is Place.LEAVES_IT
    assert run.arrive("roll out", first) is Place.LEAVES_IT, "--retry is no second host"
    assert run.arrive("roll out", last) is Place.ACTS
    assert run.arrive("roll out", last) is Place.ACTS, "a retry does not end in a noop"
    assert run.arrive("roll out", first) is Place.LEAVES_IT
    assert run.arrive("verify", last) is Place.LEAVES_IT, "each phase for itself"


def test_nothing_follows_a_roll_out_that_was_stopped() -> None:
    run, hosts = run_of_two()
    assert list(run.gaps(hosts["dhcp1"], "the roll-out")) == []
    run.fail("dhcp2 stopped the roll-out")
    for host in hosts.values():
        (gap,) = run.gaps(host, "the verification")
        assert gap == "stopped before the verification: dhcp2 stopped the roll-out"


def test_a_host_that_failed_before_keeps_the_other_from_going_on() -> None:
    run, hosts = run_of_two()
    hosts["dhcp1"].state.failed_hosts.append(hosts["dhcp2"])
    (gap,) = run.gaps(hosts["dhcp1"], "the roll-out")
    assert gap.startswith("stopped before the roll-out, because dhcp2 is not ready")
