"""What a server must be before anything changes: decisions, without a host."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keaprov.ha import system
from keaprov.ha.observed import Firewalld, Observed, Zone
from keaprov.ha.preflight import refusals
from keaprov.model import Firewall, Server, Site
from tests.conductor.world import SITE
from tests.ha.seen import server


def reasons(observed: Observed, site: Site = SITE, own: Server | None = None) -> str:
    return "\n".join(refusals(site, own or site.servers[0], observed))


def test_a_healthy_server() -> None:
    assert reasons(server()) == ""


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


def test_an_interface_with_an_address_is_looked_for_by_its_name() -> None:
    own = replace(SITE.servers[0], interfaces=("ens18/10.60.1.67", "*", "ens19", "ens18/10.0.0.1"))
    assert own.devices == ("ens18", "ens19")


@pytest.mark.parametrize(
    ("installed", "words"),
    [
        ("3.0.3-isc1", ""),
        ("3.2.0-isc1", "Kea 3.2.0-isc1 is installed, the site wants 3.0: peers of two series"),
        ("2.6.4-isc1", "Kea 2.6.4-isc1 is installed, the site wants 3.0: peers of two series"),
    ],
)
def test_another_series(installed: str, words: str) -> None:
    changes: dict[str, Any] = {"packages": {"isc-kea-dhcp4": installed}}
    reason = reasons(server(**changes))
    assert reason.startswith(words) if words else reason == ""
    assert "kea.series" not in reason, "check refuses the installed series too"


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
