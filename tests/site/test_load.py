from __future__ import annotations

from pathlib import Path

import pytest

from keaprov import Site, SiteError, load_site, render
from keaprov.errors import Severity
from keaprov.model import Role
from keaprov.site import check_file

GOOD = """\
site: labo
servers:
  dhcp1: {role: primary, address: 10.0.0.1, interfaces: [ens18]}
  dhcp2: {role: standby, address: 10.0.0.2, interfaces: [ens18]}
failover: {}
dhcp4:
  subnet4:
    - id: 10
      subnet: 172.20.10.0/24
      pools: [172.20.10.100 - 172.20.10.199]
      option-data: {domain-name-servers: 172.20.21.53, routers: 172.20.10.254}
"""


def load(folder: Path, text: str) -> Site:
    path = folder / "site.yaml"
    path.write_text(text)
    return load_site(path)


def codes(folder: Path, text: str) -> list[str]:
    with pytest.raises(SiteError) as caught:
        load(folder, text)
    return [f"{problem.mark.line} {problem.code}" for problem in caught.value.problems]


def test_a_pair(tmp_path: Path) -> None:
    site = load(tmp_path, GOOD)
    assert [server.role for server in site.servers] == [Role.PRIMARY, Role.STANDBY]
    assert site.failover is not None
    assert site.api is None
    assert str(site.kea.repository.key_url).endswith("/kea-3-0/gpg.B16C44CD45514C3C.key")


def test_short_forms_become_keas(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("hw-address,ip-address\n00:11:22:33:44:55,172.20.10.5\n")
    text = GOOD + "      reservations: {csv: r.csv}\n"
    subnet = load(tmp_path, text).dhcp4["subnet4"][0]
    assert list(subnet["pools"]) == [{"pool": "172.20.10.100 - 172.20.10.199"}]
    assert list(subnet["option-data"]) == [
        {"name": "domain-name-servers", "data": "172.20.21.53"},
        {"name": "routers", "data": "172.20.10.254"},
    ]
    assert list(subnet["reservations"]) == [
        {"hw-address": "00:11:22:33:44:55", "ip-address": "172.20.10.5"}
    ]


def test_keas_own_forms_stay(tmp_path: Path) -> None:
    text = GOOD.replace(
        "{domain-name-servers: 172.20.21.53, routers: 172.20.10.254}",
        "[{code: 3, data: 172.20.10.254}]",
    )
    text = text.replace("[172.20.10.100 - 172.20.10.199]", "[{pool: 172.20.10.128/25}]")
    subnet = load(tmp_path, text.replace("10.254", "10.1")).dhcp4["subnet4"][0]
    assert list(subnet["option-data"]) == [{"code": 3, "data": "172.20.10.1"}]
    assert list(subnet["pools"]) == [{"pool": "172.20.10.128/25"}]


def test_json_is_yaml(tmp_path: Path) -> None:
    server = '{"address": "10.0.0.1", "interfaces": ["ens18"]}'
    text = f'{{"site": "labo", "servers": {{"dhcp1": {server}}}, "dhcp4": {{}}}}'
    assert load(tmp_path, text).servers[0].address == "10.0.0.1"


@pytest.mark.parametrize(
    ("option", "data"),
    [
        ("200: 0x0010", "0x0010"),
        ("200: 0010", "0010"),
        ("200: 0xAB", "0xAB"),
        ("boot-file-name: 0104", "0104"),
        ("time-offset: +3600", "+3600"),
        ("time-offset: -0", "-0"),
        ("path-mtu-plateau-table: [0x5dc, 068, 9]", "0x5dc, 068, 9"),
        ("interface-mtu: 1500", "1500"),
        ("ip-forwarding: true", "true"),
    ],
)
def test_a_number_in_an_option_keeps_its_spelling(tmp_path: Path, option: str, data: str) -> None:
    site = load(tmp_path, GOOD.replace("routers: 172.20.10.254", option))
    assert data in [entry["data"] for entry in site.dhcp4["subnet4"][0]["option-data"]]


def test_a_spelled_number_is_a_number_where_one_belongs(tmp_path: Path) -> None:
    site = load(tmp_path, GOOD + "      valid-lifetime: 0x0e10\n")
    assert '"valid-lifetime": 3600' in render.dhcp4(site, site.servers[0])


def test_text_that_looks_like_something_else_stays_text(tmp_path: Path) -> None:
    text = GOOD + "      user-context: {a: 12:30, b: no, c: 00:11:22:33:44:55, d: 1:2:3, e: 010}\n"
    context = load(tmp_path, text).dhcp4["subnet4"][0]["user-context"]
    assert context == {"a": "12:30", "b": "no", "c": "00:11:22:33:44:55", "d": "1:2:3", "e": 10}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("site: labo\n", "", "1 KP202"),
        ("site: labo", "site: [labo]", "1 KP204"),
        ("interfaces: [ens18]}\nfail", "interfaces: [ens18], colour: red}\nfail", "4 KP201"),
        ("role: standby, ", "", "4 KP202"),
        ("role: standby", "role: primary", "4 KP301"),
        ("role: standby", "role: secondary", "4 KP204"),
        ("address: 10.0.0.2", "address: 10.0.0.1", "4 KP303"),
        ("address: 10.0.0.2", "address: 10.0.0.300", "4 KP204"),
        ("failover: {}\n", "", "1 KP302"),
        ("failover: {}", "failover: {mode: load-balancing}", "5 KP203"),
        ("failover: {}", "failover: {heartbeat-delay: 0}", "5 KP204"),
        ("failover: {}", "failover: {heartbeat-delay: 5e3}", "5 KP204"),
        ("failover: {}", "failover: {port: 9000.0}", "5 KP204"),
        ("failover: {}", "failover: {user-context: {a: .inf}}", "5 KP204"),
        ("failover: {}", "failover: {}\napi: {port: 8e3}", "6 KP204"),
        ("site: labo", 'site: "labo\\n"', "1 KP204"),
        ("  dhcp1:", '  "dhcp1\\n":', "3 KP204"),
        ("[ens18]}\n  dhcp2", '["ens18\\n"]}\n  dhcp2', "3 KP204"),
        ("failover: {}", 'failover: {}\nntp: {pools: ["a\\n"]}', "6 KP204"),
        ("failover: {}", 'failover: {}\nfirewall: {zone: "public\\n"}', "6 KP204"),
        ("dhcp4:\n", "dhcp4:\n  valid-lifetime: 1e9\n", "7 KP204"),
        ("dhcp4:\n", "dhcp4:\n  valid-lifetime: 3600.0\n", "7 KP204"),
        ("dhcp4:\n", "dhcp4:\n  t1-percent: .nan\n", "7 KP204"),
        ("dhcp4:\n", "dhcp4:\n  cache-threshold: -.inf\n", "7 KP204"),
        ("dhcp4:\n", "dhcp4:\n  user-context: {a: [.nan]}\n", "7 KP204"),
        ("dhcp4:\n", "dhcp4:\n  user-context: {a: 9223372036854775808}\n", "7 KP204"),
        ("failover: {}", "failover: {}\napi: {port: 8005}", "5 KP304"),
        ("failover: {}", "failover: {}\napi: {}\ncontrol-agent: {}", "7 KP206"),
        ("failover: {}", "failover: {}\napi: {password: secret}", "6 KP204"),
        ("dhcp4:\n", "dhcp4:\n  control-socket: {}\n", "7 KP203"),
        ("- id: 10\n      subnet", "- subnet", "8 KP401"),
        ("172.20.10.0/24", "172.20.10.0", "9 KP402"),
        ("172.20.10.100 - ", "172.20.10.100 ", "10 KP403"),
        ("172.20.10.100 - ", "172.20.9.100 - ", "10 KP403"),
        ("10.199]", "10.254]", "10 KP404"),
        ("routers: 172.20.10.254", "routers: 1.5", "11 KP120"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert old in GOOD
    assert codes(tmp_path, GOOD.replace(old, new)) == [expected]


def test_every_mistake_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = GOOD.replace("labo", "'no name!'").replace("role: standby, ", "").replace("199", "254")
    assert codes(tmp_path, text) == ["1 KP204", "4 KP202", "10 KP404"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "0 KP101"),
        ("- a\n", "1 KP204"),
        ("a: [\n", "2 KP103"),
        ("a: 1\na: 2\n", "2 KP105"),
        ("a: !!python/object:os.system {}\n", "1 KP106"),
        ("? [a]\n: b\n", "1 KP107"),
        ("a: 1\n---\nb: 2\n", "2 KP108"),
        ("a: *b\n", "1 KP109"),
        ("\x01", "1 KP103"),
    ],
)
def test_what_is_no_site_file_at_all(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in codes(tmp_path, text)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="No such file"):
        load_site(tmp_path / "none.yaml")


def test_a_billion_laughs(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert "KP104" in str(codes(tmp_path, "\n".join(lines)))


@pytest.mark.parametrize(
    ("table", "line", "expected"),
    [
        ("hw-address,ip-adress\n00:11:22:33:44:55,172.20.10.5\n", 1, "Did you mean ip-address"),
        ("ip-address\n172.20.10.5\n", 1, "identifies"),
        ("hw-address,ip-address\n\n00:11:22:33:44:55,172.20.11.5\n", 3, "not inside"),
        ("hw-address\n00:11:22:33:44:55,172.20.10.5\n", 2, "2 fields under a header of 1"),
        ("mac,vlan\n00:11:22:33:44:55,User\n", 1, "is for a table of all subnets"),
        ("", 1, "no header"),
    ],
)
def test_a_mistake_in_a_table(tmp_path: Path, table: str, line: int, expected: str) -> None:
    (tmp_path / "r.csv").write_text(table)
    with pytest.raises(SiteError) as caught:
        load(tmp_path, GOOD + "      reservations: {csv: r.csv}\n")
    (problem,) = caught.value.problems
    assert (problem.mark.file, problem.mark.line) == (str(tmp_path / "r.csv"), line)
    assert expected in str(problem)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"Dhcp4": {"valid-lifetime": 3600.0}}', ["Write 3600."]),
        ('{"Dhcp4": {"cache-threshold": 0}}', ["Write 0.0."]),
        ('{"Dhcp4": {"t1-percent": .5, "user-context": {"a": 1e9}}}', []),
        ('{"Dhcp4": {"comment": "\\u4e2d"}}', ["Write the character itself, in UTF-8."]),
        ('\ufeff{"Dhcp4": {"valid-lifetime": 1}}', ["Save the file without a byte-order mark."]),
    ],
)
def test_keas_own_files_hold_to_keas_grammar(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    path = tmp_path / "kea.conf"
    path.write_text(text)
    problems = check_file(path).problems
    hints = [problem.hint for problem in problems if problem.severity is Severity.ERROR]
    assert hints == expected


def test_a_site_in_json_holds_to_json(tmp_path: Path) -> None:
    server = '{"address": "10.0.0.1", "interfaces": ["ens18"]}'
    dhcp4 = '{"user-context": {"site": "\\u4e2d"}, "t1-percent": 0.5}'
    path = tmp_path / "site.json"
    path.write_text(f'\ufeff{{"site": "labo", "servers": {{"dhcp1": {server}}}, "dhcp4": {dhcp4}}}')
    assert load_site(path).dhcp4["user-context"] == {"site": "中"}


def test_one_server(tmp_path: Path) -> None:
    text = GOOD.replace("failover: {}\n", "")
    text = text.replace("  dhcp2: {role: standby, address: 10.0.0.2, interfaces: [ens18]}\n", "")
    assert load(tmp_path, text).failover is None
    assert codes(tmp_path, text.replace("primary", "standby")) == ["3 KP301"]
    assert codes(tmp_path, text + "failover: {}\n") == ["10 KP302"]
