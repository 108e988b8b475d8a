"""``keaprov check --fix``: deprecated keys get their names of today, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from keaprov.cli import main
from keaprov.site import check_file

OLD = """\
site: labo   # ours
servers: {dhcp1: {address: 10.0.0.1, interfaces: [ens18]}}
control-agent: {port: 8000, password: {generate: true}}   # for the dashboard
dhcp4:
  option-data: {routers: 10.1.0.1, domain-name-servers: 10.2.0.53}
  ddns-use-conflict-resolution: false
  loggers:
    - {name: kea-dhcp4, severity: INFO, output_options: [{output: syslog}]}
  client-classes:
    - name: phones
      test: member('KNOWN')
      only-if-required: true
  subnet4:
    - id: 10
      subnet: 10.1.0.0/24
      client-class: phones   # only phones
      pools:
        - {pool: 10.1.0.10 - 10.1.0.99, require-client-classes: [phones]}
"""
NEW = """\
site: labo   # ours
servers: {dhcp1: {address: 10.0.0.1, interfaces: [ens18]}}
api: {port: 8000, password: {generate: true}}   # for the dashboard
dhcp4:
  option-data: {routers: 10.1.0.1, domain-name-servers: 10.2.0.53}
  ddns-conflict-resolution-mode: no-check-with-dhcid
  loggers:
    - {name: kea-dhcp4, severity: INFO, output-options: [{output: syslog}]}
  client-classes:
    - name: phones
      test: member('KNOWN')
      only-in-additional-list: true
  subnet4:
    - id: 10
      subnet: 10.1.0.0/24
      client-classes: [phones]   # only phones
      pools:
        - {pool: 10.1.0.10 - 10.1.0.99, evaluate-additional-classes: [phones]}
"""


def fixed(folder: Path, text: str, name: str = "site.yaml") -> tuple[str, str, int]:
    """Return the file after ``check --fix``, what was said, and the exit code."""
    path = folder / name
    path.write_text(text)
    path.chmod(0o640)
    done = CliRunner().invoke(main, ["check", "--fix", str(path)])
    assert path.stat().st_mode & 0o777 == 0o640
    return path.read_text(), done.output, done.exit_code


def test_each_deprecated_key_gets_its_name_of_today(tmp_path: Path) -> None:
    text, output, code = fixed(tmp_path, OLD)
    assert text == NEW
    assert code == 0
    assert "control-agent is api now (1 place)" in output
    codes = {problem.code for problem in check_file(tmp_path / "site.yaml").problems}
    assert not codes & {"KP336", "KP711"}
    again, output, _ = fixed(tmp_path, NEW)
    assert again == NEW
    assert " now (" not in output


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            OLD.replace("    - id: 10\n", "    - id: 10\n      client-classes: [phones]\n"),
            "site.yaml",
        ),
        ('{"Dhcp4": {"subnet4": [], "ddns-use-conflict-resolution": true}}', "kea-dhcp4.conf"),
        ('Dhcp4: {"subnet4": [], "ddns-use-conflict-resolution": true}', "kea.yaml"),
        ("site: [\n", "site.yaml"),
        ("- control-agent\n", "site.yaml"),
    ],
)
def test_what_is_no_site_or_has_both_keys_stays(tmp_path: Path, text: str, name: str) -> None:
    after, _, _ = fixed(tmp_path, text, name)
    if "client-classes: [phones]\n" in text:
        assert "      client-class: phones" in after
    else:
        assert after == text


def test_what_stands_behind_an_alias_is_named(tmp_path: Path) -> None:
    pool = "{pool: 10.1.0.10 - 10.1.0.99, require-client-classes: [phones]}"
    text = OLD.replace(pool, "*pool").replace("dhcp4:\n", f"x-pool: &pool {pool}\ndhcp4:\n")
    after, output, code = fixed(tmp_path, text)
    assert (after, code) == (text, 1)
    assert "it stands elsewhere; nothing was written" in output


def test_line_breaks_and_a_byte_order_mark_stay(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + OLD.replace("\n", "\r\n").encode())
    assert CliRunner().invoke(main, ["check", "--fix", str(path)]).exit_code == 0
    assert path.read_bytes() == b"\xef\xbb\xbf" + NEW.replace("\n", "\r\n").encode()
