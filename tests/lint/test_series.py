"""The series of Kea that a site wants: each problem has its line and its cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from keaprov import series
from keaprov.model import Repository
from keaprov.site import check_file

SITE = """site: labo
servers:
  dhcp1: {{address: 10.0.0.1, interfaces: [ens18]}}
dhcp4: {{subnet4: [{{id: 10, subnet: 172.20.10.0/24}}]}}
kea:
  series: "{series}"
  {more}
{agent}
"""
KEY = "repository: {fingerprint: " + "AB" * 20 + "}"


def problems(folder: Path, series: str, more: str = "", agent: str = "") -> set[tuple[str, int]]:
    """Return the codes and lines of the problems of a site."""
    path = folder / "site.yaml"
    path.write_text(SITE.format(series=series, more=more, agent=agent))
    return {(problem.code, problem.mark.line) for problem in check_file(path).problems}


@pytest.mark.parametrize(
    ("name", "more", "agent", "wanted"),
    [
        ("3.0", "", "", set()),
        ("3.0", "version: 3.0.4", "control-agent: {}", set()),
        ("3.0", "version: 3.0.4-isc20260729.el9", "", set()),
        ("3.0", "version: 3.2.0", "", {("KP332", 7)}),
        ("9.9", "", "control-agent: {}", {("KP331", 6)}),
        ("3.2", "version: 3.0.4", "", {("KP332", 7), ("KP333", 6), ("KP335", 6)}),
        ("3.2", KEY, "control-agent: {}", {("KP334", 8), ("KP335", 6)}),
        ("3.2", KEY, "", {("KP335", 6)}),
    ],
)
def test_series(
    tmp_path: Path, name: str, more: str, agent: str, wanted: set[tuple[str, int]]
) -> None:
    assert problems(tmp_path, name, more, agent) == wanted


def test_the_table() -> None:
    known = series.known()
    assert not known[series.DEFAULT].not_yet
    assert known[series.DEFAULT].fingerprint
    for name, entry in known.items():
        assert entry.slug == f"kea-{name.replace('.', '-')}"
        assert len(entry.fingerprint) in (0, 40)


def test_no_series_is_signed_by_the_key_of_another() -> None:
    """With an unknown key nothing can be deployed; the key of 3.0 is not taken for it."""
    assert Repository.of_series("3.2").fingerprint == ""
    assert Repository.of_series("3.0").url.endswith("/kea-3-0")
