"""What is asked of a host, and what a report changes of what is known of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from keaprov.conductor import observing
from keaprov.conductor.observing import STEP, Known, Observer
from keaprov.conductor.together import by_server, or_error
from keaprov.errors import ControlError, KeaprovError, SecretError, Unreachable
from keaprov.ha.observed import Dnf, File, Partner, Running
from keaprov.ha.plan import Wanted
from keaprov.ha.states import State
from keaprov.model import Failover, Role, Server, Site
from keaprov.observation import observe_request
from keaprov.replication.counts import STATISTICS
from tests.conductor.hosts import Hosts
from tests.conductor.world import CONF, PRIMARY, SITE, STANDBY
from tests.ha.observations import ha, server

STATUS = {"high-availability": [{"ha-servers": {"local": {"state": "hot-standby"}}}]}
PEERS = [
    {"name": "dhcp1", "url": "http://10.60.1.67:8005/", "role": "primary"},
    {"name": "backup", "url": "http://10.60.1.60:8005/", "role": "backup"},
    {"name": "dhcp2", "url": "http://10.60.1.68:8005/", "role": "standby"},
]
KEA = {"version": "3.0.3", "revision": "old", "status": STATUS, "hash": "h", "pid": 7}
FULL_KEA = {**KEA, "config": True, "proven": True, "this_server": "dhcp1", "ha_peers": PEERS}
WANTED = Wanted("new", {}, {})
SHORT_KEA = {**KEA, "config": False, "revision": "what the start says"}


def report(kea: Mapping[str, Any] = FULL_KEA, **parts: Any) -> dict[str, Any]:
    """Return a report of files/host/observe.py."""
    return {"clock": 0.0, "kea": kea, "user": 0, **parts}


def observer(*reports: Any, site: Site = SITE) -> tuple[Observer, Hosts]:
    """Return an observer of hosts that send these reports, one after the other."""
    hosts = Hosts({"observe": list(reports)}, site=site)
    return Observer(site, hosts.channels, dict.fromkeys(hosts.channels, WANTED)), hosts


# what is asked


def test_the_first_observation_reads_everything_and_later_ones_what_may_have_changed() -> None:
    watching, hosts = observer(report(), report(SHORT_KEA))
    watching.observe(PRIMARY, STEP, updates=True)
    watching.known["dhcp1"].pid = 7
    watching.observe(PRIMARY, STEP)
    whole = observe_request(SITE, PRIMARY, updates=True, ask=(STATISTICS,), unless="new")
    part = observe_request(
        SITE,
        PRIMARY,
        updates=False,
        secret=False,
        parts=STEP,
        known_pid=7,
        peer=PEERS[2],
        unless="new",
    )
    assert hosts.calls == [("dhcp1", "observe", whole, 330.0), ("dhcp1", "observe", part, 60.0)]


def test_what_runs_comes_with_the_observation_unless_it_is_proven_to_be_what_is_wanted() -> None:
    watching, hosts = observer(report())
    watching.observe(PRIMARY, STEP)
    assert hosts.calls[0][2]["bodies"] == {"unless": "new", "file": CONF}
    others = observe_request(SITE, PRIMARY, updates=False)
    assert "bodies" not in others, "status does not ask for what may hold secrets"


@pytest.mark.parametrize("update", [True, False])
def test_dnf_is_asked_only_if_the_site_wants_updates(update: bool) -> None:
    watching, hosts = observer(report(), site=replace(SITE, update=update))
    watching.observe(PRIMARY, (), updates=True, secret=False)
    _, _, request, patience = hosts.calls[0]
    assert (request["dnf"] is not None, patience) == (update, 330.0 if update else 60.0)
    assert request["repository"] is None, "no secret is compared"


def test_a_server_without_a_peer_is_not_asked_for_its_leases() -> None:
    watching, hosts = observer(report(), site=replace(SITE, failover=None))
    watching.observe(PRIMARY, ())
    assert hosts.calls[0][2]["ask"] == []


def test_the_numbers_of_leases_are_those_of_the_last_full_observation() -> None:
    numbers = {"result": 0, "arguments": {"result-set": {"columns": [], "rows": []}}}
    whole = report({**FULL_KEA, "answers": {STATISTICS: numbers}})
    watching, _ = observer(whole, report(SHORT_KEA), report())
    watching.observe(PRIMARY, ())
    known = watching.known["dhcp1"]
    known.lacking = "1 lease"
    assert known.statistics == numbers["arguments"]
    watching.observe(PRIMARY, STEP)
    assert (known.statistics, known.lacking) == (numbers["arguments"], "1 lease")
    watching.observe(PRIMARY, ())
    assert (known.statistics, known.lacking) == ({}, "")


def test_a_full_observation_reads_the_running_configuration_again() -> None:
    watching, hosts = observer(report(), report())
    watching.observe(PRIMARY, ())
    watching.known["dhcp1"].pid = 7
    watching.observe(PRIMARY, ())
    assert [request["known_pid"] for _, _, request, _ in hosts.calls] == [0, 0]


@pytest.mark.parametrize("broken", [{"user": 0}, {**report(), "files": {"/a": 3}}])
def test_a_report_of_another_form_names_the_server(broken: Any) -> None:
    watching, _ = observer(broken)
    with pytest.raises(ControlError, match="dhcp1: the report of observe"):
        watching.observe(PRIMARY, ())


# what a report changes


def test_a_report_of_some_parts_leaves_the_others_as_they_were() -> None:
    watching, _ = observer()
    first = server(
        packages={"isc-kea-dhcp4": "3.0.3"}, machine="x86_64", dnf=Dnf(("bash",), None, None)
    )
    watching.take(PRIMARY, first)
    second = server(
        ahead=5.0, packages={}, machine="", units={}, listening=(), dnf=Dnf((), None, None)
    )
    merged = watching.take(PRIMARY, second, ("units", "listening", "user"))
    assert (merged.units, merged.listening, merged.ahead) == ({}, (), 5.0)
    assert (merged.packages, merged.machine) == (first.packages, "x86_64")
    assert merged.dnf.updates == ("bash",), "dnf was asked once"
    assert watching.known["dhcp1"].first == first
    assert watching.known["dhcp1"].observed == merged


def test_each_part_has_its_field() -> None:
    """A part without one would stay as it was before the step."""
    assert set(STEP) - set(observing.FIELDS) == {"user"}
    changed = {
        "packages": {},
        "updated_since_boot": ("glibc",),
        "chrony": replace(server().chrony, synchronised=False),
        "units": {},
        "files": {"/a": File("640", "root", "kea", 1.0)},
        "kea": replace(server().kea, revision="other", config_read=True),
        "listening": (),
        "firewalld": replace(server().firewalld, default="dmz"),
        "handover": True,
        "certificates": {"1": None},
    }
    watching, _ = observer()
    watching.take(PRIMARY, server())
    assert watching.take(PRIMARY, server(**changed), STEP) == server(**changed)


def test_updates_are_those_of_the_first_report_until_they_are_installed() -> None:
    watching, _ = observer()
    assert watching.take(PRIMARY, server(dnf=Dnf(("a",), None, None)), ("units",)).dnf.updates == ()
    assert watching.take(PRIMARY, server(dnf=Dnf(("a",), None, None))).dnf.updates == ("a",)
    assert watching.take(PRIMARY, server(dnf=Dnf((), None, None))).dnf.updates == ("a",)
    watching.updated("dhcp1")
    assert watching.take(PRIMARY, server(dnf=Dnf(("a",), None, None))).dnf.updates == ()
    watching.updated("dhcp2")
    assert watching.known["dhcp2"].updates == ()


def test_a_process_that_is_known_keeps_what_its_configuration_says() -> None:
    watching, _ = observer()
    loaded = Running(
        "3.0.3", "rev", ha(), None, pid=7, this_server="dhcp1", role=Role.PRIMARY,
        partner=Partner("dhcp2", "10.60.1.68", ""), foreign=True, cert_file="/c",
    )  # fmt: skip
    watching.take(PRIMARY, server(kea=loaded))
    known = watching.known["dhcp1"]
    known.pid, known.revision, known.bodies, known.as_file = 7, "proven", ({}, {}), True
    short = Running("3.0.3", "loaded", ha(State.SYNCING), None, config_read=False)
    kea = watching.take(PRIMARY, server(kea=short), STEP).kea
    assert (kea.this_server, kea.role, kea.partner) == ("dhcp1", Role.PRIMARY, loaded.partner)
    assert (kea.foreign, kea.cert_file) == (True, "/c")
    assert (kea.revision, kea.proven) == ("proven", True)
    assert kea.ha == ha(State.SYNCING)
    assert (known.pid, known.bodies, known.as_file) == (7, ({}, {}), True)


def test_a_new_process_has_to_be_proven_anew() -> None:
    watching, _ = observer()
    watching.known["dhcp1"] = Known(
        pid=7, bodies=({}, {}), as_file=True, proof=("hash", "rev", True), revision="rev"
    )
    kea = watching.take(PRIMARY, server(), STEP).kea
    known = watching.known["dhcp1"]
    assert (known.pid, known.bodies, known.as_file, known.proof) == (0, None, None, None)
    assert kea == server().kea


def test_a_server_that_does_not_answer_runs_nothing_known() -> None:
    watching, _ = observer()
    watching.known["dhcp1"] = Known(pid=7, revision="rev")
    silent = Running(None, None, None, "no such socket", config_read=False)
    assert watching.take(PRIMARY, server(kea=silent), STEP).kea.revision is None


TLS_BY_HAND = replace(
    SITE,
    failover=Failover(extra={"cert-file": "/c", "key-file": "/k", "trust-anchor": "/t"}),
)


@pytest.mark.parametrize(
    ("site", "direct", "kept"),
    [
        (TLS_BY_HAND, State.UNAVAILABLE, None),
        (TLS_BY_HAND, State.READY, State.READY),
        (SITE, State.UNAVAILABLE, State.UNAVAILABLE),
    ],
)
def test_a_peer_that_wants_a_certificate_is_heard_by_the_hook(
    site: Site, direct: State, kept: State | None
) -> None:
    """With TLS that keaprov does not manage, the host's own client may not be admitted."""
    watching, _ = observer(site=site)
    relationship = replace(ha(), direct=direct)
    by_the_host = server(kea=replace(server().kea, ha=relationship))
    merged = watching.take(PRIMARY, by_the_host).kea.ha
    assert merged == replace(relationship, direct=kept)
    assert watching.take(PRIMARY, server(kea=Running(None, None, None, "down"))).kea.ha is None


# all servers


def test_the_first_error_in_the_sites_order_is_raised() -> None:
    def ask(server: Server) -> str:
        if server is STANDBY:
            raise Unreachable("dhcp2")
        return server.name

    with pytest.raises(Unreachable):
        by_server(SITE.servers, ask)
    assert by_server((PRIMARY,), ask) == {"dhcp1": "dhcp1"}
    assert by_server((), ask) == {}
    assert list(by_server(SITE.servers, or_error(ask))) == ["dhcp1", "dhcp2"]


@pytest.mark.parametrize("error", [Unreachable("gone"), SecretError("no password")])
def test_an_error_of_a_host_is_a_value(error: KeaprovError) -> None:
    def ask(server: Server) -> str:
        raise error

    returned: Callable[[Server], Any] = or_error(ask)
    assert returned(PRIMARY) is error
