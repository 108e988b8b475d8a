"""Every example in README and docs is run, or compared with what keaprov prints."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from keaprov import load_site
from keaprov.cli import main
from keaprov.cli.reference import reference
from tests.deploying import ROOT, Work, ask, on
from tests.lab import lab
from tests.lab.topology import space

README = (ROOT / "README.md").read_text()
PYTHON = (ROOT / "docs/python.md").read_text()
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])


def blocks(language: str, page: str = README) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```", page)


@pytest.mark.parametrize("example", blocks("python", PYTHON))
def test_python_examples_run(example: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", example], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.lab
@pytest.mark.usefixtures("deployed")
def test_what_the_python_examples_define(work: Work) -> None:
    (work.folder / "ssh_config").write_text(lab.ssh_config())
    client = work.folder / "bin/ssh"  # ssh takes the home directory of the user, not $HOME
    client.parent.mkdir()
    client.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {work.folder}/ssh_config "$@"\n')
    client.chmod(0o755)
    environment = {**os.environ, "PATH": f"{client.parent}:{os.environ['PATH']}"}
    (troubles,) = (code for code in blocks("python", PYTHON) if "def troubles" in code)
    words = [sys.executable, "-c", f"{troubles}\nprint(troubles('site.yaml'))"]
    done = subprocess.run(words, cwd=work.folder, env=environment, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")
    (states,) = (code for code in blocks("python", PYTHON) if "def states" in code)
    password = on("dhcp1", "cat", "/etc/kea/kea-api-password").strip()
    call = f"print(*states('dhcp1', '10.60.1.67', {password!r}), sep='\\n')"
    out = f"nsenter --net=/proc/{os.getpid()}/ns/net socat STDIO TCP:%h:%p"
    (work.folder / "ssh_config").write_text(f"{lab.ssh_config()}\nHost *\n  ProxyCommand {out}\n")
    words = ["nsenter", f"--net={space('dhcp2').path}", sys.executable, "-c", f"{states}\n{call}"]
    done = subprocess.run(words, cwd=work.folder, env=environment, capture_output=True, text=True)
    by_agent, by_socket = done.stdout.splitlines()
    assert "'state': 'hot-standby'" in by_agent
    assert "'state': 'hot-standby'" in by_socket


def test_the_reference_of_the_verbs_is_what_they_say() -> None:
    assert (ROOT / "docs/cli.md").read_text() == reference()


def test_the_site_in_the_readme_is_good(tmp_path: Path) -> None:
    (site,) = blocks("yaml")
    (tmp_path / "site.yaml").write_text(site)
    (tmp_path / "reservations.csv").write_text(
        (ROOT / "inventories/example/reservations.csv").read_text()
    )
    assert load_site(tmp_path / "site.yaml").name == "labo"


def test_the_mistake_in_the_readme_is_told_as_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site,) = blocks("yaml")
    (expected,) = blocks("text")
    monkeypatch.chdir(tmp_path)
    Path("site.yaml").write_text(site.replace("10.253", "10.254"))
    Path("reservations.csv").write_text("hw-address,ip-address\n")
    done = CliRunner().invoke(main, ["check", "site.yaml"])
    assert (done.output, done.exit_code) == (expected, 1)


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) < 120


def test_every_page_is_in_the_navigation_once() -> None:
    named = re.findall(r"[\w-]+\.md$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(page.name for page in (ROOT / "docs").glob("*.md"))


def commands_of_the_docs() -> Iterator[list[str]]:
    """Yield the words of every command of keaprov in a page, but for the README's, which run."""
    for page in (ROOT / "docs").glob("*.md"):
        for line in "".join(blocks("sh", page.read_text("utf-8"))).splitlines():
            words = line.partition("#")[0].split()
            if words[:1] == ["keaprov"]:
                yield words[1:]


def test_every_command_of_the_docs_exists_with_its_options() -> None:
    commands = list(commands_of_the_docs())
    assert len(commands) > 5
    for verb, *words in commands:
        help_text = CliRunner().invoke(main, [verb, "--help"])
        assert help_text.exit_code == 0, verb
        for option in (word for word in words if word.startswith("-")):
            assert re.search(rf"{option}\b", help_text.output), (verb, option)


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    text = "\n".join(page.read_text() for page in PAGES)
    named = {"".join(pair) for pair in re.findall(r"(?m)`make ([a-z-]+)|^make ([a-z-]+)", text)}
    assert {"demo", "test"} <= named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_the_layers_are_those_that_import_linter_checks() -> None:
    (block,) = re.findall(
        r"(?ms)^layers = \[\n(.*?)^\]", (ROOT / "pyproject.toml").read_text("utf-8")
    )
    checked = [set(layer.split(" | ")) for layer in re.findall(r'"(.+)"', block)]
    page = (ROOT / "docs/architecture.md").read_text("utf-8")
    section = page.partition("\n## Layers\n")[2].partition("\n## ")[0]
    cells = re.findall(r"(?m)^\| (`.+?`) \|", section)
    assert [set(re.findall(r"`(\w+)`", cell)) for cell in cells] == checked


Fault = tuple[str, str]
"""What is injected, and the result."""


def injected_faults() -> Iterator[Fault]:
    """Yield the arguments of every ``pytest.mark.fault`` in the tests."""
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.fault":
                what, outcome = map(ast.literal_eval, node.args)
                yield str(what), str(outcome)


def faults_in_the_page() -> list[Fault]:
    """Return the first two columns of the table of faults."""
    page = (ROOT / "docs/rollout.md").read_text("utf-8")
    (table,) = re.findall(r"(?s)<!-- faults -->\n(.*?)<!-- /faults -->", page)
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    return [(row[0], row[1].removesuffix(" |").strip()) for row in rows]


def is_of(row: Fault, fault: Fault) -> bool:
    """Return whether a row is a test's; ``{}`` stands for the name of a parameter."""
    words = map(re.escape, fault[0].split("{}"))
    return row[1] == fault[1] and re.fullmatch(".+".join(words), row[0]) is not None


def test_the_table_of_faults_has_every_test_and_nothing_else() -> None:
    faults, rows = list(injected_faults()), faults_in_the_page()
    missing = [fault for fault in faults if not any(is_of(row, fault) for row in rows)]
    of_no_test = [row for row in rows if not any(is_of(row, fault) for fault in faults)]
    assert (missing, of_no_test) == ([], [])
    assert len(rows) == len(set(rows))


@pytest.mark.lab
@pytest.mark.usefixtures("deployed")
def test_the_commands_of_the_readme(work: Work) -> None:
    (work.folder / "ssh_config").write_text(lab.ssh_config())
    revision = ask("dhcp1", "config-get")["Dhcp4"]["user-context"]["keaprov"]["revision"]
    commands = [block for block in blocks("sh") if "keaprov " in block]
    ran = []
    for line in "".join(commands).splitlines():
        command, _, target = line.partition("#")[0].partition(">")
        words = command.replace("REVISION", revision).split()
        ran.append(words[1] if words[0] == "keaprov" else words[0])
        if words[0] == "pyinfra":
            assert words[1:3] == ["inventory.py", "deploy.py"]
            work.deploy(*(word for word in words[3:] if word != "-y"))
            continue
        words[0] = str(Path(sys.executable).with_name("keaprov"))
        if words[1] in ("plan", "history", "status", "diff", "drill"):
            words += ["--ssh-config", "ssh_config"]
        if words[1] == "probe":
            words = ["nsenter", f"--net={space('user').path}", *words]
        done = subprocess.run(words, cwd=work.folder, check=True, capture_output=True, text=True)
        if target:
            (work.folder / target.strip()).write_text(done.stdout)
    assert {"check", "render", "plan", "history", "status", "diff", "probe", "drill"} <= set(ran)
    assert "Last drill" in (work.folder / "pair.html").read_text()


@pytest.mark.lab
@pytest.mark.usefixtures("deployed")
def test_the_lab_commands_of_the_docs() -> None:
    text = (ROOT / "docs/lab.md").read_text()
    python = "python3 -m tests.lab"
    assert f"`{python} run user lease`" in text
    for words in (["exec", "dhcp1", "true"], ["run", "user", "lease"], ["ssh-config"], ["status"]):
        done = subprocess.run(
            [sys.executable, "-m", "tests.lab", *words], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr


def test_every_test_that_the_threat_model_names_exists() -> None:
    text = (ROOT / "docs/security.md").read_text("utf-8")
    tables = re.findall(r"(?m)^\| who \| what \|.*\n\|[-|]+\n((?:\|.*\n)+)", text)
    rows = "".join(tables).splitlines()
    assert len(rows) > 4
    for row in rows:
        names = re.findall(r"`(tests/[\w/]+\.py)((?:::\w+)*)`", row.rsplit(" | ", 1)[-1])
        assert names, row
        for file, test in names:
            inside: ast.AST = ast.parse((ROOT / file).read_text("utf-8"))
            for name in test.split("::")[1:]:
                kinds = (ast.FunctionDef, ast.ClassDef)
                defined = {
                    node.name: node
                    for node in ast.iter_child_nodes(inside)
                    if isinstance(node, kinds)
                }
                assert name in defined, (file, test)
                inside = defined[name]
