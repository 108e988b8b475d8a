"""What somebody did on a host by hand: the cause is named before anything stops, or mended."""

from __future__ import annotations

import pytest

from tests.deploy.test_faults import CHANGE, DROP_IN
from tests.deploy.test_verbs import keaprov
from tests.deploying import HOSTS, Work, active, await_pair, ha_state, on, running, sh
from tests.faults import asking

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]

LEASES = "/var/lib/kea"
FILE = f"{LEASES}/kea-leases4.csv"
SMALL = (
    f"cp -a {LEASES} /root/leases; mount -t tmpfs -o size=40m,mode=750 tmpfs {LEASES}; "
    f"cp -a /root/leases/. {LEASES}; chown kea:kea {LEASES}"
)
"""Put the leases on a disk of 40 MiB."""


def status(work: Work) -> tuple[int, str]:
    """Return the exit code and the words of ``keaprov status``."""
    done = keaprov(work, "status")
    return done.returncode, " ".join(done.stdout.split())


@pytest.mark.fault(
    "units masked or disabled, a lease file that belongs to root, a disk full of leases",
    "named by status; masked: refused before anything stops; the others are mended, or refused",
)
def test_hands_on_a_host(work: Work) -> None:
    sh("dhcp2", f"chown root:root {FILE}; chmod 600 {FILE}; systemctl mask kea-dhcp4 chronyd")
    sh("dhcp1", f"systemctl disable kea-dhcp4; systemctl stop kea-dhcp4; {SMALL}")
    sh("dhcp1", "systemctl start kea-dhcp4; fallocate -l 20M /var/lib/kea/fill")
    await_pair()
    code, words = status(work)
    assert code == 0, "clients are served"
    assert f"user kea cannot open {FILE}" in words
    assert "kea-dhcp4 is masked: if it ends, nothing starts it again" in words
    assert "kea-dhcp4 is not enabled: it does not start with its host" in words
    assert "the disk is full: 19 MiB are free for /var/lib/kea, 32 MiB are needed" in words

    sh("dhcp1", f"dd if=/dev/zero of={LEASES}/rest bs=4k status=none || true")
    code, words = status(work)
    assert code == 3
    assert f"the disk of {LEASES} is full: kea-dhcp4 gives no leases, and its peer none" in words
    sh("dhcp1", f"systemctl stop kea-dhcp4; umount {LEASES}; systemctl start kea-dhcp4")
    await_pair()

    work.site(CHANGE)
    before = {host: running(host) for host in HOSTS}
    with asking(most=5):
        refusal = " ".join(work.refused().split())
    for unit in ("kea-dhcp4", "chronyd"):
        assert f"[dhcp2] Refused: {unit} is masked: nothing can start it." in refusal
        assert f"systemctl unmask {unit}" in refusal
    assert {host: running(host) for host in HOSTS} == before
    sh("dhcp2", "systemctl unmask kea-dhcp4 chronyd")
    work.deploy()
    assert on("dhcp2", "stat", "-c", "%U %G %a", FILE).split() == ["kea", "kea", "640"]
    assert on("dhcp1", "systemctl", "is-enabled", "kea-dhcp4").strip() == "enabled"
    work.no_change()


@pytest.mark.fault(
    "kea-dhcp4 does not start with the previous configuration either",
    "reported: the cause is not the change; the primary not touched",
)
def test_a_server_that_does_not_run_after_it_was_restored(work: Work) -> None:
    lines = f"[Service]\\nReadOnlyPaths={LEASES}\\n"
    sh("dhcp2", f"mkdir -p $(dirname {DROP_IN}); printf '{lines}' >{DROP_IN}")
    sh("dhcp2", "systemctl daemon-reload")
    work.site(CHANGE)
    primary = running("dhcp1")
    with asking(most=5):
        refusal = " ".join(work.refused().split())
    assert "is in place, and does not run either: the cause is not this change." in refusal
    assert "Now kea-dhcp4 died after it was started" in refusal
    assert "active again" not in refusal
    assert running("dhcp1") == primary
    sh("dhcp2", f"rm {DROP_IN}; systemctl daemon-reload")


@pytest.mark.fault(
    "no fault: a text that is not ASCII, by a restart, live, and by a restart by hand",
    "clients get the same octets each time",
)
def test_a_text_that_is_not_ascii(work: Work) -> None:
    name = "boot-file-name: 'f\u00fc\u00df.bin'"
    work.site(CHANGE, ("domain-name: infra.labo", f"domain-name: infra.labo, {name}"))
    work.deploy()
    work.site(("f\u00fc\u00df.bin", "gr\u00fcn\u2013blau.bin"))
    assert "live: change subnet 10" in work.deploy()
    work.no_change()
    sh("dhcp2", "systemctl restart kea-dhcp4")
    await_pair()
    work.no_change()
    assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2


TWICE = """
from pathlib import Path
from pyinfra.operations import server

phases = compile(Path({phases!r}).read_text(), "deploy.py", "exec")
exec(phases)
server.shell(["sed -i s/1800/1801/ /etc/kea/kea-dhcp4.conf"], name="Somebody edits the file")
exec(phases)
"""
"""A deploy of somebody's own with the phases twice in it, and a change between them."""


@pytest.mark.fault(
    "the phases twice in one run of pyinfra", "the second deploy locks the servers anew"
)
def test_the_phases_twice_in_one_run(work: Work) -> None:
    phases, servers = work.phases, work.inventory
    work.phases = work.folder / "twice.py"
    work.phases.write_text(TWICE.format(phases=str(phases)))
    before = [active(host) for host in HOSTS]
    work.deploy()
    assert [active(host) for host in HOSTS] == before
    work.phases, work.inventory = phases, "@local"
    assert "no host of this inventory is a server of a site" in work.refused()
    work.inventory = servers
    work.no_change()
