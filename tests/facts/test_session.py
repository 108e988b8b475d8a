"""Who acts for a site, in whatever order pyinfra has its hosts come."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from keaprov import load_site, render
from keaprov.control import exchange
from keaprov.errors import Unreachable
from keaprov.facts.session import Place, SiteRun, _not_observed, has_servers
from keaprov.impact import Acceptance, Answer, Impact, Kind, Question

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
    assert run.arrive("roll out", first) is Place.LEAVES_IT, "--retry is not a second host"
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


class Weighed:
    """A conductor of which only the leases matter."""

    def __init__(self, impact: Impact | Unreachable) -> None:
        view = SimpleNamespace(wanted=SimpleNamespace(revision="r1"))
        self.views = {"dhcp1": view, "dhcp2": view}
        self.accepted: Acceptance | None = None
        self._impact = impact

    def touched(self) -> Impact:
        """Return the impact, or raise."""
        if isinstance(self._impact, Unreachable):
            raise self._impact
        return self._impact


LOST = Question(Kind.REMOVED, "subnet 10 (172.20.10.0/24)", "removed")


def weighed(accept: str, impact: Impact | Unreachable) -> tuple[dict[str, list[str]], Any]:
    """Return the reasons by host, and what the conductor may lose."""
    run, hosts = run_of_two()
    own = {"site": SITE, "server": SITE.servers[0], "accept": accept}
    other = {"site": replace(SITE, name="b", source="b.yaml"), "server": SITE.servers[0]}
    inventory = [SimpleNamespace(data=data) for data in (own, other)]
    for host in hosts.values():
        host.data, host.inventory = own, inventory
    run.reasons = {name: [] for name in hosts}
    conductor: Any = Weighed(impact)
    run._weigh(conductor)
    return run.reasons, conductor.accepted


def test_a_loss_is_the_reason_of_the_server_that_was_asked() -> None:
    loss = Impact((Answer(LOST, 2),), "dhcp2")
    reasons, accepted = weighed("", loss)
    assert reasons["dhcp1"] == []
    assert reasons["dhcp2"][0].startswith("2 active leases lose their address (as dhcp2 counts)")
    assert accepted == Acceptance("r1", "0")
    assert weighed("r1:2", loss) == ({"dhcp1": [], "dhcp2": []}, Acceptance("r1", "2"))
    (reason,) = weighed("r2:2", loss)[0]["dhcp2"]
    assert reason.startswith("accept=r2 names another revision")


def test_another_site_of_the_run_has_its_own_acceptance() -> None:
    other = render.revision(replace(SITE, name="b", source="b.yaml"))
    assert weighed(f"{other}:7", Impact())[0] == {"dhcp1": [], "dhcp2": []}
    (reason,) = weighed("r9:7", Impact())[0]["dhcp1"]
    assert reason.startswith("accept=r9 names another revision: this deploy brings r1")


def test_a_server_that_stops_answering_is_the_reason() -> None:
    reasons, accepted = weighed("", Unreachable("dhcp2: the connection is lost"))
    assert reasons == {"dhcp1": [], "dhcp2": ["the connection is lost"]}
    assert accepted is None


def test_a_deploy_that_follows_another_one_begins_anew() -> None:
    run, hosts = run_of_two()
    run.reasons, freed = {"dhcp1": [], "dhcp2": []}, []
    run.conductor = SimpleNamespace(release=lambda: freed.append(True))  # type: ignore[assignment]
    run.begin_again()
    assert run.reasons == {"dhcp1": [], "dhcp2": []}, "the phases of a deploy share a preflight"
    run.end()
    assert freed == [True]
    for host in hosts.values():
        assert list(run.gaps(host, "the roll-out")) == []
    run.begin_again()
    assert vars(run)["reasons"] is vars(run)["conductor"] is None
    assert not run.over


def test_an_inventory_without_a_server_is_told_from_one_that_has_some() -> None:
    server, other = ({"server": SITE.servers[0]}, {"client": "eth0"})
    for data, expected in (([other, server], True), ([other, {}], False)):
        inventory = [SimpleNamespace(data=own) for own in data]
        host: Any = SimpleNamespace(inventory=inventory)
        assert has_servers(host) is expected


@pytest.mark.parametrize(
    "words",
    [
        "sudo asks for a password",
        "another run is at work on this host (somebody)",
        "sudo requires a terminal on this host, and keaprov has none",
        "lock: No space left on device: /run/keaprov.lock; free some space on this file system and "
        "run keaprov again",
        f"the host cannot be locked for this run: {exchange.NO_SESSION}",
    ],
)
def test_words_with_a_cure_stay_alone(words: str) -> None:
    assert _not_observed(words) == words


def test_the_usual_causes_stand_behind_words_without_a_cure() -> None:
    assert _not_observed("exit status 127").startswith("exit status 127: it needs /usr/bin/python3")
