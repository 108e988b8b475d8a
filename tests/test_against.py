"""``keaprov check --against``: what a change costs, from two site files or from git."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from keaprov.cli import main

SITE = """\
site: labo
servers: {dhcp1: {address: 10.0.0.1, interfaces: [ens18]}}
dhcp4:
  option-data: {domain-name-servers: 172.20.21.53}
  subnet4:
    - id: 10
      subnet: 172.20.10.0/24
      pools: [172.20.10.100 - 172.20.10.199]
      relay: {ip-addresses: [10.9.0.1]}
      option-data: {routers: 172.20.10.254}
      reservations: {csv: r.csv}
"""
TABLE = "hw-address,ip-address\n00:11:22:33:44:55,172.20.10.5\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "r.csv").write_text(TABLE)
    path = tmp_path / "site.yaml"
    path.write_text(SITE)
    return path


def check(site: Path, reference: str | Path, *words: str) -> Result:
    arguments = ["check", str(site), "--against", str(reference), *words]
    return CliRunner().invoke(main, arguments)


CHANGES = [
    ("id: 10", "id: 11", "gets the id 11"),
    ("pools: [172.20.10.100 - 172.20.10.199]", "pools: [172.20.10.100 - 172.20.10.150]",
     "the pools leave out 49 addresses"),
    ("relay: {ip-addresses: [10.9.0.1]}", "relay: {ip-addresses: [10.9.0.2]}", "10.9.0.1"),
    ("172.20.10.", "172.20.11.", "renumbered to 172.20.11.0/24"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "words"), CHANGES)
def test_a_change_that_costs(site: Path, before: str, after: str, words: str) -> None:
    old = site.with_name("old.yaml")
    old.write_text(SITE)
    site.write_text(SITE.replace(before, after))
    (site.parent / "r.csv").write_text("hw-address,hostname\n00:11:22:33:44:55,a\n")
    done = check(site, old)
    assert (done.exit_code, "KP430" in done.output, words in done.output) == (0, True, True)
    assert check(site, old, "--strict").exit_code == 1


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("id: 20", "id: 21", 7),
        ("10.2.0.10 -", "10.2.0.20 -", 7),
        ("    - {id: 20, subnet: 10.2.0.0/24, pools: [10.2.0.10 - 10.2.0.99]}\n", "", 3),
    ],
)
def test_a_change_is_at_the_line_of_its_subnet(
    site: Path, before: str, after: str, line: int
) -> None:
    text = """\
site: labo
servers: {dhcp1: {address: 10.0.0.1, interfaces: [ens18]}}
dhcp4:
  option-data: {domain-name-servers: 172.20.21.53, routers: 172.20.10.254}
  subnet4:
    - {id: 10, subnet: 10.1.0.0/24, pools: [10.1.0.10 - 10.1.0.99]}
    - {id: 20, subnet: 10.2.0.0/24, pools: [10.2.0.10 - 10.2.0.99]}
"""
    old = site.with_name("old.yaml")
    old.write_text(text)
    site.write_text(text.replace(before, after))
    problems = json.loads(check(site, old, "--format", "json").output)
    assert [entry["line"] for entry in problems if entry["code"] == "KP430"] == [line]


def test_the_line_of_a_change_shows_no_secret(site: Path) -> None:
    databases = "hosts-database: {type: mysql, name: kea, password: hunter22}"
    hooks = "hooks-libraries: [{library: libdhcp_mysql.so}]"
    subnet = "subnet4: [{id: 20, subnet: 10.2.0.0/24, pools: [10.2.0.10 - 10.2.0.99]}]"
    options = "option-data: {domain-name-servers: 172.20.21.53, routers: 10.2.0.254}"
    head = SITE.partition("dhcp4:")[0]
    text = f"{head}dhcp4: {{{subnet}, {options}, {hooks}, {databases}}}\n"
    old = site.with_name("old.yaml")
    old.write_text(text)
    site.write_text(text.replace("id: 20", "id: 21"))
    output = check(site, old).output
    assert ("KP430" in output, "subnet: 10.2.0.0/24" in output) == (True, True)
    assert "hunter22" not in output


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("- 172.20.10.199", "- 172.20.10.210"),
        ("[10.9.0.1]", "[10.9.0.1, 10.9.0.2]"),
        ("172.20.21.53", "172.20.21.54"),
    ],
)
def test_a_change_that_costs_nothing(site: Path, before: str, after: str) -> None:
    old = site.with_name("old.yaml")
    old.write_text(SITE)
    site.write_text(SITE.replace(before, after))
    assert check(site, old).output == "no problems\n"


PAIR = """\
site: labo
servers:
  dhcp1: {role: primary, address: 10.60.1.67, interfaces: [ens18]}
  dhcp2: {role: standby, address: 10.60.1.68, interfaces: [ens18]}
failover: {}
dhcp4:
  option-data: {domain-name-servers: 172.20.21.53}
  lease-database: {type: memfile, name: a.csv}
  subnet4:
    - id: 10
      subnet: 172.20.10.0/24
      pools: [172.20.10.100 - 172.20.10.199]
      option-data: {routers: 172.20.10.1}
      reservations:
        - {hw-address: "00:11:22:33:44:55", ip-address: 172.20.10.5}
        - {hw-address: "00:11:22:33:44:56", ip-address: 172.20.10.6}
"""
SECOND = '        - {hw-address: "00:11:22:33:44:56", ip-address: 172.20.10.6}\n'
TEN = "subnet 10 (172.20.10.0/24): "


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([("10.199", "10.150")], f"{TEN}the pools leave out 49 addresses that they had"),
        ([("10.199", "10.198")], f"{TEN}the pools leave out 1 address that they had"),
        ([("0/24", "0/25"), ("10.199", "10.120")],
         f"{TEN}resized to 172.20.10.0/25: its relay's address may be outside; the pools leave"),
        ([("id: 10", "id: 11")],
         f"{TEN}gets the id 11: clients wait while its leases are changed (up to 102 clients)"),
        ([("id: 10", "id: 11"), ("  subnet4", "  sanity-checks: {lease-checks: warn}\n  subnet4")],
         f"{TEN}gets the id 11, and its leases keep the id 10: sanity-checks say"),
        ([("44:55", "44:77"), ("10.5}", "10.7}")],
         f"{TEN}1 reservation less, and no pool has its address (up to 1 client)"),
        ([(SECOND, "")], f"{TEN}1 reservation less, and no pool has its address (up to 1 client)"),
        ([("10.5}", "10.7}")], f"{TEN}1 reservation gets another address (up to 1 client)"),
        ([("10.5}", "10.150}")],
         f"{TEN}1 reservation gets another address; 1 address of the pools is reserved now"),
        ([("10.60.1.67", "10.60.1.77")],
         "no server has the address 10.60.1.67 of dhcp1 any more: relays that forward to it, and"),
        ([("address: 10.60.1.68, interfaces: [ens18]", "address: 10.60.1.68, interfaces: [ens19]")],
         "dhcp2 does not listen on ens18 any more"),
        # no cost: the server goes on under another name, or the peer copies the leases
        ([("dhcp1", "ns1"), ("dhcp2", "ns2")], ""),
        ([("a.csv", "b.csv")], ""),
        ([("[ens18]}\n  dhcp2", "[ens18, ens19]}\n  dhcp2")], ""),
        ([("10.5}", "10.5, hostname: printer}")], ""),
        ([("[172.20.10.100 - 172.20.10.199]",
           "[172.20.10.100 - 172.20.10.150, 172.20.10.151 - 172.20.10.199]")], ""),
    ],
)  # fmt: skip
def test_what_a_change_costs(site: Path, changes: list[tuple[str, str]], words: str) -> None:
    """Each cause is there once, with the clients that it may touch."""
    site.write_text(PAIR)
    old = site.rename(site.with_name("old.yaml"))
    text = PAIR
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    site.write_text(text)
    output = check(site, old).output
    assert words in output
    assert output.count("KP430") == bool(words)


def test_a_lease_file_that_stays_behind(site: Path) -> None:
    """A pair copies the leases, unless its servers do not hear each other meanwhile."""
    site.write_text(PAIR)
    old = site.rename(site.with_name("old.yaml"))
    site.write_text(PAIR.replace("a.csv", "b.csv").replace("10.60.1.67", "10.60.1.77"))
    output = check(site, old).output
    assert "the leases stay behind in another database (up to 102 clients)" in output
    assert (output.count("KP430"), output.count("another database")) == (2, 1)


SHARED = """\
site: labo
servers: {dhcp1: {address: 10.0.0.1, interfaces: [ens18]}}
dhcp4:
  option-data: {domain-name-servers: 172.20.21.53}
  shared-networks:
    - name: both
      subnet4:
        - {id: 1, subnet: 10.1.0.0/24, pools: [10.1.0.10 - 10.1.0.99], option-data: {3: 10.1.0.1}}
        - {id: 2, subnet: 10.1.1.0/24, pools: [10.1.1.10 - 10.1.1.99], option-data: {3: 10.1.1.1}}
"""


def test_nothing_is_reserved_where_there_are_no_reservations(site: Path) -> None:
    old = site.with_name("old.yaml")
    old.write_text(SHARED)
    site.write_text(SHARED.replace("id: 1,", "id: 3,"))
    output = check(site, old).output
    assert ("gets the id 3" in output, "subnet 2" in output) == (True, False)


def commit(folder: Path) -> None:
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "a"]):
        subprocess.run([*git, *words], check=True)


def test_the_same_file_in_git(site: Path) -> None:
    commit(site.parent)
    assert check(site, "git:HEAD").output == "no problems\n"
    (site.parent / "r.csv").write_text(TABLE + "00:11:22:33:44:66,172.20.10.150\n")
    site.write_text(SITE.replace("id: 10", "id: 11"))
    assert "since git:HEAD: subnet 10" in check(site, "git:HEAD").output
    done = check(site, "git:nix")
    assert (done.exit_code, done.output.startswith("Error: git: ")) == (1, True)


def test_links_in_git(site: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    (site.parent / "absolute").symlink_to("/etc/hostname")
    (site.parent / "inside.yaml").symlink_to("site.yaml")
    commit(site.parent)
    outside = tmp_path_factory.mktemp("outside") / "link.yaml"
    outside.symlink_to(site)
    outside.with_name("r.csv").write_text(TABLE)
    for path in (site, site.with_name("inside.yaml"), outside):
        assert check(path, "git:HEAD").output == "no problems\n"


def test_no_repository_and_no_earlier_site(site: Path) -> None:
    assert "Error: git: " in check(site, "git:HEAD").output
    done = check(site, site.with_name("none.yaml"))
    assert (done.exit_code, "nothing to compare with" in done.output) == (1, True)
