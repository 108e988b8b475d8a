"""The kea-dhcp4 that compares an import: what it is given, how it ends, what it may not touch."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from keaprov.cli import main
from keaprov.importing import daemon
from keaprov.importing.loaded import harmless, unequal
from tests.importing import cases

STAND_IN = """\
#!{python}
# Answers as kea-dhcp4 does: config-get returns the file, with some defaults.
import json, os, socket, sys

file = sys.argv[sys.argv.index("-c") + 1]
listener = socket.socket(socket.AF_UNIX)
with open(file) as first:
    name = json.load(first)["Dhcp4"]["control-socket"]["socket-name"]
assert os.path.dirname(name) == os.environ["KEA_CONTROL_SOCKET_DIR"]
listener.bind(name)
listener.listen()
while True:
    channel, _ = listener.accept()
    command = json.loads(channel.recv(1 << 20))["command"]
    with open(file) as now:
        body = json.load(now)
    body["Dhcp4"].setdefault("sanity-checks", {{"lease-checks": "warn"}})
    body["Dhcp4"]["interfaces-config"].setdefault("service-sockets-max-retries", 0)
    text = {rejects!r} if command == "config-reload" else "9.9.9"
    answer = {{"result": int(text == {rejects!r} != ""), "text": text, "arguments": body}}
    channel.sendall(json.dumps(answer).encode())
    channel.close()
"""


def stand_in(folder: Path, rejects: str = "") -> Path:
    """Write a program that answers as kea-dhcp4 does; `rejects` is why it loads nothing."""
    path = folder / "kea-dhcp4"
    path.write_text(STAND_IN.format(python=sys.executable, rejects=rejects))
    path.chmod(0o755)
    return path


def run(folder: Path, program: Path, name: str = "pair") -> Result:
    files = map(str, cases.files(name, folder))
    words = ["--out", str(folder / "site"), "--kea-dhcp4", str(program)]
    return CliRunner().invoke(main, ["import", "kea", *files, *words], catch_exceptions=False)


def test_the_report_says_what_compared(tmp_path: Path) -> None:
    done = run(tmp_path, stand_in(tmp_path))
    assert done.exit_code == 0, done.output
    assert "compared by kea-dhcp4 9.9.9 and keaprov.diff: the render of the site" in done.output


def test_a_rejected_file_is_a_difference(tmp_path: Path) -> None:
    done = run(tmp_path, stand_in(tmp_path, rejects="no such word"))
    assert done.exit_code == 1
    assert "differs: " in done.output
    assert "kea-0.conf: kea-dhcp4 rejects it: no such word" in done.output


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("#!/bin/sh\necho ERROR no library\nexit 1\n", "kea-dhcp4 ended: ERROR no library"),
        ("#!/bin/sh\nexit 1\n", "kea-dhcp4 ended: without a message"),
        ("#!/no/interpreter\n", "cannot be run: No such file or directory"),
    ],
)
def test_a_kea_that_does_not_start_is_in_the_report(
    tmp_path: Path, content: str, words: str
) -> None:
    program = tmp_path / "kea-dhcp4"
    program.write_text(content)
    program.chmod(0o755)
    done = run(tmp_path, program)
    assert done.exit_code == 1  # it was asked for
    assert "no real Kea compared: " in done.output
    assert words in done.output
    assert "compared by keaprov.diff: the render of the site" in done.output


def test_without_a_kea_the_report_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "at_hand", lambda: None)
    files = map(str, cases.files("pair", tmp_path))
    words = ["import", "kea", *files, "--out", str(tmp_path / "site")]
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    assert done.exit_code == 0
    assert "no real Kea compared: there is no kea-dhcp4 on this machine" in done.output


def test_nothing_that_kea_is_given_reaches_out() -> None:
    body = cases.INPUTS["scopes"][0] | {"dhcp4o6-port": 6767, "loggers": [{"name": "x"}]}
    given = harmless(body, "kea.sock")
    text = json.dumps(given)
    for word in ("libdhcp", "mysql", "http", "loggers", "eth", "dhcp4o6-port", "/srv"):
        assert word not in text, word
    assert given["interfaces-config"] == {"interfaces": []}
    assert given["lease-database"] == {"type": "memfile", "persist": False}
    assert given["dhcp-ddns"]["enable-updates"] is False
    assert given["control-socket"]["socket-name"] == "kea.sock"
    assert body == cases.INPUTS["scopes"][0] | {"dhcp4o6-port": 6767, "loggers": [{"name": "x"}]}


@pytest.mark.parametrize(
    ("value", "other", "paths"),
    [
        ({"a": [1, {"b": 1}]}, {"a": [1, {"b": 2}]}, ["a.1.b"]),
        ({"a": 1}, {"b": 1}, ["a", "b"]),
        ({"a": [1]}, {"a": [1, 2]}, ["a"]),
        ({"a": 1}, {"a": True}, ["a"]),
        ({"next-server": ""}, {"next-server": "0.0.0.0"}, []),
        ({"next-server": ""}, {"next-server": "192.0.2.1"}, ["next-server"]),
    ],
)
def test_unequal_values_have_their_paths(value: Any, other: Any, paths: list[str]) -> None:
    assert [".".join(map(str, path)) for path, _, _ in unequal(value, other, ())] == paths
