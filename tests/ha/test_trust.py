"""Whether the peers hear each other between their turns: TLS on or off, another authority."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from keaprov import paths
from keaprov.ha.observed import Observed, Placed
from keaprov.ha.trust import issue_of, trust_changes
from keaprov.model import Authority, Failover, Role, Server, Site, Tls
from tests.certificates import AT, DAY, Pki, authority, pki
from tests.ha.observations import kea, server

NAMES = {"dhcp1": "10.60.1.67", "dhcp2": "10.60.1.68"}
OLD, NEW = authority(), authority()
BY_OLD = {name: pki(name, address, signer=OLD) for name, address in NAMES.items()}
BY_NEW = {name: pki(name, address, signer=NEW) for name, address in NAMES.items()}
BOTH = OLD.cert + NEW.cert


def site(issue: str = "") -> Site:
    servers = (
        Server("dhcp1", NAMES["dhcp1"], ("ens18",), Role.PRIMARY),
        Server("dhcp2", NAMES["dhcp2"], ("ens18",), Role.STANDBY),
    )
    tls = Tls(issue, authority=Authority("/none")) if issue else None
    return Site("labo", servers, {}, failover=Failover(), tls=tls)


def runs(issue: str, **issues: Placed) -> Observed:
    file = f"{paths.TLS_DIR}/{issue}/{paths.CERT}" if issue else ""
    return server(kea=replace(kea(), cert_file=file), certificates=issues)


def placed(trust: str, own: Pki) -> Placed:
    return Placed(trust, own.cert, True)


def moving(
    wanted: str, running: dict[str, str], issues: dict[str, dict[str, Placed]], at: datetime = AT
) -> bool:
    by_name = {
        name: runs(issue, **{key: servers[name] for key, servers in issues.items()})
        for name, issue in running.items()
    }
    return trust_changes(site(wanted), by_name, {}, at)


def both(trust: str, certs: dict[str, Pki]) -> dict[str, Placed]:
    return {name: placed(trust, own) for name, own in certs.items()}


ISSUES = {
    "old": both(OLD.cert, BY_OLD),
    "renewed": both(OLD.cert, {n: pki(n, a, signer=OLD) for n, a in NAMES.items()}),
    "step1": both(BOTH, BY_OLD),
    "step2": both(BOTH, BY_NEW),
    "new": both(NEW.cert, BY_NEW),
}


@pytest.mark.parametrize(
    ("running", "wanted", "expected"),
    [
        ("", "", False),
        ("", "old", True),
        ("old", "", True),
        ("old", "old", False),
        ("old", "renewed", False),
        ("old", "step1", False),
        ("step1", "step2", False),
        ("step2", "new", False),
        ("old", "new", True),
        ("step1", "new", True),
    ],
)
def test_what_moves(running: str, wanted: str, expected: bool) -> None:
    here = dict.fromkeys(NAMES, running)
    assert moving(wanted, here, ISSUES) is expected
    if running != wanted:  # one server had its turn: it is the same until the other had its own
        assert moving(wanted, {"dhcp1": running, "dhcp2": wanted}, ISSUES) is expected
        assert moving(wanted, {"dhcp1": wanted, "dhcp2": running}, ISSUES) is expected
        assert moving(wanted, dict.fromkeys(NAMES, wanted), ISSUES) is False


def test_an_ended_certificate() -> None:
    later = AT + 91 * DAY
    fresh = {n: pki(n, a, signer=OLD, at=later) for n, a in NAMES.items()}
    issues = {"old": ISSUES["old"], "fresh": both(OLD.cert, fresh)}
    assert moving("fresh", dict.fromkeys(NAMES, "old"), issues, later) is True
    assert moving("fresh", dict.fromkeys(NAMES, "old"), issues, AT) is True  # not valid yet
    assert moving("fresh", dict.fromkeys(NAMES, "fresh"), issues, later) is False


def test_texts_that_are_not_known_are_taken_as_good() -> None:
    assert moving("next", dict.fromkeys(NAMES, "old"), {"old": ISSUES["old"]}) is False


@pytest.mark.parametrize("ended", [True, False])
def test_certificates_that_have_ended_are_renewed(ended: bool) -> None:
    """The new ones are not made yet; the first server to restart would reject the other one's."""
    by_name = {name: runs("old", old=ISSUES["old"][name]) for name in NAMES}
    at = AT + 91 * DAY if ended else AT
    assert trust_changes(site("20260731"), by_name, {}, at) is ended


def test_another_server_without_ha_does_not_move() -> None:
    alone = server(kea=replace(kea(), ha=None))
    assert trust_changes(site("old"), {"dhcp1": alone, "dhcp2": alone}, {}, AT) is False


def test_the_issue_of_a_file() -> None:
    assert issue_of("/etc/kea/tls/20260501-2/cert.pem") == "20260501-2"
    assert issue_of("/etc/pki/kea/cert.pem") == ""
    assert issue_of("") == ""
