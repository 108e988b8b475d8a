"""What `check` says: the operator's word for the mistake, and what to do about it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from keaprov import report
from keaprov.errors import Problem
from keaprov.site import check_file

SITE = """\
site: labo
servers: {dhcp1: {address: 10.0.0.1, interfaces: [ens18]}}
dhcp4:
  option-data: {routers: 10.1.0.1, domain-name-servers: 10.2.0.53}
  subnet4:
    - id: 10
      subnet: 10.1.0.0/24
      pools: [10.1.0.10 - 10.1.0.99]
"""


def problems(folder: Path, text: str, name: str = "site.yaml") -> tuple[Problem, ...]:
    path = folder / name
    path.write_text(text)
    return check_file(path).problems


def site(folder: Path, more: str) -> Problem:
    (problem,) = problems(folder, SITE + more)
    return problem


@pytest.mark.parametrize(
    ("more", "code", "cure"),
    [
        ("      routers: 10.1.0.1\n", "KP201", "write `option-data: {routers: …}`"),
        ("      gateway: 10.1.0.1\n", "KP201", "write `option-data: {routers: …}`"),
        ("      dns: 10.1.0.1\n", "KP201", "write `option-data: {domain-name-servers: …}`"),
        ("      netmask: 255.255.255.0\n", "KP201", "The prefix says it"),
        ("      option-data: {gateway: 10.1.0.1}\n", "KP501", "Did you mean routers?"),
        ("      option-data: {dns: 10.1.0.1}\n", "KP501", "Did you mean domain-name-servers?"),
        ("      reservations: [{mac: '00:11:22:33:44:55', hostname: a}]\n", "KP201", "hw-address?"),
        ("      reservations: printers.csv\n", "KP204", "`{csv: reservations.csv}`"),
        ("      reservations: [{hw-address: 001122334455}]\n", "KP204", "with colons, in quotes"),
        ("      reservations: [{hw-address: 00e012345678}]\n", "KP204", "with colons, in quotes"),
        ("      reservations: [{hw-address: 001122334455}]\n", "KP204", '"00:11:22:33:44:55"'),
        ("      reservations: [{hw-address: 0x00112233445A}]\n", "KP204", '"00:11:22:33:44:5a"'),
        ("      reservations: [{duid: '010203', ip-address: 18}]\n", "KP204", "an IPv4 address"),
        ("      reservations: [printer]\n", "KP204", "Write it as `{hw-address: 00:11:22"),
        (
            "      reservations: [00:11:22:33:44:55: 10.1.0.7]\n",
            "KP201",
            "{hw-address: 00:11:22:33",
        ),
        (
            "      pools: [{start: 10.1.0.10, end: 10.1.0.19}]\n",
            "KP201",
            "Write `pool: 10.1.0.10 - 10.1.0.19`.",
        ),
        (
            "      pools: [{pool: {first: 10.1.0.10, last: 10.1.0.19}}]\n",
            "KP204",
            "Write `pool: 10.1.0.10 - 10.1.0.19`.",
        ),
        (
            "      pools:\n        -10.1.0.10 - 10.1.0.19\n",
            "KP204",
            "Write a blank after the dash: `- 10.1.0.10 - 10.1.0.19`.",
        ),
        (
            "      pools:\n        -pool: 10.1.0.10 - 10.1.0.19\n",
            "KP204",
            "Write a blank after the dash: `- pool: 10.1.0.10 - 10.1.0.19`.",
        ),
        (
            "      option-data:\n        routers:10.1.0.1\n",
            "KP204",
            "Write a blank after the colon: `routers: 10.1.0.1`.",
        ),
        ("      vlan: 10\n", "KP201", "Write `user-context: {vlan: …}`"),
        ("      exclude: [10.1.0.5]\n", "KP201", "write the pool in two parts"),
        ("      default-router: 10.1.0.1\n", "KP201", "write `option-data: {routers: …}`"),
        ("      static: []\n", "KP201", "Did you mean reservations?"),
        (
            "      option-data: [{option: routers, value: 10.1.0.1}]\n",
            "KP201",
            "Did you mean data?",
        ),
        ("      option-data: {option 66: a}\n", "KP501", "its code, 66, or its name, tftp-server-"),
        ("      option-data: {opt-67: a}\n", "KP501", "its code, 67, or its name, boot-file-name."),
        ("      option-data: {option230: a}\n", "KP501", "Write its code, 230."),
        ("ha: {}\n", "KP201", "Did you mean failover?"),
        ("      comment: !home\n", "KP106", "Put a text that begins with ! in quotes"),
        ("      id: 20\n", "KP105", "or begin another entry of the list there with `- `."),
        ("    - 10.2.0.0/24\n", "KP204", "Write each subnet as a map"),
        ("  shared-networks: [floor]\n", "KP204", "Write each shared network as a map"),
        ("  client-classes: [phones]\n", "KP204", "Write each class as a map"),
        ("  option-def: tftp\n", "KP204", "Write each definition as a map"),
        ("live: yes\n", "KP204", "Write true."),
        ("update: 'off'\n", "KP204", "Write false."),
        ("live: maybe\n", "KP204", "Write true or false."),
        (
            "sources: {n: {type: netbox, url: 'http://n.example.org', token: {env: N}}}\n",
            "KP204",
            "https://netbox.example.org",
        ),
        ("  valid-lifetime:28800\n", "KP103", "write a blank after the colon: `valid-lifetime: 2"),
        ("failover: {port:8005}\n", "KP306", "Write a blank after the colon: `port: 8005`."),
        ("  option-data: {routers: 10.1.000.1}\n", "KP105", "Keep one of the two"),
        ("      option-data: {routers: 10.1.000.1}\n", "KP502", "Write 10.1.0.1."),
        (
            "      option-data: {routers: '10.1.0.01, 10.1.0.2/24'}\n",
            "KP502",
            "Write 10.1.0.1, 10.1.0.2.",
        ),
        ("      relay\u200b: {}\n", "KP201", "It has invisible characters: write relay."),
        ("  next-server: tftp.labo\n", "KP204", "the server that has the boot file"),
        ("ntp: {pools: 2.pool}\n", "KP204", "`pools: [2.rocky.pool.ntp.org]`"),
        ("api: {password: 5}\n", "KP204", "{env: NAME}, {file: PATH} or {generate: true}"),
        ("firewall: {management: [me]}\n", "KP204", "`management: [10.20.0.0/24, 2001:"),
        ("      valid-lifetime: 1h\n", "KP204", "Write 3600: Kea counts seconds."),
        ("      valid-lifetime: 1h 30 min\n", "KP204", "Write 5400: Kea counts seconds."),
        ("      valid-lifetime: 2000ms\n", "KP204", "Write 2: Kea counts seconds."),
        ("      valid-lifetime: 500ms\n", "KP204", "Write a whole number: at least 0"),
        ("      valid-lifetime: 1 month\n", "KP204", "Write a whole number: at least 0"),
        ("      valid-lifetime: 99999999w\n", "KP204", "Kea counts seconds: write at least 0"),
        ("failover: {heartbeat-delay: 10s}\n", "KP204", "Write 10000: Kea counts milliseconds."),
        ("failover: {heartbeat-delay: 10 min}\n", "KP204", "Kea counts milliseconds: write at"),
        ("      client-classes: phones\n", "KP204", "Write `client-classes: [phones]`."),
        ("      interface: [ens18]\n", "KP204", "Write a text: `interface: ens18`."),
        ("      relay: 10.1.0.1\n", "KP204", "Write `relay: {ip-addresses: [10.1.0.1]}`."),
        ("      relay: [10.1.0.1, 10.1.0.2]\n", "KP204", "{ip-addresses: [10.1.0.1, 10.1.0.2]}`."),
        ("ntp: pool.example.org\n", "KP204", "Write `ntp: {pools: [pool.example.org]}`."),
        ("ntp: [10.0.0.1, 10.0.0.2]\n", "KP204", "Write `ntp: {pools: [10.0.0.1, 10.0.0.2]}`."),
        ("kea: {version: 3.0}\n", "KP204", 'Write the whole version in quotes: "3.0.3".'),
        ("  server-tag: 0104\n", "KP204", 'Write the text in quotes: "0104".'),
        ("  server-tag: 1.50\n", "KP204", "Write the text in quotes, as it stands."),
        (
            "      option-data: [{name: ntp-servers, data: [10.0.0.1, 10.0.0.2]}]\n",
            "KP204",
            'Write `data: "10.0.0.1, 10.0.0.2"`.',
        ),
        ("      relay: true\n", "KP204", "Write a map: `relay: {ip-addresses: …}`."),
        ("      valid-lifetime: '3600'\n", "KP204", "Write 3600, without quotes."),
        ("      valid-lifetime: soon\n", "KP204", "at least 0 and at most 4294967295"),
        ("failover: {heartbeat-delay: soon}\n", "KP204", "at least 1 and at most 65535"),
        ("      authoritative: yes\n", "KP204", "Write true."),
        ("      authoritative: off\n", "KP204", "Write false."),
        ("      authoritative: maybe\n", "KP204", "Write true or false."),
        ("      t1-percent: 50%\n", "KP204", "Write 0.5."),
        ("      t1-percent: '0.5'\n", "KP204", "Write 0.5, without quotes."),
        ("      t1-percent: half\n", "KP204", "more than 0 and less than 1"),
        ("      relay: {ip-addresses: 10.1.0.2}\n", "KP204", "`ip-addresses: [10.1.0.2]`"),
        ("      relay: {ip-address: 10.1.0.2}\n", "KP201", "write `ip-addresses: […]`"),
        ("  loggers: kea\n", "KP204", "`loggers: [{name: …, …}]`"),
        ("  sanity-checks: {}\n", "KP204", "Or leave it out."),
        ("  server-tag: 5\n", "KP204", "Write the text in quotes"),
        (
            "      boot-file-name: " + "a" * 128 + "\n",
            "KP204",
            "127 bytes at most: it has 128",
        ),
        ("      option-data: [routers: 10.1.0.1]\n", "KP201", "`{name: routers, data: …}`"),
        ("failover:\n", "KP204", "`failover: {}` for the defaults"),
        ("servrs: {}\n", "KP201", "Did you mean servers?"),
        ("boo: 1\n", "KP201", "docs/site.md lists all keys"),
        ("subnet4: []\n", "KP201", "Write it in dhcp4"),
    ],
)
def test_cures(tmp_path: Path, more: str, code: str, cure: str) -> None:
    reported = problems(tmp_path, SITE + more)
    assert any(problem.code == code and cure in problem.hint for problem in reported), reported


SERVERS = "servers: {dhcp1: {address: 10.0.0.1, interfaces: [e]}}"


@pytest.mark.parametrize(
    ("servers", "code", "path", "hint"),
    [
        ("servers:\ndhcp1: {address: 10.0.0.1, interfaces: [e]}", "KP204", ("servers",),
         "Indent the lines that belong to servers: by two blanks more than it."),
        ("servers:\n  dhcp1:\n  address: 10.0.0.1\n  interfaces: [e]", "KP204",
         ("servers", "address"), "Indent the keys of a server by two blanks more than its name."),
        ("servers: {dhcp1: {ip: 10.0.0.1, interfaces: [e]}}", "KP201", ("servers", "dhcp1", "ip"),
         "Did you mean address?"),
        ("servers: {dhcp1: {address: 10.0.0.1, interface: [e]}}", "KP201",
         ("servers", "dhcp1", "interface"), "Did you mean interfaces?"),
    ],
)  # fmt: skip
def test_a_mistake_in_servers_is_one_problem(
    tmp_path: Path, servers: str, code: str, path: tuple[str, ...], hint: str
) -> None:
    (problem,) = problems(tmp_path, f"site: labo\n{servers}\ndhcp4: {{valid-lifetime: 3600}}\n")
    assert (problem.code, problem.path, problem.hint) == (code, path, hint)


def test_a_mistake_in_dhcp4_is_one_problem(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, f"site: labo\n{SERVERS}\nDhcp4: {{}}\n")
    assert (problem.code, problem.hint) == ("KP201", "Did you mean dhcp4?")
    (problem,) = problems(tmp_path, f"site: labo\n{SERVERS}\ndhcp4:\n")
    assert problem.hint == "Indent the lines that belong to dhcp4: by two blanks more than it."


@pytest.mark.parametrize(
    "text", ["password:hunter2", "[{-password: hunter2}]", "-password:hunter2"]
)
def test_a_cure_shows_no_secret(tmp_path: Path, text: str) -> None:
    more = f"  hosts-databases: {text}\n  hosts-database: {text}\n"
    reported = problems(tmp_path, SITE + more)
    assert reported
    assert all("hunter2" not in f"{problem.message} {problem.hint}" for problem in reported)


def test_a_folder(tmp_path: Path) -> None:
    (problem,) = check_file(tmp_path).problems
    assert problem.hint == f"Give a file in it, such as {tmp_path / 'site.yaml'}."


def test_the_name_of_a_server_says_what_it_may_be(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, SITE.replace("dhcp1", '"dhcp1\\n"'))
    assert "letters, digits, dots and hyphens" in problem.hint


@pytest.mark.parametrize(
    ("option", "codes"),
    [
        ("", {"KP522"}),
        ("      routers: 10.1.0.1\n      dns: 10.2.0.53\n", {"KP201"}),
        ("      option-data: {gateway: 10.1.0.1, nameserver: 10.2.0.53}\n", {"KP501"}),
        ("      option-data: {gateway: 10.1.0.1}\n", {"KP501", "KP522"}),
        ("      option-data: [routers: 10.1.0.1, domain-name-servers: 10.2.0.53]\n", {"KP201"}),
        ("      option-data:\n        routers:10.1.0.1\n", {"KP204"}),
        (
            "      option-data: {routers: 10.1.0.1, dns: 10.2.0.53}\n"
            "      reservations: [{mac: '00:11:22:33:44:55', hostname: a}]\n",
            {"KP501", "KP201"},
        ),
    ],
)
def test_one_cause_is_one_message(tmp_path: Path, option: str, codes: set[str]) -> None:
    """Another tool's word for an option or an identifier: what would follow from it is not said."""
    bare = re.sub(r"  option-data: .*\n", "", SITE)
    reported = problems(tmp_path, bare + option)
    assert {problem.code for problem in reported} == codes


def test_a_long_description_is_cut_to_its_first_sentence(tmp_path: Path) -> None:
    reported = problems(tmp_path, "site: labo\n")
    cures = [problem.hint for problem in reported if problem.path == ("dhcp4",)]
    assert [cure.startswith("The body of Kea's Dhcp4 map") for cure in cures] == [True]
    assert len(cures[0]) < 200


@pytest.mark.parametrize(
    ("pool", "expected", "cure"),
    [
        ("10.1.0.20 - 10.1.0.10", "ends before it starts", "Write 10.1.0.10 - 10.1.0.20."),
        (
            "10.1.0.10 \u2013 10.1.0.20",
            "is not a plain hyphen",
            "Write 10.1.0.10 - 10.1.0.20.",
        ),
        (
            "10.1.0.10\u201310.1.0.20",
            "is not a plain hyphen",
            "Write 10.1.0.10 - 10.1.0.20.",
        ),
        ("10.1.0.10 to 10.1.0.20", "is not a pool", "Write 10.1.0.10 - 10.1.0.20."),
        ("10.1.0.10 10.1.0.20", "is not a pool", "Write 10.1.0.10 - 10.1.0.20."),
        ("10.1.0.10-20", "is not a pool", "Write 10.1.0.10 - 10.1.0.20."),
        ("10.1.0.10-300", "is not a pool", "Write `first - last`, or a prefix."),
        ("10.1.0.10-.20", "is not a pool", "Write 10.1.0.10 - 10.1.0.20."),
        ("10.1.0.20:10.1.0.10", "is not a pool", "Write 10.1.0.10 - 10.1.0.20."),
        ("10.1.0.10 bis 10.1.0.20", "is not a pool", "Write 10.1.0.10 - 10.1.0.20."),
        (
            "10.1.0.10",
            "is not a pool",
            "Write `first - last`; for this address alone 10.1.0.10/32.",
        ),
        ("10.1.0", "is not a pool", "Write `first - last`, or a prefix."),
    ],
)
def test_a_pool_that_is_none(tmp_path: Path, pool: str, expected: str, cure: str) -> None:
    (problem,) = problems(tmp_path, SITE.replace("10.1.0.10 - 10.1.0.99", pool))
    assert (problem.code, problem.hint) == ("KP403", cure)
    assert expected in problem.message


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("a:\n\tb: 1\n", "Indent with spaces"),
        ("a: [1, 2\nb: {c: 1}\n", "The [ of line 1 is still open"),
        ("a: {b: 1\nc: 2\n", "The { of line 1 is still open"),
        ("a: [", "Check the indentation, quotes and brackets here"),
        ("? {a: 1}\n: b\n", "fill in templates"),
        ("a: &b {c: 1}\nd: {<<: *b}\n", "merge keys are YAML 1.1"),
    ],
)
def test_yaml(tmp_path: Path, text: str, cure: str) -> None:
    assert any(cure in problem.hint for problem in problems(tmp_path, text))


def test_a_merge_key_is_one_problem(tmp_path: Path) -> None:
    text = "x-usual: &usual {valid-lifetime: 600}\n" + SITE.replace(
        "dhcp4:\n", "dhcp4:\n  <<: *usual\n"
    )
    (problem,) = problems(tmp_path, text)
    assert (problem.code, problem.mark.line) == ("KP107", 5)


def test_x_keys_are_a_place_for_anchors(tmp_path: Path) -> None:
    text = "x-options: &options {domain-name: infra.labo}\n" + SITE
    assert problems(tmp_path, f"{text}      option-data: *options\n") == ()


KEA: dict[str, Any] = {"Dhcp4": {"valid-lifetime": 4000, "subnet4": []}}


@pytest.mark.parametrize("name", ["kea.conf.orig", "kea.bak", "kea", "kea.JSON", "kea.yaml"])
def test_a_file_is_recognised_by_what_it_holds(tmp_path: Path, name: str) -> None:
    text = "// a comment\n" + json.dumps(KEA).replace("}", ",}", 1) + "# end\n"
    assert problems(tmp_path, text, name) == ()
    (problem,) = problems(tmp_path, text.replace("4000", '"a"'), name)
    assert (problem.code, problem.path) == ("KP204", ("Dhcp4", "valid-lifetime"))


def test_flow_yaml_is_yaml(tmp_path: Path) -> None:
    text = '{"site": labo, "servers": {a: {address: 10.0.0.1, interfaces: [e]}}, "dhcp4": {}}'
    assert problems(tmp_path, text, "site") == ()


@pytest.mark.parametrize("many", [True, False])
def test_an_answer_of_config_get(tmp_path: Path, many: bool) -> None:
    body = {"Dhcp4": {"valid-lifetime": "a"}, "hash": "00"}
    answer = {"arguments": body, "result": 0, "text": "ok"}
    (problem,) = problems(tmp_path, json.dumps([answer] if many else answer, indent=1), "answer")
    assert problem.path == (*([0] if many else []), "arguments", "Dhcp4", "valid-lifetime")
    assert problem.mark.line > 1


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        ({"Dhcp6": {}}, "KP207", "kea-dhcp6"),
        ([{"result": 1, "text": "no such command"}], "KP207", "Kea returned an error: no such"),
        ({"result": 1}, "KP207", "Kea returned an error"),
        ({"result": 0, "text": "done"}, "KP207", "this answer of Kea has no Dhcp4 map: done"),
        ({"DhcpDdns": {}}, "KP207", "kea-dhcp-ddns"),
        ({"subnet4": [], "valid-lifetime": 1}, "KP207", "below `dhcp4:`"),
        ({"DHCP4": {}}, "KP207", "Kea's map is Dhcp4, not DHCP4"),
        ({"Dhcpv4": {}}, "KP207", "Kea's map is Dhcp4, not Dhcpv4"),
        ([KEA], "KP207", "the Dhcp4 map stands within a list"),
        ({"config": KEA}, "KP207", "the Dhcp4 map stands within the key 'config'"),
        ({"command": "config-set", "arguments": KEA}, "KP207", "within the key 'arguments'"),
        ({"command": "config-get"}, "KP207", "this is a command to Kea (config-get)"),
        ({"all": {"hosts": {}}}, "KP207", "not a site file: on the first level it has all"),
        (KEA | {"Logging": {}}, "KP201", "Since Kea 1.6"),
        ({"Dhcp4": {"reservation-mode": "all"}}, "KP201", "reservations-out-of-pool"),
        ({"Dhcp4": {"dhcp-ddns": {"enable-updates": False, "qualifying-suffix": "a."}}},
         "KP201", "ddns-qualifying-suffix"),
        ({"Dhcp4": {"instance-id": "a"}}, "KP201", "`keaprov schema dhcp4` lists all keys"),
    ],
)  # fmt: skip
def test_keas_files(tmp_path: Path, value: Any, code: str, expected: str) -> None:
    (problem,) = problems(tmp_path, json.dumps(value), "kea.conf")
    assert problem.code == code
    assert expected in str(problem)
    assert len(problem.hint) < 300


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("True", "Write true."),
        ("off", "Write false."),
        ("None", "Write null, or leave the key out."),
        ("0x10", "Write 16."),
        ("0xyz", "Write keys and texts in double quotes, and comments as // or #."),
        ("eth0", "Write keys and texts in double quotes, and comments as // or #."),
        ("1;", "Write a comma between entries."),
        ('192.0.2.0/24"', "A double quote is missing on this line."),
        ('"a"b"', "Write keys and texts in double quotes, and comments as // or #."),
        ('"a": "1"', "A comma or colon is missing or too many, here or on the line before."),
        ('"a" "b"', "A comma or colon is missing or too many, here or on the line before."),
        ("1}}}",
         "The configuration has ended before it: a bracket is too many, or closes too early."),
        ('1}} {"Dhcp4": {}}',
         "A second configuration begins here: Kea reads one in each file."),
    ],
)  # fmt: skip
def test_what_is_written_in_place_of_json(tmp_path: Path, value: str, hint: str) -> None:
    (problem,) = problems(tmp_path, f'{{"Dhcp4": {{"a": {value}, "b": 1}}}}', "kea.conf")
    assert (problem.code, problem.hint) == ("KP103", hint)
    (problem,) = problems(tmp_path, '{"Dhcp4": {"a" = 1}}', "kea.conf")
    assert problem.hint == "Write a colon between a key and its value."


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ('{"Dhcp4": {\n "a": [1,\n}}', 3, "The [ of line 2, { of line 1, { of line 1 are still"),
        (
            '{"Dhcp4": {\n "a": [1,\n "b": 2}}',
            3,
            "The [ of line 2, { of line 1, { of line 1 are still",
        ),
        ('{"Dhcp4": {\n "a": 1\n', 1, "are still open"),
        ('{"Dhcp4": {\n "a": 1\n}\n', 1, "The { of line 1 is still open."),
    ],
)
def test_a_bracket_that_is_missing(tmp_path: Path, text: str, line: int, expected: str) -> None:
    (problem,) = problems(tmp_path, text, "kea.conf")
    assert (problem.code, problem.mark.line) == ("KP103", line)
    assert expected in problem.hint


def test_a_subnet_that_is_a_text_is_one_problem(tmp_path: Path) -> None:
    text = SITE.partition("    - id")[0].replace("subnet4:", "subnet4: [10.1.0.0/24]")
    (problem,) = problems(tmp_path, text)
    assert problem.code == "KP204"


def test_a_template_is_one_problem(tmp_path: Path) -> None:
    subnet = {"id": 1, "subnet": "${NET}/24", "pools": [{"pool": "${A} - ${B}"}]}
    body = {"subnet4": [subnet], "option-data": [{"name": "routers", "data": "${ROUTER}"}]}
    (problem,) = problems(tmp_path, json.dumps({"Dhcp4": body}), "kea.conf")
    assert problem.code == "KP123"
    assert problem.message.endswith(", and in 2 other places")


@pytest.mark.parametrize(
    ("name", "text", "column", "shown"),
    [
        (
            "kea.conf",
            '{"Dhcp4": {"valid-lifetime": ${LIFE}, "id": ${ID}}}',
            30,
            "(${LIFE}), and in 1",
        ),
        ("kea.conf", '{"Dhcp4": {"valid-lifetime": {{ life }}}}', 30, "({{ life }})"),
        ("kea.conf", '{"Dhcp4": {<% if a %>"valid-lifetime": 1}}', 12, "(<% if a %>)"),
        ("site.yaml", "dhcp4: {valid-lifetime: ${LIFE}}", 25, "(${LIFE})"),
        ("site.yaml", "dhcp4:\n  subnet4: {{ subnets }}\n", 12, "({{ subnets }})"),
    ],
)
def test_a_template_that_cannot_be_read(
    tmp_path: Path, name: str, text: str, column: int, shown: str
) -> None:
    (problem,) = problems(tmp_path, text, name)
    assert (problem.code, problem.mark.column) == ("KP123", column)
    assert shown in problem.message


@pytest.mark.parametrize(
    ("prefix", "cure"),
    [
        ("10.1.0.0 255.255.255.0", "Write 10.1.0.0/24."),
        ("10.1.0.0/255.255.255.0", "Write 10.1.0.0/24."),
        ("10.1.0.0/33", "Write it as 172.20.10.0/24."),
    ],
)
def test_a_prefix_that_is_none(tmp_path: Path, prefix: str, cure: str) -> None:
    reported = problems(tmp_path, SITE.replace("10.1.0.0/24", prefix))
    assert [problem.hint for problem in reported if problem.code == "KP402"] == [cure]


@pytest.mark.parametrize(
    ("table", "code", "cure"),
    [
        ("00:11:22:33:44:55,10.1.0.5\n", "KP110", "Write the columns' names above the rows"),
        ("mac,MAC\n00:11:22:33:44:55,\n", "KP105", "Keep one of the two."),
        ("mac,ip\n1.12233E+11,10.1.0.5\n", "KP412", "the format Text"),
        ("mac,ip\n00:11:22:33:44:55,010.001.000.005\n", "KP405", "Write 10.1.0.5."),
    ],
)
def test_a_table_has_cures(tmp_path: Path, table: str, code: str, cure: str) -> None:
    (tmp_path / "hosts.csv").write_text(table)
    problem = site(tmp_path, "      reservations: {csv: hosts.csv}\n")
    assert problem.code == code
    assert cure in problem.hint


def test_an_id_in_the_column_of_prefixes(tmp_path: Path) -> None:
    (tmp_path / "all.csv").write_text("subnet,mac\n10,00:11:22:33:44:55\n")
    problem = site(tmp_path, "  reservations: {csv: all.csv}\n")
    assert problem.code == "KP114"
    assert "A column of ids is named subnet-id." in problem.hint


def test_an_undefined_class_is_one_problem(tmp_path: Path) -> None:
    rows = "".join(
        f"        - {{hw-address: 00:11:22:33:44:{n:02x}, client-classes: [staff]}}\n"
        for n in range(27)
    )
    problem = site(tmp_path, f"      reservations:\n{rows}")
    assert "27 places use it" in problem.message


def test_the_same_problem_is_shown_once_with_all_its_lines(tmp_path: Path) -> None:
    rows = "".join(f"        - {{hwaddress: 00:11:22:33:44:{n:02x}}}\n" for n in range(14))
    path = tmp_path / "site.yaml"
    path.write_text(f"{SITE}      reservations:\n{rows}")
    checked = check_file(path)
    text = report.text(checked.problems, checked.sources)
    assert text.count("unknown key 'hwaddress'") == 1
    assert "The same in lines 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 and 3 more." in text


def test_a_table_that_is_not_there_is_named_where_it_is_asked_for(tmp_path: Path) -> None:
    problem = site(tmp_path, "      reservations: {csv: printers.csv}\n")
    assert (problem.code, problem.mark.line, problem.mark.column) == ("KP101", 9, 27)
    assert "printers.csv" in problem.message


@pytest.mark.parametrize(
    ("written", "cure"),
    [("secondary", "Write standby."), ("Master", "Write primary."), ("x", "Example:")],
)
def test_other_words_for_a_role(tmp_path: Path, written: str, cure: str) -> None:
    server = "{address: 10.0.0.1, interfaces: [ens18]}"
    text = SITE.replace(server, server.replace("{", f"{{role: {written}, "))
    (problem,) = problems(tmp_path, text)
    assert (problem.code, cure in problem.hint) == ("KP204", True)


def test_one_interface_that_is_not_in_a_list(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, SITE.replace("[ens18]", "ens18"))
    assert problem.hint == "Write a list: `interfaces: [ens18]`."


@pytest.mark.parametrize(
    ("written", "shown"),
    [("001122334455", "001122334455"), ("0011223344e5", "a number"), ("1e2233445566", "a number")],
)
def test_a_number_in_place_of_a_text_is_shown_as_it_is_written(
    tmp_path: Path, written: str, shown: str
) -> None:
    host = f"      reservations: [{{hw-address: {written}}}]\n"
    assert site(tmp_path, host).message == f"{shown} is not text"


@pytest.mark.parametrize("tag", ["!vault", "!include", "!!binary", "!ENV"])
def test_an_unknown_tag_is_one_problem(tmp_path: Path, tag: str) -> None:
    for more in (f"live: {tag} x\n", f"  valid-lifetime: {tag} x\n", f"ntp: {tag} [x]\n"):
        assert site(tmp_path, more).code == "KP106"


def test_a_site_with_the_name_of_keas_map_is_a_site(tmp_path: Path) -> None:
    reported = problems(tmp_path, SITE.replace("dhcp4:", "Dhcp4:"))
    (unknown,) = [problem for problem in reported if problem.code == "KP201"]
    assert (unknown.path, unknown.mark.line) == (("Dhcp4",), 3)
    assert unknown.hint == "Did you mean dhcp4?"
    assert len(reported) <= 2


def test_a_key_without_its_blank_is_shown_at_the_key(tmp_path: Path) -> None:
    reported = problems(tmp_path, SITE + "failover: {port:8005}\n")
    assert [problem.mark.column for problem in reported if problem.code == "KP306"] == [12]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_line_that_is_shown_is_the_one_that_is_named(tmp_path: Path, end: str) -> None:
    path = tmp_path / "site.yaml"
    path.write_bytes((SITE + "liv: true\n").replace("\n", end).encode())
    checked = check_file(path)
    (problem,) = checked.problems
    assert problem.mark.line == 9
    assert "    9 | liv: true\n      | ^" in report.text(checked.problems, checked.sources)


def test_a_file_is_named_by_a_text_too(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(SITE)
    assert check_file(str(path)) == check_file(path)


@pytest.mark.parametrize("text", ["hello\n", "null\n", "- site: labo\n", "[]\n", "5\n"])
def test_a_file_that_is_not_a_map(tmp_path: Path, text: str) -> None:
    (problem,) = problems(tmp_path, text)
    assert (problem.code, "`keaprov init DIR` writes one" in problem.hint) == ("KP204", True)


@pytest.mark.parametrize(
    ("pools", "cure"),
    [
        ("10.1.0.10 - 10.1.0.99", "Write `pools: [10.1.0.10 - 10.1.0.99]`."),
        ("10.1.0.10-99", "Write `pools: [10.1.0.10 - 10.1.0.99]`."),
        ("10.1.0.0/25", "Write `pools: [10.1.0.0/25]`."),
        ("{pool: 10.1.0.10 - .99}", "Write `pools: [10.1.0.10 - 10.1.0.99]`."),
        ("{start: 10.1.0.10, end: 10.1.0.99}", "Write `pools: [10.1.0.10 - 10.1.0.99]`."),
        ("all", "Write a list: `pools: [172.20.10.100 - 172.20.10.199]`."),
        ("[[10.1.0.10, 10.1.0.99]]", "Write `10.1.0.10 - 10.1.0.99`."),
    ],
)
def test_a_pool_that_is_no_list_is_written_as_one(tmp_path: Path, pools: str, cure: str) -> None:
    (problem,) = problems(tmp_path, SITE.replace("[10.1.0.10 - 10.1.0.99]", pools))
    assert (problem.code, problem.hint) == ("KP204", cure)


@pytest.mark.parametrize(
    ("address", "cure"),
    [
        ("10.0.0.1/24", "Write 10.0.0.1."),
        ("10.0.0.1/255.255.255.0", "Write 10.0.0.1."),
        ("2001:db8::1/64", "Write 2001:db8::1."),
        ("10.0.0/24", "Kea looks no name up: write the address itself"),
    ],
)
def test_an_address_of_a_server_has_no_prefix(tmp_path: Path, address: str, cure: str) -> None:
    text = SITE.replace("{address: 10.0.0.1,", f'{{address: "{address}",')
    (problem,) = problems(tmp_path, text)
    assert problem.code == "KP204"
    assert cure in problem.hint


@pytest.mark.parametrize(
    ("kind", "cure"),
    [
        ("ip-address", "Did you mean ipv4-address?"),
        ("array of ip-address", "Did you mean ipv4-address? With `array: true` it is a list."),
        ("unsigned integer 16", "Did you mean uint16?"),
        ("Text", "Did you mean string?"),
        ("uint-32", "Did you mean uint32?"),
    ],
)
def test_the_type_of_an_option_in_another_programs_words(
    tmp_path: Path, kind: str, cure: str
) -> None:
    (problem,) = problems(
        tmp_path, f"{SITE}  option-def: [{{name: own, code: 224, type: {kind}}}]\n"
    )
    assert (problem.code, problem.hint) == ("KP503", cure)
