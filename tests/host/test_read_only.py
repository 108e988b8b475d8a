"""The read-only program: it takes keaprov's own requests, and no request of anybody else's."""

from __future__ import annotations

import ast
import base64
import importlib
import json
import os
import subprocess
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import keaprov
from keaprov import files, paths, secret
from keaprov.control import read_only
from keaprov.observation import ADVISORIES, STATUS_PARTS, observe_request
from tests.host.loading import PROGRAMS, Host

ROOT = Path(__file__).parents[2]
SITE = keaprov.load_site(ROOT / "inventories/lab/site.yaml")
KEA = {"socket": paths.CONTROL_SOCKET}
HISTORY = {"active": paths.DHCP4_CONF, "directory": paths.BACKUP_DIR}
CONFIGURATIONS = {
    **KEA,
    "queries": ["config-get"],
    "files": [paths.DHCP4_CONF, paths.AGENT_CONF],
}
COUNTS = {**KEA, "ask": [{"command": "stat-lease4-get"}]}
LEASES = {**KEA, "ranges": [[0, 2**32 - 1]], "rows": False, "fresh": 5.0, "limit": 50_000}


def observe(**changes: Any) -> dict[str, Any]:
    """Return the request of an observation that the program allows, changed."""
    request = observe_request(SITE, SITE.servers[0], updates=False, secret=False)
    return {**request, "peers": [], **changes}


def problem(host: Host, name: str, request: object, digest: str = "d") -> str:
    sent = json.loads(json.dumps({"digest": digest, "name": name, "request": request}))
    return str(host.module("read_only").problem(sent, "d"))


STATUS = observe_request(
    *(SITE, SITE.servers[0]),
    updates=False,
    secret=False,
    parts=(*STATUS_PARTS, ADVISORIES),
    ask=["stat-lease4-get"],
    verify=True,
)


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("observe", STATUS),
        ("observe", observe()),
        ("command", CONFIGURATIONS),
        ("command", COUNTS),
        ("history", HISTORY),
        ("leases", LEASES),
        ("leases", {**KEA, "ranges": [[1, 1], [5, 9]], "rows": True}),
    ],
)
def test_what_keaprov_asks_is_allowed(host: Host, name: str, request_: dict[str, Any]) -> None:
    sent = json.loads(read_only.request(name, request_))
    assert host.module("read_only").problem(sent, read_only.digest()) == ""


def test_each_part_of_an_observation_that_keaprov_asks_for_exists(host: Host) -> None:
    assert {*STATUS_PARTS, ADVISORIES} <= {*host.module("read_only").PARTS}
    assert {*host.module("read_only").CHECKS} == {*read_only.PROGRAMS}


SIGNS = STATUS["signs"]
SHADOW = "/etc/shadow"
TLS = {"trust": "trust.pem", "cert": "cert.pem", "key": "key.pem"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("parts", ["kea", "main"]),
        ("packages", ["--pipe=sh"]),
        ("packages", ["-p", SHADOW]),
        ("packages", ["a b"]),
        ("packages", ["chrony\n"]),
        ("packages", ["chrony"] * 1001),
        ("units", ["sshd"]),
        ("interfaces", ["--address=unixexec:path=sh"]),
        ("interfaces", ["../x"]),
        ("interfaces", "ens18"),
        ("files", [SHADOW]),
        ("files", [paths.DHCP4_CONF, "/root/.ssh/id_rsa"]),
        ("files", ["/etc/kea/tls/../../ssl/key.pem"]),
        ("files", ["/etc/kea/tls/../key.pem"]),
        ("files", ["/etc/kea/tls/a/../key.pem"]),
        ("files", [{"path": SHADOW}]),
        ("texts", ["/etc/*"]),
        ("texts", [paths.DHCP4_CONF]),
        ("disk", ["/root"]),
        ("key", "--output=/etc/passwd"),
        ("key", SHADOW),
        ("zone", "--address=unixexec:path=sh"),
        ("zone", "../../../root/x"),
        ("zone", "public\n"),
        ("socket", "/run/docker.sock"),
        ("running", SHADOW),
        ("dnf", {"exclude": ["*"]}),
        ("secret", {"path": SHADOW, "value": "root:x"}),
        ("repository", {"path": SHADOW, "content": "", "release": "", "mode": "0"}),
        ("signs", {**SIGNS, "log": "../../../etc/shadow"}),
        ("signs", {**SIGNS, "leases": SHADOW}),
        ("signs", {**SIGNS, "log": ".."}),
        ("signs", {**SIGNS, "packages": {"file": SHADOW, "fingerprint": "A" * 40}}),
        ("signs", {**SIGNS, "packages": {"file": paths.ISC_KEY, "fingerprint": "--x"}}),
        ("signs", {**SIGNS, "more": 1}),
        ("signs", None),
        ("certificates", {"directory": "/root", **TLS}),
        ("certificates", {"directory": paths.TLS_DIR, **TLS, "cert": "../../../shadow"}),
        ("addresses", {"own": ["localhost"], "peers": []}),
        ("addresses", {"own": [1], "peers": []}),
        ("ask", ["config-get"]),
        ("ask", ["shutdown"]),
        ("ask", [{"command": "stat-lease4-get"}]),
        ("known_pid", 7),
        ("bodies", {"unless": "", "file": "/etc/kea/kea-dhcp4.conf"}),
        ("peers", [{"name": "x", "url": "http://192.0.2.1:25/"}]),
        ("run", "token"),
        ("", 1),
        ("x" * 1000, 1),
    ],
)
def test_an_observation_of_anything_else_is_refused(host: Host, key: str, value: Any) -> None:
    words = problem(host, "observe", observe(**{key: value}))
    assert words.startswith(
        f"/usr/libexec/keaprov-read-only does not let observe have {key[:40]!r}: "
    )
    assert len(words) < 300


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("command", {**KEA, "steps": [{"do": {"command": "shutdown"}, "undo": []}]}),
        ("command", {**KEA, "queries": ["config-write"]}),
        ("command", {**KEA, "ask": [{"command": "config-set"}]}),
        ("command", {**KEA, "ask": [{"command": "stat-lease4-get", "arguments": {}}]}),
        ("command", {**KEA, "files": [SHADOW]}),
        ("command", {**KEA, "files": [paths.PASSWORD_FILE]}),
        ("command", {"socket": "/run/dbus/system_bus_socket", "queries": []}),
        ("history", {**HISTORY, "active": SHADOW}),
        ("history", {**HISTORY, "directory": "/root"}),
        ("history", {**HISTORY, "revision": "r1"}),
        ("leases", {**LEASES, "ranges": [[0, 2**32]]}),
        ("leases", {**LEASES, "ranges": [[-1, 3]]}),
        ("leases", {**LEASES, "ranges": [[3, 1]]}),
        ("leases", {**LEASES, "ranges": [["a", "b"]]}),
        ("leases", {**LEASES, "ranges": [[True, 3]]}),
        ("leases", {**LEASES, "limit": "many"}),
        ("leases", {**LEASES, "rows": 1}),
        ("leases", {**LEASES, "socket": "/run/x"}),
    ],
)
def test_so_is_any_other_request(host: Host, name: str, request_: dict[str, Any]) -> None:
    words = problem(host, name, request_)
    assert words.startswith(f"/usr/libexec/keaprov-read-only does not let {name} have ")


@pytest.mark.parametrize(
    "name", [*(set(PROGRAMS) - {*read_only.PROGRAMS}), "look_system", "os", ""]
)
def test_no_other_program_runs(host: Host, name: str) -> None:
    words = f"/usr/libexec/keaprov-read-only only reads: it does not run {name!r}"
    assert problem(host, name, {}) == words


def test_another_version_is_refused_with_what_to_do(host: Host) -> None:
    words = problem(host, "history", HISTORY, digest="another")
    assert "another version of keaprov than yours" in words
    assert "keaprov sudoers SITE --user USER --install" in words


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@cache
def loaded(name: str) -> Any:
    """Return a module of the hosts without a host: hypothesis runs a test many times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(files.path("host")))
        return importlib.import_module(name)


@settings(max_examples=40)
@given(st.sampled_from([*read_only.PROGRAMS]), st.sampled_from([*STATUS, "steps", "rows"]), JSON)
def test_any_request_is_judged_without_an_exception(name: str, key: str, value: Any) -> None:
    judge = loaded("read_only").problem
    for sent in (value, {"digest": "d", "name": value, "request": value}):
        assert judge(sent, "d")
    assert isinstance(judge({"digest": "d", "name": name, "request": {key: value}}, "d"), str)


@settings(max_examples=40)
@given(st.sampled_from([*read_only.PROGRAMS]), st.dictionaries(st.text(), JSON), st.booleans())
def test_nothing_beside_a_bad_value_makes_it_pass(
    name: str, others: dict[str, Any], first: bool
) -> None:
    bad = {"socket": "/run/x", "active": "/etc/shadow"}
    request = {**others, **bad} if first else {**bad, **others, **bad}
    assert loaded("read_only").problem({"digest": "d", "name": name, "request": request}, "d")
    inside = {**others, "file": "/etc/shadow", "fingerprint": "A" * 40}
    assert not loaded("read_only").key_of_vendor(inside)


@settings(max_examples=40)
@given(
    st.dictionaries(st.sampled_from(["password", "API-Secret", "api_key", "name", "pwd"]), JSON),
    st.sampled_from(["u:hush@h/x", "u:a/hush@h", "h/x?a=b&api_key=hush", "h/?token=a'hush&b=c"]),
)
def test_secrets_are_masked_as_keaprov_masks_them(value: Any, address: str) -> None:
    unveiled = loaded("unveiled")
    whole = {**value, "url": [f"http://{address}"]}
    assert repr(unveiled.masked(whole)) == repr(secret.masked(whole))
    assert "hush" not in repr(unveiled.masked(whole))
    assert set(unveiled.ENDINGS) == set(secret.ENDINGS)


def test_an_observation_has_no_hash_of_a_secret_and_no_private_text(host: Host) -> None:
    public, private = host.root / "public.repo", host.root / "private.repo"
    for path, mode in ((public, 0o644), (private, 0o600)):
        path.write_text("baseurl=https://u:hush@h/")
        path.chmod(mode)
    entry = {"mode": "640", "sha256": "f00"}
    report = {
        "files": {paths.PASSWORD_FILE: {**entry}, paths.DHCP4_CONF: {**entry}, "/etc/kea": None},
        "texts": {str(path): path.read_text() for path in (public, private)},
    }
    cleared = host.module("unveiled").observation(report)
    assert cleared["files"] == {
        paths.PASSWORD_FILE: {"mode": "640"},
        paths.DHCP4_CONF: entry,
        "/etc/kea": None,
    }
    assert [*cleared["texts"]] == [str(public)]


def test_a_configuration_comes_without_secrets(host: Host) -> None:
    body = {"Dhcp4": {"lease-database": {"user": "kea", "password": "hush"}, "x": 1.0}}
    text = json.dumps(body)
    report = {
        "config-get": body,
        "answers": [{"arguments": {"secret": "hush"}}],
        paths.DHCP4_CONF: text,
        paths.AGENT_CONF: f"# hush\n{text}",
    }
    packed = host.module("packing").packed(json.dumps(report))
    cleared = host.module("unveiled").configuration({"packed": packed})
    answers = json.loads(unpacked(cleared["packed"]))
    assert "hush" not in json.dumps(answers)
    masked = {"Dhcp4": {"lease-database": {"user": "kea", "password": secret.MASK}, "x": 1.0}}
    assert answers["config-get"] == masked
    assert json.loads(answers[paths.DHCP4_CONF]) == masked
    assert paths.AGENT_CONF not in answers


def unpacked(text: str) -> str:
    return zlib.decompress(base64.b64decode(text)).decode()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The program as a file that runs."""
    path = tmp_path / "keaprov-read-only"
    path.write_text(read_only.program())
    path.chmod(0o755)
    return path


def test_the_program_has_each_source_as_it_is() -> None:
    assignments = {
        node.targets[0].id: node.value
        for node in ast.parse(read_only.program(), feature_version=(3, 9)).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    sources = ast.literal_eval(assignments["SOURCES"])
    assert sources == {name: files.read(f"host/{name}.py") for name in sources}
    assert {*read_only.PROGRAMS, "read_only", "unveiled", "outcome"} <= {*sources}


def test_it_runs_with_nothing_of_its_callers(program: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("json", "sitecustomize", "read_only", "history"):
        (elsewhere / f"{name}.py").write_text("raise SystemExit('hijacked')\n")
    done = subprocess.run(
        [program],
        input=read_only.request("history", HISTORY),
        capture_output=True,
        text=True,
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(elsewhere), "PYTHONSTARTUP": "x", "PYTHONHOME": "/x"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert {*json.loads(done.stdout)} == {"kept", "packed"}


@pytest.mark.parametrize("line", ["", "x\n", "[" * 100_000, "null\n", '{"request": 3}\n'])
def test_what_is_no_request_ends_with_a_sentence(program: Path, line: str) -> None:
    done = subprocess.run([program], input=line, capture_output=True, text=True)
    assert done.stdout == ""
    assert (done.returncode, done.stderr) == (1, "it is not a request of keaprov\n")
