"""NetworkManager and firewalld's zones: who binds a host's interface, and what a deploy does."""

from __future__ import annotations

import pytest

from tests.deploying import HOSTS, Work, await_pair, on, running, sh
from tests.faults import asking
from tests.lab.shell import until

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]

CONNECTION = "11111111-2222-3333-4444-555555555555"
MANAGED = f"""
dnf -q -y install NetworkManager
cat >/etc/NetworkManager/system-connections/ens18.nmconnection <<END
[connection]
id=ens18
uuid={CONNECTION}
type=ethernet
interface-name=ens18
[ipv4]
method=manual
address1=$(ip -4 -o addr show ens18 | awk '{{print $4}}'),10.60.1.254
[ipv6]
method=disabled
END
chmod 600 /etc/NetworkManager/system-connections/ens18.nmconnection
systemctl -q enable --now NetworkManager
nmcli connection up {CONNECTION}
"""
"""The host's address is NetworkManager's from now on, as on an installed Rocky Linux."""


def zone(host: str) -> str:
    """Return the zone that the running firewalld has the interface in."""
    return sh(host, "firewall-cmd --get-zone-of-interface=ens18 || :").strip()


def opened(host: str, name: str) -> str:
    """Return what keaprov has opened in a zone, now and for good."""
    both = f"firewall-cmd --zone={name}"
    listed = sh(host, f"{both} --list-all; {both} --permanent --list-all")
    return "\n".join(line for line in listed.splitlines() if "keaprov-" in line)


def test_the_zone_of_an_interface_is_kept_by_whoever_manages_it(work: Work) -> None:
    sh("dhcp2", MANAGED)
    until(lambda: zone("dhcp2") == "public", "NetworkManager binds it to the default zone", 20)
    work.no_change()
    before = {host: running(host) for host in HOSTS}
    work.site(("firewall: {zone: public}", "firewall: {zone: internal}"))
    with asking(most=3):
        work.deploy()
    assert {host: running(host) for host in HOSTS} == before
    shown = ("nmcli", "-g", "connection.zone", "connection", "show", CONNECTION)
    assert on("dhcp2", *shown).strip() == "internal"
    assert {host: opened(host, "public") for host in HOSTS} == dict.fromkeys(HOSTS, "")
    sh("dhcp1", "firewall-cmd -q --reload")
    sh("dhcp2", f"systemctl restart firewalld; nmcli connection up {CONNECTION}")
    until(lambda: {zone(host) for host in HOSTS} == {"internal"}, "bound again", 20)
    await_pair()
    work.no_change()

    sh("dhcp2", "firewall-cmd -q --zone=public --change-interface=ens18")
    work.deploy()
    assert zone("dhcp2") == "internal", "the running binding counts, not the one for good"

    work.site(("firewall: {zone: internal}", "firewall: {zone: public}"))
    with asking(most=3):
        work.deploy()
    assert {host: opened(host, "internal") for host in HOSTS} == dict.fromkeys(HOSTS, "")
    work.no_change()

    sh("dhcp2", f"nmcli connection modify {CONNECTION} connection.zone work")
    until(lambda: zone("dhcp2") == "work", "NetworkManager moves it", 20)
    refused = " ".join(work.refused().split())
    assert "ens18 is in firewalld's zone work by its connection in NetworkManager" in refused
    assert zone("dhcp2") == "work"
