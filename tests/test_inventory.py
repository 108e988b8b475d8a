"""Sites that share an inventory: pyinfra knows a host by its name, so two of them share no name."""

from __future__ import annotations

from pathlib import Path
from weakref import WeakValueDictionary

import pytest

from keaprov import inventory

SITE = """
site: {site}
servers:
  {first}: {{role: primary, address: 10.0.0.1, interfaces: [eth0]}}
  {second}: {{role: standby, address: 10.0.0.2, interfaces: [eth0]}}
failover: {{}}
dhcp4: {{subnet4: [{{id: 1, subnet: 192.0.2.0/24}}]}}
"""


@pytest.fixture(autouse=True)
def _another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what earlier tests have loaded: pytest keeps the frames of expected errors."""
    monkeypatch.setattr(inventory, "_loaded", WeakValueDictionary())


def site(folder: Path, name: str, first: str = "dhcp1", second: str = "dhcp2") -> Path:
    path = folder / f"{name}-{first}-{second}.yaml"
    path.write_text(SITE.format(site=name, first=first, second=second))
    return path


def refusal(capsys: pytest.CaptureFixture[str]) -> list[str]:
    lines = capsys.readouterr().err.splitlines()
    assert all(line.startswith("error: ") for line in lines)
    return lines


def test_two_sites_with_names_of_their_own(tmp_path: Path) -> None:
    both = inventory.load(site(tmp_path, "a"), clients={"pc1": "eth0"})
    both += inventory.load(site(tmp_path, "b", "dhcp3", "dhcp4"), clients={"pc2": "eth0"})
    assert [name for name, _ in both.servers] == ["dhcp1", "dhcp2", "dhcp3", "dhcp4"]
    assert [name for name, _ in both.primary] == ["dhcp1", "dhcp3"]
    assert [name for name, _ in both.clients] == ["pc1", "pc2"]


def test_a_site_that_is_loaded_twice(tmp_path: Path) -> None:
    path = site(tmp_path, "a")
    hosts = inventory.load(path)
    again = inventory.load(f"{tmp_path}/../{tmp_path.name}/{path.name}")
    assert hosts.servers[0][0] == again.servers[0][0]


def test_what_is_no_longer_used_is_no_clash(tmp_path: Path) -> None:
    inventory.load(site(tmp_path, "a"))
    assert inventory.load(site(tmp_path, "b")).servers


@pytest.mark.fault(
    "two sites in one inventory that share a server's name", "refused, both site files are named"
)
def test_two_sites_that_share_servers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = site(tmp_path, "a"), site(tmp_path, "b", "dhcp1", "dhcp4")
    kept = inventory.load(first)
    with pytest.raises(SystemExit) as ended:
        inventory.load(second)
    assert ended.value.code == 1
    assert refusal(capsys) == [
        f"error: {first} has the server 'dhcp1', and {second} has the server 'dhcp1'. "
        "pyinfra knows hosts by name: rename one of them"
    ]
    assert kept.servers


@pytest.mark.fault("two sites of one name in one inventory", "refused, both site files are named")
def test_two_sites_of_one_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = site(tmp_path, "a"), site(tmp_path, "a", "dhcp3", "dhcp4")
    kept = inventory.load(first)
    with pytest.raises(SystemExit):
        inventory.load(second)
    assert refusal(capsys) == [
        f"error: {first} and {second}: both sites are named 'a'. Rename one of them"
    ]
    assert kept.servers


def test_lists_that_are_joined_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    servers = inventory.load(site(tmp_path, "a")).servers
    with pytest.raises(SystemExit):
        servers += inventory.load(site(tmp_path, "b")).servers
    assert len(refusal(capsys)) == 2


def test_hosts_that_are_added(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Hosts that were made without `load`."""
    from keaprov import load_site

    first, second = (load_site(site(tmp_path, name)) for name in ("a", "b"))
    with pytest.raises(SystemExit):
        inventory.of_site(first) + inventory.of_site(second)
    assert len(refusal(capsys)) == 2
    same = inventory.of_site(first) + inventory.of_site(first)
    assert len(same.servers) == 4


@pytest.mark.parametrize("client", ["pc1", "dhcp1"])
def test_client_hosts(tmp_path: Path, client: str, capsys: pytest.CaptureFixture[str]) -> None:
    kept = inventory.load(site(tmp_path, "a"), clients={"pc1": "eth0"})
    other = site(tmp_path, "b", "dhcp3", "dhcp4")
    with pytest.raises(SystemExit):
        inventory.load(other, clients={client: "eth1"})
    kind = "client host" if client == "pc1" else "server"
    words = f"has the {kind} {client!r}, and {other} has the client host {client!r}"
    assert words in refusal(capsys)[0]
    assert kept.clients


def test_connection_data(tmp_path: Path) -> None:
    ssh = {"ssh_user": "admin", "dhcp2": {"ssh_user": "root"}, "pc1": {"ssh_port": 2222}}
    hosts = inventory.load(site(tmp_path, "a"), ssh, clients={"pc1": "eth0"})
    data = dict(hosts.servers + hosts.clients)
    assert data["dhcp1"]["ssh_user"] == "admin"
    assert data["dhcp1"]["ssh_hostname"] == "10.0.0.1"
    assert data["dhcp2"]["ssh_user"] == "root"
    assert "pc1" not in data["dhcp2"]
    assert (data["pc1"]["client"], data["pc1"]["ssh_port"]) == ("eth0", 2222)
