"""``keaprov import dhcpd``: what becomes of each statement, by dhcpd.conf(5)."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from keaprov import load_site, render
from keaprov.cli import main
from keaprov.importing import dhcpd
from tests.deploying import ROOT
from tests.importing.dhcpd_cases import (
    CASES,
    KNOWN,
    MATCHING,
    OFFICE,
    OPTIONS,
    PAIR,
    SUBNETS,
    TRANSLATED,
)

SUBNET = "subnet 192.0.2.0 netmask 255.255.255.0 { %s }\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "dhcpd.conf"
    path.write_text(text)
    return path


def imported(folder: Path, text: str) -> dhcpd.Imported:
    result = dhcpd.read(written(folder, text), "labo", {"dhcp1": "192.0.2.2"})
    assert isinstance(result, dhcpd.Imported), result
    assert result.losses == ()
    return result


def body(folder: Path, text: str) -> Any:
    return imported(folder, text).site["dhcp4"]


def kept(result: dhcpd.Imported) -> dict[str, str]:
    return {entry["path"]: entry["reason"] for entry in result.notes.kept()}


def run(folder: Path, text: str, *words: str) -> Result:
    out = folder / "site"
    words = ("import", "dhcpd", str(written(folder, text)), "--out", str(out), *words)
    return CliRunner().invoke(main, words, catch_exceptions=False)


@pytest.mark.parametrize("name", CASES)
def test_the_result_has_no_error(tmp_path: Path, name: str) -> None:
    done = run(tmp_path, CASES[name], "--server", "dhcp1=192.0.2.2")
    assert done.exit_code == 0, done.output
    site = load_site(tmp_path / "site/site.yaml")
    assert render.dhcp4(site, site.servers[0])


def test_classes_have_the_tests_and_options_of_dhcpd(tmp_path: Path) -> None:
    classes = {keys["name"]: keys for keys in body(tmp_path, OFFICE)["client-classes"]}
    assert list(classes) == [
        "phones", "by-port#1", "by-port", "if-line-21", "else-line-21", "pxe", "not-phones",
    ]  # fmt: skip
    assert classes["phones"]["test"] == "substring(option[60].hex, 0, 9) == 'ACME-phone'"
    assert classes["phones"]["option-def"] == [
        {"name": "vendor-encapsulated-options", "code": 43, "type": "empty", "encapsulate": "ACME"}
    ]
    assert classes["phones"]["option-data"] == [
        {"name": "vendor-encapsulated-options"},
        {"name": "server", "space": "ACME", "data": "192.0.2.30"},
        {"name": "mode", "space": "ACME", "data": "3"},
    ]
    assert classes["by-port#1"]["test"] == "relay4[1].hex == 'sw1/0/7'"
    assert classes["by-port#1"]["option-data"] == [{"name": "host-name", "data": "lobby"}]
    assert classes["by-port"]["test"] == (
        "(relay4[1].hex == 'sw1/0/7') or (relay4[1].hex == 0x0102)"
    )
    assert classes["if-line-21"] == {
        "name": "if-line-21",
        "test": "option[93].exists and (option[93].hex == 0x0007)",
        "boot-file-name": "efi/grub.efi",
    }
    assert classes["else-line-21"]["test"] == (
        "option[93].exists and (not (option[93].hex == 0x0007))"
    )
    assert classes["pxe"]["next-server"] == "192.0.2.40"
    assert classes["not-phones"]["test"] == "not member('phones')"


def test_networks_have_their_pools_and_hosts(tmp_path: Path) -> None:
    result = imported(tmp_path, OFFICE)
    dhcp4 = result.site["dhcp4"]
    (shared,) = dhcp4["shared-networks"]
    first, second = shared["subnet4"]
    assert [pool.get("client-classes") for pool in first["pools"]] == [["not-phones"], ["phones"]]
    assert kept(result) == {"max-lease-time 600": "Kea has no lease time for a pool"}
    domain = {"name": "domain-name", "data": "print.example.org"}
    assert first["reservations"] == [
        {"hw-address": "02:00:5e:10:00:01", "ip-address": "192.0.2.50", "comment": "printer-1",
         "option-data": [domain]},
        {"hw-address": "02:00:5e:10:00:02", "ip-address": "192.0.2.51", "comment": "printer-2",
         "option-data": [domain, {"name": "host-name", "data": "second"}]},
        {"client-id": "01:02:00:5e:10:00:03", "ip-address": "192.0.2.52", "comment": "by-id"},
    ]  # fmt: skip
    assert [row["ip-address"] for row in second["reservations"]] == ["198.51.100.10"]
    assert [subnet["id"] for subnet in (first, second, *dhcp4["subnet4"])] == [1, 2, 3]
    assert dhcp4["host-reservation-identifiers"] == ["client-id", "hw-address"]
    lifetimes = ("valid-lifetime", "min-valid-lifetime", "max-valid-lifetime")
    assert [dhcp4[key] for key in lifetimes] == [3600, 300, 86400]


def test_a_failover_block_is_a_pair(tmp_path: Path) -> None:
    (tmp_path / "subnets.conf").write_text(SUBNETS)
    done = run(tmp_path, PAIR)
    assert done.exit_code == 0, done.output
    site = load_site(tmp_path / "site/site.yaml")
    servers = [(s.name, s.role.value if s.role else "", s.address) for s in site.servers]
    assert servers == [("dhcp1", "primary", "192.0.2.2"), ("dhcp2", "standby", "192.0.2.3")]
    assert "subnets.conf:2: keaprov's: option subnet-mask 255.255.255.0: " in done.output
    assert "dhcpd.conf:3: not imported: split 255: a site's pair is hot-standby" in done.output
    (subnet,) = site.dhcp4["subnet4"]
    assert [pool["pool"] for pool in subnet["pools"]] == [
        "192.0.2.10 - 192.0.2.99", "192.0.2.120 - 192.0.2.180",
    ]  # fmt: skip


def test_a_secondary_names_the_primary_as_its_peer(tmp_path: Path) -> None:
    block = 'failover peer "p" { secondary; address 192.0.2.3; peer address 192.0.2.2; }\n'
    servers = imported(tmp_path, block + SUBNET % "").site["servers"]
    assert {name: keys["role"] for name, keys in servers.items()} == {
        "dhcp1": "primary", "dhcp2": "standby",
    }  # fmt: skip
    assert servers["dhcp2"]["address"] == "192.0.2.3"


def test_known_clients_are_known_in_every_network(tmp_path: Path) -> None:
    dhcp4 = body(tmp_path, KNOWN)
    first, second = dhcp4["subnet4"]
    assert [pool.get("client-classes") for pool in first["pools"]] == [
        ["KNOWN"], ["known+UNKNOWN+a"],
    ]  # fmt: skip
    assert [pool.get("client-classes") for pool in second["pools"]] == [["not-KNOWN"], None]
    tests = {keys["name"]: keys["test"] for keys in dhcp4["client-classes"]}
    assert tests["a"] == (
        "(not option[77].exists) and (pkt4.htype == 1 and pkt4.mac == 0x02005e100001)"
    )
    assert tests["known+UNKNOWN+a"] == ("member('KNOWN') and (member('UNKNOWN') or member('a'))")
    assert tests["elsif-line-12"] == "(not (option[77].hex == 'iPXE')) and member('KNOWN')"
    assert second["evaluate-additional-classes"] == ["if-line-11", "elsif-line-12"]
    assert dhcp4["reservations"] == [
        {"hw-address": "02:00:5e:10:00:01", "comment": "everywhere",
         "option-data": [{"name": "host-name", "data": "everywhere"}]},
        {"hw-address": "02:00:5e:10:00:02"},
        {"client-id": "68:65:72:65"},
        {"hw-address": "02:00:5e:10:00:03"},
        {"hw-address": "02:00:5e:10:00:04", "comment": "thief", "client-classes": ["DROP"]},
        {"circuit-id": "73:77:31:2f:30:2f:31"},
    ]  # fmt: skip
    assert dhcp4["ip-reservations-unique"] is False
    assert dhcp4["host-reservation-identifiers"] == ["client-id", "hw-address", "circuit-id"]


def test_options_have_the_values_of_dhcpd(tmp_path: Path) -> None:
    dhcp4 = body(tmp_path, OPTIONS)
    assert (dhcp4["renew-timer"], dhcp4["rebind-timer"]) == (900, 1600)
    assert dhcp4["option-def"] == [
        {"name": "pair", "code": 224, "type": "record", "record-types": "uint8, string"},
        {"name": "flag", "code": 226, "type": "boolean"},
        {"name": "blob", "code": 227, "type": "binary"},
        {"name": "wpad", "code": 252, "type": "string"},
    ]
    texts = {option.get("name", option.get("code")): option["data"]
             for option in dhcp4["option-data"] if option.get("csv-format", True)}  # fmt: skip
    octets = {option.get("name", option.get("code")): option["data"]
              for option in dhcp4["option-data"] if not option.get("csv-format", True)}  # fmt: skip
    assert texts == {
        "static-routes": "10.0.0.0, 192.0.2.1, 172.16.0.0, 192.0.2.2",
        "domain-search": "example.org, example.net",
        "time-offset": "-3600",
        "ip-forwarding": "false",
        "netbios-node-type": "8",
        "pair": "7, seven",
        "flag": "true",
        "wpad": "http://192.0.2.9/wpad.dat",
    }
    assert octets == {
        "user-class": b"text".hex(),
        43: "0104c0000201",
        "blob": "00ff",
        225: "c0000201c0000202c0000203c0000204",
        "merit-dump": b"a,b".hex(),
        230: b"raw".hex(),
    }


@pytest.mark.parametrize(
    ("condition", "test"), TRANSLATED.items()
)  # fmt: skip
def test_conditions_that_kea_can_say(tmp_path: Path, condition: str, test: str) -> None:
    text = MATCHING.format(condition)
    (made,) = body(tmp_path, text)["client-classes"]
    assert made["test"] == test


@pytest.mark.parametrize(
    "condition",
    [
        'option host-name ~= "^a"',
        'option host-name = ""',
        "option host-name = option domain-name",
        'option host-name = "a" and exists user-class or exists root-path',
        "known",
        "static",
        'suffix(option host-name, 2) = "lab"',
        'binary-to-ascii(16, 8, ":", substring(hardware, 1, 2)) = "02:5e"',
        "substring(hardware, 0, 3) = 1:2:3",
        "packet(0, 4) = 1:2:3:4",
        'config-option host-name = "a"',
        "extract-int(option dhcp-max-message-size, 16) > 1500",
        "exists ACME.server",
        "exists no-such-option",
        "(" * 40 + "exists user-class" + ")" * 40,
        "",
    ],
)
def test_conditions_that_kea_cannot_say_leave_no_class(tmp_path: Path, condition: str) -> None:
    text = f'class "c" {{ match if {condition}; }}\n'
    text += SUBNET % 'pool { range 192.0.2.9; allow members of "c"; } range 192.0.2.1;'
    result = imported(tmp_path, text)
    dhcp4 = result.site["dhcp4"]
    assert "client-classes" not in dhcp4
    assert dhcp4["subnet4"][0]["pools"] == [{"pool": "192.0.2.1 - 192.0.2.1"}]
    assert kept(result)["pool"] == "the site has no class 'c', so the pool is left out"


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        ("option domain-name-servers ns.example.org;", "option domain-name-servers"),
        ("option domain-name-servers 192.0.2.5, ns.example.org;", "option domain-name-servers"),
        ("next-server boot.example.org;", "next-server"),
        ('filename = concat("a", option host-name);', "filename"),
        ("option host-name = option dhcp-client-identifier;", "option host-name"),
        ("option dhcp-server-identifier 192.0.2.2;", "option dhcp-server-identifier"),
        ("option boot-size 70000;", "option boot-size"),
        ("option routers;", "option routers"),
        ("ping-check on;", "ping-check on"),
        ("ddns-hostname = host-decl-name;", "ddns-hostname"),
        ("on commit { set a = 1; }", "on commit"),
        ('switch (option host-name) { case 1: filename "a"; }', "switch"),
        ("min-secs 5;", "min-secs 5"),
        ('group { option domain-name "a"; }', "option domain-name"),
        ('class "c" { host h { } }', "class"),
        ("host { hardware ethernet 2:0:0:0:0:1; }", "host"),
        ('option unknown-0 "a";', "option unknown-0"),
        ("pool { range 192.0.2.9; deny all clients; }", "pool"),
        ("pool { range 192.0.2.9; allow authenticated clients; }", "pool"),
        ("host h { hardware token-ring 1:2:3:4:5:6; }", "host h"),
        ("host h { fixed-address 192.0.2.1; }", "host h"),
        ("host h { hardware ethernet 2:0:0:0:0:1; fixed-address h.example.org; }", "host h"),
        ("host h { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.0.1; }", "host h"),
    ],
)
def test_what_kea_cannot_say_is_in_the_report(tmp_path: Path, inside: str, what: str) -> None:
    result = imported(tmp_path, SUBNET % inside)
    assert result.site["dhcp4"]["subnet4"] == [{"id": 1, "subnet": "192.0.2.0/24"}]
    assert "reservations" not in result.site["dhcp4"]
    assert any(path.startswith(what) for path in kept(result)), kept(result)
    assert all(line.startswith(f"{tmp_path}/dhcpd.conf:1: ") for line in result.notes.lines())


def test_a_value_that_kea_refuses_is_not_in_the_site(tmp_path: Path) -> None:
    result = imported(tmp_path, "option x code 7 = boolean;\noption x true;\n" + SUBNET % "")
    assert "option-data" not in result.site["dhcp4"]
    assert kept(result)["option x true"].startswith("Kea does not take the value: 1 octets")


def test_a_class_that_kea_would_not_prefer_leaves_its_option(tmp_path: Path) -> None:
    text = 'class "c" { match if exists user-class; option domain-name "c.example.org"; }\n'
    global_ = imported(tmp_path, 'option domain-name "example.org";\n' + text + SUBNET % "")
    assert global_.site["dhcp4"]["client-classes"][0]["option-data"] == [
        {"name": "domain-name", "data": "c.example.org"}
    ]
    result = imported(tmp_path, text + SUBNET % 'option domain-name "example.org";')
    assert "option-data" not in result.site["dhcp4"]["client-classes"][0]
    assert kept(result) == {
        'option domain-name "c.example.org"': (
            "a network sets it too, and Kea prefers the value of the network"
        )
    }


def test_lease_times_of_a_class_are_those_of_dhcpd(tmp_path: Path) -> None:
    text = """\
default-lease-time 3600;
class "c" { match option host-name; max-lease-time 7200; }
subclass "c" "a" { min-lease-time 5000; }
"""
    keys = ("valid-lifetime", "min-valid-lifetime", "max-valid-lifetime")
    inner, outer = body(tmp_path, text + SUBNET % "")["client-classes"]
    assert [inner[key] for key in keys] == [5000, 5000, 7200]
    assert [outer[key] for key in keys] == [3600, 300, 7200]
    result = imported(tmp_path, text + SUBNET % "default-lease-time 600;")
    assert not any(key in made for made in result.site["dhcp4"]["client-classes"] for key in keys)
    assert len(kept(result)) == 2


def test_option_43_of_a_network_hides_that_of_a_class(tmp_path: Path) -> None:
    text = """\
option space A; option A.x code 1 = text;
class "c" { match if exists user-class; vendor-option-space A; option A.x "y"; }
"""
    result = imported(tmp_path, text + SUBNET % "option vendor-encapsulated-options 1:1:7a;")
    assert list(result.site["dhcp4"]["client-classes"][0]) == ["name", "test"]
    assert sorted(kept(result)) == ['option A.x "y"', "vendor-option-space A"]


def test_a_later_statement_replaces_a_condition(tmp_path: Path) -> None:
    condition = 'if exists user-class { filename "a"; }'
    result = imported(tmp_path, SUBNET % f'filename "b"; {condition}')
    assert result.site["dhcp4"]["client-classes"][0]["boot-file-name"] == "a"
    result = imported(tmp_path, SUBNET % f'{condition} filename "b";')
    assert "client-classes" not in result.site["dhcp4"]
    assert kept(result) == {'filename "a"': "a later statement of the same scope replaces it"}


def test_the_last_condition_counts_first(tmp_path: Path) -> None:
    text = 'if exists user-class { filename "a"; }\nif exists root-path { filename "b"; }\n'
    classes = body(tmp_path, text + SUBNET % "")["client-classes"]
    assert [keys["boot-file-name"] for keys in classes] == ["b", "a"]


def test_classes_of_the_import_have_names_of_their_own(tmp_path: Path) -> None:
    text = """\
class "a" { match option host-name; } class "a#1" { match if exists root-path; }
class "not-a" { match if exists user-class; } subclass "a" "x" { filename "f"; }
"""
    inside = 'pool { range 192.0.2.9; deny members of "a"; }'
    dhcp4 = body(tmp_path, text + SUBNET % inside)
    names = [made["name"] for made in dhcp4["client-classes"]]
    assert names == ["a#1-2", "a", "a#1", "not-a", "not-a-2"]
    assert dhcp4["subnet4"][0]["pools"][0]["client-classes"] == ["not-a-2"]


def test_a_condition_of_all_clients_gives_way_to_that_of_a_network(tmp_path: Path) -> None:
    condition = 'if exists user-class { filename "%s"; }'
    result = imported(tmp_path, condition % "a" + "\n" + SUBNET % condition % "b")
    (made,) = result.site["dhcp4"]["client-classes"]
    assert (made["boot-file-name"], made["only-in-additional-list"]) == ("b", True)
    assert list(kept(result)) == ['filename "a"']


def test_groups_and_lease_times_are_inherited(tmp_path: Path) -> None:
    text = """\
min-lease-time 120;
group { max-lease-time 600; option domain-name "g.example.org"; group { option routers 192.0.2.1;
  subnet 192.0.2.0 netmask 255.255.255.0 { option domain-name "s.example.org"; } } }
"""
    (subnet,) = body(tmp_path, text)["subnet4"]
    assert subnet == {
        "id": 1, "subnet": "192.0.2.0/24", "valid-lifetime": 600, "min-valid-lifetime": 120,
        "max-valid-lifetime": 600, "option-data": [
            {"name": "domain-name", "data": "s.example.org"},
            {"name": "routers", "data": "192.0.2.1"},
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("option routers 192.0.2.1\n", 1, "the statement has no ;"),
        ("group {\n\n option routers 192.0.2.1;\n", 1, "the { of this block has no }"),
        ("}\n", 1, "a } without its {"),
        (SUBNET % "range 192.0.2.1 192.0.2.9 pool { }", 1, "a { where dhcpd has no block"),
        ('\noption domain-name "a;\n', 2, "the string does not end"),
        ('option domain-name "\\x1";\n', 1, "a backslash with too few digits"),
        ('include "no-such-file";\n', 1, "cannot include"),
        ('include "dhcpd.conf";\n', 1, "includes itself"),
        ("\nsubnet 192.0.2.1 netmask 255.255.255.0 { }\n", 2, "not those of a subnet"),
        ("subnet 192.0.2.0 { }\n", 1, "subnet ADDRESS netmask MASK"),
        (SUBNET % "range 192.0.2.1 192.0.3.1;", 1, "is not in the network around it"),
        (SUBNET % "pool { }", 1, "the pool has no range"),
        ("subnet 192.0.2.0 netmask 255.255.255.0 { };\n", 1, "a ; without a statement"),
    ],
)
def test_nothing_is_written_if_the_file_is_broken(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    done = run(tmp_path, text, "--server", "dhcp1=192.0.2.2")
    assert (done.exit_code, (tmp_path / "site").exists()) == (1, False)
    assert f"{tmp_path}/dhcpd.conf:{line}" in done.output
    assert words in done.output


def test_every_problem_is_named(tmp_path: Path) -> None:
    text = SUBNET % "range 10.0.0.1;" + "subnet 192.0.2.9 netmask 255.255.255.0 { }\n"
    result = dhcpd.read(written(tmp_path, text), "", {"dhcp1": "192.0.2.2"})
    assert isinstance(result, list)
    assert sorted(problem.mark.line for problem in result) == [1, 2]


def test_a_file_without_its_servers_asks_for_them(tmp_path: Path) -> None:
    done = run(tmp_path, SUBNET % "")
    assert done.exit_code == 1
    assert "--server NAME=ADDRESS" in done.output


def test_existing_files_stay_unless_forced(tmp_path: Path) -> None:
    server = ("--server", "dhcp1=192.0.2.2")
    assert run(tmp_path, SUBNET % "", *server).exit_code == 0
    (tmp_path / "site/site.yaml").write_text("mine")
    assert run(tmp_path, SUBNET % "", *server).exit_code == 1
    assert (tmp_path / "site/site.yaml").read_text() == "mine"
    assert run(tmp_path, SUBNET % "", *server, "--force").exit_code == 0


def test_keys_are_in_a_file_for_the_owner_only(tmp_path: Path) -> None:
    key = 'key "k" { algorithm hmac-md5; secret "pa55"; };\nomapi-key k;\n'
    done = run(tmp_path, f"# pa55\n{key}{SUBNET % ''}", "--server", "dhcp1=192.0.2.2")
    assert done.exit_code == 0, done.output
    assert "pa55" not in done.output
    for path in (tmp_path / "site").iterdir():
        secret = "pa55" in path.read_text()
        assert secret == (path.name == "not-imported.json")
        assert not secret or stat.S_IMODE(path.stat().st_mode) == 0o600
    entries = json.loads((tmp_path / "site/not-imported.json").read_text())
    assert {"file": f"{tmp_path}/dhcpd.conf", "line": 1, "path": "", "reason": "a comment",
            "value": "# pa55"} in entries  # fmt: skip


def test_a_large_file_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    with path.open("r+b") as file:
        file.truncate(100_000_000)
    (problem,) = dhcpd.reading.read(path).problems
    assert problem.message == "larger than 32 MiB"


def test_the_example_of_the_page_is_imported_as_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs/import.md").read_text().partition("## Start from ISC dhcpd")[2]
    monkeypatch.chdir(tmp_path)
    Path("dhcpd.conf").write_text(re.findall(r"(?ms)^```text\n(.*?)^```", page)[0])
    Path("dhcpd.leases").write_text("")
    imported_, checked = re.findall(r"(?ms)^```sh\n(.*?)^```", page)[0].splitlines()
    done = CliRunner().invoke(main, imported_.split()[1:], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert re.findall(r"`(dhcpd.conf:7: .*?)`", page)[0] in done.output.splitlines()
    assert CliRunner().invoke(main, checked.split()[1:]).exit_code == 0
    (shown,) = re.findall(r"(?ms)^```yaml\n(.*?)^```", page)
    site = yaml.safe_load(Path("labo/site.yaml").read_text())
    assert yaml.safe_load(shown)["dhcp4"] == site["dhcp4"]
