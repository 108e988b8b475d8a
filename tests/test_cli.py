"""The command: what it prints, where, and its exit codes."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from email.message import Message
from importlib.metadata import entry_points
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner, Result

import keaprov
from keaprov import report
from keaprov.cli import VERBS, main
from keaprov.cli.plan import _print_leases
from keaprov.errors import Mark, Problem
from keaprov.impact import Answer, Impact, Kind, Question
from keaprov.lint import page
from keaprov.schema import sample, schema
from tests.deploying import ROOT

EXAMPLE = ROOT / "inventories/example/site.yaml"
BAD = """\
site: labo
servers:
  dhcp1: {role: primary, address: 10.60.1.67, interfaces: [ens18]}
dhcp4:
  renew-timer: 10
  rebind-timer: 9
  subnet4:
    - {id: 1, subnet: 10.0.0.0/33}
"""


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.yaml"
    path.write_text(BAD)
    return path


def test_the_example_has_no_problems() -> None:
    done = run("check", EXAMPLE)
    assert (done.exit_code, done.output) == (0, "no problems\n")


def test_problems_are_shown_with_their_line_and_a_caret(bad: Path) -> None:
    done = run("check", bad)
    assert done.exit_code == 1
    assert (
        done.output
        == f"""\
{bad}:6:17: warning KP601 dhcp4.rebind-timer: renew-timer 10 is not less than rebind-timer 9
    6 |   rebind-timer: 9
      |                 ^
    Choose renew-timer < rebind-timer < valid-lifetime, as 900, 1800 and 3600.
{bad}:8:23: error KP402 dhcp4.subnet4[0].subnet: '10.0.0.0/33' is not an IPv4 prefix
    8 |     - {{id: 1, subnet: 10.0.0.0/33}}
      |                       ^
    Write it as 172.20.10.0/24.
1 error, 1 warning
"""
    )


def test_a_warning_fails_a_strict_check_only(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(BAD.replace("/33", "/24"))
    assert run("check", path).exit_code == 0
    assert run("check", "--strict", path).exit_code == 1


def test_json(bad: Path) -> None:
    problems = json.loads(run("check", "--format", "json", bad).output)
    assert problems[1] == {
        "file": str(bad),
        "line": 8,
        "column": 23,
        "severity": "error",
        "code": "KP402",
        "path": "dhcp4.subnet4[0].subnet",
        "message": "'10.0.0.0/33' is not an IPv4 prefix",
        "hint": "Write it as 172.20.10.0/24.",
    }


def test_sarif(bad: Path) -> None:
    log = json.loads(run("check", "--format", "sarif", bad).output)
    (run_,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert [result["ruleId"] for result in run_["results"]] == ["KP601", "KP402"]
    place = run_["results"][1]["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 8, "startColumn": 23}


@pytest.mark.parametrize(
    ("name", "uri"),
    [("<stdin>", "%3Cstdin%3E"), ("a b/site.yaml", "a%20b/site.yaml"), ("a:b", "a%3Ab"),
     ("//x", ".///x"), ("../x#1%2", "../x%231%252")],
)  # fmt: skip
def test_the_uri_of_a_file(name: str, uri: str) -> None:
    problem = Problem("KP101", "empty", Mark(name, 1, 1), hint="Write one.")
    (result,) = json.loads(report.sarif([problem], {}))["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri
    assert result["message"]["text"] == "empty. Write one."


def test_a_file_that_may_not_be_read_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not keep the other files from being checked."""
    (tmp_path / "site.yaml").write_text(BAD)
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    result = run("check", tmp_path / "none.yaml", tmp_path / "site.yaml")
    assert (result.exit_code, "KP101" in result.output, "KP402" in result.output) == (1, True, True)


def test_standard_input_is_not_compared_with_git() -> None:
    result = run("check", "--against", "git:HEAD", "-")
    assert (result.exit_code, "compares a file in git, not standard input" in result.output) == (
        2,
        True,
    )


def test_sarif_explains_its_rules(bad: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rules() -> dict[str, Any]:
        (log,) = json.loads(run("check", "--format", "sarif", bad).output)["runs"]
        return {rule["id"]: rule for rule in log["tool"]["driver"]["rules"]}

    rule = rules()["KP402"]
    assert rule["shortDescription"]["text"] == page.explanations()["KP402"].short
    assert rule["help"]["markdown"].startswith(rule["shortDescription"]["text"])
    published = Message()
    published["Project-URL"] = "Documentation, https://docs.example.org/keaprov/"
    monkeypatch.setattr(report, "metadata", lambda name: published)
    assert rules()["KP402"]["helpUri"] == "https://docs.example.org/keaprov/lint/#kp402-error"


def test_every_code_is_explained_on_the_page() -> None:
    text = page.page()
    headings = {
        re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")
        for heading in re.findall(r"(?m)^##+ (.*)$", text)
    }
    for code, words in page.explanations().items():
        assert words.short in text, code
        assert words.anchor in headings, code


def test_github(bad: Path) -> None:
    lines = run("check", "--format", "github", bad).output.splitlines()
    assert lines[1].startswith(f"::error file={bad},line=8,col=23,title=KP402::dhcp4.subnet4[0]")


def test_several_files_at_once(bad: Path) -> None:
    done = run("check", bad, EXAMPLE, bad.parent / "none.yaml")
    assert done.exit_code == 1
    assert "KP402" in done.output
    assert "No such file" in done.output


def test_wrong_usage_is_exit_2() -> None:
    assert run("check").exit_code == 2
    assert run("check", "--format", "xml", EXAMPLE).exit_code == 2
    assert run("render", EXAMPLE, "--server", "dhcp3").exit_code == 2


def test_init_writes_what_check_accepts_and_overwrites_nothing(tmp_path: Path) -> None:
    new = tmp_path / "new"
    assert run("init", new).exit_code == 0
    assert run("check", new / "site.yaml").output == "no problems\n"
    (new / "site.yaml").write_text("mine")
    done = run("init", new)
    assert done.exit_code == 1
    assert "site.yaml" in done.output
    assert (new / "site.yaml").read_text() == "mine"


def test_init_writes_the_example(tmp_path: Path) -> None:
    assert run("init", tmp_path).exit_code == 0
    for name in ("site.yaml", "inventory.py", "deploy.py", "reservations.csv"):
        assert (tmp_path / name).read_text() == (ROOT / "inventories/example" / name).read_text()


def test_the_reference_is_made_from_the_schema() -> None:
    assert (ROOT / "docs/site.md").read_text() == sample.page()


def test_render_writes_each_servers_files(tmp_path: Path) -> None:
    assert run("render", EXAMPLE, "--out", tmp_path).exit_code == 0
    made = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.conf"))
    assert made == ["dhcp1/kea-dhcp4.conf", "dhcp2/kea-dhcp4.conf"]
    first = (tmp_path / "dhcp1/kea-dhcp4.conf").read_bytes()
    assert run("render", EXAMPLE, "--out", tmp_path).exit_code == 0
    assert (tmp_path / "dhcp1/kea-dhcp4.conf").read_bytes() == first


def test_render_of_one_server_to_the_terminal() -> None:
    done = run("render", EXAMPLE, "--server", "dhcp2")
    assert '"this-server-name": "dhcp2"' in done.output
    assert "dhcp1/kea" not in done.output


def test_check_reads_standard_input(bad: Path) -> None:
    done = CliRunner().invoke(main, ["check", "-"], input=bad.read_bytes())
    assert done.exit_code == 1
    assert done.output.startswith("<stdin>:6:17: warning KP601")


@pytest.mark.parametrize("verb", [["render"], ["plan"], ["status"], ["diff"]])
def test_keas_own_file_is_no_site(tmp_path: Path, verb: list[str]) -> None:
    path = tmp_path / "kea-dhcp4.conf"
    path.write_text('{"Dhcp4": {}}')
    done = run(*verb, path)
    assert done.exit_code == 2
    assert "not a site file" in done.output
    with pytest.raises(keaprov.SiteError, match="KP207"):
        keaprov.load_site(path)


def test_render_refuses_a_site_with_errors(bad: Path) -> None:
    done = run("render", bad)
    assert done.exit_code == 1
    assert "KP402" in done.output


@pytest.mark.parametrize("name", ["site", "dhcp4", "ctrl-agent"])
def test_schemas_are_schemas(name: str) -> None:
    from jsonschema import Draft202012Validator

    printed = json.loads(run("schema", name).output)
    assert printed == schema(name, ""), "with the keys of every series"
    Draft202012Validator.check_schema(printed)


def test_every_key_of_the_site_file_has_a_description_and_an_example() -> None:
    def keys(node: dict[str, object], path: str) -> None:
        properties = node.get("properties", {})
        assert isinstance(properties, dict)
        for key, inner in properties.items():
            if inner.get("$ref") == "#/$defs/owned":
                continue
            assert inner.get("description"), path + key
            assert "examples" in inner or inner.get("type") == "object", path + key
            keys(inner, f"{path}{key}.")
        if isinstance(node.get("additionalProperties"), dict):
            keys(node["additionalProperties"], f"{path}NAME.")  # type: ignore[arg-type]

    keys(schema("site"), "")


def examples(verb: str) -> list[list[str]]:
    block = run(verb, "--help").output.partition("Examples:\n")[2].partition("\n\n")[0]
    return [shlex.split(line) for line in block.splitlines()]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_examples_that_it_understands(verb: str) -> None:
    assert examples(verb)
    for program, name, *words in examples(verb):
        assert (program, name) == ("keaprov", verb)
        top = click.Context(main, info_name="keaprov")
        command = main.get_command(top, verb)
        assert command is not None
        context = click.Context(command, parent=top, info_name=verb)
        command.make_parser(context).parse_args(words)


def test_the_shell_completes_verbs() -> None:
    program = Path(sys.executable).with_name("keaprov")

    def output(instruction: str, **more: str) -> str:
        shell = {**os.environ, "_KEAPROV_COMPLETE": instruction, **more}
        done = subprocess.run([program], env=shell, capture_output=True, text=True, check=True)
        return done.stdout

    assert "_KEAPROV_COMPLETE=bash_complete" in output("bash_source")
    verbs = output("bash_complete", COMP_WORDS="keaprov re", COMP_CWORD="1").split()
    assert verbs == ["plain,render", "plain,retire"]


def test_the_hook_for_pre_commit_runs_the_command() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    program, verb = hook["entry"].split()
    assert entry_points(group="console_scripts", name=program)
    assert verb in VERBS
    assert all(re.search(hook["files"], f"a/{name}") for name in ("site.yaml", "kea-dhcp4.conf"))
    assert not re.search(hook["files"], "a/website.yaml")
    assert f"id: {hook['id']}" in (ROOT / "docs/operate.md").read_text()


def test_the_command_is_installed() -> None:
    program = Path(sys.executable).with_name("keaprov")
    done = subprocess.run([program, "check", EXAMPLE], capture_output=True, text=True, check=True)
    assert done.stdout == "no problems\n"


LOSS = Answer(Question(Kind.REMOVED, "subnet 10 (172.20.10.0/24)", "removed"), 2)


@pytest.mark.parametrize(
    ("impact", "refused", "lines"),
    [
        (Impact(), False, []),
        (
            Impact((LOSS,), "dhcp1"),
            True,
            [
                "  active leases, as dhcp1 counts:",
                "    subnet 10 (172.20.10.0/24): removed: 2 active leases lose their address",
                "  a deploy refuses: 2 active leases lose their address. Correct the site file, or "
                "accept it by name: pyinfra INVENTORY deploy.py --data accept=r1:2. Nothing has "
                "changed yet",
            ],
        ),
    ],
)
def test_plan_says_what_a_change_costs(
    capsys: pytest.CaptureFixture[str], impact: Impact, refused: bool, lines: list[str]
) -> None:
    view = SimpleNamespace(wanted=SimpleNamespace(revision="r1"))
    conductor: Any = SimpleNamespace(touched=lambda: impact, views={"dhcp1": view})
    assert (
        _print_leases(keaprov.load_site(ROOT / "inventories/lab/site.yaml"), conductor) is refused
    )
    assert capsys.readouterr().out.splitlines() == lines


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("hush-hush", "--sudo-password takes ask, env:NAME or file:PATH: not a password"),
        ("env:", "--sudo-password takes ask, env:NAME or file:PATH: not a password"),
        ("env:KEAPROV_NONE", "the environment variable KEAPROV_NONE is not set or empty"),
        ("file:/none/x", "cannot read the file /none/x: No such file or directory"),
    ],
)
def test_a_password_for_sudo_comes_from_elsewhere(where: str, words: str) -> None:
    done = run("status", EXAMPLE, "--sudo-password", where)
    assert done.exit_code == 2
    assert words in " ".join(done.output.split())
    assert "hush" not in done.output
