"""``keaprov import kea``: what becomes of each part, the proof, and that nothing is lost."""

from __future__ import annotations

import json
import stat
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from keaprov import load_site, render
from keaprov.importing import proof
from keaprov.source import document, parse
from tests.importing.cases import agent, body_of, imported, old, pair, relationship, run, written


def kept(out: Path) -> dict[str, Any]:
    entries = json.loads((out / "not-imported.json").read_text())
    return {entry["path"]: entry["value"] for entry in entries if entry["path"]}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_old_spellings_have_the_form_of_today(tmp_path: Path) -> None:
    out = tmp_path / "site"
    done = run(out, old(tmp_path), "--server", "dhcp1=192.0.2.2", "--site", "labo")
    assert (done.exit_code, "differs" in done.output) == (0, False), done.output
    site = load_site(out / "site.yaml")
    body = json.loads(render.dhcp4(site, site.servers[0]))["Dhcp4"]
    assert site.name == "labo"
    assert body["reservations-out-of-pool"] is True
    assert body["reservations-in-subnet"] is True
    assert body["reservations-global"] is False
    assert body["ddns-qualifying-suffix"] == "a.example.org"
    assert body["ddns-replace-client-name"] == "when-present"
    assert body["dhcp-ddns"] == {"enable-updates": False, "ncr-protocol": "UDP"}
    assert body["client-classes"][0]["only-in-additional-list"] is True
    first, second = body["subnet4"]
    assert first["pools"][1]["client-classes"] == ["phones"]
    assert second["evaluate-additional-classes"] == ["phones"]
    assert second["relay"] == {"ip-addresses": ["198.51.100.1"]}
    (shared,) = body["shared-networks"][0]["subnet4"]
    assert shared["ddns-conflict-resolution-mode"] == "no-check-with-dhcid"
    logger = {"name": "kea-dhcp4", "severity": "INFO", "output-options": [{"output": "x.log"}]}
    assert body["loggers"] == [logger]
    assert body["lease-database"] == {"type": "memfile", "name": "leases.csv"}
    assert "copy /srv/leases.csv there before the first deploy" in done.output


def test_subnets_get_the_ids_that_kea_counted(tmp_path: Path) -> None:
    body = imported(old(tmp_path), dhcp1="192.0.2.2").parts[0].body
    assert body["shared-networks"][0]["subnet4"][0]["id"] == 1
    assert [subnet["id"] for subnet in body["subnet4"]] == [2, 7]


@pytest.mark.parametrize(
    ("libraries", "expected"),
    [
        (None, ["libdhcp_mysql.so", "libdhcp_pgsql.so"]),
        (["libdhcp_flex_option.so"], ["libdhcp_flex_option.so", "libdhcp_mysql.so",
                                      "libdhcp_pgsql.so"]),
        (["/usr/lib/kea/hooks/libdhcp_mysql_cb.so"], ["libdhcp_mysql.so", "libdhcp_pgsql.so"]),
        (["libdhcp_pgsql_cb.so", "libdhcp_mysql.so"], ["libdhcp_pgsql.so", "libdhcp_mysql.so"]),
        (["libdhcp_mysql.so", "libdhcp_pgsql.so"], ["libdhcp_mysql.so", "libdhcp_pgsql.so"]),
    ],
)  # fmt: skip
def test_a_database_of_an_older_kea_gets_its_hook(
    tmp_path: Path, libraries: list[str] | None, expected: list[str]
) -> None:
    body: dict[str, Any] = {
        "interfaces-config": {"interfaces": ["eth0"]},
        "lease-database": {"type": "mysql", "name": "kea"},
        "hosts-databases": [{"type": "postgresql", "name": "kea"}, {"type": "mysql", "name": "b"}],
    }
    if libraries is not None:
        body["hooks-libraries"] = [{"library": library} for library in libraries]
    out = tmp_path / "site"
    done = run(out, written(tmp_path, body), "--server", "dhcp1=192.0.2.2")
    assert "differs" not in done.output
    assert "KP703" not in done.output
    text = (out / "site.yaml").read_text()
    hooks = parse(text, "site.yaml").value["dhcp4"]["hooks-libraries"]
    assert [hook["library"] for hook in hooks] == expected
    for library in set(expected) - {PurePosixPath(each).name for each in libraries or ()}:
        assert library in done.output


LEGAL_LOG = {
    "library": "libdhcp_legal_log.so",
    "parameters": {"type": "mysql", "name": "kea", "password": "hunter22"},
}
MYSQL = {"library": "libdhcp_mysql.so"}


@pytest.mark.parametrize(
    ("hooks", "keys", "expected", "reported"),
    [
        ([LEGAL_LOG], {}, [], False),
        ([MYSQL, LEGAL_LOG], {}, [], True),
        ([LEGAL_LOG, MYSQL], {}, [], True),
        ([MYSQL], {}, ["libdhcp_mysql.so"], False),
        ([MYSQL, LEGAL_LOG], {"lease-database": {"type": "mysql", "name": "kea"}},
         ["libdhcp_mysql.so"], False),
        ([LEGAL_LOG], {"lease-database": {"type": "mysql", "name": "kea"}},
         ["libdhcp_mysql.so"], False),
    ],
)  # fmt: skip
def test_a_legal_log_that_stays_behind_needs_no_library(
    tmp_path: Path, hooks: list[Any], keys: dict[str, Any], expected: list[str], reported: bool
) -> None:
    """A server has no package with that library (`keaprov.series`): Kea would not load it."""
    body = {"interfaces-config": {"interfaces": ["eth0"]}, "hooks-libraries": hooks, **keys}
    out = tmp_path / "site"
    done = run(out, written(tmp_path, body), "--server", "dhcp1=192.0.2.2")
    assert "differs" not in done.output
    assert "hunter22" not in done.output
    body = parse((out / "site.yaml").read_text(), "site.yaml").value["dhcp4"]
    assert [hook["library"] for hook in body.get("hooks-libraries", ())] == expected
    assert ("only libdhcp_legal_log.so needs it" in done.output) is reported


def test_prefixes_and_pools_are_written_as_kea_reads_them(tmp_path: Path) -> None:
    pools = [
        {"pool": "10.0.0. 5 - 10.0.0.9"},
        {"pool": "10.0.0.16/+28"},
        {"pool": "10.0.0.64 / 28"},
    ]
    shared = {"name": "n", "subnet4": [{"id": 2, "subnet": "10.0.1.0/24\t"}]}
    subnet = {"id": 1, "subnet": " 10.0.0.0 /24", "pools": pools}
    file = tmp_path / "kea-dhcp4.conf"
    dhcp4 = {"interfaces-config": {"interfaces": ["lo"]}, "subnet4": [subnet]}
    file.write_text(json.dumps({"Dhcp4": {**dhcp4, "shared-networks": [shared]}}))
    out = tmp_path / "site"
    done = run(out, [file], "--server", "dhcp1=192.0.2.2", "--site", "labo")
    assert (done.exit_code, "differs" in done.output) == (0, False), done.output
    assert "Dhcp4.subnet4[0].subnet: is 10.0.0.0/24, as Kea reads it" in done.output
    site = load_site(out / "site.yaml")
    body = json.loads(render.dhcp4(site, site.servers[0]))["Dhcp4"]
    (first,) = body["subnet4"]
    assert first["subnet"] == "10.0.0.0/24"
    texts = [pool["pool"] for pool in first["pools"]]
    assert texts == ["10.0.0.5 - 10.0.0.9", "10.0.0.16 - 10.0.0.31", "10.0.0.64 / 28"]
    assert body["shared-networks"][0]["subnet4"][0]["subnet"] == "10.0.1.0/24"


def test_defaults_of_kea_stay_where_keaprov_has_others(tmp_path: Path) -> None:
    out = tmp_path / "site"
    assert run(out, written(tmp_path, pair("a"), pair("b"))).exit_code == 0
    site = load_site(out / "site.yaml")
    failover = site.failover
    assert failover is not None
    assert (failover.port, failover.heartbeat_delay, failover.max_response_delay) == (
        8006, 10000, 60000,
    )  # fmt: skip
    assert (failover.max_ack_delay, failover.max_unacked_clients) == (10000, 10)
    assert dict(failover.extra) == {"sync-page-limit": 500}
    assert [server.interfaces for server in site.servers] == [("eth-a",), ("eth-b",)]
    body = json.loads(render.dhcp4(site, site.servers[0]))["Dhcp4"]
    assert body["sanity-checks"] == {"lease-checks": "warn"}
    assert body["interfaces-config"]["service-sockets-max-retries"] == 0
    parameters = {"identifier-expression": "relay4[1].hex", "replace-client-id": False}
    assert body["hooks-libraries"][0] == {"library": "libdhcp_flex_id.so", "parameters": parameters}


def test_the_standbys_file_may_come_first(tmp_path: Path) -> None:
    out = tmp_path / "site"
    files = written(tmp_path, pair("b", **{"server-tag": "b"}), pair("a", **{"server-tag": "a"}))
    done = run(out, files)
    assert done.exit_code == 0, done.output
    first, second = load_site(out / "site.yaml").servers
    assert (first.name, first.dhcp4) == ("a", {"server-tag": "a"})
    assert (second.name, second.dhcp4) == ("b", {"server-tag": "b"})
    assert kept(out) == {}


def test_a_pair_that_talks_by_ipv6(tmp_path: Path) -> None:
    out = tmp_path / "site"
    both = {}
    for name, address in (("a", "192.0.2.2"), ("b", "192.0.2.3")):
        peers = [
            {"name": "a", "url": "http://[2001:DB8::2]:8006/", "role": "primary"},
            {"name": "b", "url": "http://[2001:db8:0::3]:8006/", "role": "standby"},
        ]
        both[name] = pair(name, [relationship(name, peers=peers)])
        both[name]["interfaces-config"] = {"interfaces": [f"eth0/{address}"]}
    done = run(out, written(tmp_path, both["a"], both["b"]))
    assert done.exit_code == 0, done.output
    site = load_site(out / "site.yaml")
    assert [server.address for server in site.servers] == ["2001:db8::2", "2001:db8::3"]
    assert [server.identifiers for server in site.servers] == [("192.0.2.2",), ("192.0.2.3",)]
    assert kept(out) == {}


def test_a_key_that_one_server_has_is_its_own(tmp_path: Path) -> None:
    out = tmp_path / "site"
    logger = {"name": "kea-dhcp4", "severity": "INFO"}
    files = written(tmp_path, pair("a"), pair("b", loggers=[logger]))
    assert run(out, files).exit_code == 0
    first, second = load_site(out / "site.yaml").servers
    assert (first.dhcp4, second.dhcp4) == ({}, {"loggers": (logger,)})


def test_what_clients_get_is_not_a_servers_own(tmp_path: Path) -> None:
    out = tmp_path / "site"
    files = written(
        tmp_path, pair("a", **{"valid-lifetime": 400}), pair("b", **{"valid-lifetime": 500})
    )
    done = run(out, files)
    assert load_site(out / "site.yaml").dhcp4["valid-lifetime"] == 400
    assert kept(out)["Dhcp4.valid-lifetime"] == 500
    assert "not imported: Dhcp4.valid-lifetime: the site has the value of a" in done.output


@pytest.mark.parametrize(
    ("relationships", "path", "servers"),
    [
        ([relationship("a", mode="load-balancing")], "[0].mode", 2),
        ([relationship("a"), relationship("a")], "", 1),
        (
            [relationship("a", peers=[
                *relationship("a")["peers"],
                {"name": "c", "url": "http://192.0.2.4:8006/", "role": "backup"},
            ])],
            "[0].peers[2]",
            2,
        ),
    ],
    ids=["load-balancing", "two relationships", "a backup server"],
)  # fmt: skip
def test_what_a_site_does_not_carry_is_kept(
    tmp_path: Path, relationships: Any, path: str, servers: int
) -> None:
    out = tmp_path / "site"
    done = run(out, written(tmp_path, pair("a", relationships)), "--server", "a=192.0.2.2")
    assert done.exit_code == 0, done.output
    place = f"Dhcp4.hooks-libraries[2].parameters.high-availability{path}"
    assert place in kept(out)
    assert f"not imported: {place}: " in done.output
    assert len(load_site(out / "site.yaml").servers) == servers


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("Dhcp6", "a site does not carry DHCPv6"),
        ("DhcpDdns", "a site does not carry Kea's DNS updates (D2)"),
        ("Netconf", "a site does not carry Kea's NETCONF agent"),
    ],
)
def test_the_files_of_other_programs_are_kept(tmp_path: Path, program: str, words: str) -> None:
    out = tmp_path / "site"
    other = {program: {"port": 53001, "secret": "pa55"}}
    (tmp_path / "other.conf").write_text(f"// of {program}\n{json.dumps(other)}")
    files = [tmp_path / "other.conf", *written(tmp_path, pair("a"), pair("b"))]
    done = run(out, files)
    assert done.exit_code == 0, done.output
    assert f"other.conf:2:2: not imported: {program}: {words}\n" in done.output
    assert kept(out) == other
    assert f"// of {program}" in (out / "not-imported.json").read_text()
    assert "pa55" not in done.output + (out / "site.yaml").read_text()
    assert mode(out / "not-imported.json") == 0o600


def test_secrets_are_in_files_for_the_owner(tmp_path: Path) -> None:
    database = {"type": "mysql", "name": "kea", "user": "kea", "password": "pa55-of-the-database"}
    peers = [{**peer, "basic-auth-user": "u", "basic-auth-password": "pa55-of-a-peer"}
             for peer in relationship("a")["peers"]]  # fmt: skip
    servers = [{"name": "192.0.2.9", "secret": "pa55-of-a-hook"}]
    hook = {"library": "libdhcp_radius.so", "parameters": {"access": {"servers": servers}}}
    body = pair("a", [relationship("a", peers=peers)], **{"hosts-database": database})
    body["hooks-libraries"] += [hook, {"library": "libdhcp_mysql.so"}]
    out = tmp_path / "site"
    done = run(out, written(tmp_path, body, agent("192.0.2.2")))
    assert done.exit_code == 0, done.output
    assert "pa55" not in done.output
    for path in (path for path in out.rglob("*") if path.is_file()):
        assert ("pa55" in path.read_text()) == (mode(path) == 0o600), path
    secrets = out / "secrets"
    assert mode(secrets) == 0o700
    assert (secrets / "hosts-database-password").read_text() == "pa55-of-the-database\n"
    assert (secrets / "control-agent-password").read_text() == "pa55-of-the-agent\n"
    api = load_site(out / "site.yaml").api
    assert api is not None
    assert api.by_agent
    assert (api.port, api.user) == (8001, "ops")
    assert kept(out)["Dhcp4.hooks-libraries[3]"] == hook


def test_each_server_has_its_own_password(tmp_path: Path) -> None:
    def database(password: str) -> list[dict[str, Any]]:
        return [{"type": "mysql", "name": "kea", "user": "kea", "password": password}]

    hooks = [{"library": "libdhcp_mysql.so"}, *pair("a")["hooks-libraries"]]
    a = pair("a", **{"hosts-databases": database("pa55-a"), "hooks-libraries": hooks})
    hooks = [{"library": "libdhcp_mysql.so"}, *pair("b")["hooks-libraries"]]
    b = pair("b", **{"hosts-databases": database("pa55-b"), "hooks-libraries": hooks})
    out = tmp_path / "site"
    done = run(out, written(tmp_path, a, b))
    assert done.exit_code == 0, done.output
    assert "pa55" not in done.output
    for server in load_site(out / "site.yaml").servers:
        name = f"{server.name}-hosts-databases-0-password"
        assert (out / "secrets" / name).read_text() == f"pa55-{server.name}\n"
        assert mode(out / "secrets" / name) == 0o600
        (hosts,) = server.dhcp4["hosts-databases"]
        assert hosts["password"] == f"{{file: secrets/{name}}}"
        assert f"is in the file secrets/{name}" in done.output
    assert len(list((out / "secrets").iterdir())) == 2
    assert kept(out) == {}


def test_a_password_that_a_file_would_change_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "site"
    database = {"type": "mysql", "name": "kea", "user": "kea", "password": " pa55 "}
    body = pair("a", **{"hosts-database": database})
    run(out, written(tmp_path, body))
    assert kept(out)["Dhcp4.hosts-database.password"] == " pa55 "


def test_an_agents_other_keys_are_kept(tmp_path: Path) -> None:
    out = tmp_path / "site"
    other = agent("192.0.2.3", **{"http-host": "127.0.0.1", "trust-anchor": "/etc/ca.pem"})
    run(out, written(tmp_path, pair("a"), agent("192.0.2.2"), other))
    values = kept(out)
    assert values["Control-agent.trust-anchor"] == "/etc/ca.pem"
    assert values["Control-agent.http-host"] == "127.0.0.1"


def test_unknown_keys_are_kept(tmp_path: Path) -> None:
    out = tmp_path / "site"
    subnet = {"id": 1, "subnet": "192.0.2.0/24", "colour": "blue"}
    done = run(out, written(tmp_path, pair("a", subnet4=[subnet])))
    assert done.exit_code == 0, done.output
    assert kept(out)["Dhcp4.subnet4[0].colour"] == "blue"


@pytest.mark.parametrize("data", ["c0000235", "C0 00 02 35", "0xc0000235"])
def test_an_option_in_hexadecimal_is_equal_to_itself(tmp_path: Path, data: str) -> None:
    option = {"name": "domain-name-servers", "csv-format": False, "data": data}
    done = run(tmp_path / "site", written(tmp_path, pair("a", **{"option-data": [option]})))
    assert (done.exit_code, "differs" in done.output) == (0, False), done.output


def test_a_long_list_of_reservations_is_a_table(tmp_path: Path) -> None:
    rows = [
        {"hw-address": f"02:00:00:00:00:{n:02}", "ip-address": f"192.0.2.{n}", "hostname": "a,b;c",
         "client-classes": ["x", "y"]}
        for n in range(1, 13)
    ]  # fmt: skip
    odd = [{**row, "user-context": {"n": 1}} for row in rows]
    for name, listed in (("plain", rows), ("odd", odd)):
        out = tmp_path / name
        subnet = {"id": 4, "subnet": "192.0.2.0/24", "reservations": listed}
        run(out, written(tmp_path, pair("a", subnet4=[subnet])))
        assert (out / "reservations-4.csv").exists() is (name == "plain")
        (subnet,) = body_of(proof.rebuilt(out))["subnet4"]
        assert subnet["reservations"] == listed


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"Dhcp4": {', "the file ends before"),
        ('{"Dhcp4": {}}', "Dhcp4: is empty"),
        ('{"Dhcp7": {"valid-lifetime": 1}}', "this is not a file of Kea's"),
        ('{"Dhcp6": {"valid-lifetime": 1}}', "no file has a Dhcp4 map"),
        ('{"Dhcp4": {"valid-lifetime": "x",\n "subnet4": {}}}', ":2:"),
        ('{"Dhcp4": {"subnet4": [{"id": [], "subnet": 1}]}}', "subnet4[0].id"),
        ('{"Dhcp4": {"valid-lifetime": 1}}', "the file does not name its server"),
        ("", "`keaprov import kea` reads kea-dhcp4.conf"),
        ("{}", "`keaprov import kea` reads kea-dhcp4.conf"),
        ('[{"result": 1, "text": "no"}]', "this is not a file of Kea's"),
        ('{"result": 0, "arguments": {"Dhcp4":\n{"valid-lifetime": "x"}}}', ":2:"),
    ],
)
def test_nothing_is_written_if_a_file_is_broken(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "kea.conf").write_text(text)
    done = run(tmp_path / "site", [tmp_path / "kea.conf"])
    assert done.exit_code == 1
    assert words in done.output
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("around", ["{}", "[{}]"])
def test_an_answer_of_config_get_is_imported(around: str, tmp_path: Path) -> None:
    password = {"type": "memfile", "password": "hush"}
    subnets = [{"id": 7, "subnet": "192.0.2.0/24"}]
    interfaces = {"interfaces": ["eth0"]}
    dhcp4 = {"interfaces-config": interfaces, "lease-database": password, "nix": 1}
    dhcp4["subnet4"] = subnets
    answer = {"result": 0, "arguments": {"Dhcp4": dhcp4, "hash": "AB"}}
    path, out = tmp_path / "answer.json", tmp_path / "site"
    path.write_text("// saved today\n" + around.replace("{}", json.dumps(answer, indent=1)))
    done = run(out, [path], "--server", "dhcp1=192.0.2.2")
    assert (done.exit_code, "hush" in done.output) == (0, False), done.output
    assert load_site(out / "site.yaml").dhcp4["subnet4"][0]["id"] == 7
    assert kept(out) == {"Dhcp4.nix": 1}
    at = next(at for at, line in enumerate(path.read_text().splitlines(), 1) if "nix" in line)
    assert f"answer.json:{at}:" in done.output


def test_a_file_without_bounds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MOST_BYTES", 1024 * 1024)
    files = written(tmp_path, pair("a"))
    files[0].write_text(files[0].read_text() + " " * 1024 * 1024)
    done = run(tmp_path / "site", files)
    assert done.exit_code == 1
    assert "larger than 1 MiB" in done.output
    assert not (tmp_path / "site").exists()


def test_existing_files_stay_unless_forced(tmp_path: Path) -> None:
    out = tmp_path / "site"
    out.mkdir()
    (out / "site.yaml").write_text("mine")
    files = written(tmp_path, pair("a"))
    assert run(out, files).exit_code == 1
    assert [path.name for path in out.iterdir()] == ["site.yaml"]
    assert (out / "site.yaml").read_text() == "mine"
    assert run(out, files, "--force").exit_code == 0


def test_a_load_balancing_pair(tmp_path: Path) -> None:
    """Its limit of delayed updates is an error in hot-standby; a pool of the standby is named."""
    pools = [{"pool": f"10.0.0.{n}0/31", "client-class": f"HA_s{n}"} for n in (1, 2)]
    peers = [
        {"name": name, "url": f"http://192.0.2.{n}:8000/", "role": role}
        for n, name, role in ((1, "s1", "primary"), (2, "s2", "secondary"))
    ]
    pair = {
        "this-server-name": "s1",
        "mode": "load-balancing",
        "delayed-updates-limit": 100,
        "peers": peers,
    }
    hook = {"library": "libdhcp_ha.so", "parameters": {"high-availability": [pair]}}
    hooks = [{"library": "libdhcp_lease_cmds.so"}, hook]
    body = {
        "interfaces-config": {"interfaces": ["eth0"]},
        "hooks-libraries": hooks,
        "subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "pools": pools}],
    }
    file = tmp_path / "kea-dhcp4.conf"
    file.write_text(json.dumps({"Dhcp4": body}))
    done = run(tmp_path / "out", [file])
    assert done.exit_code == 0, done.output
    assert "delayed-updates-limit: Kea has it in load-balancing only" in done.output
    assert "pools[1].client-classes[0]: no client has the class HA_s2" in done.output
