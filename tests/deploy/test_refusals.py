"""Bad input: one clear message with host, cause and way out; both hosts stay as they were."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.deploying import HOSTS, Work, look, on, running, sh
from tests.lab import keys, lab, repository, services
from tests.lab.shell import run, until

pytestmark = pytest.mark.lab


HOLD = """
import fcntl, time
database = open("/var/lib/rpm/rpmdb.sqlite-shm", "r+b")
fcntl.lockf(database, fcntl.LOCK_EX, 8, 120)
open("/run/held", "w")
time.sleep(600)
"""
"""Hold every lock of SQLite's write-ahead log (its file format, section 2.1 of walformat.html)."""


@contextmanager
def unchanged(*hosts: str) -> Iterator[None]:
    """Hold that the hosts' files, packages and processes are the same afterwards."""
    before = {host: (look(host), running(host)) for host in hosts}
    yield
    assert {host: (look(host), running(host)) for host in hosts} == before


def says(output: str, *parts: str) -> None:
    """Hold that every part is in what was said, each once at least."""
    words = " ".join(output.split())
    for part in parts:
        assert part in words, output


@pytest.mark.usefixtures("bare")
class TestBareHosts:
    """Nothing is installed yet, and stays so."""

    def test_unreachable(self, work: Work) -> None:
        lab.power_cut("dhcp2")
        with unchanged("dhcp1"):
            output = work.refused()
        says(output, "[dhcp2]", "Could not connect", "[dhcp1] Refused: stopped before anything")
        says(output, "because dhcp2 is not ready: it is not reachable")

    def test_wrong_key(self, work: Work) -> None:
        other = work.folder / "other"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other)
        work.edit("inventory.py", ('str(state / "id_ed25519")', f'"{other}"'))
        with unchanged(*HOSTS):
            says(work.refused(), "[dhcp1]", "[dhcp2]", "Authentication")

    def test_wrong_host_key(self, work: Work) -> None:
        known = Path(work.folder / "known_hosts")
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", work.folder / "host")
        public = (work.folder / "host.pub").read_text().rsplit(" ", 1)[0]
        known.write_text("".join(f"[127.0.0.1]:{port} {public}\n" for port in (2201, 2202)))
        work.edit("inventory.py", ('str(state / "known_hosts")', f'"{known}"'))
        with unchanged(*HOSTS):
            says(work.refused(), "[dhcp1]", "ost key")

    def test_no_right_to_sudo(self, work: Work) -> None:
        work.edit("inventory.py", ('"ssh_user": "root"', '"ssh_user": "nosudo"'))
        with unchanged(*HOSTS):
            output = work.refused("--sudo")
        says(
            output,
            "[dhcp1] Refused: sudo does not let this user become root",
            "--same-sudo-password",
        )

    def test_not_root(self, work: Work) -> None:
        work.edit("inventory.py", ('"ssh_user": "root"', '"ssh_user": "admin"'))
        with unchanged(*HOSTS):
            says(work.refused(), "[dhcp1] Refused:", "root", "--sudo")

    def test_another_operating_system(self, work: Work) -> None:
        other = (
            "-e 's/^ID=.*/ID=debian/' -e /^ID_LIKE=/d -e 's/^PRETTY_NAME=.*/PRETTY_NAME=Debian/'"
        )
        sh("dhcp2", f"sed -i {other} /etc/os-release")
        with unchanged(*HOSTS):
            output = work.refused()
        says(output, "[dhcp2] Refused: this host runs Debian; keaprov deploys to Rocky Linux, Alma")

    def test_no_such_interface(self, work: Work) -> None:
        work.site(
            ("address: 10.60.1.68, interfaces: [ens18]", "address: 10.60.1.68, interfaces: [ens19]")
        )
        with unchanged(*HOSTS):
            says(
                work.refused(),
                "[dhcp2] Refused: there is no interface ens19",
                "servers.dhcp2.interfaces",
            )

    def test_dnf_is_locked(self, work: Work) -> None:
        install = "dnf -q -y install chrony >/dev/null 2>&1 & echo $!"
        locked = "[ -s /var/lib/dnf/rpmdb_lock.pid ]"
        readable = "timeout 2 rpm -qa >/dev/null 2>&1"  # not while dnf opens its database
        stop = f"kill -STOP $!; until {locked} && {readable}; do kill -CONT $!; kill -STOP $!; done"
        pid = sh("dhcp2", f"{install}; until {locked}; do :; done; {stop}").strip()
        try:
            with unchanged(*HOSTS):
                says(work.refused(), f"[dhcp2] Refused: dnf is locked by dnf (pid {pid})")
        finally:
            on("dhcp2", "kill", "-KILL", pid)

    def test_what_is_installed_is_not_known(self, work: Work) -> None:
        """SQLite's own lock keeps rpm out, as it does while dnf recovers the database."""
        hold = f"systemd-run -q --unit=hold python3 -c '{HOLD}'; until [ -e /run/held ]; do :; done"
        with unchanged(*HOSTS):
            sh("dhcp2", hold)
            try:
                assert "is not installed" in lab.execute("dhcp2", "rpm", "-q", "chrony").stdout
                output = work.refused()
            finally:
                sh("dhcp2", "systemctl stop hold; rm /run/held")
        says(output, "[dhcp2] Refused: rpm's database cannot be read:")
        says(output, "rpm --rebuilddb mends a damaged database", "[dhcp1] Refused: stopped before")

    def test_the_repositories_are_unreachable(self, work: Work) -> None:
        services.stop("packages")
        try:
            with unchanged(*HOSTS):
                output = work.refused()
        finally:
            services.start("packages")
        says(output, "[dhcp1] Refused: the enabled package repositories cannot be read")
        says(output, "Failed to download metadata", "Check the network and /etc/yum.repos.d")

    def test_another_program_that_sets_the_clock(self, work: Work) -> None:
        sh("dhcp1", "systemd-run -q --unit=ntpd sleep 600")
        with unchanged(*HOSTS):
            output = work.refused()
        says(output, "[dhcp1] Refused: ntpd sets the clock of this host", "disable --now ntpd")

    def test_a_host_without_epel(self, work: Work) -> None:
        sh("dhcp2", "echo excludepkgs=epel-release >>/etc/dnf/dnf.conf")
        with unchanged(*HOSTS):
            output = work.refused()
        says(output, "[dhcp2] Refused: the package log4cplus is missing: neither the enabled")
        says(output, "Enable EPEL: dnf install https://dl.fedoraproject.org/pub/epel/epel-release-")
        says(output, "[dhcp1] Refused: stopped before")

    def test_the_vendors_repository_is_not_there(self, work: Work) -> None:
        work.site(("isc/kea-3-0", "isc/kea-30"))
        with unchanged(*HOSTS):
            output = work.refused()
        says(output, "[dhcp1] Refused: the vendor's signing key cannot be fetched", "kea-30", "404")

    def test_a_key_that_the_site_does_not_pin(self, work: Work) -> None:
        work.site(
            (
                "isc/kea-3-0",
                f"isc/kea-3-0-rogue\n    key-url: http://packages.lab/{repository.ROGUE_ROOT}/gpg.{keys.ROGUE.key_id}.key",
            )
        )
        with unchanged(*HOSTS):
            output = work.refused()
        says(output, "is not the one that the site pins", keys.ROGUE.fingerprint, "Do not go on")

    def test_packages_signed_by_another_key(self, work: Work) -> None:
        work.site(("isc/kea-3-0", "isc/kea-3-0-swapped"))
        with unchanged(*HOSTS):
            says(
                work.refused(),
                "[dhcp1] Refused: the vendor's repository",
                "is not signed by the pinned key",
            )

    def test_the_disk_is_full(self, work: Work) -> None:
        sh("dhcp1", "mkdir -p /var/cache/dnf && mount -t tmpfs -o size=4m tmpfs /var/cache/dnf")
        with unchanged(*HOSTS):
            says(
                work.refused(),
                "[dhcp1] Refused: the disk is full: 4 MiB are free for /var/cache/dnf",
            )

    def test_a_version_that_is_not_offered(self, work: Work) -> None:
        work.site(('series: "3.0"', 'series: "3.0"\n  version: 3.0.9'))
        with unchanged(*HOSTS):
            output = work.refused()
        says(
            output,
            "[dhcp1] Refused: isc-kea-dhcp4 3.0.9 is missing",
            "3.0.3-isc20260325094500.el9",
            "kea.version",
        )

    def test_one_server_is_left_out(self, work: Work) -> None:
        with unchanged(*HOSTS):
            output = work.refused("--limit", "dhcp1")
        says(output, "[dhcp1] Refused: stopped before anything is changed, because dhcp2")
        says(output, "--limit leaves it out")

    def test_a_dry_run_says_what_would_be_refused(self, work: Work) -> None:
        work.site(('series: "3.0"', 'series: "3.0"\n  version: 3.0.9'))
        with unchanged(*HOSTS):
            output = work.deploy("--dry")
        says(output, "[dhcp1] Refused: isc-kea-dhcp4 3.0.9 is missing")

    def test_what_dnf_excludes_and_the_proxy_that_it_uses(self, work: Work) -> None:
        sh("dhcp1", "echo 'exclude=isc-kea* vim*' >>/etc/dnf/dnf.conf")
        sh(
            "dhcp2",
            "sed -i /packages.lab/d /etc/hosts; echo proxy=http://10.60.1.5:80 >>/etc/dnf/dnf.conf",
        )
        with unchanged(*HOSTS):
            output = work.deploy("--dry")
        says(output, "[dhcp1] Refused: dnf leaves isc-kea-dhcp4, ", "exclude in /etc/dnf/dnf.conf")
        says(output, "[dhcp2] Refused: stopped before", "dhcp1 is not ready (see its own")


class TestSiteFile:
    """A site file with mistakes: all of them, and no host is contacted."""

    @pytest.mark.parametrize(("old", "new", "expected"), [
        ("servers:\n", "serverz:\n", "unknown key 'serverz'"),
        ("{role: standby, ", "{", "servers.dhcp2.role: is missing"),
        ("role: standby", "role: primary", "both servers are primary"),
        ("port: 8000", "port: 800000", "800000 is more than 65535"),
    ])  # fmt: skip
    def test_a_mistake(self, work: Work, old: str, new: str, expected: str) -> None:
        work.site((old, new))
        output = work.refused()
        says(output, expected, "site.yaml:")
        assert "Connected" not in output


@pytest.mark.usefixtures("deployed")
class TestDeployed:
    """A pair that runs goes on running."""

    @pytest.mark.fault("the new configuration refused by Kea", "refused at the site's line")
    def test_kea_refuses_the_configuration(self, work: Work) -> None:
        hooks = "  hooks-libraries: [{library: libdhcp_none.so}]"
        work.site(("  authoritative: true", f"{hooks}\n  authoritative: true"))
        before = {host: (running(host), sh(host, "cat /etc/kea/*.conf")) for host in HOSTS}
        output = work.refused()
        says(output, "[dhcp1] Refused: kea-dhcp4 refuses the new configuration", "[dhcp2] Refused:")
        says(output, "site.yaml:30:", "error KP100 dhcp4.hooks-libraries")
        says(output, "libdhcp_none.so", "| hooks-libraries: [{library: libdhcp_none.so}]")
        assert {h: (running(h), sh(h, "cat /etc/kea/*.conf")) for h in HOSTS} == before
        assert "staged" not in sh("dhcp1", "ls -a /etc/kea")

    def test_a_password_that_is_not_set(self, work: Work) -> None:
        work.site(("{generate: true}", "{env: NOT_SET_ANYWHERE}"))
        with unchanged(*HOSTS):
            says(work.refused(), "Refused: control-agent.password", "NOT_SET_ANYWHERE is not set")

    def test_one_server_is_down(self, work: Work) -> None:
        lab.power_cut("dhcp2")
        try:
            with unchanged("dhcp1"):
                says(work.refused(), "[dhcp1] Refused: stopped before anything is changed")
        finally:
            lab.boot("dhcp2")
            until(lambda: lab.healthy(), "the lab is whole")
