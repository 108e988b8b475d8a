"""Early signs of trouble, each provoked on real servers: status warns before clients notice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from keaprov.dhcp_client import exchange
from tests.deploy.test_faults import clock_ahead
from tests.deploy.test_verbs import keaprov
from tests.deploying import (
    HOSTS,
    Work,
    ask,
    await_pair,
    ha_port_blocked,
    ha_state,
    lease,
    leases_of,
    sh,
)
from tests.lab import lab
from tests.lab.shell import until

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]

LEASES = "/var/lib/kea/kea-leases4.csv"


def until_shown(work: Work, pattern: str, seconds: float = 20) -> str:
    """Wait until `keaprov status` has a line that matches; return the line."""
    matches: list[str] = []

    def shown() -> bool:
        matches[:] = re.findall(pattern, keaprov(work, "status").stdout, re.MULTILINE)
        return bool(matches)

    until(shown, f"status shows {pattern}", seconds)
    return matches[0]


def until_warned(work: Work, text: str) -> str:
    """Wait for a warning that has this text; return it."""
    return until_shown(work, rf"^ *\? (.*{re.escape(text)}.*)$")


def test_lease_updates_that_the_peer_rejects(work: Work) -> None:
    """The standby has lost a subnet: it has no place for the leases of its clients."""
    ask("dhcp2", "subnet4-del", id=60)
    lease("voice")
    warning = until_warned(work, "has rejected the lease updates of 1 client in a day")
    assert "terminates" in warning


def close_directory() -> None:
    """Let Kea rename nothing beside its lease file; a cleanup that is under way ends here."""
    sh("dhcp1", "chown root /var/lib/kea; chmod 0550 /var/lib/kea")
    sh("dhcp1", f"pkill kea-lfc || true; rm -f {LEASES}.*")


def test_a_cleanup_of_the_lease_file_that_fails(work: Work) -> None:
    """Kea may write the lease file, and not rename it."""
    database = "  lease-database: {type: memfile, lfc-interval: 1}\n"
    work.site(("  authoritative: true\n", f"  authoritative: true\n{database}"))
    work.deploy()
    close_directory()
    warning = until_warned(work, "the cleanup of the lease file failed")
    assert "DHCPSRV_MEMFILE_LFC_LEASE_FILE_RENAME_FAIL" in warning


def test_leases_that_are_no_longer_written_to_disk(work: Work) -> None:
    """After a cleanup of the lease file, Kea may not open the file again."""
    database = "  lease-database: {type: memfile, lfc-interval: 1}\n"
    work.site(("  authoritative: true\n", f"  authoritative: true\n{database}"))
    work.deploy()
    close_directory()
    sh("dhcp1", f"chown root {LEASES}; chmod 0440 {LEASES}")
    until_shown(work, r"^ *! (kea-dhcp4 no longer writes its leases to disk: .*)$")
    held = lease("voice")["ip"]
    sh("dhcp1", f"chown -R kea /var/lib/kea; chmod 0750 /var/lib/kea; chmod 0640 {LEASES}")
    sh("dhcp1", "systemctl restart kea-dhcp4")
    await_pair()
    assert held in leases_of("dhcp1"), "its peer has given it back"
    assert "no longer writes" not in keaprov(work, "status").stdout


def test_a_lease_file_that_has_no_cleanup(work: Work) -> None:
    lease("user")
    row = sh("dhcp1", f"tail -n 1 {LEASES}").strip()
    sh("dhcp1", f"yes '{row}' | head -c 70000000 >>{LEASES}")
    warning = until_warned(work, "no cleanup has")
    assert re.search(r"the lease file has 6\d MiB for 1 leases", warning)


def test_a_clock_that_drifts(work: Work) -> None:
    with clock_ahead("dhcp2", 10):
        await_pair()
        warning = until_warned(work, "its peer's clock differs by ")
        assert "Kea terminates the pair at 60 s" in warning
    await_pair()


@contextmanager
def primary_down() -> Iterator[None]:
    """Have the standby without its peer, before it serves alone."""
    sh("dhcp1", "systemctl stop kea-dhcp4")
    yield
    sh("dhcp1", "systemctl start kea-dhcp4")


def test_clients_that_the_peer_does_not_answer(work: Work) -> None:
    work.site(("max-unacked-clients: 0", "max-unacked-clients: 5"))
    work.deploy()
    with primary_down():
        until(lambda: _in_touch("dhcp2") is False, "dhcp2 misses dhcp1", 30)
        with lab.in_space("voice"):
            for number in range(2):
                mac = f"02:6b:65:61:01:{number:02x}"
                request = {"interface": "eth0", "mac": mac, "lease": False, "patience": 0.3}
                assert exchange({**request, "secs": 60})["offers"] == []
        warning = until_warned(work, "had no answer from its peer")
        assert warning.startswith("2 clients have had no answer from its peer; after 4 more")
        assert ha_state("dhcp2") == "hot-standby"
    await_pair()


def _in_touch(host: str) -> bool:
    servers = ask(host, "status-get")["high-availability"][0]["ha-servers"]
    return not servers["remote"].get("communication-interrupted")


def test_a_peer_that_is_not_heard(work: Work) -> None:
    """Both still answer their own clients as before: nobody has noticed yet."""
    with ha_port_blocked():
        until_shown(work, r"^ *! its peer is not heard. Check the peer and the HA port$")
        assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2
    await_pair()
