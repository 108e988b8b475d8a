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
        ("3.0", "version: 3.0.4", "control-agent: {}", {("KP336", 8)}),
        ("3.0", "version: 3.0.4", "api: {}", set()),
        ("3.0", "version: 3.0.4-isc20260729.el9", "", set()),
        ("3.0", "version: 3.2.0", "", {("KP332", 7)}),
        ("9.9", "", "api: {}", {("KP331", 6)}),
        ("3.2", "version: 3.0.4", "", {("KP332", 7), ("KP333", 6)}),
        ("3.2", KEY, "control-agent: {}", {("KP334", 8)}),
        ("3.2", KEY, "api: {}", set()),
    ],
)
def test_series(
    tmp_path: Path, name: str, more: str, agent: str, wanted: set[tuple[str, int]]
) -> None:
    assert problems(tmp_path, name, more, agent) == wanted


def test_the_table() -> None:
    known = series.known()
    assert known[series.DEFAULT].fingerprint
    for name, entry in known.items():
        assert entry.slug == f"kea-{name.replace('.', '-')}"
        assert len(entry.fingerprint) in (0, 40)


NEW = """site: labo
servers:
  dhcp1: {address: 10.0.0.1, interfaces: [ens18]}
kea: {series: "%s", repository: {fingerprint: "%s"}}
dhcp4:
  adaptive-lease-time-threshold: 1
  subnet4:
    - id: 10
      subnet: 172.20.10.0/24
      adaptive-lease-time-threshold: 0.5
  lease-database: {type: postgresql, name: kea, ssl-mode: require}
"""


def test_keys_follow_the_series(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    for name, lines in (("3.0", [6, 10, 11]), ("3.2", [])):
        path.write_text(NEW % (name, "AB" * 20))
        unknown = [p for p in check_file(path).problems if p.code == "KP201"]
        assert [problem.mark.line for problem in unknown] == lines
        assert all("Kea 3.2 brought this key" in problem.hint for problem in unknown)
    path.write_text(path.read_text().replace("threshold: 0.5", "threshold: 1.5"))
    assert ("KP204", 10) in {(p.code, p.mark.line) for p in check_file(path).problems}


@pytest.mark.parametrize(
    ("installed", "wanted", "words"),
    [
        ("3.0", "3.0", ""),
        ("3.0", "3.2", ""),
        ("3.2", "3.0", "does not go back from Kea 3.2 to 3.0. Set kea.series"),
        ("2.6", "3.0", ""),
        ("2.6", "3.2", "an upgrade skips no series. Upgrade from Kea 2.6 to 3.0 first"),
        ("2.4", "3.0", "does not know Kea 2.4. Upgrade both servers by hand"),
        ("2.7", "3.2", "does not know Kea 2.7"),
    ],
)
def test_upgrades_between_series(installed: str, wanted: str, words: str) -> None:
    reason = series.obstacle(installed, wanted)
    assert words in reason if words else reason == ""


def test_an_upgrade_skips_no_series(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = series.known()["3.2"]
    table = {**series.known(), "3.4": entry}
    monkeypatch.setattr(series, "known", lambda: table)
    assert "Upgrade from Kea 3.0 to 3.2 first" in series.obstacle("3.0", "3.4")


def test_only_some_series_have_an_agent() -> None:
    assert series.AGENT_PACKAGE in series.packages("3.0")
    assert series.AGENT_PACKAGE not in series.packages("3.2")


def test_no_series_is_signed_by_the_key_of_another() -> None:
    """With an unknown key nothing can be deployed; the key of 3.0 is not taken for it."""
    assert Repository.of_series("3.2").fingerprint == ""
    assert str(Repository.of_series("3.0").url).endswith("/kea-3-0")
