"""Tables of reservations as people export them, and one table for all VLANs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from keaprov.site import Checked, check_file, rows

SITE = """\
site: labo
servers: {dhcp1: {address: 10.0.0.1, interfaces: [ens18]}}
dhcp4:
  client-classes: [{name: phones}, {name: staff}]
  reservations: {csv: all.csv}
  subnet4:
    - id: 10
      subnet: 10.1.0.0/24
      user-context: {vlan: User}
      reservations: [{hw-address: "00:11:22:33:44:01", ip-address: 10.1.0.1}]
  shared-networks:
    - name: voice
      subnet4: [{id: 60, subnet: 10.6.0.0/24, user-context: {vlan: 600}}]
"""


def check(folder: Path, table: str, site: str = SITE) -> Checked:
    (folder / "all.csv").write_text(table)
    (folder / "site.yaml").write_text(site)
    return check_file(folder / "site.yaml")


def hosts(folder: Path, table: str) -> tuple[list[Any], list[Any]]:
    """Return the reservations of both subnets."""
    checked = check(folder, table)
    assert checked.site is not None, checked.problems
    dhcp4 = json.loads(json.dumps(checked.site.dhcp4))
    assert not dhcp4["reservations"]
    voice = dhcp4["shared-networks"][0]["subnet4"][0]
    return dhcp4["subnet4"][0]["reservations"], voice["reservations"]


@pytest.mark.parametrize(
    ("home", "user", "voice"),
    [("VLAN", "User", "600"), ("Subnet ID", "10", "60"), ("subnet", "10.1.0.0/24", "10.6.0.0/24")],
)
def test_one_table_for_all_vlans(tmp_path: Path, home: str, user: str, voice: str) -> None:
    table = f"{home};MAC;IP;Name\n{voice};00-11-22-33-44-06;10.6.0.6;phone\n"
    table += f"{user};0011.2233.4402;10.1.0.2;printer\n"
    users, phones = hosts(tmp_path, table)
    assert users[1:] == [
        {"hw-address": "00:11:22:33:44:02", "ip-address": "10.1.0.2", "hostname": "printer"}
    ]
    assert [host["hw-address"] for host in phones] == ["00:11:22:33:44:06"]


def test_options_classes_and_next_server(tmp_path: Path) -> None:
    table = "subnet-id,mac,client-classes,next-server,option.boot-file-name,option.66\n"
    table += '60,001122334406,"phones, staff",10.6.0.9,,10.6.0.9\n'
    (host,) = hosts(tmp_path, table)[1]
    assert host == {
        "hw-address": "001122334406",
        "client-classes": ["phones", "staff"],
        "next-server": "10.6.0.9",
        "option-data": [{"code": 66, "data": "10.6.0.9"}],
    }


@pytest.mark.parametrize(
    "column",
    [
        *("option:66", "option-66", "Option 66", "option66", "opt_66", "dhcp-option-66"),
        *("option:tftp-server-name", "Option TFTP Server Name", "option.66"),
    ],
)
def test_an_options_column_in_other_forms(column: str, tmp_path: Path) -> None:
    (host,) = hosts(tmp_path, f"subnet-id,mac,{column}\n60,001122334406,10.6.0.9\n")[1]
    (option,) = host["option-data"]
    assert option["data"] == "10.6.0.9"
    assert option.get("code") == 66 or option.get("name") == "tftp-server-name"


@pytest.mark.parametrize("column", ["option:nme", "options", "option", "optional", "opt.", "oui"])
def test_other_columns_are_no_options(column: str) -> None:
    assert not rows.column(column).startswith(rows.OPTION)


@pytest.mark.parametrize(
    ("table", "code", "place"),
    [
        ("vlan,mac\nUser,00:11:22:33:44:02\nGuest,00:11:22:33:44:03\n", "KP114", (3, 1)),
        ("mac,vlan\n00:11:22:33:44:02,\n", "KP114", (2, 19)),
        ("vlan,mac,ip\nUser,00-11-22-33-44-02,10.1.0.300\n", "KP405", (2, 24)),
        ("vlan,mac,ip\n600,00-11-22-33-44-02,10.1.0.30\n", "KP405", (2, 23)),
        ("vlan,mac,option.nme\n600,00-11-22-33-44-02,a\n", "KP501", (2, 23)),
        ("vlan,subnet-id,mac\nUser,10,00:11:22:33:44:02\n", "KP112", (1, 1)),
        ("vlan,mac,colour\nUser,00:11:22:33:44:02,red\n", "KP112", (1, 10)),
        ("sep=;\nvlan;mac;x;colour\nUser;00:11:22:33:44:02;;red\n", "KP112", (2, 10)),
    ],
)
def test_a_mistake_is_shown_in_the_table(
    tmp_path: Path, table: str, code: str, place: tuple[int, int]
) -> None:
    (problem,) = check(tmp_path, table).problems
    assert (problem.code, problem.mark.line, problem.mark.column) == (code, *place)
    assert problem.mark.file.endswith("all.csv")


def test_a_subnets_own_rows_keep_their_place(tmp_path: Path) -> None:
    site = SITE.replace("ip-address: 10.1.0.1}", "ip-address: 10.2.0.1}")
    (problem,) = check(tmp_path, "vlan,mac\nUser,00:11:22:33:44:02\n", site).problems
    assert (problem.code, problem.mark.file) == ("KP405", str(tmp_path / "site.yaml"))


def test_two_subnets_of_one_vlan(tmp_path: Path) -> None:
    site = SITE.replace("vlan: 600", "vlan: User")
    (problem,) = check(tmp_path, "vlan,mac\nUser,00:11:22:33:44:02\n", site).problems
    assert problem.message == "several subnets have the vlan 'User' in the user-context"


def test_a_vlan_counts_as_it_is_written(tmp_path: Path) -> None:
    site = SITE.replace("vlan: 600", "vlan: 0061")
    table = "vlan,mac\n0061,00:11:22:33:44:06\n"
    assert not check(tmp_path, table, site).problems
    (problem,) = check(tmp_path, table.replace("0061", "61"), site).problems
    assert problem.message == "no subnet has the vlan '61' in the user-context"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("subnet,mac\n10.9.0.0/24", "no subnet has the prefix '10.9.0.0/24'"),
        ("subnet-id,mac\n99", "no subnet has the id '99'"),
        ("subnet-id,mac\n", "the row has no subnet-id"),
    ],
)
def test_a_row_of_no_subnet(tmp_path: Path, row: str, message: str) -> None:
    (problem,) = check(tmp_path, f"{row},00:11:22:33:44:06\n").problems
    assert problem.message == message


@pytest.mark.parametrize(
    ("header", "messages"),
    [
        ("MAC-Adresse;IP-Adresse;Name;VLAN", []),
        ("IPAddress,MacAddress,vlan", []),
        ("mac,vlan,Type,Description", ["unknown column 'Type'"]),
        ("ScopeId,IPAddress,ClientId,Name,Type,Description,vlan",
         ["unknown columns 'ScopeId', 'Type'", "unknown column 'ClientId'"]),
        ("hw-adress,vlan", ["unknown column 'hw-adress'"]),
        ("Colour,vlan", ["unknown column 'Colour'", "no column identifies the clients"]),
        ("header-fixedaddress,ip_address*,_new_ip_address,mac_address,vlan",
         ["unknown columns 'header-fixedaddress', '_new_ip_address'"]),
        ("Bindings from all pools not associated with VRF:",
         ["these are the bindings of a router or switch"]),
        ("192.0.2.11  0100.1122.3344.55  Infinite  Manual",
         ["these are the bindings of a router or switch"]),
        ("lease 192.0.2.11 {", ["these are the leases of ISC dhcpd"]),
        ("anything", ["the first line has no name of a column"]),
        ("1700000000 00:11:22:33:44:55 10.1.0.5 pc", ["the first line is a row, not a header"]),
        ("Dhcp Server 10.0.0.1 Add reservedip 10.1.0.5",
         ["this is a dump of Windows' DHCP (netsh)"]),
        ("# hosts\ndhcp-host=02:00:00:00:00:01,a,10.1.0.5,12h",
         ["this is the configuration of dnsmasq"]),
        ("macaddr,ipaddr,host,vlan", []),
        ("mac|ip|vlan", ["the first line is one column"]),
        ("mac ip vlan", ["the first line is one column"]),
        ("<html><table>", ["not CSV but HTML or XML"]),
        ("[{'mac': 1}]", ["not CSV but JSON"]),
    ],
)  # fmt: skip
def test_headers_as_people_write_them(tmp_path: Path, header: str, messages: list[str]) -> None:
    problems = check(tmp_path, f"{header}\n").problems
    assert [problem.message for problem in problems] == messages
    assert all(problem.hint for problem in problems)


def test_the_mac_address_of_windows(tmp_path: Path) -> None:
    (problem,) = check(tmp_path, "ScopeId,ClientId,vlan\n").problems[1:]
    assert problem.hint == "Windows writes the MAC address there: name the column hw-address."


@pytest.mark.parametrize("end", ["\r", "\r\r\n"])
def test_a_mistake_in_a_table_with_other_ends_of_lines(tmp_path: Path, end: str) -> None:
    (tmp_path / "site.yaml").write_text(SITE)
    (tmp_path / "all.csv").write_bytes(f"vlan,mac,ip{end}600,x,10.6.0.9{end}".encode())
    checked = check_file(tmp_path / "site.yaml")
    (problem,) = checked.problems
    assert (problem.code, problem.mark.column) == ("KP412", 5)
    text = checked.sources[problem.mark.file].split("\n")[problem.mark.line - 1]
    assert text == "600,x,10.6.0.9"


def test_an_option_of_the_site_keeps_its_letters(tmp_path: Path) -> None:
    own = "option-def: [{name: My_Opt, code: 224, type: string}]"
    site = SITE.replace("  reservations: {csv", f"  {own}\n  reservations: {{csv")
    table = "vlan,mac,option.My_Opt,Option.Domain_Name\n600,00:11:22:33:44:06,x,y\n"
    checked = check(tmp_path, table, site)
    assert checked.site is not None, checked.problems
    voice = checked.site.dhcp4["shared-networks"][0]["subnet4"][0]
    names = [option["name"] for option in voice["reservations"][0]["option-data"]]
    assert names == ["My_Opt", "domain-name"]


def test_a_table_in_a_list_is_one_problem(tmp_path: Path) -> None:
    site = SITE.replace("{csv: all.csv}", "[{csv: all.csv}, {csv: b.csv}]")
    (problem,) = [p for p in check(tmp_path, "", site).problems if p.code != "KP421"]
    assert (problem.code, problem.message) == ("KP121", "a table in a list")
