"""``keaprov import kea --from HOST``: the files of a host, what they include, and what runs there.

The program that reads them is the real one; a directory stands in for the host.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from keaprov import files, load_site
from keaprov.cli import main
from keaprov.control.decoding import unpacked
from keaprov.errors import Unreachable
from tests.host.kea import Kea
from tests.importing import cases

DHCP4, AGENT = "/etc/kea/kea-dhcp4.conf", "/etc/kea/kea-ctrl-agent.conf"
SOCKET = {"socket-type": "unix", "socket-name": "/s"}


class Server:
    """A host in a directory; it takes the part of a shell on the host, too."""

    def __init__(self, name: str, root: Path) -> None:
        self.name = name
        self.root = root
        self.units: dict[str, Any] = {}

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *of_an_error: object) -> None: ...

    def write(self, path: str, text: str) -> None:
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode("utf-8", "surrogateescape"))

    def program(self, name: str, request: Mapping[str, Any], patience: float = 60) -> Any:
        if name == "observe":
            assert request["parts"] == ["units"]
            return {"units": self.units}
        local = {**request, "socket": f"{self.root}{request['socket']}"}
        local["files"] = [f"{self.root}{file}" for file in request.get("files", ())]
        done = subprocess.run(
            [sys.executable, *files.interpreter(name)[1:]],
            input=files.program(name, local) + "\n",
            capture_output=True,
            text=True,
            check=True,
            timeout=patience,
        )
        report = unpacked(json.loads(done.stdout)["packed"])
        named = {key.removeprefix(str(self.root)): value for key, value in report.items()}
        return {"packed": base64.b64encode(zlib.compress(json.dumps(named).encode())).decode()}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server("a", tmp_path / "a")
    monkeypatch.setattr("keaprov.cli.import_.Shell", lambda *_, **__: made)
    made.write(DHCP4, json.dumps({"Dhcp4": cases.pair("a", **{"control-socket": SOCKET})}))
    made.write(AGENT, json.dumps({"Control-agent": cases.agent("192.0.2.2")}))
    return made


@pytest.fixture
def kea(server: Server) -> Iterator[Kea]:
    with Kea(str(server.root / "s")) as standing:
        body = json.loads((server.root / DHCP4[1:]).read_text())
        standing.answers["config-get"] = {"result": 0, "arguments": body}
        yield standing


def run(out: Path, *words: str) -> Result:
    command = ["import", "kea", "--from", "a", "--out", str(out), *words]
    return CliRunner().invoke(main, command, catch_exceptions=False)


def test_the_site_is_that_of_the_hosts_files(server: Server, kea: Kea, tmp_path: Path) -> None:
    done = run(tmp_path / "site")
    assert done.exit_code == 0, done.output
    assert f"a:{DHCP4}:1:" in done.output
    assert "running: " not in done.output
    site = load_site(tmp_path / "site/site.yaml")
    assert [entry.name for entry in site.servers] == ["a", "b"]
    assert site.api is not None
    assert site.api.port == 8001
    assert kea.commands() == ["config-get"]


def test_includes_are_read_from_the_host(server: Server, kea: Kea, tmp_path: Path) -> None:
    text = (server.root / DHCP4[1:]).read_text()
    for name, place in (("/srv/rows.json", "/srv/rows.json"), ("rows.json", "/rows.json")):
        (server.root / "rows.json").unlink(missing_ok=True)
        server.write(DHCP4, text.replace('"subnet4":', f'<?include "{name}"?>, "subnet4":'))
        server.write(place, '"valid-lifetime": 4711 // two\n, "renew-timer": 9')
        out = tmp_path / place.replace("/", "-")
        run(out)
        site = load_site(out / "site.yaml")
        assert (site.dhcp4["valid-lifetime"], site.dhcp4["renew-timer"]) == (4711, 9)
        assert "# two" in (out / "site.yaml").read_text()


def test_what_runs_besides_the_file_is_named(server: Server, kea: Kea, tmp_path: Path) -> None:
    body = json.loads((server.root / DHCP4[1:]).read_text())
    body["Dhcp4"]["valid-lifetime"] = 600
    kea.answers["config-get"] = {"result": 0, "arguments": body}
    done = run(tmp_path / "site")
    assert done.exit_code == 1
    words = "running: a: Dhcp4.valid-lifetime: the file has nothing, but it runs 600"
    assert words in done.output


def test_many_differences_are_a_number(server: Server, kea: Kea, tmp_path: Path) -> None:
    body = json.loads((server.root / DHCP4[1:]).read_text())
    body["Dhcp4"]["subnet4"] += [{"id": n, "subnet": f"10.0.{n}.0/24"} for n in range(2, 20)]
    kea.answers["config-get"] = {"result": 0, "arguments": body}
    done = run(tmp_path / "site")
    assert done.output.count("running: ") == 11
    assert "running: a: and 8 more differences" in done.output


def test_a_kea_that_does_not_answer_is_named(server: Server, tmp_path: Path) -> None:
    done = run(tmp_path / "site")
    assert done.exit_code == 1
    assert "running: a: kea-dhcp4 does not answer on /s: what it runs is unknown" in done.output
    assert (tmp_path / "site/site.yaml").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a:/etc/kea/kea-dhcp4.conf: error KP101: empty"),
        ("\udcff", "KP102: not UTF-8 text"),
        ('{"Dhcp4": {<?include "/x"?>}}', "cannot include /x: cannot be read on the host"),
        ('{"Dhcp4": {<?include "/etc/kea/kea-dhcp4.conf"?>}}', "includes itself"),
    ],
)
def test_a_broken_file_of_a_host_writes_nothing(
    server: Server, tmp_path: Path, text: str, words: str
) -> None:
    server.write(DHCP4, text)
    done = run(tmp_path / "site")
    assert done.exit_code == 1
    assert words in done.output
    assert not (tmp_path / "site").exists()


def test_a_host_without_a_file_and_one_out_of_reach(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (server.root / DHCP4[1:]).unlink()
    done = run(tmp_path / "site")
    assert f"a:{DHCP4}" in done.output
    assert "cannot be read on the host" in done.output

    def program(*_: Any) -> Any:
        raise Unreachable("a: no route to host")

    monkeypatch.setattr(server, "program", program)
    done = run(tmp_path / "site")
    assert done.exit_code == 1
    assert "a: no route to host: nothing was written" in done.output


def test_files_and_hosts_are_alternatives(tmp_path: Path) -> None:
    command = ["import", "kea", "--out", str(tmp_path / "site")]
    for words in ([], ["kea.conf", "--from", "a"]):
        done = CliRunner().invoke(main, [*command, *words])
        assert done.exit_code == 2
        assert "give either FILE or --from HOST" in done.output


def test_the_units_name_the_files(server: Server, kea: Kea, tmp_path: Path) -> None:
    other = {"kea-dhcp4": "/srv/kea/dhcp.conf", "kea-ctrl-agent": "/srv/kea/agent.conf"}
    server.units = {name: {"config": path} for name, path in other.items()}
    for old, new in zip((DHCP4, AGENT), other.values(), strict=True):
        server.write(new, (server.root / old[1:]).read_text())
        (server.root / old[1:]).unlink()
    done = run(tmp_path / "site")
    assert done.exit_code == 0, done.output
    assert "a:/srv/kea/dhcp.conf:" in done.output
    assert "a:/srv/kea/agent.conf:" in done.output
