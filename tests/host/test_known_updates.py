"""known_updates.py: dnf is asked again as soon as it might say something else."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.host.loading import Host

BASE, OTHER = "cache/base-0123456789abcdef", "cache/base-extra-0123456789abcdef"
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
    metadata = [f"{BASE}/repodata/{name}" for name in ("repomd.xml", "1-primary.xml.gz")]
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


def aged(folder: Path, age: int) -> None:
    """Let a mirror have given a repository's metadata some seconds ago."""
    then = time.time() - age
    os.utime(folder / "repodata/1-primary.xml.gz", (then, then))


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
    "the metadata is new": lambda root: longer(root / f"{BASE}/repodata/repomd.xml"),
    "the cache is empty": lambda root: (root / BASE).rename(root / "elsewhere"),
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
        ("-1", 40 * 24 * 3600, 1),
        ("0", 1, 2),
        ("soon", 1, 2),
    ],
)
def test_metadata_expires(host: Host, root: Path, lasts: str | None, age: int, number: int) -> None:
    if lasts:
        (root / "etc/base.repo").write_text(f"[base]\nmetadata_expire={lasts}\n")
    aged(root / BASE, age)
    updates(host)
    updates(host)
    assert questions(host) == number


@pytest.mark.parametrize(
    ("base", "other", "ages", "number"),
    [
        ("", "metadata_expire=300", (40 * 3600, 200), 1),
        ("", "metadata_expire=300", (40 * 3600, 400), 2),
        ("", "metadata_expire=300", (200, 49 * 3600), 2),
        ("metadata_expire=300", "", (400, 200), 2),
        ("", "metadata_expire=300\nenabled=0", (200, 49 * 3600), 1),
        ("metadata_expire=300\nenabled=1", "", (400, 200), 2),
        ("", "metadata_expire=never", (200, 90 * 24 * 3600), 1),
    ],
)
def test_each_repository_has_its_own_age(
    host: Host, root: Path, base: str, other: str, ages: tuple[int, int], number: int
) -> None:
    """Kea's repository expires in minutes, those of the system in days."""
    shutil.copytree(root / BASE, root / OTHER)
    (root / "etc/base.repo").write_text(f"[base]\n{base}\n[base-extra]\n{other}\n")
    for folder, age in zip((BASE, OTHER), ages, strict=True):
        aged(root / folder, age)
    updates(host)
    updates(host)
    assert questions(host) == number


def test_the_main_section_is_of_all_repositories(host: Host, root: Path) -> None:
    (root / "etc/dnf.conf").write_text("[base]\n[main]\nmetadata_expire=5m\n")
    (root / "etc/base.repo").unlink()
    aged(root / BASE, 200)
    updates(host)
    updates(host)
    assert questions(host) == 1
    aged(root / BASE, 400)
    updates(host)
    assert questions(host) == 2


def test_a_main_section_among_the_repositories_means_nothing(host: Host, root: Path) -> None:
    (root / "etc/base.repo").write_text("[main]\nmetadata_expire=never\n[base]\n")
    aged(root / BASE, 49 * 3600)
    updates(host)
    updates(host)
    assert questions(host) == 2


def test_metadata_that_dnf_replaces_meanwhile_has_no_age(host: Host, root: Path) -> None:
    primary = root / BASE / "repodata/1-primary.xml.gz"
    primary.unlink()
    (root / "cache/file-0123456789abcdef").write_text("")
    updates(host)
    updates(host)
    assert questions(host) == 2


def test_what_a_mirror_confirms_is_no_change(host: Host, root: Path) -> None:
    """The metadata has the time of the question if the mirror has nothing new."""
    (root / "etc/base.repo").write_text("[base]\nmetadata_expire=300\n")
    primary = f"{root}/{BASE}/repodata/1-primary.xml.gz"
    aged(root / BASE, 400)
    host.command("dnf", f"touch {primary}; echo bash.x86_64 5.1-1 base; exit 100")
    for _ in range(3):
        assert updates(host) == ["bash 5.1-1"]
    assert questions(host) == 1


@pytest.mark.parametrize(
    "line", ["[main]\nreposdir=/srv", "[main]\ncachedir=/srv", "[kea-$releasever]", "[new]"]
)
def test_what_cannot_be_told_is_not_remembered(host: Host, root: Path, line: str) -> None:
    """A repository that was never read is one of them: dnf tries it each time."""
    (root / "etc/dnf.conf").write_text(f"{line}\n")
    updates(host)
    updates(host)
    assert questions(host) == 2


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
