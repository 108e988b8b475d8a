"""look_advisories.py: what dnf 4 prints about advisories, in its own form."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.host.loading import Host

LISTED = """\
RLBA-2026:0816 bugfix         openssl-libs-1:3.0.7-28.el9.x86_64
RLSA-2026:0815 Important/Sec. openssl-libs-1:3.0.7-28.el9.x86_64
RLSA-2026:0815 Important/Sec. openssl-1:3.0.7-28.el9.x86_64
RLSA-2026:0900 Unknown/Sec.   python3-pip-wheel-21.3.1-1.el9.noarch
RLEA-2026:0817 enhancement    tzdata-2026a-1.el9.noarch
"""
INSTALLED = "openssl-libs 3.0.7-27.el9\nopenssl 3.0.7-27.el9\npackage tzdata is not installed\n"


class Dnf:
    """dnf's cache in a directory, and stand-ins for dnf and rpm."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.module = host.module("look_advisories")
        self.cache = host.root / "cache"
        self.module.CACHE = str(self.cache)

    def repository(self, name: str, at: float, *, advisories: bool = True) -> None:
        folder = self.cache / f"{name}-a3fd9f89d7d6c340/repodata"
        folder.mkdir(parents=True)
        files = ["repomd.xml", *(["edb84a12-updateinfo.xml.zst"] if advisories else [])]
        for before, file in enumerate(files):
            (folder / file).touch()
            os.utime(folder / file, (at - before, at - before))

    def advisories(self, body: str) -> dict[str, Any]:
        self.host.command("dnf", body)
        self.host.command("rpm", f"cat <<'E'\n{INSTALLED}E\nexit 1")
        return dict(self.module.advisories())


@pytest.fixture
def dnf(host: Host) -> Dnf:
    return Dnf(host)


def test_what_dnf_lists_is_read(dnf: Dnf) -> None:
    dnf.repository("base-os", 2000.0)
    dnf.repository("appstream", 1000.0)
    dnf.repository("isc-kea", 10.0, advisories=False)
    report = dnf.advisories(f"cat <<'E'\n{LISTED}E")
    versions = {"installed": "3.0.7-27.el9", "fixed": "1:3.0.7-28.el9"}
    openssl, libs = ({"name": name, **versions} for name in ("openssl", "openssl-libs"))
    pip = {"name": "python3-pip-wheel", "installed": "", "fixed": "21.3.1-1.el9"}
    tzdata = {"name": "tzdata", "installed": "", "fixed": "2026a-1.el9"}
    assert report == {
        "repositories": ["appstream", "base-os"],
        "as_of": 1000.0,
        "pending": [
            {"id": "RLSA-2026:0815", "kind": "Important/Sec.", "packages": [libs, openssl]},
            {"id": "RLSA-2026:0900", "kind": "Unknown/Sec.", "packages": [pip]},
            {"id": "RLBA-2026:0816", "kind": "bugfix", "packages": [libs]},
            {"id": "RLEA-2026:0817", "kind": "enhancement", "packages": [tzdata]},
        ],
        "number": 4,
        "security": 2,
        "error": None,
    }
    assert dnf.host.calls()[0] == "dnf -q -C --setopt=exit_on_lock=True updateinfo list"


def test_no_repository_offers_advisories(dnf: Dnf) -> None:
    dnf.repository("isc-kea", 10.0, advisories=False)
    report = dnf.advisories("echo 'it is not asked' >&2; exit 1")
    assert (report["repositories"], report["as_of"], report["error"]) == ([], 0.0, None)
    assert (report["pending"], report["number"]) == ([], 0)
    assert not any("dnf" in call for call in dnf.host.calls())


def test_a_long_list_is_cut_and_counted(dnf: Dnf) -> None:
    body = 'for n in $(seq 80); do echo "RLBA-$n bugfix a-1-$n.noarch"; done\n'
    dnf.repository("base-os", 2000.0)
    report = dnf.advisories(body + "echo 'RLSA-1 Low/Sec. a-1-81.noarch'")
    assert (len(report["pending"]), report["number"], report["security"]) == (50, 81, 1)
    assert report["pending"][0]["id"] == "RLSA-1"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("echo 'Error: Cache-only enabled but no cache for x' >&2; exit 1", "Cache-only enabled"),
        ("echo 'Name Type Severity Package Issued'", "Name Type Severity"),
        ("echo 'https://user:secret@mirror is away' >&2; exit 1", "https://(secret)@mirror"),
    ],
)
def test_why_dnf_cannot_tell(dnf: Dnf, body: str, words: str) -> None:
    dnf.repository("base-os", 2000.0)
    report = dnf.advisories(body)
    assert words in report["error"]
    assert report["pending"] == []
