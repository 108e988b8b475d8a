"""Real programs judge the import of dhcpd's files.

dhcpd itself takes the inputs of the tests; a real Kea takes each site, each test, and each lease.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from keaprov.importing import dhcpd
from keaprov.importing.dhcpd import leases
from keaprov.importing.dhcpd.notes import Notes
from tests.differential.daemon import daemon_in, rendered
from tests.differential.judge import judge
from tests.importing.dhcpd_cases import CASES, CONDITIONS, PAIR, SUBNETS
from tests.lab.workshop import workshop

pytestmark = pytest.mark.lab

EVERY = {**CASES, "pair": PAIR, **{f"test{n}": text for n, text in enumerate(CONDITIONS)}}
"""The files that the tests import, by name."""
CLIENT = "hardware ethernet 02:00:5e:10:01:01;"
LEASES = f"""\
lease 192.0.2.1 {{
  starts epoch 1700000000; ends never; binding state active; {CLIENT}
  uid "\\001\\002\\000^\\020\\001\\001"; client-hostname "desk-1";
}}
lease 192.0.2.2 {{ starts epoch 1700000000; ends epoch 4000000000; binding state active; {CLIENT} }}
lease 192.0.2.3 {{ starts epoch 1700000000; ends epoch 4000000000; binding state abandoned; }}
"""


def files(folder: Path) -> dict[str, Path]:
    """Write the files that the tests import; return them by name."""
    (folder / "subnets.conf").write_text(SUBNETS)
    paths = {name: folder / f"{name}.conf" for name in EVERY}
    for name, text in EVERY.items():
        paths[name].write_text(text)
    return paths


def bodies(folder: Path) -> list[dict[str, Any]]:
    """Return the ``Dhcp4`` maps that the files of the tests are imported to."""
    made = []
    for path in files(folder).values():
        imported = dhcpd.read(path, "", {"dhcp1": "192.0.2.2"})
        assert isinstance(imported, dhcpd.Imported), imported
        made.append(imported.site["dhcp4"])
    return made


def test_kea_takes_what_is_imported(tmp_path: Path) -> None:
    verdicts = judge(bodies(tmp_path), tmp_path)
    assert len(verdicts) == len(EVERY)
    assert [(verdict.errors, verdict.kea) for verdict in verdicts] == [((), "")] * len(verdicts)


def test_kea_reads_the_leases(tmp_path: Path) -> None:
    (tmp_path / "dhcpd.leases").write_text(LEASES)
    subnets = [("192.0.2.0/24", 7)]
    made = leases.read(tmp_path / "dhcpd.leases", subnets, int(time.time()), Notes())
    database = {"type": "memfile", "persist": True, "name": leases.FILE}
    subnet = {"id": 7, "subnet": "192.0.2.0/24"}
    config = rendered({"lease-database": database, "subnet4": [subnet]})
    with workshop() as shop, daemon_in(shop) as ask:
        (shop.root / "var/lib/kea" / leases.FILE).write_text(made.text)
        answer = ask({"command": "config-set", "arguments": config})
        assert answer["result"] == 0, answer
        rows = ask({"command": "lease4-get-all"})["arguments"]["leases"]
    first, second, third = sorted(rows, key=lambda row: str(row["ip-address"]))
    assert (first["hw-address"], first["client-id"], first["hostname"], first["valid-lft"]) == (
        "02:00:5e:10:01:01", "01:02:00:5e:10:01:01", "desk-1", 0xFFFFFFFF,
    )  # fmt: skip
    assert (second["cltt"], second["cltt"] + second["valid-lft"]) == (1700000000, 4000000000)
    assert (second["subnet-id"], second["state"]) == (7, 0)
    assert (third["hw-address"], third["state"], third["valid-lft"]) == ("", 1, 86400)


@pytest.fixture(scope="module")
def isc_dhcpd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the program dhcpd of Debian's package, unpacked into a directory of its own."""
    folder = tmp_path_factory.mktemp("isc-dhcp-server")
    if shutil.which("apt-get") is None:
        pytest.skip("there is no apt-get on this machine")
    download = ["apt-get", "download", "-qq", "isc-dhcp-server"]
    got = subprocess.run(download, cwd=folder, capture_output=True, text=True)
    if got.returncode:
        pytest.skip(f"isc-dhcp-server cannot be had: {got.stderr.strip()[-200:]}")
    (package,) = folder.glob("*.deb")
    subprocess.run(["dpkg", "-x", package, folder / "tree"], check=True)
    return folder / "tree/usr/sbin/dhcpd"


@pytest.mark.parametrize("name", EVERY)
def test_dhcpd_takes_the_inputs(isc_dhcpd: Path, tmp_path: Path, name: str) -> None:
    path = files(tmp_path)[name]
    (tmp_path / "leases").write_text("")
    command = [str(isc_dhcpd), "-t", "-cf", path.name, "-lf", str(tmp_path / "leases")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
