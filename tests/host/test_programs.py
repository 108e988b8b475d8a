"""Every program: Python 3.9, its own modules and the standard library; failures in one sentence."""

from __future__ import annotations

import ast
import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest

from keaprov import files
from tests.host.loading import HOST, MODULES, NAMES, PROGRAMS, PYTHON, Host

PACKING = files.read("host/packing.py").splitlines()
RETURN = 1 + next(at for at, line in enumerate(PACKING) if line.startswith("    return"))


@pytest.mark.parametrize("name", NAMES)
def test_parses_as_python_3_9_and_needs_the_standard_library_and_siblings_only(name: str) -> None:
    allowed = {*sys.stdlib_module_names, *MODULES}
    tree = ast.parse(files.read(f"host/{name}.py"), feature_version=(3, 9))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert all(alias.name.split(".")[0] in allowed for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] in allowed


@pytest.mark.parametrize("name", NAMES)
def test_every_digest_is_one_that_fips_allows(name: str) -> None:
    """On a host in FIPS mode, hashlib raises ValueError for MD5 (FIPS 180-4 has the SHA family)."""
    tree = ast.parse(files.read(f"host/{name}.py"))
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "hashlib"
    }
    assert used <= {"sha256"}


def test_the_hosts_python_imports_every_module() -> None:
    code = f"import sys; sys.path.insert(0, {str(HOST)!r}); import {', '.join(NAMES)}"
    done = subprocess.run([PYTHON, "-I", "-S", "-B", "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_module_hides_one_of_the_standard_library() -> None:
    assert not {*NAMES} & {*sys.stdlib_module_names}


@pytest.mark.parametrize("name", NAMES)
def test_every_command_and_connection_has_a_deadline(name: str) -> None:
    for node in ast.walk(ast.parse(files.read(f"host/{name}.py"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called = ast.unparse(node.func)
            words = {keyword.arg for keyword in node.keywords}
            assert called != "subprocess.run" or "timeout" in words
            assert called != "socket.create_connection" or len(node.args) == 2
            assert called not in ("subprocess.Popen", "subprocess.check_output", "os.system")


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_comes_with_just_what_it_needs(name: str) -> None:
    sent = json.loads(files.program(name, {"a": 1}))
    assert sent["name"] == name
    assert sent["request"] == {"a": 1}
    imported: set[str] = set()
    for source in [*sent["modules"].values(), sent["program"]]:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                imported.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
    assert {*sent["modules"]} == imported & {*MODULES} | {"outcome"}


def ran(host: Host, program: str, request: dict[str, object]) -> subprocess.CompletedProcess[str]:
    sent = json.loads(host.payload("history", request))
    sent["program"] = program
    return subprocess.run(
        host.words("history"), input=json.dumps(sent) + "\n", capture_output=True, text=True
    )


def test_a_report_is_json_on_stdout(host: Host) -> None:
    done = ran(host, "def main(request):\n    return {'got': request['x']}\n", {"x": "é"})
    assert (done.returncode, json.loads(done.stdout), done.stderr) == (0, {"got": "é"}, "")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("open('/none/x')", "history: No such file or directory: /none/x"),
        (
            f"raise OSError({errno.EROFS}, 'Read-only file system', '/etc/kea/a')",
            "history: Read-only file system: /etc/kea/a; remount the file system writable (dmesg "
            "shows why it is not) and run keaprov again",
        ),
        (
            f"raise OSError({errno.ENOSPC}, 'No space left on device')",
            "history: No space left on device; free some space on this file system and run keaprov "
            "again",
        ),
        (
            "{}['key']",
            "history failed unexpectedly: KeyError: 'key' (line 2 of history); please report it",
        ),
        (
            "import packing; packing.packed(3)",
            "history failed unexpectedly: AttributeError: 'int' object has no attribute 'encode' "
            f"(line {RETURN} of packing); please report it",
        ),
        ("raise SystemExit('its own sentence')", "its own sentence"),
    ],
)
def test_a_failure_is_one_sentence_and_never_a_traceback(host: Host, code: str, words: str) -> None:
    done = ran(host, f"def main(request):\n    {code}\n", {})
    assert (done.returncode, done.stdout, done.stderr.strip()) == (1, "", words)


def test_a_late_command_is_reported_in_words(host: Host) -> None:
    shell = host.module("shell")
    done = shell.run("sleep", "5", timeout=0.1)
    assert (done.returncode, shell.words(done)) == (124, "sleep 5 did not end within 0.1 s")
    missing = shell.run("no-such-command")
    assert (missing.returncode, shell.words(missing)) == (
        127,
        "no-such-command is not installed on this host",
    )


@pytest.mark.parametrize(
    ("command", "seconds"),
    [
        ("dnf -y install isc-kea", 600),
        ("dnf -q update --downloadonly", 600),
        ("dnf -q check-update", 300),
        ("systemctl restart kea-dhcp4", 120),  # systemd kills what does not stop after 90 s
        ("systemctl disable --now kea-ctrl-agent", 120),
        ("systemctl show kea-dhcp4", 30),
        ("firewall-cmd --reload", 30),
    ],
)
def test_how_long_a_command_may_take(host: Host, command: str, seconds: int) -> None:
    assert host.module("shell").patience(tuple(command.split())) == seconds


def test_the_bootstrap_refuses_an_older_python_in_words() -> None:
    code = files.interpreter("lock")[4]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys;sys.version_info=(3,6,8);{code}"],
        input="{}\n",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr == "keaprov needs Enterprise Linux 9: Python 3.9 or newer\n"


def test_modules_stay_short() -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in _programs()}
    assert not {name: length for name, length in lengths.items() if length >= 300}


def _programs() -> list[Path]:
    return [files.path(f"host/{name}.py") for name in NAMES]


WORDS = "404 for https://u:Xyzzy@h/x (see http://cdn/y?z)"


@pytest.mark.parametrize(
    ("mode", "shown"),
    [
        (None, "404 for https://(secret)@h/x (see http://cdn/y?z)"),
        (0o644, "404 for https://(secret)@h/x (see http://cdn/y?z)"),
        (0o600, "404 for (secret) (see (secret))"),
    ],
)
def test_what_a_command_says_shows_no_credentials_and_no_private_address(
    mode: int | None, shown: str, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = host.module("shell")
    monkeypatch.setattr(shell, "REPOSITORIES", f"{host.root}/*.repo")
    if mode is not None:
        (host.root / "a.repo").touch(mode)
    assert shell.cleared(WORDS) == shown
    done = subprocess.CompletedProcess([], 1, "", WORDS)
    assert shell.words(done) == shown
