"""known_updates.py: dnf is asked again as soon as it might say something else."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.host.loading import Host

WANTED = {"exclude": ["isc-kea*"]}


@pytest.fixture
def root(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host with rpm's database, dnf's configuration and one repository in dnf's cache."""
    known = host.module("known_updates")
    for name, place in (
        ("INSTALLED", (f"{tmp_path}/rpm", f"{tmp_path}/none")),
        ("CONFIGURED", (f"{tmp_path}/etc",)),
        ("CACHE", f"{tmp_path}/cache"),
        ("FILE", f"{tmp_path}/updates.json"),
        ("OPTIONS", (f"{tmp_path}/etc/dnf.conf", f"{tmp_path}/etc/*.repo")),
    ):
        monkeypatch.setattr(known, name, place)
    metadata = [f"cache/base-1/repodata/{name}" for name in ("repomd.xml", "1-primary.xml.gz")]
    for name in ("rpm/rpmdb.sqlite", "etc/dnf.conf", "etc/base.repo", *metadata):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("[main]\n" if name.endswith("conf") else "[base]\n")
    host.command("dnf", "echo bash.x86_64 5.1-1 base; exit 100")
    return tmp_path


def updates(host: Host, wanted: Any = WANTED) -> object:
    return host.module("look_dnf").dnf(wanted, None)["updates"]


def questions(host: Host) -> int:
    return sum(call.startswith("dnf") for call in host.calls())


def test_dnf_is_asked_once(host: Host, root: Path) -> None:
    for _ in range(3):
        assert updates(host) == ["bash 5.1-1"]
    assert questions(host) == 1
    assert (root / "updates.json").stat().st_mode & 0o777 == 0o600


def longer(path: Path) -> None:
    path.write_text(path.read_text() + "#\n")


def replaced(path: Path) -> None:
    """Put another file of the same size and time in its place."""
    new = path.with_name("new")
    new.write_text(path.read_text())
    os.utime(new, ns=(0, path.stat().st_mtime_ns))
    new.rename(path)


def reshaped(path: Path) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), "updates": None}))


def added(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


CHANGES: dict[str, Callable[[Path], object]] = {
    "a package was installed": lambda root: longer(root / "rpm/rpmdb.sqlite"),
    "rpm wrote its log": lambda root: added(root / "rpm/rpmdb.sqlite-wal", "x"),
    "a repository was changed": lambda root: longer(root / "etc/base.repo"),
    "a repository was replaced": lambda root: replaced(root / "etc/base.repo"),
    "a version was locked": lambda root: added(root / "etc/plugins/versionlock.list", "bash"),
    "the metadata is new": lambda root: longer(root / "cache/base-1/repodata/repomd.xml"),
    "the cache is empty": lambda root: (root / "cache/base-1").rename(root / "elsewhere"),
    "the mirror has to be asked": lambda root: added(root / "cache/expired_repos.json", '["a"]'),
    "what is remembered is damaged": lambda root: (root / "updates.json").write_text("{"),
    "what is remembered has another form": lambda root: reshaped(root / "updates.json"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_dnf_is_asked_again(host: Host, root: Path, change: str) -> None:
    updates(host)
    CHANGES[change](root)
    host.command("dnf", "echo glibc.x86_64 2-1 base; exit 100")
    assert updates(host) == ["glibc 2-1"]
    assert questions(host) == 2


def test_other_packages_are_left_out(host: Host, root: Path) -> None:
    updates(host)
    updates(host, {"exclude": ["isc-kea*", "bash"]})
    assert questions(host) == 2


@pytest.mark.parametrize("name", ["rpmdb.sqlite-shm", "rpmdb.sqlite-wal"])
def test_a_query_of_rpm_changes_nothing(host: Host, root: Path, name: str) -> None:
    updates(host)
    (root / "rpm" / name).write_text("" if name.endswith("wal") else "x")
    updates(host)
    assert questions(host) == 1


@pytest.mark.parametrize(
    ("lasts", "age", "number"),
    [
        (None, 47 * 3600, 1),
        (None, 49 * 3600, 2),
        ("6h", 5 * 3600, 1),
        ("6h", 7 * 3600, 2),
        ("90m", 6000, 2),
        ("300", 200, 1),
        ("2d", 49 * 3600, 2),
        ("-1", 40 * 24 * 3600, 2),
        ("0", 1, 2),
        ("soon", 1, 2),
    ],
)
def test_metadata_expires(host: Host, root: Path, lasts: str | None, age: int, number: int) -> None:
    """``-1`` of one repository is not that of the others: they have dnf's own two days."""
    if lasts:
        (root / "etc/base.repo").write_text(f"[base]\nmetadata_expire={lasts}\n")
    then = time.time() - age
    os.utime(root / "cache/base-1/repodata/1-primary.xml.gz", (then, then))
    updates(host)
    updates(host)
    assert questions(host) == number


def test_what_changes_during_the_question_is_not_remembered(host: Host, root: Path) -> None:
    host.command("dnf", f"echo >>{root}/rpm/rpmdb.sqlite; echo bash.x86_64 5.1-1 base; exit 100")
    updates(host)
    assert not (root / "updates.json").exists()


def test_an_error_is_not_remembered(host: Host, root: Path) -> None:
    host.command("dnf", "echo no mirror >&2; exit 1")
    report = host.module("look_dnf").dnf(WANTED, None)
    assert report == {"holder": None, "updates": [], "error": "no mirror"}
    assert not (root / "updates.json").exists()


def test_a_configuration_that_cannot_be_read(host: Host, root: Path) -> None:
    (root / "etc/base.repo").write_text("metadata_expire=1\n")
    updates(host)
    updates(host)
    assert questions(host) == 2
