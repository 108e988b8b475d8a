"""What a server must be before anything changes: decisions, without a host."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from keaprov import load_site
from keaprov.ha import system
from keaprov.ha.observed import Firewalld, Managed, Observed, Unit, Zone
from keaprov.ha.preflight import refusals
from keaprov.model import Firewall, Kea, Server, Site
from tests.conductor.world import SITE
from tests.ha.observations import DOWN, UP, server

LAB = load_site(Path(__file__).parents[2] / "inventories/lab/site.yaml")
"""A site whose API the control agent serves."""


def reasons(observed: Observed, site: Site = SITE, own: Server | None = None) -> str:
    return "\n".join(refusals(site, own or site.servers[0], observed))


def test_a_healthy_server() -> None:
    assert reasons(server()) == ""


@pytest.mark.parametrize("name", ["chronyd", "firewalld", "kea-ctrl-agent", "kea-dhcp4"])
def test_a_masked_unit_cannot_be_started_again(name: str) -> None:
    """Such a unit may run: it was masked later. Its turn would stop it for good."""
    healthy = server().units
    for unit in (UP, DOWN):
        observed = server(units={**healthy, name: replace(unit, masked=True, enabled=False)})
        reason = reasons(observed, replace(SITE, api=LAB.api))
        assert reason.startswith(f"{name} is masked: nothing can start it.")
        assert reason.endswith(f"systemctl unmask {name}")


@pytest.mark.parametrize("name", ["chronyd", "firewalld", "kea-ctrl-agent", "kea-dhcp4"])
def test_a_unit_that_cannot_be_enabled_is_named_with_its_cure(name: str) -> None:
    """It would have a turn in each deploy, and the second server none."""
    for unit in (UP, DOWN):
        own = replace(unit, fixed=True, enabled=False)
        observed = server(units={**server().units, name: own})
        reason = reasons(observed, replace(SITE, api=LAB.api))
        assert reason.startswith(f"{name} cannot be enabled: its unit file has no [Install]")
        assert reason.endswith(f"systemctl revert {name}")


def test_units_that_a_site_does_not_have_may_be_masked() -> None:
    masked = replace(DOWN, masked=True, fixed=True)
    observed = server(units={**server().units, "ntpd": masked, "kea-dhcp6": masked})
    assert reasons(observed) == ""


@pytest.mark.parametrize(
    ("interfaces", "default", "words"),
    [
        (("*",), "public", ""),
        (("*",), "work", "keaprov does not know which interfaces to put into it"),
        (("ens18/10.60.1.67", "ens18/10.60.1.68"), "work", ""),
    ],
)
def test_interfaces_and_zones(interfaces: tuple[str, ...], default: str, words: str) -> None:
    own = replace(SITE.servers[0], interfaces=interfaces)
    site = replace(SITE, firewall=Firewall("public"))
    bound = dict.fromkeys(own.devices, "public")
    observed = server(firewalld=Firewalld({}, Zone(), Zone(), bound, default))
    reason = reasons(observed, site, own)
    assert words in reason if words else reason == ""


@pytest.mark.parametrize(
    ("bound", "interfaces", "zone", "words"),
    [
        ("home", (), None, "ens18 is in firewalld's zone home, the site says public"),
        ("home", ("ens18",), None, ""),
        ("home", (), "", "ens18 is in firewalld's zone home, the site says public"),
        ("work", (), "", ""),
        ("home", (), "public", ""),
        ("home", (), "home", "nmcli connection modify 7f connection.zone public"),
    ],
)
def test_somebodys_choice_of_a_zone_is_not_overruled(
    bound: str, interfaces: tuple[str, ...], zone: str | None, words: str
) -> None:
    managed = {} if zone is None else {"ens18": Managed("7f", zone)}
    permanent = Zone(interfaces=interfaces)
    firewalld = Firewalld({}, permanent, Zone(), {"ens18": bound}, "work", managed=managed)
    reason = reasons(server(firewalld=firewalld))
    assert words in reason if words else reason == ""


@pytest.mark.parametrize(
    ("has", "source", "words"),
    [
        (True, "10.60.1.67", ""),
        (False, "10.60.1.99", "this host does not have the address 10.60.1.67"),
        (True, "10.60.1.99", "from 10.60.1.99, and the peer's firewall lets only 10.60.1.67 in"),
        (True, "", "no route of this host leads to its peer 10.60.1.68"),
    ],
)
def test_the_peer_has_to_hear_the_servers_own_address(has: bool, source: str, words: str) -> None:
    observed = server(addresses={"10.60.1.67": has}, towards={"10.60.1.68": source})
    reason = reasons(observed)
    assert words in reason if words else reason == ""
    assert reason.count("\n") == 0


def test_relays_have_to_reach_a_server_that_its_peer_reaches_by_ipv6() -> None:
    own = replace(SITE.servers[0], address="2001:db8::67", dhcp_address="10.60.1.67")
    addresses = {"2001:db8::67": True, "10.60.1.67": False}
    observed = server(addresses=addresses, towards={"2001:db8::68": "2001:db8::67"})
    words = "this host does not have the address 10.60.1.67: the packets of relays do not reach it"
    assert words in reasons(observed, own=own)
    observed = replace(observed, addresses=dict.fromkeys(addresses, True))
    assert reasons(observed, own=own) == ""
    observed = replace(observed, towards={"2001:db8::68": "2001:db8::aaaa"})
    assert "sends to its peer 2001:db8::68 from 2001:db8::aaaa" in reasons(observed, own=own)


@pytest.mark.parametrize("zone", [None, "home"])
def test_a_zone_that_the_site_had_before_is_nobodys_choice(zone: str | None) -> None:
    managed = {} if zone is None else {"ens18": Managed("7f", zone)}
    firewalld = Firewalld({}, Zone(), Zone(), {"ens18": "home"}, "work", managed=managed)
    assert "home" in reasons(server(firewalld=firewalld))
    before = replace(firewalld, elsewhere={"home": Zone(("keaprov-dhcp",))})
    assert reasons(server(firewalld=before)) == ""


def test_an_interface_with_an_address_is_looked_for_by_its_name() -> None:
    own = replace(SITE.servers[0], interfaces=("ens18/10.60.1.67", "*", "ens19", "ens18/10.0.0.1"))
    assert own.devices == ("ens18", "ens19")


@pytest.mark.parametrize(
    ("installed", "words"),
    [
        ("3.0.3-isc1", ""),
        ("3.2.0-isc1", "Kea 3.2.0-isc1 is installed, the site wants 3.0: keaprov does not go back"),
        ("2.6.4-isc1", "Kea 2.6.4-isc1 is installed, the site wants 3.0: an upgrade to another"),
        ("2.4.2-isc1", "Kea 2.4.2-isc1 is installed, the site wants 3.0: keaprov does not know"),
    ],
)
def test_another_series(installed: str, words: str) -> None:
    changes: dict[str, Any] = {"packages": {"isc-kea-dhcp4": installed}}
    reason = reasons(server(**changes))
    assert reason.startswith(words) if words else reason == ""


def test_the_next_series_needs_an_exact_version() -> None:
    wanted = replace(SITE, kea=Kea("3.2"))
    assert "needs an exact version" in " ".join(refusals(wanted, SITE.servers[0], server()))
    pinned = replace(SITE, kea=Kea("3.2", "3.2.0"))
    assert not list(refusals(pinned, SITE.servers[0], server()))


EPELS = {"kea-libs": "2.6.3-1.el9", "kea": "2.6.3-1.el9"}
PINNED = replace(SITE, kea=Kea("3.0", "3.0.3"))


def test_kea_of_epel_is_replaced_by_an_exact_version() -> None:
    observed = server(packages=EPELS)
    assert reasons(observed) == (
        "Kea of the distribution or of EPEL is installed (kea-libs 2.6.3-1.el9, kea 2.6.3-1.el9), "
        "and keaprov replaces it by ISC's packages of an exact version. Write it as kea.version in "
        "the site file"
    )
    assert reasons(observed, PINNED) == ""


@pytest.mark.parametrize(
    ("version", "wanted", "words"),
    [
        ("3.0.1-1.el10", "3.0.3", ""),
        ("2.4.1-1.el9", "3.0.3", "keaprov does not know Kea 2.4"),
        ("2.6.3-1.el9", "3.2.0", "an upgrade skips no series. Upgrade from Kea 2.6 to 3.0 first"),
        ("3.2.0-1.el10", "3.0.3", "keaprov does not go back from Kea 3.2 to 3.0"),
    ],
)
def test_the_series_of_epels_kea(version: str, wanted: str, words: str) -> None:
    site = replace(SITE, kea=Kea(wanted[:3], wanted))
    reason = reasons(server(packages=dict.fromkeys(EPELS, version)), site)
    assert words in reason if words else reason == ""


@pytest.mark.parametrize("state", [UP, replace(DOWN, enabled=True)])
def test_a_daemon_that_only_epels_packages_have(state: Unit) -> None:
    units = {"kea-dhcp4": UP, "kea-dhcp6": state}
    reason = reasons(server(packages=EPELS, units=units), PINNED)
    assert reason.startswith("kea-dhcp6 of the distribution's or EPEL's packages runs on this host")
    assert "systemctl disable --now kea-dhcp6" in reason
    assert reasons(server(units=units), PINNED) == ""


@pytest.mark.parametrize("release", ["9.6", "10", "10.1"])
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize(
    ("os_id", "like"),
    [
        ("rocky", "rhel centos fedora"),
        ("almalinux", "rhel centos fedora"),
        ("rhel", "fedora"),
        ("ol", "fedora"),
        ("centos", "rhel fedora"),
        ("eurolinux", "rhel fedora centos"),
    ],
)
def test_the_family_of_enterprise_linux(os_id: str, like: str, release: str, machine: str) -> None:
    observed = server(os_id=os_id, os_like=like, os_version=release, machine=machine)
    assert reasons(observed) == ""
    assert system.release(observed) == release.split(".")[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"rpm_error": "rpm's database cannot be read: error: x"},
            "rpm's database cannot be read: error: x. Run rpm -qa on this host; rpm --rebuilddb",
        ),
        (
            {"units": {"kea-dhcp4": replace(UP, config="/srv/kea.conf")}},
            "the unit kea-dhcp4 reads /srv/kea.conf, keaprov writes /etc/kea/kea-dhcp4.conf",
        ),
        ({"units": {"kea-dhcp4": replace(UP, config="/etc/kea/kea-dhcp4.conf")}}, ""),
        ({"units": {}, "listening": ("udp 0.0.0.0:67",)}, "another program has UDP port 67"),
        ({"units": {}, "listening": ("udp 10.0.0.1%ens18:67",)}, "another program has UDP port"),
        ({"units": {}, "listening": ("udp 0.0.0.0%virbr0:67", "tcp 0.0.0.0:67")}, ""),
        ({"listening": ("udp 10.0.0.1:67",)}, ""),
        ({"units": {}, "listening": ("udp [fe80::1%virbr0]:67",)}, ""),
        ({"units": {}, "listening": ("udp [fe80::1%ens18]:67",)}, "another program has UDP port"),
        ({"units": {"kea-dhcp4": UP, "ntpd": UP}}, "systemctl disable --now ntpd"),
        (
            {"units": {"kea-dhcp4": UP, "systemd-timesyncd": replace(DOWN, enabled=True)}},
            "systemd-timesyncd sets the clock of this host",
        ),
        ({"units": {"kea-dhcp4": UP, "ntpd": replace(DOWN, enabled=False)}}, ""),
    ],
)
def test_a_program_of_somebody_else(changes: dict[str, Any], words: str) -> None:
    reason = reasons(server(**changes))
    assert words in reason if words else not reason


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"os_version": "8.10"}, "this host runs Rocky Linux 9.6; keaprov deploys to Rocky Linux,"),
        ({"os_version": "11"}, "this host runs"),
        ({"os_version": ""}, "this host runs"),
        ({"machine": "s390x"}, "this host runs Rocky Linux 9.6 on s390x; keaprov deploys to"),
        ({"os_id": "debian", "os_like": "", "os_name": "Debian"}, "this host runs Debian; keaprov"),
        ({"os_id": "fedora", "os_like": "", "os_version": "10"}, "this host runs"),
        ({"os_id": "amzn", "os_like": "centos rhel fedora", "os_version": "2"}, "this host runs"),
        ({"os_id": "", "os_like": "", "os_name": ""}, "this host runs an unknown system"),
    ],
)
def test_other_systems(changes: dict[str, Any], words: str) -> None:
    reason = reasons(server(**changes))
    assert reason.startswith(words)
    assert reason.endswith(system.SUPPORTED)
