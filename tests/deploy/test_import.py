"""``keaprov import kea --from``: a deployed pair comes back as the site that it was made from."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from keaprov import load_site, render
from keaprov.model import Site
from tests.deploying import HOSTS, Work, ask
from tests.lab import lab

pytestmark = pytest.mark.lab


def imported(work: Work, out: Path) -> subprocess.CompletedProcess[str]:
    """Import what both hosts run, by the lab's ssh_config."""
    config = work.folder / "ssh_config"
    config.write_text(lab.ssh_config())
    program = str(Path(sys.executable).with_name("keaprov"))
    words = [program, "import", "kea", "--ssh-config", str(config), "--out", str(out)]
    words += [word for host in HOSTS for word in ("--from", host)]
    return subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def bodies(site: Site) -> list[Any]:
    """Return what each server would run, less the revision."""
    rendered = [json.loads(render.dhcp4(site, server))["Dhcp4"] for server in site.servers]
    for body in rendered:
        del body["user-context"]["keaprov"]
    return rendered


@pytest.mark.usefixtures("deployed")
def test_a_deployed_pair_comes_back(work: Work, tmp_path: Path) -> None:
    out = tmp_path / "imported"
    done = imported(work, out)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "running: " not in done.stdout
    site, back = load_site(work.folder / "site.yaml"), load_site(out / "site.yaml")
    assert bodies(back) == bodies(site)
    assert [server.address for server in back.servers] == [s.address for s in site.servers]
    assert back.failover == site.failover


@pytest.mark.usefixtures("pair")
def test_what_was_changed_by_hand_is_named(work: Work, tmp_path: Path) -> None:
    ask("dhcp1", "subnet4-add", subnet4=[{"id": 171, "subnet": "172.20.171.0/24"}])
    try:
        done = imported(work, tmp_path / "imported")
    finally:
        ask("dhcp1", "subnet4-del", id=171)
    assert done.returncode == 1
    assert "running: dhcp1: Dhcp4.subnet4.171: the file has nothing, but it runs " in done.stdout
    assert "running: dhcp2: " not in done.stdout
