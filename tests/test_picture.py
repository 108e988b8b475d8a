"""README's picture: a terminal as SVG, which loads nothing from elsewhere."""

from __future__ import annotations

from xml.etree import ElementTree

from tests.deploying import ROOT
from tools.picture import PICTURE, picture

SVG = "{http://www.w3.org/2000/svg}"


def lines_of(svg: str) -> list[str]:
    """Return what the terminal shows, line by line."""
    rows: dict[float, str] = {}
    for text in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        shown = "".join(text.itertext()).replace("\N{NO-BREAK SPACE}", " ")
        rows[float(text.get("y", "0"))] = rows.get(float(text.get("y", "0")), "") + shown
    return [row.strip() for _, row in sorted(rows.items())]


def test_the_picture_shows_every_line_and_loads_nothing() -> None:
    svg = picture(["$ make demo", "== The lab <1 & 2>", "  0.1 s  user: 172.20.10.130/24"])
    assert sorted(lines_of(svg)) == [
        "$ make demo",
        "0.1 s  user: 172.20.10.130/24",
        "== The lab <1 & 2>",
        "keaprov",
    ]
    assert "@font-face" not in svg
    assert "<script" not in svg


def test_readme_shows_a_healthy_pair() -> None:
    assert f"]({PICTURE})" in (ROOT / "README.md").read_text("utf-8")
    shown = lines_of((ROOT / PICTURE).read_text("utf-8"))
    assert "labo: healthy" in shown
    assert [line for line in shown if "served by dhcp2" in line]
