"""`keaprov sync`: a site before and after, what it shows, and what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from keaprov.cli import main
from keaprov.site import load_site
from keaprov.sync import planned
from tests.pages import blocks, needs_hosts
from tests.sync.netbox import LISTS, TOKEN, address, interface, ip_range, prefix, served

SITE = """\
site: labo
servers:
  dhcp1: {role: primary, address: 10.60.1.67, interfaces: [ens18]}
sources:
  netbox:
    type: netbox
    export: netbox   # curl writes it
    where: {site: labo}
    options: {routers: gateway}
dhcp4:
  option-data: {domain-name-servers: 10.60.1.53}
  subnet4:
    # the users
    - id: 77     # since 2019
      subnet: 172.20.10.0/24
      valid-lifetime: 600
      pools:
        - {pool: 172.20.10.100 - 172.20.10.150, client-classes: [pc]}
      reservations:
        - {hw-address: "02:00:00:00:00:99", ip-address: 172.20.10.9}   # the clock
    - {id: 20, subnet: 10.9.0.0/24}   # not in NetBox
  client-classes:
    - {name: pc, test: "member('ALL')"}
"""
SYNCED = """\
    # the users
    - id: 77     # since 2019
      subnet: 172.20.10.0/24
      valid-lifetime: 600
      pools:
        - {pool: 172.20.10.100 - 172.20.10.199, client-classes: [pc]}
      reservations:
        - {hw-address: "02:00:00:00:00:99", ip-address: 172.20.10.9}   # the clock
      user-context: {vlan: User, source: netbox/prefixes/7}
      option-data: {routers: 172.20.10.254}
    - {id: 20, subnet: 10.9.0.0/24}   # not in NetBox
    - id: 78
      subnet: 172.20.20.0/24
      user-context: {vlan: Voice, source: netbox/prefixes/8}
  client-classes:
    - {name: pc, test: "member('ALL')"}
  reservations: {csv: sync-reservations.csv}
"""
TABLE = """\
subnet-id,hw-address,ip-address,hostname
77,02:00:00:00:00:01,172.20.10.5,printer.labo.example
78,02:00:00:00:00:02,172.20.20.5,
"""


class Work:
    """A folder with a site and an export of NetBox."""

    def __init__(self, folder: Path) -> None:
        self.site = folder / "site.yaml"
        self.table = folder / "sync-reservations.csv"
        self.export = folder / "netbox"
        self.lists: dict[str, list[Any]] = deepcopy(LISTS)
        self.site.write_text(SITE)
        self.export.mkdir()

    def sync(self, *words: str) -> Result:
        for name, objects in self.lists.items():
            answer = {"count": len(objects), "next": None, "previous": None, "results": objects}
            (self.export / f"{name}.json").write_text(json.dumps(answer))
        return CliRunner().invoke(main, ["sync", *words, str(self.site)])

    def is_unchanged(self) -> bool:
        return self.site.read_text() == SITE and not self.table.exists()


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work(tmp_path)


def test_the_difference_is_shown_and_nothing_is_written(work: Work) -> None:
    done = work.sync()
    assert done.output == (
        "~ subnet 77 172.20.10.0/24 (User): netbox/prefixes/7\n"
        "    VLAN (none) → User\n"
        "    becomes netbox/prefixes/7\n"
        "    pool 172.20.10.100 - 172.20.10.150 → 172.20.10.100 - 172.20.10.199\n"
        "    routers (none) → 172.20.10.254\n"
        "    reservations: 1 new\n"
        "+ subnet 78 172.20.20.0/24 (Voice): netbox/prefixes/8\n"
        "    reservations: 1 new\n"
        "note: 172.20.10.6/24 (netbox/ip-addresses/20): no interface, so no reservation of "
        "172.20.10.6\n"
        "to write this into site.yaml and sync-reservations.csv: keaprov sync --write "
        f"{work.site}\n"
    )
    assert done.exit_code == 1
    assert work.is_unchanged()


def test_the_site_gets_the_changes_and_keeps_the_rest(work: Work) -> None:
    work.site.chmod(0o640)
    done = work.sync("--write")
    assert done.exit_code == 0
    head, _, tail = work.site.read_text().partition("    # the users\n")
    assert SITE.startswith(head)
    assert f"    # the users\n{tail}" == SYNCED
    assert work.table.read_text() == TABLE
    assert work.site.stat().st_mode & 0o777 == 0o640
    site = load_site(work.site)
    assert [len(subnet.get("reservations", ())) for subnet in site.subnets] == [2, 0, 1]
    again = work.sync()
    assert (again.exit_code, again.output.splitlines()[-1]) == (
        0,
        "the site and its sources are equal",
    )


def test_nothing_renumbers_when_a_prefix_comes_moves_or_goes(work: Work) -> None:
    work.sync("--write")
    work.lists["prefixes"] += [
        prefix(50, "172.20.5.0/24", vlan=(77, "New")),
        prefix(51, "172.20.6.0/24", vlan=(6, "Six")),
    ]
    work.lists["prefixes"][1]["prefix"] = "172.20.10.0/23"
    work.lists["prefixes"].pop(2)
    work.lists["ip-addresses"].pop(1)
    done = work.sync("--write")
    assert done.exit_code == 0, done.output
    assert "- subnet 78 172.20.20.0/24 (Voice): netbox/prefixes/8\n    reservations: 1 gone" in (
        done.output
    )
    assert "~ subnet 77 172.20.10.0/23 (User)" in done.output
    ids = {subnet["subnet"]: subnet["id"] for subnet in load_site(work.site).subnets}
    assert ids == {
        "172.20.10.0/23": 77,
        "10.9.0.0/24": 20,
        "172.20.5.0/24": 79,  # the number of its VLAN is the id of another subnet
        "172.20.6.0/24": 6,
    }


def test_reservations_alone(work: Work) -> None:
    work.sync("--write")
    text = work.site.read_text()
    work.lists["ip-addresses"][0]["dns_name"] = "other"
    work.lists["ip-addresses"].append(address(30, "172.20.10.8", 8))
    work.lists["interfaces"].append(interface(8, "02:00:00:00:00:08"))
    done = work.sync("--write")
    lines = done.output.splitlines()
    assert lines[0] == "~ subnet 77 172.20.10.0/24 (User): reservations: 1 new, 1 changed"
    assert lines[-1] == "wrote sync-reservations.csv"
    assert work.site.read_text() == text


@pytest.mark.parametrize(
    ("lists", "message"),
    [
        (
            {"ip-addresses": [address(17, "192.0.2.5", 1, "pc")]},
            "conflict: pc (netbox/ip-addresses/17): the address 192.0.2.5 is outside any prefix",
        ),
        (
            {"ip-addresses": [address(17, "172.20.10.9", 1, "pc")]},
            "conflict: pc (netbox/ip-addresses/17): 172.20.10.9 or 02:00:00:00:00:01 has a "
            "reservation in the site already; delete it there",
        ),
        ({"prefixes": []}, "netbox: no prefix is selected (no prefix at all): check `where`"),
        ({"prefixes": [prefix(9, "10.0.0.0/24", site="x")]}, "no prefix is selected (1 others)"),
        # keaprov check rejects the result
        ({"prefixes": [prefix(9, "10.9.0.0/16")]}, "nothing was written"),
        (
            {"ip-ranges": [ip_range(3, "172.20.10.0", "172.20.10.255")]},
            "nothing was written",
        ),
    ],
)
def test_what_contradicts_is_not_written(
    work: Work, lists: dict[str, list[Any]], message: str
) -> None:
    if "prefixes" in lists:
        work.lists["ip-addresses"] = work.lists["ip-ranges"] = []
    work.lists |= lists
    done = work.sync("--write")
    assert done.exit_code == 1
    assert message in done.output
    assert work.is_unchanged()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("subnet4:\n", "reservations: []\n  subnet4:\n", ""),
        (
            "subnet4:\n",
            "reservations: [{hw-address: '02:00:00:00:00:77'}]\n  reservations-global: true\n"
            "  subnet4:\n",
            "dhcp4.reservations is written by hand: move its reservations into the subnets",
        ),
        ("    export: netbox   # curl writes it\n", "", "KP202 sources.netbox.export: is missing"),
        ("export: netbox ", "export: nothing ", "nothing/prefixes.json: No such file or directory"),
        ("type: netbox", "type: infoblox", '"infoblox" is not one of netbox, phpipam, csv'),
        (
            "options: {routers: gateway}",
            "options: {routers: {role: router}}",
            'sources.netbox.options.routers.role: "router" is not one of loopback, secondary',
        ),
        ("where: {site: labo}", "where: {section: 3}", "'section' does not belong here"),
        (
            "type: netbox",
            "type: phpipam",
            "sources.netbox.where.site: 'site' does not belong here",
        ),
        ("sources:", "x-sources:", "has no `sources`: add them (docs/sync.md)"),
        (
            "export: netbox ",
            "url: http://netbox.example.org ",
            "KP204 sources.netbox.url",
        ),
    ],
)
def test_bad_site_files_end_with_a_sentence(work: Work, old: str, new: str, message: str) -> None:
    work.site.write_text(SITE.replace(old, new, 1))
    done = work.sync("--write")
    assert message in done.output
    assert done.exit_code == int(bool(message))
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("7", "is not an answer of the API: it has no list of objects"),
        ('{"results": [7]}', "is not an answer of the API"),
        ('{"next": "http://x", "results": []}', "is one page of several: export with limit=0"),
    ],
)
def test_a_bad_export_ends_with_a_sentence(work: Work, content: str, message: str) -> None:
    work.sync()
    (work.export / "prefixes.json").write_text(content)
    done = CliRunner().invoke(main, ["sync", str(work.site)])
    assert done.exit_code == 1
    assert f"netbox: {work.export}/prefixes.json {message}" in done.output
    assert done.output.endswith("nothing was written\n")


def test_by_the_api_and_the_token_from_the_environment(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(LISTS) as url:
        by_url = f"url: {url}\n    token: {{env: NETBOX_TOKEN}}"
        work.site.write_text(SITE.replace("export: netbox   # curl writes it", by_url))
        done = work.sync()
        assert "sources.netbox.token: the environment variable NETBOX_TOKEN" in done.output
        monkeypatch.setenv("NETBOX_TOKEN", TOKEN)
        done = work.sync("--write")
    assert done.exit_code == 0, done.output
    assert work.table.read_text() == TABLE


def test_the_commands_of_the_page(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = work.site.parent
    folder.joinpath("labo").symlink_to(folder)
    monkeypatch.chdir(folder)
    compared, written, plan, exported = (line for block in blocks("sync.md") for line in block)
    assert needs_hosts(plan)  # test_the_commands_of_the_readme has it
    with served(LISTS, page=100) as url:
        command = exported.replace("https://netbox.example.org", url)
        assert command != exported
        environment = {**os.environ, "NETBOX_TOKEN": TOKEN}
        subprocess.run(["sh", "-c", command], check=True, capture_output=True, env=environment)
    for line, code in ((compared, 1), (written, 0), (compared, 0)):
        program, *words = line.split()
        assert program == "keaprov"
        done = CliRunner().invoke(main, words)
        assert done.exit_code == code, done.output
    assert "source: netbox/prefixes/8" in work.site.read_text()


def test_the_gateway_by_its_role(work: Work) -> None:
    by_role = "options: {routers: {role: hsrp}}"
    work.site.write_text(SITE.replace("options: {routers: gateway}", by_role))
    done = work.sync("--write")
    assert done.exit_code == 0, done.output
    assert "    routers (none) → 172.20.10.254\n" in done.output
    assert "no address with role hsrp for routers" in done.output
    assert work.site.read_text().partition("    # the users\n")[2] == SYNCED.partition("\n")[2]


def test_a_site_of_tables(tmp_path: Path) -> None:
    head = SITE.partition("sources:")[0]
    plan = "sources:\n  plan: {type: csv, subnets: plan.csv, reservations: hosts.csv}\n"
    (tmp_path / "site.yaml").write_text(f"{head}{plan}dhcp4: {{subnet4: []}}\n")
    (tmp_path / "plan.csv").write_text("subnet,vlan\n10.0.1.0/24,User\n")
    (tmp_path / "hosts.csv").write_text("mac,ip\n02:00:00:00:00:01,10.0.1.5\n")
    words = ["sync", "--write", str(tmp_path / "site.yaml")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    (subnet,) = load_site(tmp_path / "site.yaml").subnets
    assert (subnet["id"], subnet["user-context"]["vlan"]) == (1, "User")
    assert len(subnet["reservations"]) == 1
    (tmp_path / "plan.csv").write_text("subnets\n10.0.1.0/24\n")
    done = CliRunner().invoke(main, words)
    assert "the columns are subnet, id, vlan, vlan-id, pools and option.NAME" in done.output


def test_a_site_that_changes_meanwhile_is_not_overwritten(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(*values: Any) -> Any:
        work.site.write_text(f"{SITE}# new\n")
        return planned(*values)

    monkeypatch.setattr("keaprov.cli.sync.planned", changed)
    done = work.sync("--write")
    assert done.exit_code == 1
    assert "was changed meanwhile: nothing was written, run it again" in done.output
    assert work.site.read_text() == f"{SITE}# new\n"


def test_names_of_a_source_cannot_steer_a_terminal(work: Work) -> None:
    work.lists["prefixes"][1]["vlan"]["name"] = "User\x1b[2J\nwrote site.yaml"
    output = work.sync().output
    assert "\x1b" not in output
    assert "(User\\u001b[2J\n" in output
    assert "\nwrote" not in output
