"""``keaprov import dhcpd``: the files that it reads and writes, and when it writes none."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from keaprov.cli import main
from keaprov.importing import dhcpd
from tests.deploying import ROOT
from tests.importing.dhcpd_site import SUBNET, run, written


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
    text += 'failover peer "office" { primary; address 192.0.2.2; }\n'
    result = dhcpd.read(written(tmp_path, text), "", {"dhcp1": "192.0.2.2"})
    assert isinstance(result, list)
    assert [problem.mark.line for problem in result] == [1, 2, 3]
    assert result[-1].message == "the address of dhcp2 is unknown"


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


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "Give the dhcpd.conf that dhcpd reads."),
        ("# nothing\n", "Give the dhcpd.conf that dhcpd reads."),
        ('option domain-name "x";\n', "Give the dhcpd.conf that dhcpd reads."),
        ("lease 192.0.2.5 { ends never; }\n", "this file by --leases"),
        ("subnet6 2001:db8::/64 { }\n", "A site has no DHCPv6"),
        ('ldap-server "localhost";\n', "ldap-debug-file"),
    ],
)
def test_a_file_without_a_subnet(tmp_path: Path, text: str, hint: str) -> None:
    done = run(tmp_path, text, "--server", "dhcp1=192.0.2.2")
    assert (done.exit_code, (tmp_path / "site").exists()) == (1, False)
    assert "the file declares no subnet" in done.output
    assert hint in done.output


@pytest.mark.parametrize(
    "statement",
    [
        'ldap-password "MARKER";',
        'option acme-password "MARKER";',
        "option acme-token = MARKER;",
        'pool { range 192.0.2.9; filename "http://admin:MARKER@boot.example.org/x"; }',
        'set my-secret = "MARKER";',
        "key k { algorithm hmac-md5; secret MARKER; };",
    ],
)
def test_the_report_shows_no_secret(tmp_path: Path, statement: str) -> None:
    done = run(tmp_path, SUBNET % statement, "--server", "dhcp1=192.0.2.2")
    assert "not imported" in done.output
    assert "MARKER" not in done.output
    assert "MARKER" in (tmp_path / "site/not-imported.json").read_text()


@pytest.mark.parametrize(
    "words", [("--site", "a b"), ("--site", "../x"), ("--server", "a b=192.0.2.2")]
)
def test_a_name_that_a_site_does_not_take(tmp_path: Path, words: tuple[str, str]) -> None:
    done = run(tmp_path, SUBNET % "", "--server", "dhcp1=192.0.2.2", *words)
    assert (done.exit_code, (tmp_path / "site").exists()) == (2, False)
    assert "letters, digits, dots and hyphens" in done.output
