"""The page as a person sees it: in a real browser, on a phone's width, and on paper."""

from __future__ import annotations

import html
import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from keaprov.drill import DrillReport, Event
from keaprov.page import status_page
from tests.lab import debian
from tests.test_health import health_of

pytestmark = pytest.mark.lab

LONG = (
    "kea-dhcp4 is stopped (its host starts it again after 64 s, or if this drill is gone)",
    "hot-standby, answers clients for its primary",
)
READER = """
<!doctype html><meta charset="utf-8">
<iframe id="page" width="360" height="800" style="border: 0" srcdoc="{page}"></iframe>
<pre id="out"></pre>
<script>
const page = document.getElementById("page");
page.onload = () => {{
  const inside = page.contentDocument, root = inside.documentElement;
  const widths = [...inside.querySelectorAll(".full")].map(full => [
    full.getBoundingClientRect().width, full.firstElementChild.getBoundingClientRect().width]);
  const colour = one => page.contentWindow.getComputedStyle(inside.querySelector(one)).color;
  document.getElementById("out").textContent = JSON.stringify({{
    text: inside.body.innerText, width: root.scrollWidth, bars: widths,
    good: colour(".good"), bad: colour(".bad"), requests: performance.getEntries().length}});
}};
</script>
"""
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> str:
    return debian.browser()


def browse(chromium: str, folder: Path, *options: str) -> str:
    words = [chromium, *QUIET, f"--user-data-dir={folder / 'profile'}", *options]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_person_sees_the_pair_on_a_phone(chromium: str, tmp_path: Path) -> None:
    events = [Event(float(at), f"dhcp1: {words}") for at, words in enumerate(LONG)]
    drill = DrillReport("labo", 0.5, events, silence=12.5)
    text = status_page([replace(health_of(), unreachable={"dhcp9": "no route"})], {"labo": drill})
    (tmp_path / "reader.html").write_text(READER.format(page=html.escape(text)))
    dom = browse(chromium, tmp_path, "--dump-dom", f"file://{tmp_path}/reader.html")
    shown = re.search(r'<pre id="out">(.*?)</pre>', dom, re.DOTALL)
    assert shown, dom
    shown_page: dict[str, Any] = json.loads(html.unescape(shown[1]))
    assert shown_page["width"] <= 360, "nothing sticks out on a phone"
    assert shown_page["good"] != shown_page["bad"]
    (full, half), *rest = shown_page["bars"]
    assert half == pytest.approx(full / 2, rel=0.05), "62 of 124"
    assert all(part < 1 for _, part in rest)
    for words in (
        "labo: not healthy",
        "primary, hot-standby: serves",
        "62/124",
        "User",
        "dhcp9",
        *LONG,
    ):
        assert words in shown_page["text"]


def test_it_can_be_printed(chromium: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(status_page([health_of()]))
    paper = tmp_path / "page.pdf"
    browse(chromium, tmp_path, f"--print-to-pdf={paper}", f"file://{tmp_path}/page.html")
    assert paper.read_bytes().startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b(?!s)", paper.read_bytes())) == 1, "one sheet"
