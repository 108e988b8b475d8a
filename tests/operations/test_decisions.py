"""What operations decide from texts and zones, without a host."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from keaprov import load_site
from keaprov.firewall import (
    Openings,
    as_needed,
    lockout,
    openings,
    ports_of,
    without_closing,
    zone_changes,
    zone_request,
)
from keaprov.ha.observed import Firewalld, Managed, Ssh, Unit, Zone
from keaprov.model import Ntp
from keaprov.operations.chrony import configuration, others
from keaprov.operations.dnf import KEA, without
from keaprov.operations.kea import directories_of
from tests.ha.observations import DOWN, UP, server

SITE = load_site(Path(__file__).parents[2] / "inventories/lab/site.yaml")
NTP = Ntp(pools=("10.20.2.254",), servers=("10.20.2.253",))
PACKAGED = "# Use public servers\npool 2.rocky.pool.ntp.org iburst\nserver a.b\ndriftfile /x\n"


def test_chrony_comments_the_old_sources_and_keeps_the_rest() -> None:
    made = configuration(PACKAGED, NTP)
    active = [line for line in made.splitlines() if line and not line.startswith("#")]
    assert active == ["pool 10.20.2.254 iburst", "server 10.20.2.253 iburst", "driftfile /x"]
    assert "# keaprov: was pool 2.rocky.pool.ntp.org iburst" in made
    assert "# keaprov: was server a.b" in made


def test_chrony_keeps_what_other_programs_and_hardware_give_and_says_so() -> None:
    kept = "peer 10.0.0.9\n  RefClock PHC /dev/ptp0 poll 2\nsourcedir /run/chrony-dhcp\n"
    made = configuration(f"Server a.b\n\n{kept}#confdir /x\nmakestep 1.0 3\n", NTP)
    assert kept in made
    assert "# keaprov: was Server a.b\n\n" in made
    assert "\nmakestep 1.0 3\n" in made
    assert others(made) == [
        "peer 10.0.0.9",
        "RefClock PHC /dev/ptp0 poll 2",
        "sourcedir /run/chrony-dhcp",
    ]


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


def test_what_the_site_no_longer_needs_is_closed() -> None:
    wanted = openings(SITE, SITE.servers[0])
    old = 'rule family="ipv4" source address="10.9.9.9" service name="keaprov-agent" accept'
    changes = dict(zone_changes(Zone(("keaprov-old",), (old,)), wanted))
    assert changes["--remove-service"] == ["keaprov-old"]
    assert changes["--remove-rich-rule"] == [old]
    assert changes["--add-rich-rule"] == list(wanted.rules)


def test_a_zone_that_is_right_needs_nothing() -> None:
    wanted = openings(SITE, SITE.servers[0])
    assert not any(dict(zone_changes(Zone(wanted.services, wanted.rules), wanted)).values())


def test_a_firewall_is_as_needed_now_and_for_good_only() -> None:
    wanted = openings(SITE, SITE.servers[0])
    right, closed = Zone(wanted.services, wanted.rules), Zone()
    for permanent, runtime, good in (
        (right, right, True),
        (right, closed, False),
        (closed, closed, False),
        (right, None, False),
    ):
        firewalld = running(wanted, permanent, runtime)
        assert as_needed(firewalld, wanted) is good
    unread = replace(running(wanted, right, right), loaded={"keaprov-ha": ("1/tcp",)})
    assert not as_needed(unread, wanted), "firewalld has not read the new port"


def test_a_port_in_use_stays_open_until_the_roll_out_has_ended() -> None:
    before, after = openings(SITE, SITE.servers[0], 8005), openings(SITE, SITE.servers[0], 8006)
    zone = Zone(before.services, before.rules)
    firewalld = Firewalld(before.definitions, zone, zone, {}, "public")
    both = without_closing(firewalld, after).definitions["keaprov-ha"]
    assert 'port="8005"' in both
    assert 'port="8006"' in both
    assert without_closing(firewalld, before) == before, "what is open already is not a change"
    assert not as_needed(
        replace(firewalld, services=without_closing(firewalld, after).definitions), after
    )


def running(wanted: Openings, permanent: Zone, runtime: Zone | None) -> Firewalld:
    """Return a firewalld that has read the definitions of what is wanted."""
    ports = {name: sorted(ports_of(text)) for name, text in wanted.definitions.items()}
    return Firewalld(wanted.definitions, permanent, runtime, {}, "public", loaded=ports)


def then(firewalld: Firewalld, wanted: Openings, unit: Unit = UP) -> list[str]:
    """Return the commands that bring a firewall to what is wanted."""
    observed = server(firewalld=firewalld, units={"firewalld": unit})
    request = zone_request(SITE, SITE.servers[0], observed, wanted)
    assert request is not None
    return [" ".join(argv) for argv in request["then"]]


def test_rules_change_in_both_configurations_without_a_reload() -> None:
    wanted = openings(SITE, SITE.servers[0])
    rule = wanted.rules[0]
    right = Zone(wanted.services, wanted.rules)
    lacks = Zone(wanted.services, wanted.rules[1:])
    cmd = "firewall-cmd --zone=public"
    permanent, runtime = (f"{cmd}{way} --add-rich-rule={rule}" for way in (" --permanent", ""))
    assert then(running(wanted, lacks, lacks), wanted) == [permanent, runtime]
    assert then(running(wanted, right, lacks), wanted) == [runtime]
    offline = f"firewall-offline-cmd --zone=public --add-rich-rule={rule}"
    down = running(wanted, lacks, None)
    assert then(down, wanted, replace(DOWN, enabled=True)) == [
        offline,
        "systemctl start firewalld",
    ]


def test_only_a_definition_that_firewalld_has_not_read_needs_a_reload() -> None:
    wanted = openings(SITE, SITE.servers[0])
    right = Zone(wanted.services, wanted.rules)
    now = running(wanted, right, right)
    assert zone_request(SITE, SITE.servers[0], server(firewalld=now), wanted) is None
    assert then(replace(now, loaded={}), wanted) == ["firewall-cmd --reload"]
    assert then(replace(now, services={}), wanted) == ["firewall-cmd --reload"]


def test_the_zone_from_before_closes_last() -> None:
    wanted = openings(SITE, SITE.servers[0])
    right = Zone(wanted.services, wanted.rules, ("ens18",))
    work = Zone(("keaprov-dhcp",), wanted.rules[:1])
    both = replace(running(wanted, right, right), elsewhere={"work": work})
    assert not as_needed(both, wanted)
    open_ = without_closing(both, wanted)
    assert open_ != wanted
    assert as_needed(both, open_)
    assert zone_request(SITE, SITE.servers[0], server(firewalld=both), open_) is None
    closed = [f"--remove-rich-rule={wanted.rules[0]}", "--remove-service=keaprov-dhcp"]
    live = [f"firewall-cmd --zone=work {option}" for option in closed]
    kept = [f"firewall-cmd --zone=work --permanent {option}" for option in closed]
    assert then(both, wanted) == [*live, *kept]
    down = then(replace(both, runtime=None), wanted, replace(DOWN, enabled=True))
    offline = "firewall-offline-cmd --zone=work --remove-service-from-zone=keaprov-dhcp"
    assert down[1:] == [offline, "systemctl start firewalld"]


@pytest.mark.parametrize("default", ["public", "home"])
def test_an_interface_leaves_the_zone_from_before(default: str) -> None:
    wanted = openings(SITE, SITE.servers[0])
    right = Zone(wanted.services, wanted.rules)
    work = Zone(wanted.services, interfaces=("ens18",))
    firewalld = replace(
        running(wanted, right, right),
        elsewhere={"work": work},
        default=default,
        bound={"ens18": "work"},
    )
    open_ = without_closing(firewalld, wanted)
    assert then(firewalld, open_) == [BY_FIREWALLD, MOVED]


def managed(zone: str) -> dict[str, Managed]:
    """Return what NetworkManager says of ens18, in this zone ("": the default one)."""
    return {"ens18": Managed("7f", zone)}


MOVED = "firewall-cmd --zone=public --change-interface=ens18"
BY_FIREWALLD = "firewall-cmd --zone=public --permanent --change-interface=ens18"
BY_MANAGER = "nmcli connection modify 7f connection.zone public"


@pytest.mark.parametrize(
    ("default", "bound", "interfaces", "manager", "commands"),
    [
        ("public", "", (), {}, []),
        ("public", "public", (), managed(""), []),
        ("home", "", (), {}, [BY_FIREWALLD, MOVED]),
        ("home", "public", ("ens18",), {}, []),
        ("home", "home", ("ens18",), {}, [MOVED]),
        ("home", "home", (), managed(""), [BY_MANAGER, MOVED]),
        ("home", "home", ("ens18",), managed(""), [BY_MANAGER, MOVED]),
        ("home", "public", (), managed("public"), []),
        ("home", "home", (), managed("public"), [MOVED]),
    ],
)
def test_an_interface_is_in_the_zone_now_and_for_good(
    default: str,
    bound: str,
    interfaces: tuple[str, ...],
    manager: dict[str, Managed],
    commands: list[str],
) -> None:
    wanted = openings(SITE, SITE.servers[0])
    zone = Zone(wanted.services, wanted.rules, interfaces)
    firewalld = replace(
        running(wanted, zone, zone), default=default, bound={"ens18": bound}, managed=manager
    )
    assert as_needed(firewalld, wanted) is (not commands)
    request = zone_request(SITE, SITE.servers[0], server(firewalld=firewalld), wanted)
    assert [" ".join(argv) for argv in request["then"]] == commands if request else not commands
    if commands:
        unread = then(replace(firewalld, loaded={}), wanted)
        offline = BY_FIREWALLD.replace("cmd", "offline-cmd").replace(" --permanent", "")
        first = [offline] if BY_FIREWALLD in commands else []
        rest = [words for words in commands if words != BY_FIREWALLD]
        assert unread == [*first, "firewall-cmd --reload", *rest], "the zone opens first"


@pytest.mark.parametrize(
    ("ssh", "default", "runtime", "zone"),
    [
        (Ssh("10.0.0.1", 22, "ens18", "", ("public",)), "public", None, None),
        (Ssh("10.0.0.1", 22, "ens18", "", ("home",)), "public", None, "public"),
        (Ssh("10.0.0.1", 22, "ens18", "home", ("home",), by_source=True), "public", None, None),
        (Ssh("10.0.0.1", 22, "ens18", "home", ("home",)), "work", None, "public"),
        (Ssh("10.0.0.1", 22, "ens19", "", ("home",)), "home", None, None),
        (Ssh("10.0.0.1", 22, "ens18", "", ("home",)), "home", None, "public"),
        (Ssh("10.0.0.1", 22, "ens18", "", ("home",)), "home", Zone(), "public"),
        (Ssh("10.0.0.1", 22, "ens19", "", ()), "home", Zone(), None),
    ],
)
def test_who_comes_over_ssh_is_not_locked_out(
    ssh: Ssh, default: str, runtime: Zone | None, zone: str | None
) -> None:
    reason = lockout(SITE, SITE.servers[0], Firewalld({}, Zone(), runtime, {}, default, ssh=ssh))
    assert (reason or "").startswith(f"firewalld's zone {zone} does not" if zone else "")
    assert bool(reason) == bool(zone)


def test_the_zone_of_networkmanager_counts_for_a_firewall_that_starts() -> None:
    ssh = Ssh("10.0.0.1", 22, "ens18", "", ("home",))
    down = Firewalld({}, Zone(), None, {}, "public", ssh=ssh)
    assert lockout(SITE, SITE.servers[0], down)
    moved = lockout(SITE, SITE.servers[0], replace(down, managed=managed("home")))
    assert "ens18 would be in it" in (moved or "")
    other = replace(down, ssh=replace(ssh, interface="ens19"))
    managed_19 = {"ens19": Managed("7f", "home")}
    assert lockout(SITE, SITE.servers[0], replace(other, managed=managed_19)) is None


def test_the_modes_of_directories_are_those_that_the_units_set_at_each_start() -> None:
    modes = {entry["path"]: entry["mode"] for entry in directories_of(server(units={}))}
    assert set(modes.values()) == {"750"}
    agent = replace(UP, directories={"/var/lib/kea": "700", "/etc/kea": "755"})
    dhcp4 = replace(UP, directories={"/var/lib/kea": "755", "/var/lib/other": "711"})
    observed = server(units={"kea-dhcp4": dhcp4, "kea-ctrl-agent": agent})
    assert {entry["path"]: entry["mode"] for entry in directories_of(observed)} == {
        **modes,
        "/var/lib/kea": "755",
        "/etc/kea": "755",
    }
