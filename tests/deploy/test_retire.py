"""A server leaves the pair for good: no client notices, and the other one has every lease."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.deploying import Work, ask, ha_state, lease, leases_of, on, sh
from tests.faults import asking
from tests.lab import lab
from tests.lab.shell import until

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]


def retire(work: Work, server: str) -> subprocess.CompletedProcess[str]:
    """Run ``keaprov retire`` by the lab's ssh_config."""
    path = work.folder / "ssh_config"
    path.write_text(lab.ssh_config())
    program = str(Path(sys.executable).with_name("keaprov"))
    words = [program, "retire", str(work.folder / "site.yaml"), server, "--yes"]
    return subprocess.run(
        [*words, "--ssh-config", str(path)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.fault("no fault: {} leaves the pair for good", "the other server answers at once")
@pytest.mark.parametrize("server", ["dhcp1", "dhcp2"])
def test_a_server_is_retired(work: Work, server: str) -> None:
    stays = {"dhcp1": "dhcp2", "dhcp2": "dhcp1"}[server]
    held = lease("user")["ip"]
    with asking(most=4):
        done = retire(work, server)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert f"{server} is retired" in done.stdout
    assert ha_state(stays) == "partner-down"
    assert held in leases_of(stays)
    units = sh(server, "systemctl is-active kea-dhcp4 kea-ctrl-agent || true").split()
    assert units == ["inactive", "inactive"]
    units = sh(server, "systemctl is-enabled kea-dhcp4 kea-ctrl-agent || true").split()
    assert units == ["disabled", "disabled"]
    assert "keaprov" not in on(server, "firewall-cmd", "--list-all")
    assert lease("user")["ip"] == held, "the client keeps its address"
    again = retire(work, server)
    assert again.returncode == 0, again.stderr
    # a deploy with the server in the site brings it back, with every lease
    assert re.search(r"one server is down|serves alone", work.deploy())
    assert (ha_state("dhcp1"), ha_state("dhcp2")) == ("hot-standby", "hot-standby")
    assert held in leases_of(server)


def test_it_is_refused_while_the_other_server_lacks_a_lease(work: Work) -> None:
    held = lease("user")["ip"]
    ask("dhcp2", "lease4-del", **{"ip-address": held})
    given = time.monotonic()
    until(lambda: time.monotonic() > given + 6, "the lease is not just given any more", 10)
    done = retire(work, "dhcp1")
    assert done.returncode == 1
    assert f"nothing was changed. dhcp2 lacks leases of dhcp1: {held}" in done.stderr
    assert (ha_state("dhcp1"), ha_state("dhcp2")) == ("hot-standby", "hot-standby")
    sh("dhcp2", "systemctl stop kea-dhcp4")
    done = retire(work, "dhcp1")
    assert done.returncode == 1
    assert "dhcp2: kea-dhcp4 is inactive" in done.stderr
    assert ask("dhcp1", "status-get")
