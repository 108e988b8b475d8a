"""What refuses a server or a pair before any change, and what its repositories are asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keaprov import paths, repository
from keaprov.conductor.preflight import (
    OFFERS,
    Offers,
    lacks_packages,
    missing_version,
    reasons_of_pair,
    reasons_of_server,
    upgrades,
    wanted_version,
    warnings_of_pair,
)
from keaprov.conductor.views import Views
from keaprov.errors import Refused
from keaprov.ha.observed import Firewalld, Observed, Partner, Ssh, Zone
from keaprov.ha.states import State
from keaprov.model import Site
from tests.conductor.hosts import Hosts, each
from tests.conductor.world import PRIMARY, SITE, Host, World, views
from tests.ha.observations import server

KEA = dict.fromkeys(("isc-kea-common", *SITE.kea.packages), "3.0.3-isc1")
COMPLETE = {**KEA, "chrony": "4.6", "firewalld": "2.1"}
KEY = (SITE.kea.repository.fingerprint,)
OFFERED = {"key": "PGP", "epel": "", "refusal": ""}


def pinned(version: str | None) -> Site:
    """Return the site with this version of Kea."""
    return replace(SITE, kea=replace(SITE.kea, version=version))


def host(**changes: Any) -> Observed:
    """Return a host that has every package, and the vendor's key."""
    return server(**{"packages": COMPLETE, "key": KEY, **changes})


def refused(
    own: Observed, answer: Any = OFFERED, site: Site = SITE, peer: Observed | None = None
) -> tuple[list[str], Hosts, Offers]:
    """Return the reasons not to touch dhcp1, what its host was asked, and what it offers."""
    hosts, offers = Hosts({"rehearse": answer}), Offers()
    by_name = {"dhcp1": own, "dhcp2": peer or host()}
    reasons = reasons_of_server(site, PRIMARY, by_name, hosts.channels["dhcp1"], offers)
    return reasons, hosts, offers


# one server


def test_a_server_that_has_everything_is_not_asked() -> None:
    reasons, hosts, offers = refused(host())
    assert (reasons, hosts.calls) == ([], [])
    assert offers == Offers({}, {})


def test_a_bare_host_is_asked_for_all_that_it_lacks() -> None:
    bare = host(packages={"bash": "5"}, key=())
    reasons, hosts, offers = refused(
        bare, {"key": "PGP", "epel": "epel-release", "refusal": ""}, peer=host(packages={})
    )
    assert reasons == []
    assert offers == Offers({"dhcp1": "PGP"}, {"dhcp1": "epel-release"})
    ((name, program, request, patience),) = hosts.calls
    assert (name, program, patience) == ("dhcp1", "rehearse", OFFERS)
    where, key = repository.access(SITE), repository.key_access(SITE)
    assert request == {
        "repository": repository.text(SITE, "9", repository.KEY),
        "url": where.shown,
        "release": "9",
        "key": {
            "url": key.url,
            "shown": key.shown,
            "user": key.user,
            "password": key.password,
            "private": False,
        },
        "private": False,
        "fingerprint": SITE.kea.repository.fingerprint,
        "vendor": SITE.kea.packages,
        "former": True,
        "version": "",
        "distribution": ["chrony", "firewalld"],
        "library": True,
        "installed": [],
    }


def test_a_second_server_gets_the_version_of_the_first() -> None:
    _, hosts, _ = refused(host(packages={"chrony": "4.6"}), peer=host())
    request = hosts.calls[0][2]
    assert (request["version"], request["distribution"]) == ("3.0.3-isc1", ["firewalld"])


def test_an_upgrade_is_rehearsed_with_the_packages_that_are_installed() -> None:
    _, hosts, _ = refused(host(), site=pinned("3.0.4"))
    request = hosts.calls[0][2]
    assert sorted(request["installed"]) == sorted(f"{name}-3.0.3-isc1" for name in KEA)
    assert (request["version"], request["former"], request["library"]) == ("3.0.4", False, False)
    _, hosts, _ = refused(host(key=()), site=pinned("3.0.3"))
    assert hosts.calls[0][2]["installed"] == [], "the version stays"


def test_what_the_repositories_refuse_is_a_reason() -> None:
    reasons, _, offers = refused(host(key=()), {**OFFERED, "refusal": "no such package"})
    assert reasons == ["no such package"]
    assert offers.keys == {"dhcp1": "PGP"}
    with pytest.raises(Refused):
        refused(host(key=()), Refused("dhcp1: no network"))


def test_a_server_that_is_refused_already_is_not_asked() -> None:
    reasons, hosts, _ = refused(host(root=False, key=()))
    assert len(reasons) == 1
    assert hosts.calls == []


LOCKED_OUT = Firewalld(
    {}, Zone(), None, {"ens18": "public"}, "public", ssh=Ssh("10.9.0.1", 22, "ens18", "public")
)


def test_a_firewall_that_would_lock_the_operator_out_is_a_reason() -> None:
    reasons, hosts, _ = refused(host(firewalld=LOCKED_OUT, key=()))
    assert len(reasons) == 1
    assert "ssh" in reasons[0].lower()
    assert hosts.calls == []
    without = {name: version for name, version in COMPLETE.items() if name != "firewalld"}
    reasons, hosts, _ = refused(host(firewalld=LOCKED_OUT, packages=without))
    assert reasons == [], "firewalld is not installed yet"
    assert len(hosts.calls) == 1


@pytest.mark.parametrize(
    ("changes", "version", "lacks"),
    [
        ({}, None, False),
        ({}, "3.0.3", False),
        ({}, "3.0.4", True),
        ({"key": ()}, None, True),
        ({"key": ("another",)}, None, True),
        ({"packages": {**COMPLETE, "kea-tools": "1"}}, None, False),
        *(
            ({"packages": {n: v for n, v in COMPLETE.items() if n != name}}, None, True)
            for name in (*paths.PACKAGES, *SITE.kea.packages)
        ),
    ],
)
def test_what_a_server_lacks(changes: Any, version: str | None, lacks: bool) -> None:
    assert lacks_packages(pinned(version), host(**changes)) is lacks


@pytest.mark.parametrize(
    ("version", "packages", "expected"),
    [
        ("3.0.4", COMPLETE, True),
        ("3.0.3", COMPLETE, False),
        (None, COMPLETE, False),
        ("3.0.4", {}, False),
    ],
)
def test_an_upgrade_is_of_what_is_installed(
    version: str | None, packages: Any, expected: bool
) -> None:
    assert upgrades(pinned(version), host(packages=packages)) is expected


def test_the_wanted_version_is_the_pin_else_that_of_a_server() -> None:
    bare = host(packages={})
    assert wanted_version(pinned("3.0.4"), {"dhcp1": host()}) == "3.0.4"
    assert wanted_version(SITE, {"dhcp1": bare, "dhcp2": host()}) == "3.0.3-isc1"
    assert wanted_version(SITE, {"dhcp1": bare, "dhcp2": bare}) is None


def test_what_a_server_lacks_comes_in_the_version_of_its_own_kea() -> None:
    other = host(packages={**COMPLETE, "isc-kea-dhcp4": "3.0.2-isc1"})
    by_name = {"dhcp1": host(), "dhcp2": other}
    assert missing_version(SITE, other, by_name) == "3.0.2-isc1"
    assert missing_version(SITE, host(packages={}), by_name) == "3.0.3-isc1"


# the pair

HEALTHY = World(Host(scopes=True), Host())
SPLIT = World(
    Host(scopes=True, state=State.PARTNER_DOWN),
    Host(scopes=True, state=State.PARTNER_DOWN),
    apart=True,
)


def words_of(by_name: Views) -> list[str]:
    """Return the first words of each reason."""
    return [reason[:20] for reason in reasons_of_pair(SITE, by_name)]


def test_a_healthy_pair_may_be_touched() -> None:
    assert list(reasons_of_pair(SITE, views(HEALTHY))) == []
    assert list(warnings_of_pair(SITE, views(HEALTHY))) == []


def with_partner(error: str) -> Views:
    """Return a healthy pair whose primary runs with a partner that is not in the site."""
    by_name = dict(views(HEALTHY))
    view = by_name["dhcp1"]
    kea = replace(view.observed.kea, partner=Partner("dhcp9", "10.60.1.99", error))
    by_name["dhcp1"] = replace(view, observed=replace(view.observed, kea=kea))
    return by_name


def test_a_partner_that_answers_refuses_and_one_that_is_gone_is_a_warning() -> None:
    (reason,) = reasons_of_pair(SITE, with_partner(""))
    assert "dhcp9 (10.60.1.99)" in reason
    assert list(warnings_of_pair(SITE, with_partner(""))) == []
    gone = with_partner("Connection refused")
    assert list(reasons_of_pair(SITE, gone)) == []
    (warning,) = warnings_of_pair(SITE, gone)
    assert (warning.server, warning.gone) == ("dhcp1", True)


def test_reasons_of_both_servers_together_refuse() -> None:
    """Two versions of Kea, and a subnet that a rolling restart would take away from the pair."""
    by_name = dict(views(HEALTHY))
    view = by_name["dhcp2"]
    other = replace(view.observed, packages={"isc-kea-dhcp4": "2.6.1"})
    by_name["dhcp2"] = replace(view, observed=other)
    by_name = {name: replace(each_view, removed=(60,)) for name, each_view in by_name.items()}
    assert words_of(by_name) == ["the servers' Kea ver", "the change removes o"]


def test_a_split_brain_that_the_firewalls_explain_is_healed_by_the_run() -> None:
    by_name = views(SPLIT)
    assert words_of(by_name) == ["split brain: both se"]
    closed = Firewalld({}, Zone(), Zone(), {}, "public")
    one_closed = {**by_name, "dhcp2": each(by_name, firewalld=closed)["dhcp2"]}
    assert words_of(one_closed) == [], "the run opens the port"
    assert words_of(each(by_name, listening=())) == [], "the HA port changes"


def test_servers_that_hear_each_other_again_heal_by_themselves() -> None:
    healing = replace(SPLIT, apart=False)
    assert words_of(views(healing)) == []
    one_deaf = {**views(healing), "dhcp2": views(SPLIT)["dhcp2"]}
    assert words_of(one_deaf) == ["split brain: both se"]
