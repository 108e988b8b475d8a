"""The commands of docs/import.md, as they stand there; tests/deploy runs those that need hosts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from keaprov import load_site
from keaprov.cli import main
from tests.deploying import ROOT
from tests.importing import cases
from tests.pages import blocks, needs_hosts

ALONE = {
    "interfaces-config": {"interfaces": ["eth0"]},
    "subnet4": [{"id": 1, "subnet": "192.0.2.0/24"}],
}
"""The file of a server without a peer."""
BLOCKS = [
    commands
    for block in blocks("import.md")
    if (commands := [command for command in block if not needs_hosts(command)])
]


@pytest.mark.parametrize("commands", BLOCKS, ids=lambda commands: commands[0][:60])
def test_the_commands_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commands: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("dhcp1", "dhcp2"):
        Path(name).mkdir()
    first, second, alone = cases.written(tmp_path, cases.pair("a"), cases.pair("b"), ALONE)
    first.rename("dhcp1/kea-dhcp4.conf")
    second.rename("dhcp2/kea-dhcp4.conf")
    alone.rename("kea-dhcp4.conf")
    page = (ROOT / "docs/import.md").read_text().partition("## Start from ISC dhcpd")[2]
    Path("dhcpd.conf").write_text(re.findall(r"(?ms)^```text\n(.*?)^```", page)[0])
    Path("dhcpd.leases").write_text("")
    for command in commands:
        program, *words = command.split()
        assert program == "keaprov"
        done = CliRunner().invoke(main, words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
    assert load_site("labo/site.yaml").servers
