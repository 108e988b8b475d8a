"""What operations decide from texts and zones, without a host."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from keaprov import load_site
from keaprov.firewall import as_needed, openings, settled, without_closing, zone_changes
from keaprov.ha.observed import Firewalld, Zone
from keaprov.model import Ntp
from keaprov.operations.chrony import configuration
from keaprov.operations.dnf import KEA, without

SITE = load_site(Path(__file__).parents[2] / "inventories/lab/site.yaml")
NTP = Ntp(pools=("10.20.2.254",), servers=("10.20.2.253",))
PACKAGED = "# Use public servers\npool 2.rocky.pool.ntp.org iburst\nserver a.b\ndriftfile /x\n"


def test_chrony_comments_the_old_sources_and_keeps_the_rest() -> None:
    made = configuration(PACKAGED, NTP)
    active = [line for line in made.splitlines() if line and not line.startswith("#")]
    assert active == ["pool 10.20.2.254 iburst", "server 10.20.2.253 iburst", "driftfile /x"]
    assert "# keaprov: was pool 2.rocky.pool.ntp.org iburst" in made
    assert "# keaprov: was server a.b" in made


def test_chrony_is_stable_and_follows_the_site() -> None:
    once = configuration(PACKAGED, NTP)
    assert configuration(once, NTP) == once
    moved = configuration(once, Ntp(pools=("10.9.9.9",)))
    assert "10.20.2.254" not in moved
    assert moved.count("pool 10.9.9.9") == 1


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("[epel]\nname=x\n", "excludepkgs=kea kea-*"),
        ("[epel]\nexcludepkgs=foo, bar\n", "excludepkgs=foo bar kea kea-*"),
        ("[epel]\nexclude=foo\n", "excludepkgs=foo kea kea-*"),
    ],
)
def test_epels_kea_is_excluded_and_other_exclusions_stay(before: str, line: str) -> None:
    made = without(before, KEA)
    assert line in made.splitlines()
    assert without(made, KEA) == made


def test_every_section_of_a_repository_file_gets_its_own_line() -> None:
    made = without("# top\n[a]\nx=1\n[b]\ny=2\n", KEA)
    assert made.count("excludepkgs=kea kea-*") == 2
    assert made.startswith("# top\n[a]\n")


def test_the_ha_port_is_open_to_the_peer_only() -> None:
    wanted = openings(SITE, SITE.servers[0])
    assert wanted.services == ("keaprov-dhcp",)
    assert all('source address="10.60.1.68"' in rule for rule in wanted.rules)
    assert 'port="8005"' in wanted.definitions["keaprov-ha"]


def test_what_keaprov_opened_is_closed_and_nothing_else() -> None:
    wanted = openings(SITE, SITE.servers[0])
    old = 'rule family="ipv4" source address="10.9.9.9" service name="keaprov-agent" accept'
    foreign = 'rule family="ipv4" source address="10.9.9.9" service name="ssh" accept'
    zone = Zone(services=("ssh", "keaprov-old"), ports=("80/tcp",), rules=(old, foreign))
    changes = dict(zone_changes(zone, wanted))
    assert changes["--remove-service-from-zone"] == ["keaprov-old"]
    assert changes["--remove-rich-rule"] == [old]
    assert changes["--add-rich-rule"] == list(wanted.rules)


def test_a_zone_that_is_right_needs_nothing() -> None:
    wanted = openings(SITE, SITE.servers[0])
    assert not any(dict(zone_changes(Zone(wanted.services, (), wanted.rules), wanted)).values())


def test_a_firewall_is_as_needed_now_and_for_good_only() -> None:
    wanted = openings(SITE, SITE.servers[0])
    right, closed = Zone(wanted.services, (), wanted.rules), Zone()
    for permanent, runtime, good in (
        (right, right, True),
        (right, closed, False),
        (closed, closed, False),
        (right, None, False),
    ):
        firewalld = Firewalld(wanted.definitions, permanent, runtime, {}, "public")
        assert as_needed(firewalld, wanted) is good


def test_a_port_in_use_stays_open_until_the_roll_out_has_ended() -> None:
    before, after = openings(SITE, SITE.servers[0], 8005), openings(SITE, SITE.servers[0], 8006)
    zone = Zone(before.services, (), before.rules)
    firewalld = Firewalld(before.definitions, zone, zone, {}, "public")
    both = without_closing(firewalld, after).definitions["keaprov-ha"]
    assert 'port="8005"' in both
    assert 'port="8006"' in both
    assert without_closing(firewalld, before) == before, "what is open already is not a change"
    assert not as_needed(
        replace(firewalld, services=without_closing(firewalld, after).definitions), after
    )


def test_somebody_elses_runtime_rule_needs_no_reload() -> None:
    wanted = openings(SITE, SITE.servers[0])
    permanent = Zone(wanted.services, (), wanted.rules)
    banned = 'rule family="ipv4" source address="203.0.113.9" drop'
    runtime = Zone(("keaprov-dhcp", "ssh"), ("9/tcp",), (*wanted.rules, banned))
    assert settled(Firewalld(wanted.definitions, permanent, runtime, {}, "public"))
