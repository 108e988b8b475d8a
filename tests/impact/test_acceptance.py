"""What was accepted, and whether it is what would be done: each mistake has its own message."""

from __future__ import annotations

import pytest

from keaprov.impact import (
    Acceptance,
    Answer,
    Client,
    Impact,
    Kind,
    Question,
    parse_acceptances,
    refusals,
    unknown_impact,
    verdict,
)
from keaprov.impact.question import Inquiry

GONE = Question(Kind.REMOVED, "subnet 10 (172.20.10.0/24, VLAN User)", "removed")
MOVED = Question(Kind.MOVED, "subnet 40 (172.20.40.0/24)", "relay 10.0.0.1 does not lead to it")
SEEN = Question(Kind.OPTIONS, "subnet 60 (172.20.60.0/24)", "routers")
THREE = Impact((Answer(GONE, 3, (Client("172.20.10.130", "02:00", hostname="a"),)),), "dhcp1")
HARMLESS = Impact((Answer(SEEN, 100),), "dhcp1")


def refused(impact: Impact, text: str, *others: str) -> str:
    (words,) = refusals(impact, "r1", parse_acceptances(text), others)
    return words


def passes(impact: Impact, text: str, *others: str) -> bool:
    return not [*refusals(impact, "r1", parse_acceptances(text), others)]


def test_what_costs_an_address_is_refused_with_its_number_and_the_way_out() -> None:
    assert refused(THREE, "") == (
        "3 active leases lose their address (as dhcp1 counts)\n"
        "    subnet 10 (172.20.10.0/24, VLAN User): removed: 3 active leases lose their address\n"
        "        172.20.10.130 02:00 (a), and 2 more\n"
        "    Correct the site file, or accept it by name: pyinfra INVENTORY deploy.py "
        "--data accept=r1:3. Nothing has changed yet"
    )
    assert passes(HARMLESS, "")
    assert passes(Impact(), "")


def test_what_may_cost_an_address_says_so() -> None:
    impact = Impact((Answer(MOVED, 1),), "dhcp1")
    assert refused(impact, "").startswith("1 active lease may lose its address (as dhcp1 counts)\n")


@pytest.mark.parametrize("text", ["r1:3", "r1:4", "r1", "r9:1,r1:3", " r1:3 , r9:7 "])
def test_accepted_is_what_was_named_and_no_more(text: str) -> None:
    assert passes(THREE, text, "r9")


@pytest.mark.parametrize(
    ("impact", "text", "words"),
    [
        (THREE, "r2:3", "accept=r2 names another revision: this deploy brings r1. keaprov plan"),
        (HARMLESS, "r2:3", "accept=r2 names another revision: this deploy brings r1"),
        (THREE, "yes", "accept=yes names another revision: this deploy brings r1"),
        (THREE, "r1:2", "the change has grown since it was accepted: 3 active leases lose"),
        (THREE, "r1:1", "and 1 was accepted"),
        (THREE, "r1:unknown", "and an unknown number was accepted"),
        (HARMLESS, "r1:3", "accept=r1:3 is not needed: no active lease loses its address"),
        (HARMLESS, "r1", "accept=r1 is not needed: no active lease loses its address"),
    ],
)
def test_a_wrong_acceptance(impact: Impact, text: str, words: str) -> None:
    assert words in refused(impact, text)


def test_what_is_not_known_is_accepted_as_unknown_only() -> None:
    inquiry = Inquiry()
    inquiry.add(Kind.REMOVED, GONE.subnet, GONE.words)
    unknown = unknown_impact(inquiry, "kea-dhcp4 does not answer on dhcp1 and dhcp2")
    words = refused(unknown, "")
    assert words.startswith(
        "active leases may lose their address, and how many is not known: kea-dhcp4 does not "
        "answer on dhcp1 and dhcp2\n"
    )
    assert "--data accept=r1:unknown." in words
    assert "the change has grown" in refused(unknown, "r1:1000")
    assert "a number that is known was accepted" in refused(unknown, "r1")
    assert passes(unknown, "r1:unknown")
    inquiry.questions = [SEEN]
    assert passes(unknown_impact(inquiry, "nobody answers"), "")


def test_the_verdict_of_a_plan() -> None:
    assert verdict(HARMLESS, "r1") == ""
    assert verdict(THREE, "r1").startswith("3 active leases lose their address. Correct the site")


def test_a_number_of_zero_accepts_nothing() -> None:
    assert not Acceptance("r1", "0").covers(THREE)
    assert Acceptance("r1", "0").covers(HARMLESS)
