"""A newer Kea comes by a rolling restart: never on both servers at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.deploy.test_tls import PASSPHRASE, TLS, issue
from tests.deploying import (
    HOSTS,
    Work,
    active,
    ask,
    await_pair,
    ha_state,
    lease,
    look,
    on,
    sh,
)
from tests.faults import asking, under
from tests.lab.keys import ISC, ISC_3_2
from tests.lab.load import SUBNET, under_load
from tests.lab.rpms import KEA_VERSIONS, NEWER, NEXT

pytestmark = pytest.mark.lab

OLD, NEW = ("-".join(version) for version in KEA_VERSIONS)
SERIES = 'series: "3.0"'


@pytest.mark.alone
@pytest.mark.fault(
    "no fault: upgrade of Kea by a rolling restart", "both on the new version, no lease lost"
)
@pytest.mark.usefixtures("bare")
def test_an_upgrade_by_turns(work: Work) -> None:
    work.site((SERIES, f"{SERIES}\n  version: {OLD}"))
    work.append(SUBNET)
    work.deploy()
    installed = {on(host, "rpm", "-q", "isc-kea-dhcp4").strip() for host in HOSTS}
    assert installed == {f"isc-kea-dhcp4-{OLD}.x86_64"}
    held = lease("user")["ip"]
    work.site((OLD, NEW))
    with asking(most=10), under_load() as measured:
        output = work.deploy()
    under("an upgrade by a rolling restart", measured)
    assert (measured.duplicates, measured.lost) == (0, 0)
    assert measured.silence < 1, "the standby answers while the primary restarts"
    assert measured.unnoticed, str(measured)
    for host in HOSTS:
        names = on(host, "rpm", "-qa", "isc-kea*").split()
        assert len(names) >= 4
        assert all(name.endswith(f"{NEW}.x86_64") for name in names)
        assert ask(host, "lease4-get", **{"ip-address": held})["ip-address"] == held
    assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2
    assert "dhcp2] it answers clients while dhcp1 restarts" in output
    assert re.search(r"Kea's packages +2 +- +- +2 ", output), "not on both at once"
    work.no_change()


@pytest.mark.fault("an upgrade interrupted between the servers", "the rerun goes on from there")
@pytest.mark.usefixtures("pair")
def test_an_upgrade_that_was_cut_off_goes_on(work: Work) -> None:
    on("dhcp2", "dnf", "-y", "-q", "downgrade", *(f"{name}-{OLD}" for name in _packages()))
    assert "Kea versions differ" in " ".join(work.refused().split())
    lost = ("isc-kea-hooks", "isc-kea-admin")
    on("dhcp2", "rpm", "-e", *lost)
    work.site((SERIES, f"{SERIES}\n  version: {NEW}"))
    with asking(most=10):
        output = work.deploy()
    assert re.search(r"Kea's packages +2 +- +- +2 ", output), "nothing before its turn"
    names = ("isc-kea-dhcp4", *lost)
    wanted = [f"{name}-{NEW}.x86_64" for name in names]
    assert on("dhcp2", "rpm", "-q", *names).split() == wanted
    assert on("dhcp1", "rpm", "-q", *names).split() == wanted
    work.no_change()


@pytest.mark.usefixtures("bare")
def test_kea_of_debians_next_release_is_deployed(work: Work) -> None:
    work.site(("isc/kea-3-0", "isc/kea-3-0-newer"))
    work.deploy()
    assert on("dhcp1", "/usr/sbin/kea-dhcp4", "-v").strip() == NEWER[0]
    work.no_change()


NEXT_KEY = f"kea-3-2\n    fingerprint: {ISC_3_2.fingerprint}"


@pytest.mark.fault(
    "an upgrade to the next series whose gate closes", "packages, agent and files are as before"
)
@pytest.mark.usefixtures("pair")
def test_an_upgrade_to_the_next_series(work: Work) -> None:
    work.site(
        ('"3.0"', '"3.2"'),
        (f"kea-3-0\n    fingerprint: {ISC.fingerprint}", NEXT_KEY),
        ("control-agent:\n  port: 8000", "api:\n  port: 8010"),
    )
    before = {host: look(host) for host in HOSTS}
    assert "needs an exact version" in " ".join(work.refused().split())
    assert {host: look(host) for host in HOSTS} == before

    # the port of the API is taken on the standby: kea-dhcp4 of 3.2 does not start there
    held = lease("user")["ip"]
    work.site(('series: "3.2"', f'series: "3.2"\n  version: {"-".join(NEXT)}'))
    packages = {host: _versions(host) for host in HOSTS}
    files = {host: active(host) for host in HOSTS}
    sh("dhcp2", "systemd-run -q --unit=squatter python3 -m http.server 8010")
    with asking(most=10):
        assert "No other server was touched" in " ".join(work.refused().split())
    assert {host: _versions(host) for host in HOSTS} == packages
    assert {host: active(host) for host in HOSTS} == files
    assert sh("dhcp2", "systemctl is-active kea-ctrl-agent kea-dhcp4").split() == ["active"] * 2
    on("dhcp2", "systemctl", "stop", "squatter")
    await_pair()

    work.site(("port: 8010", "port: 8000"))
    with asking(most=10):
        work.deploy()
    for host in HOSTS:
        versions = _versions(host)
        assert "isc-kea-ctrl-agent" not in versions
        assert set(versions.values()) == {"-".join(NEXT)}
        assert ask(host, "lease4-get", **{"ip-address": held})["ip-address"] == held
    assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2
    work.no_change()

    work.site(("\nntp:", f"\n{TLS}\nntp:"))
    with asking(most=12):
        work.deploy(env=PASSPHRASE)
    for host in HOSTS:
        sockets = ask(host, "config-get")["Dhcp4"]["control-sockets"]
        (api,) = [socket for socket in sockets if socket["socket-type"] != "unix"]
        assert api["socket-type"] == "https"
        assert Path(api["cert-file"]).parent.name == issue(host) != ""
    assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2
    work.no_change(env=PASSPHRASE)

    work.site(('"3.2"', '"3.0"'), (f"version: {NEXT[0]}", "version: 3.0.3"))
    work.site((f"-{NEXT[1]}", ""))
    assert "does not go back" in " ".join(work.refused(env=PASSPHRASE).split())


def _versions(host: str) -> dict[str, str]:
    """Return the versions of Kea's packages by name."""
    listed = on(host, "rpm", "-qa", "--qf", "%{NAME} %{VERSION}-%{RELEASE}\n", "isc-kea*")
    return dict(line.split() for line in sorted(listed.splitlines()))


def _packages() -> list[str]:
    return on("dhcp2", "rpm", "-qa", "--qf", "%{NAME} ", "isc-kea*").split()
