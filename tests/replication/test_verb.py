"""``keaprov diff --leases``: each difference as it is known, then each subnet's number."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from keaprov import load_site, survey
from keaprov.cli import main
from keaprov.cli.judging import judge
from keaprov.errors import Unreachable
from keaprov.ha.states import State
from keaprov.survey import ServerStatus
from tests.deploying import LAB
from tests.ha.observations import ha, kea, server
from tests.replication.test_by_subnet import HELD
from tests.replication.world import Server, lease, statistics

SITE = load_site(LAB / "site.yaml")
OTHER = lease("172.20.10.131", hardware="02:00:00:00:00:09")


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Server]:
    """Both servers, with the same leases; their clock is the leases'."""
    both = {name: Server(name, HELD) for name in ("dhcp1", "dhcp2")}

    class Shells:
        def __init__(self, *_: Any, **__: Any) -> None: ...
        def __enter__(self) -> Shells:
            return self

        def __exit__(self, *_: object) -> None: ...
        def of(self, site: Any) -> dict[str, Server]:
            return both

    monkeypatch.setattr(survey, "Shells", Shells)
    return both


def run(*options: str) -> Result:
    return CliRunner().invoke(main, ["diff", SITE.source, "--leases", *options])


def test_equal_leases(servers: dict[str, Server]) -> None:
    done = run()
    assert done.output == "labo: both servers have the same leases\n"
    assert done.exit_code == 0
    report = json.loads(run("--json").output)
    assert report == {"site": "labo", "leases": [], "subnets": [], "error": ""}


def test_every_difference_is_named(servers: dict[str, Server]) -> None:
    del servers["dhcp2"].leases[HELD[0].address]
    servers["dhcp2"].leases[OTHER.address] = OTHER
    done = run()
    assert done.exit_code == 1
    first, second, *rest = done.output.splitlines()
    assert first.startswith("  172.20.10.130 (subnet 10): dhcp2 lacks the lease that dhcp1 has: ")
    assert second.startswith("  172.20.10.131 (subnet 10): hw-address differ: dhcp1 has 02:00")
    assert rest == [
        "labo: dhcp2 lacks 1 lease of subnet 10 (172.20.10.0/24) that dhcp1 has",
        "labo: 1 lease differs between dhcp1 and dhcp2 in subnet 10 (172.20.10.0/24)",
        "A server fetches the leases that it lacks when its kea-dhcp4 is restarted.",
    ]
    done = run("--json")
    assert done.exit_code == 1
    report = json.loads(done.output)
    lacking, differing = report["leases"]
    assert (lacking["address"], lacking["servers"]["dhcp2"]) == ("172.20.10.130", None)
    assert lacking["servers"]["dhcp1"]["hw-address"] == "02:00:00:00:00:01"
    assert differing["what"] == ["hw-address"]
    (subnet,) = report["subnets"]
    assert (subnet["subnet"], subnet["lacking"], subnet["differing"]) == (10, {"dhcp2": 1}, 1)


def test_a_server_that_is_gone(servers: dict[str, Server]) -> None:
    servers["dhcp2"].reachable = False
    done = run()
    assert done.exit_code == 1
    assert done.stderr == "not all leases were compared: dhcp2: no route to host\n"
    assert done.stdout == ""
    assert json.loads(run("--json").output)["error"] == "dhcp2: no route to host"


def test_one_server_has_nothing_to_compare(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(
        "site: one\nservers:\n  dhcp1: {role: primary, address: 10.60.1.67, interfaces: [ens18]}\n"
        "dhcp4:\n  subnet4:\n    - id: 10\n      subnet: 172.20.10.0/24\n"
    )
    done = CliRunner().invoke(main, ["diff", str(site), "--leases"])
    assert done.exit_code == 2
    assert "one is one server: its leases have no copy" in done.output


def statuses(servers: dict[str, Server], state: State = State.HOT_STANDBY) -> dict[str, Any]:
    observed = server(kea=kea(relationship=ha(state)))
    return {name: ServerStatus(observed, statistics(host), ()) for name, host in servers.items()}


def test_replication_is_judged_by_their_status_and_read_only_where_counts_differ(
    servers: dict[str, Server],
) -> None:
    assert survey.lease_differences(SITE, servers, statuses(servers)) == ()
    assert servers["dhcp1"].sent == []
    del servers["dhcp2"].leases[HELD[0].address]
    (subnet,) = survey.lease_differences(SITE, servers, statuses(servers))
    assert subnet.lacking == {"dhcp2": 1}


def test_the_health_of_a_site_has_the_leases_that_differ(servers: dict[str, Server]) -> None:
    del servers["dhcp2"].leases[HELD[0].address]

    class Shells:
        def ask(self, _: Any) -> list[dict[str, Any]]:
            return [statuses(servers)]

        def of(self, site: Any) -> dict[str, Server]:
            return servers

    (health,) = judge([SITE], Shells())  # type: ignore[arg-type]
    assert any("dhcp2 lacks 1 lease of subnet 10" in words for words in health.troubles)


def test_replication_is_not_judged_while_the_servers_do_not_replicate(
    servers: dict[str, Server],
) -> None:
    del servers["dhcp2"].leases[HELD[0].address]
    assert survey.lease_differences(SITE, servers, statuses(servers, State.PARTNER_DOWN)) == ()
    answers = {"dhcp1": statuses(servers)["dhcp1"], "dhcp2": Unreachable("dhcp2: gone")}
    assert survey.lease_differences(SITE, servers, answers) == ()
    servers["dhcp2"].reachable = False
    assert survey.lease_differences(SITE, servers, statuses(servers)) == ()
