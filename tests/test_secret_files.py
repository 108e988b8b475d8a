"""A secret that keaprov uses is in one file alone, for those who need it, and in no other text."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from keaprov import cli, drift, paths, render, report, repository, secret
from keaprov.diff import differences
from keaprov.site import check_file, load_site
from keaprov.survey import ServerConfigs
from keaprov.wanted import revision_of, wanted_body, wanted_of
from tests.planting import BASE, MARKER, Place, clean, put

GOOD: list[Place] = [
    ("dhcp4", "lease-database", "password"),
    ("dhcp4", "hooks-libraries", 0, "parameters", "access", "servers", 0, "secret"),
    ("dhcp4", "user-context", "api-token"),
]


def good_site(place: Place, tmp_path: Path) -> Path:
    document = put(BASE, place, MARKER)
    if place[1] == "lease-database":
        document["dhcp4"]["lease-database"] |= {"type": "memfile"}
    if place[1] == "hooks-libraries":
        (hook,) = document["dhcp4"]["hooks-libraries"]
        hook["library"] = "libdhcp_radius.so"
        hook["parameters"]["access"]["servers"][0]["name"] = "192.0.2.9"
        document["dhcp4"]["hooks-libraries"].insert(0, {"library": "libdhcp_host_cache.so"})
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
    configs = ServerConfigs(None, running, running)  # type: ignore[arg-type]
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
    cleared = replace(configs, running=secret.masked(body), file=secret.masked(body), masked=True)
    assert list(drift.drifts(site, {"dhcp1": cleared})) == []
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
        ("https://user:Xyzzy@mirror.example.org/kea", False),
        ("https://Xyzzy@mirror.example.org/kea", False),
        (f"https://mirror.example.org/kea?token={MARKER}", False),
        (f"https://mirror.example.org/kea?a=b&api_key={MARKER}", False),
    ],
)
@pytest.mark.parametrize("key", ["url", "key-url"])
def test_a_repository_has_no_password_in_its_url(
    key: str, url: str, good: bool, tmp_path: Path
) -> None:
    path = tmp_path / "site.json"
    path.write_text(json.dumps(put(BASE, ("kea", "repository", key), url)))
    problems = check_file(path).problems
    assert [problem.code for problem in problems] == ([] if good else ["KP204"])
    assert good or "{env: NAME}" in problems[0].hint
    clean(path)


def test_the_address_of_a_key_may_have_a_parameter(tmp_path: Path) -> None:
    path = tmp_path / "site.json"
    for key, good in (("key-url", True), ("url", False)):
        address = "https://mirror.example.org/keys?id=7&key=kea"
        path.write_text(json.dumps(put(BASE, ("kea", "repository", key), address)))
        assert (check_file(path).problems == ()) is good


@pytest.mark.parametrize("key", ["url", "key-url"])
@pytest.mark.parametrize("value", [{"env": f"https://u:{MARKER}@h/"}, {"generate": True}, {}, 7])
def test_an_address_comes_from_one_place(key: str, value: Any, tmp_path: Path) -> None:
    path = tmp_path / "site.json"
    path.write_text(json.dumps(put(BASE, ("kea", "repository", key), value)))
    assert check_file(path).problems
    clean(path)


def test_the_address_of_the_repository_is_in_the_file_for_dnf_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPOSITORY", f"https://u:{MARKER}@h/kea")
    path = tmp_path / "site.json"
    path.write_text(json.dumps(put(BASE, ("kea", "repository", "url"), {"env": "REPOSITORY"})))
    assert check_file(path).problems == ()
    clean(path)
    site = load_site(path)
    assert MARKER in repository.text(site)
    assert MARKER not in repr([site, repository.access(site), repository.key_access(site)])
    assert MARKER not in str(wanted_of(site, site.servers[0]))
