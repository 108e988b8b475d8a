"""docs/messages.md has every message that the source makes, with what to do."""

from __future__ import annotations

import pytest

from keaprov.ha.situation import Situation
from keaprov.health import meanings
from tests.deploying import ROOT
from tools.messages import SECTIONS, page
from tools.pages import PAGES

PAGE = page()


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_what_its_source_says(name: str) -> None:
    assert (ROOT / name).read_text("utf-8") == PAGES[name](), "run make pages"


def test_every_situation_is_there() -> None:
    assert [each.value for each in Situation if f"\n| {each.value} | " not in PAGE] == []


def test_every_state_is_there_with_what_to_do() -> None:
    for each in meanings.MEANINGS.values():
        assert f"| {each.words} | {each.next} | {each.do} |" in PAGE


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.title)
def test_every_section_has_messages(section: object) -> None:
    title = getattr(section, "title", "")
    rows = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0].count("\n| ")
    assert rows >= 2 + 2, title


@pytest.mark.parametrize(
    "row",
    [
        # a text and its cure, each in a variable of its own
        "| the clocks are … s apart | Check chrony on both hosts (chronyc tracking) |",
        # a text whose cure is a constant of another module
        "| closed | the pair is terminated | Remove the cause, then run the deploy: it brings",
        # a text that comes from a function
        "| rolling restart | …; … | One server after the other: … |",
        # one text in two variants
        "| kea-dhcp4 ended unexpectedly | Run the deploy |",
        "| kea-dhcp4 ended unexpectedly; its last words: … | Run the deploy |",
        # a yielded sentence whose cure is its second sentence
        "| dnf is locked by … | Wait until it has ended, or end it |",
    ],
)
def test_messages_are_collected_whole(row: str) -> None:
    assert f"\n{row}" in PAGE


def test_only_steps_that_refuse_or_wait_are_messages() -> None:
    assert "Kea tests the new configuration on every server" not in PAGE
    assert "had its turn and needs it again" in PAGE
