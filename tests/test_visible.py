"""No character of a host, a client or a site file steers a terminal, a log, a page or a report."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from keaprov import load_site, report, visible
from keaprov.cli import ask, main, status
from keaprov.control import Shell
from keaprov.drill import DrillReport, Event
from keaprov.errors import KeyPath, Mark, Problem, Refused, Unreachable
from keaprov.page import status_page
from tests.deploying import ROOT
from tests.ha.observations import kea, server
from tests.test_health import health_of

HIDDEN = "".join(
    chr(code)
    for code in range(sys.maxunicode + 1)
    if unicodedata.category(chr(code)) in ("Cc", "Cf", "Zl", "Zp")
)
HALVES = "\udfff\ud800"
HOSTILE = f"\x1b]0;title\x07\x1b[2J{HIDDEN}{HALVES}\nlabo: healthy\r\n[dhcp2] Success"
"""All control and format characters, half characters, and lines that look like keaprov's own."""
SITE_FILE = ROOT / "inventories/lab/site.yaml"
SITE = load_site(SITE_FILE)


def assert_visible(text: str, *, lines: bool = True) -> None:
    """Assert that a text has no hidden character, and no line that a host began."""
    hidden = {character for character in text if character in HIDDEN + HALVES} - {"\n"}
    assert not hidden, hidden
    if lines:
        assert "\nlabo: healthy" not in text
        assert "\n[dhcp2]" not in text
    assert "\\u001b" in text, "it is shown, not left out"


@pytest.mark.parametrize("function", [visible.line, visible.block, visible.document])
def test_every_hidden_character_is_shown(function: Callable[[str], str]) -> None:
    text = function(HOSTILE)
    assert_visible(text, lines=function is not visible.document)
    assert function(text) == text, "what is visible stays as it is"
    assert visible.line("über 10 °C ✓ 漢字") == "über 10 °C ✓ 漢字"


def test_a_json_text_keeps_its_value() -> None:
    text = json.dumps({HOSTILE: [HOSTILE]}, ensure_ascii=False)
    shown = visible.document(text)
    assert_visible(shown)
    assert json.loads(shown) == {HOSTILE: [HOSTILE]}


def hostile_problem(path: KeyPath = ("dhcp4", HOSTILE)) -> Problem:
    return Problem("KP201", HOSTILE, Mark(f"{HOSTILE}.yaml", 1, 3), path, HOSTILE)


@pytest.mark.parametrize("form", list(report.FORMATS))
def test_a_report_of_a_hostile_site_file(form: str) -> None:
    problem = hostile_problem()
    text = report.FORMATS[form]([problem] * 60, {problem.mark.file: HOSTILE})
    assert_visible(text)
    if form in ("json", "sarif"):
        json.loads(text)
    if form == "github":
        assert all(line.startswith("::error file=") for line in text.splitlines())


def test_the_caret_is_below_the_character_that_it_is_about() -> None:
    problem = Problem("KP201", "no", Mark("a", 1, 3), hint="cure")
    _, source, caret, *_ = report.text([problem], {"a": "\x1b\x07x"}).splitlines()
    assert source[caret.index("^")] == "x"


def test_check_of_hostile_files(tmp_path: Path) -> None:
    name = tmp_path / f"s\x1b[2J\u202e\n{'site'}.yaml"
    name.write_text('"sit\\e\\u202E": "\\x9b\\u2028"\nservers: {"\\e]0;x\\a": {}}\n', "utf-8")
    for form in report.FORMATS:
        done = CliRunner().invoke(main, ["check", "--format", form, str(name)])
        assert done.exit_code == 1
        assert done.exception is None or isinstance(done.exception, SystemExit)
        assert_visible(done.output)


def test_a_status_and_its_page() -> None:
    relationship = replace(kea(), version=HOSTILE, revision=HOSTILE, error=HOSTILE)
    unit = replace(server().unit("kea-dhcp4"), active="failed", words=HOSTILE, pid=0)
    hostile = {"kea": relationship, "units": {"kea-dhcp4": unit}}
    health = replace(
        health_of(hostile, drift={"dhcp1": (HOSTILE,)}, unreachable={"dhcp9": HOSTILE}),
        warnings=(HOSTILE,),
    )
    drill = DrillReport("labo", 0.5, [Event(0.1, HOSTILE)], failed=HOSTILE)
    page = status_page([health], {"labo": drill})
    assert_visible(page, lines=False)  # HTML has its own lines
    page.encode()
    json.loads(json.dumps(asdict(health)))
    text = "\n".join(map(visible.block, status.all_lines([health], explain=True)))
    assert_visible(text)


class Answers:
    """A host whose every program answers the same, or fails with words of its own."""

    def __init__(self, report: Any) -> None:
        self.report = report
        self.name = "dhcp1"

    def program(self, name: str, request: Mapping[str, Any], patience: float = 0.0) -> Any:
        if isinstance(self.report, Exception):
            raise self.report
        return self.report


def hosts_answer(monkeypatch: pytest.MonkeyPatch, report: Any) -> None:
    host = Answers(report)
    monkeypatch.setattr(Shell, "program", lambda self, *request: host.program(*request))
    monkeypatch.setattr(Shell, "hold", lambda self, run: host.program("lock", {}))


@pytest.mark.parametrize("error", [Unreachable(HOSTILE), Refused(HOSTILE)])
@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("status", "--json"),
        ("status", "--html", "page.html"),
        ("plan",),
        ("diff",),
        ("diff", "--json"),
        ("diff", "--leases"),
        ("diff", "--leases", "--json"),
        ("history",),
        ("drill", "--yes"),
        ("drill", "--yes", "--json"),
        ("retire", "dhcp2"),
    ],
)
def test_every_verb_shows_the_error_of_a_host(
    words: tuple[str, ...], error: Exception, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    hosts_answer(monkeypatch, error)
    verb, *options = words
    done = CliRunner().invoke(
        main,
        [verb, *options, str(SITE_FILE)] if verb != "retire" else [verb, str(SITE_FILE), *options],
        input="y\n",
    )
    assert isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code
    text = done.output + "".join(path.read_text("utf-8") for path in tmp_path.iterdir())
    assert_visible(text, lines="--html" not in words)


def test_the_import_of_a_hostile_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hosts_answer(monkeypatch, Refused(HOSTILE))
    words = ["import", "kea", "--from", "dhcp1", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 1
    assert_visible(done.output)


def test_a_history_of_a_hostile_host(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {"path": HOSTILE, "revision": HOSTILE, "subnets": 3, "written": 0, "kept": HOSTILE}
    hosts_answer(monkeypatch, {"kept": [entry]})
    done = CliRunner().invoke(main, ["history", str(SITE_FILE)])
    assert done.exit_code == 0, done.exception
    assert_visible(done.output)


OPTIONS = {
    "12": HOSTILE.encode("utf-8", "surrogatepass").hex(),
    "15": b"a\x1b[2J\nlabo: healthy".hex(),
    "119": b"\x05\x1b[2J\n\x0dlabo: healthy\0".hex(),
}
OFFER = {
    "server": HOSTILE,
    "hardware": HOSTILE,
    "source": HOSTILE,
    "address": "10.0.0.1",
    "options": OPTIONS,
    "seconds": 0.1,
}


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_probe_of_a_hostile_server(
    form: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = {**OFFER, "ack": False, "message": HOSTILE}
    answers = {"mac": "02:00:00:00:00:01", "client-id": "", "offers": [OFFER], "lease": taken}
    monkeypatch.setattr(ask, "exchange", lambda request: answers)
    words = ["probe", "--interface", "eth0", "--lease", *form, str(SITE_FILE)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 1
    assert_visible(done.output)


PYINFRAS_LOG = """
import json, logging, sys
import click
from pyinfra import logger
from pyinfra_cli.log import LogFormatter, LogHandler
import keaprov.facts.channel

hostile, handler = json.load(sys.stdin), LogHandler()
handler.setFormatter(LogFormatter())
logger.addHandler(handler)
logger.setLevel(logging.DEBUG)
logger.error("[dhcp1] %s", click.style(f"Refused: {hostile}", fg="red"))
logger.info(f"[dhcp1] {hostile}")
"""
"""Logs as pyinfra's command does. Its import replaces sockets and threads by gevent's, so this is
a process of its own."""


def test_what_pyinfra_logs_of_a_host() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PYINFRAS_LOG],
        input=json.dumps(HOSTILE),
        capture_output=True,
        text=True,
        check=True,
    )
    assert_visible(done.stderr)
    assert "\n        [dhcp2] Success" in done.stderr
    assert "Refused: " in done.stderr


def test_the_verbs_print_in_one_place() -> None:
    sources = (ROOT / "keaprov/cli").glob("*.py")
    direct = [path.name for path in sources if "click.echo" in path.read_text("utf-8")]
    assert direct == ["terminal.py"]
