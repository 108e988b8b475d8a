"""No face of keaprov shows a secret: a marker is planted wherever one can stand, and looked for.

The places come from the schemas, so that a new key cannot be forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from keaprov import cli, drift, paths, render, report, schema, secret
from keaprov.diff import differences
from keaprov.site import check_file, load_site
from keaprov.survey import ServerConfigs
from keaprov.wanted import revision_of, wanted_body, wanted_of

MARKER = "Xyzzy.Marker-7"
BASE: dict[str, Any] = {
    "site": "labo",
    "servers": {"dhcp1": {"role": "primary", "address": "10.60.1.67", "interfaces": ["ens18"]}},
    "dhcp4": {"subnet4": [{"id": 1, "subnet": "172.20.10.0/24"}]},
}
PUBLIC = {
    "authentication", "credentials", "key-file", "key-url", "password-file", "user-file",
    "basic-auth-user", "basic-auth-password-file",
}  # fmt: skip
"""Names in the schemas that sound secret, and are not."""
Place = tuple["str | int", ...]


def properties(name: str) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield every property of a schema: its path in a document, and its schema."""
    whole = schema.schema(name)

    def walk(part: dict[str, Any], path: Place, refs: tuple[str, ...]) -> Iterator[Any]:
        ref = str(part.get("$ref", ""))
        if ref in refs:
            return
        if ref:
            inner = whole["$defs"][ref.rpartition("/")[2]]
            yield from walk(
                {**inner, **{k: v for k, v in part.items() if k != "$ref"}}, path, (*refs, ref)
            )
            return
        for key, inner in part.get("properties", {}).items():
            yield (*path, key), inner
            yield from walk(inner, (*path, key), refs)
        if isinstance(part.get("items"), dict):
            yield from walk(part["items"], (*path, 0), refs)
        if isinstance(part.get("additionalProperties"), dict):
            yield from walk(part["additionalProperties"], (*path, "dhcp1"), refs)

    yield from walk(whole, (), ())


def sounds_secret(key: str) -> bool:
    parts = ("pass", "secret", "token", "credential", "auth", "key")
    return any(part in key for part in parts)


@pytest.mark.parametrize("name", ["site", "dhcp4", "ctrl-agent", "ha"])
def test_the_schemas_and_the_mechanism_agree_on_what_is_secret(name: str) -> None:
    for path, part in properties(name):
        key = str(path[-1])
        assert secret.is_secret(key) is part.get("writeOnly", False), path
        if sounds_secret(key) and not secret.is_secret(key):
            assert key in PUBLIC | {"authoritative"}, path


def places() -> Iterator[Place]:
    """Yield the paths in a site file at which a secret can stand."""
    for path, _ in properties("site"):
        if secret.is_secret(path[-1]):
            yield path
    for path, _ in properties("dhcp4"):
        if secret.is_secret(path[-1]):
            yield ("dhcp4", *path)
    hook: Place = ("dhcp4", "hooks-libraries", 0, "parameters")
    yield from (
        (*hook, "servers", 0, "secret"),
        (*hook, "high-availability", 0, "basic-auth-password"),
    )
    yield from (("failover", "basic-auth-password"), ("dhcp4", "user-context", "api-token"))


PLACES = list(places())
URLS = [path for path, _ in properties("site") if "url" in str(path[-1])]


def put(document: Any, path: Place, value: Any) -> Any:
    """Return a document with a value at a path."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        return [put({}, rest, value)]
    inner = document if isinstance(document, dict) else {}
    return {**inner, step: put(inner.get(step), rest, value)}


SHAPES = {
    "the value": MARKER,
    "quotes and backslashes": f"{MARKER}\"'\\n",
    "a list": [MARKER],
    "a map": {"plain": MARKER},
    "a key": {MARKER: None},
    "too much": {"env": "NAME", "plain": MARKER},
    "long": "x" * 50 + MARKER,
    "two lines": f"x\n{MARKER}\ny",
}


def faces(path: Path) -> Iterator[str]:
    """Yield everything that keaprov prints about a file, or returns to print."""
    checked = check_file(path)
    yield "\n".join(map(str, checked.problems))
    for write in report.FORMATS.values():
        yield write(checked.problems, checked.sources)
    if checked.site is not None:
        yield CliRunner().invoke(cli.main, ["render", str(path)]).output


def clean(path: Path) -> None:
    for text in faces(path):
        assert MARKER not in text
        assert "Xyzzy" not in text


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
@pytest.mark.parametrize("suffix", [".yaml", ".json"])
def test_nothing_shows_a_secret_whatever_its_shape(
    place: Place, suffix: str, tmp_path: Path
) -> None:
    for shape in SHAPES.values():
        path = tmp_path / f"site{suffix}"
        path.write_text(json.dumps(put(BASE, place, shape), indent=1))
        clean(path)
        around = put(BASE, place[:-1], [{str(place[-1]): shape}])
        path.write_text(json.dumps(around))
        clean(path)


@pytest.mark.parametrize("key", ["pasword", "passwort", "passwrod", "pwd"])
def test_a_misspelt_key_shows_no_secret(key: str, tmp_path: Path) -> None:
    path = tmp_path / "site.json"
    database = {"type": "postgresql", key: MARKER}
    path.write_text(json.dumps(BASE | {"dhcp4": {"hosts-database": database}}))
    checked = check_file(path)
    assert any(key in problem.message for problem in checked.problems)
    for form in report.FORMATS.values():
        assert MARKER not in form(checked.problems, checked.sources)


@pytest.mark.parametrize(
    ("place", "key"),
    [
        (("dhcp4", "hosts-database"), "passwor-d"),
        (("dhcp4", "hosts-database"), "Pass-word"),
        (("control-agent",), "pass"),
        (("failover",), "basic-auth-passwo-rd"),
    ],
)
@pytest.mark.parametrize("suffix", [".yaml", ".json"])
def test_a_key_that_may_be_meant_as_a_secret_shows_no_value(
    place: Place, key: str, suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"site{suffix}"
    for shape in SHAPES.values():
        document = put(BASE, (*place, key), shape)
        for indent in (None, 1):
            path.write_text(json.dumps(document, indent=indent))
            assert any(key in problem.message for problem in check_file(path).problems)
            clean(path)


def test_a_short_secret_leaves_the_words_around_it(tmp_path: Path) -> None:
    path = tmp_path / "site.json"
    database = {"type": "postgresql", "password": "y", "passwd": "n"}
    path.write_text(json.dumps(BASE | {"dhcp4": {"hosts-database": database}}))
    messages = [problem.message for problem in check_file(path).problems]
    assert "unknown key 'passwd'" in messages


@pytest.mark.parametrize("place", URLS, ids=lambda place: ".".join(map(str, place)))
@pytest.mark.parametrize("url", [f"https://u:{MARKER}@h/x y", f"https://{MARKER}@h/x"])
def test_no_url_shows_its_password(place: Place, url: str, tmp_path: Path) -> None:
    path = tmp_path / "site.json"
    path.write_text(json.dumps(put(BASE, place, url)))
    clean(path)


def test_a_url_used_as_a_key_shows_no_password(tmp_path: Path) -> None:
    path = tmp_path / "site.json"
    path.write_text(json.dumps({**BASE, f"http://admin:{MARKER}@host/": 1}))
    clean(path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.conf", '{"Dhcp4": {"lease-database": {"type": "mysql", "password" "MARKER"}}}'),
        ("a.conf", '{"Dhcp4": {"lease-database": {"password": "MARKER" "x"}}}'),
        ("a.conf", '{"Dhcp4": {"lease-database": {"password": MARKER}}}'),
        ("a.conf", '{"Dhcp4": {"lease-database": {"pass\\u0077ord": "MARKER"}}, "x": MARKER}'),
        ("a.conf", '{"Dhcp4": {"lease-database": {"type": "mysql",\n"password":\n"MARKER", 5}}}'),
        ("a.conf", '{"Control-agent": {"authentication": {"clients": [{"password": [MARKER]}]}}}'),
        ("a.yaml", "password: *MARKER"),
        ("a.yaml", "password: !MARKER x"),
        ("a.yaml", "password: MARKER\n  more: : x"),
        ("a.yaml", "control-agent: {password: MARKER"),
        ("a.yaml", "dhcp4:\n  lease-database:\n    password: |\n      MARKER\n   x: 1"),
        ("a.yaml", "dhcp4:\n  lease-database:\n    password: >\n\n      MARKER\n    nix: 1"),
        ("a.yaml", 'password: "one\n  MARKER\n'),
        ("a.yaml", "x: &here MARKER\ncontrol-agent: {password: *here}"),
        ("a.yaml", "password: MARKER\npassword: MARKER\n"),
    ],
)  # fmt: skip
def test_nor_does_a_file_that_cannot_be_read(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text.replace("MARKER", MARKER))
    assert check_file(path).problems
    clean(path)


def test_a_reference_to_a_secret_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text("control-agent: {password: {env: NAME}}\nfailover: {nix: 1}\n")
    checked = check_file(path)
    assert "password: {env: NAME}" in checked.sources[str(path)]


def site_with(place: Place, value: str, tmp_path: Path) -> Path:
    path = tmp_path / "site.json"
    path.write_text(json.dumps(put(BASE, place, value)))
    return path


GOOD: list[Place] = [
    ("dhcp4", "lease-database", "password"),
    ("dhcp4", "hooks-libraries", 0, "parameters", "servers", 0, "secret"),
    ("dhcp4", "user-context", "api-token"),
]


def good_site(place: Place, tmp_path: Path) -> Path:
    document = put(BASE, place, MARKER)
    if place[1] == "lease-database":
        document["dhcp4"]["lease-database"] |= {"type": "memfile"}
    if place[1] == "hooks-libraries":
        document["dhcp4"]["hooks-libraries"][0]["library"] = "libdhcp_radius.so"
    path = tmp_path / "site.json"
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize("place", GOOD, ids=lambda place: str(place[-1]))
def test_rendered_files_are_for_their_owner_alone(place: Place, tmp_path: Path) -> None:
    path, out = good_site(place, tmp_path), tmp_path / "out"
    shown = CliRunner().invoke(cli.main, ["render", str(path)])
    assert shown.exit_code == 0, shown.output
    assert MARKER not in shown.output
    done = CliRunner().invoke(cli.main, ["render", str(path), "--out", str(out)])
    assert "warning" not in done.output
    file = out / "dhcp1/kea-dhcp4.conf"
    assert MARKER in file.read_text()
    assert [path.stat().st_mode & 0o777 for path in (file, out, out / "dhcp1")] == [
        0o600,
        0o700,
        0o700,
    ]


def test_a_file_that_others_could_read_is_reported(tmp_path: Path) -> None:
    path, out = good_site(GOOD[0], tmp_path), tmp_path / "out"
    file = out / "dhcp1/kea-dhcp4.conf"
    file.parent.mkdir(parents=True)
    out.chmod(0o755)
    file.write_text("old")
    file.chmod(0o644)
    done = CliRunner().invoke(cli.main, ["render", str(path), "--out", str(out)])
    assert f"warning: {out} is readable by everybody" in done.output
    assert f"warning: {file} is readable by everybody; its secrets may be known" in done.output
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("place", GOOD, ids=lambda place: str(place[-1]))
@pytest.mark.parametrize("peer", ["", "basic-auth-password"])
def test_no_difference_shows_a_secret(place: Place, peer: str, tmp_path: Path) -> None:
    site = load_site(good_site(place, tmp_path))
    running = {"lease-database": {"type": "mysql", "password": "other"}, peer: MARKER}
    configs: Any = SimpleNamespace(observed=None, running=running, file=running, agent=None)
    drifts = list(drift.drifts(site, {"dhcp1": configs}))
    assert drifts
    for each in drifts:
        parts = [
            drift.shown(each.difference.path, value)
            for value in (each.difference.wanted, each.difference.actual)
        ]
        assert MARKER not in " ".join([str(each), *parts])
    assert any(differences(site.dhcp4, running))


def test_the_commands_print_what_the_reports_say(tmp_path: Path) -> None:
    path = good_site(GOOD[0], tmp_path)
    for form in report.FORMATS:
        done = CliRunner().invoke(cli.main, ["check", str(path), "--format", form])
        assert "KP901" in done.output
        assert MARKER not in done.output


DATABASES: list[Place] = [
    ("lease-database",),
    ("hosts-database",),
    ("hosts-databases", 0),
    ("config-control", "config-databases", 0),
]


@pytest.fixture(params=DATABASES, ids=lambda place: str(place[0]))
def database_site(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a site whose database has the password of the environment variable DATABASE."""
    database = {"type": "postgresql", "name": "kea", "password": {"env": "DATABASE"}}
    document = put(BASE, ("dhcp4", *request.param), database)
    document["dhcp4"]["hooks-libraries"] = [{"library": "libdhcp_pgsql.so"}]
    path = tmp_path / "site.json"
    path.write_text(json.dumps(document))
    return path


def test_a_database_has_its_password_in_the_pushed_file_alone(
    database_site: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE", f'{MARKER}"\\ &')
    assert check_file(database_site).problems == ()
    clean(database_site)
    site = load_site(database_site)
    assert MARKER not in repr(site)
    wanted = wanted_of(site, site.servers[0])
    assert json.dumps(f'{MARKER}"\\ &') in wanted.dhcp4[paths.DHCP4_CONF]
    body = wanted_body(wanted)
    assert body["user-context"]["keaprov"]["revision"] == wanted.revision
    configs = ServerConfigs(None, body, {"valid-lifetime": 1}, None)  # type: ignore[arg-type]
    drifts = [str(each) for each in drift.drifts(site, {"dhcp1": configs})]
    assert drifts
    assert MARKER not in "".join(drifts)
    shown = CliRunner().invoke(cli.main, ["render", str(database_site)])
    assert '"password": "{env: DATABASE}"' in shown.output
    out = tmp_path / "out"
    assert (
        CliRunner().invoke(cli.main, ["render", str(database_site), "--out", str(out)]).exit_code
        == 0
    )
    assert (out / "dhcp1/kea-dhcp4.conf").read_text() == wanted.dhcp4[paths.DHCP4_CONF]


def test_another_password_is_another_revision(
    database_site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = load_site(database_site)
    revisions = set()
    for value in ("first", "second", "first"):
        monkeypatch.setenv("DATABASE", value)
        revisions.add(revision_of(site))
    assert len(revisions) == 2
    assert render.revision(site) not in revisions


def test_a_password_that_cannot_be_read_ends_with_words(
    database_site: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DATABASE", raising=False)
    done = CliRunner().invoke(
        cli.main, ["render", str(database_site), "--out", str(tmp_path / "out")]
    )
    assert done.exit_code == 1
    words = "Error: a database's password: the environment variable DATABASE is not set or empty\n"
    assert done.output == words


def test_the_file_of_a_password_is_relative_to_the_site(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{MARKER}\n")
    database = {"type": "memfile", "password": {"file": "secret"}}
    path = tmp_path / "site.json"
    path.write_text(json.dumps(put(BASE, ("dhcp4", "lease-database"), database)))
    site = load_site(path)
    assert wanted_body(wanted_of(site, site.servers[0]))["lease-database"]["password"] == MARKER


@pytest.mark.parametrize(
    "value",
    [{"generate": True}, {"env": "A", "file": "b"}, {"env": 5}, {"env": ""}, {"env": 'a"b'}, {}, 7],
)
def test_other_references_are_refused(value: Any, tmp_path: Path) -> None:
    path = tmp_path / "site.json"
    database = {"type": "memfile", "password": value}
    path.write_text(json.dumps(put(BASE, ("dhcp4", "lease-database"), database)))
    (problem,) = check_file(path).problems
    assert (problem.code, problem.path[-1]) == ("KP204", "password")
    assert "{env: NAME}" in problem.hint


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://mirror.example.org/isc/kea-3-0", True),
        ("http://10.0.0.1:8080/kea@3", True),
        ("https://mirror.example.org", True),
        ("https://user:secret@mirror.example.org/kea", False),
        ("https://token@mirror.example.org/kea", False),
    ],
)
@pytest.mark.parametrize("key", ["url", "key-url"])
def test_a_repository_has_no_password_in_its_url(
    key: str, url: str, good: bool, tmp_path: Path
) -> None:
    path = tmp_path / "site.json"
    path.write_text(json.dumps(put(BASE, ("kea", "repository", key), url)))
    assert [problem.code for problem in check_file(path).problems] == ([] if good else ["KP204"])
