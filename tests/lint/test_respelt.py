"""Values as people, switches and spreadsheets write them: the cure says what was meant."""

from __future__ import annotations

import pytest

from keaprov.lint import respelt

WRITE = "Write 00:1a:22:33:44:55."


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("001a.2233.4455", WRITE),
        ("001A22-334455", WRITE),
        ("00-1A-22-33-44-55", WRITE),
        ("00\u20131a\u201322\u201333\u201344\u201355", WRITE),
        ('="00:1A:22:33:44:55"', WRITE),
        ("'00:1a:22:33:44:55", WRITE),
        ("00 1a 22 33 44 55", WRITE),
        ("\u200b00:1a:22:33:44:55\ufeff", WRITE),
        ("OO:1a:22:33:44:55", "Did you mean 00:1a:22:33:44:55?"),
        ("00:la:22:33:44:55", "Did you mean 00:1a:22:33:44:55?"),
        ("1.12233E+11", "A spreadsheet made it a number: give the column the format Text, and "
         "export again."),
        ("#00:1a:22:33:44:55", ""),
        ("00:1a:22:33:44:5g", ""),
        ("00:1a:22:33:44", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_hardware_addresses(text: str, cure: str) -> None:
    assert respelt.mac(text) == cure


@pytest.mark.parametrize(
    ("text", "mac"),
    [("1122334455", "00:11:22:33:44:55"), ("11223344556", "01:12:23:34:45:56")],
)
def test_zeros_that_a_spreadsheet_dropped(text: str, mac: str) -> None:
    assert respelt.short_mac(text) == f"A spreadsheet dropped the zeros before it: write {mac}."


@pytest.mark.parametrize("text", ["11:22:33:44:55", "112233", "00112233445566", "11223344aa"])
def test_other_short_addresses(text: str) -> None:
    assert respelt.short_mac(text) == ""


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("010.001.000.005", "10.1.0.5"),
        ("10.1.0.5/24", "10.1.0.5"),
        (" 10.1.0.5 ", "10.1.0.5"),
        ("10.1.0.5", ""),
        ("10.1.0.256", ""),
        ("10.1.0", ""),
        ("10.1.0.5/x", ""),
    ],
)
def test_addresses(text: str, written: str) -> None:
    assert respelt.address(text) == written


@pytest.mark.parametrize("text", ['="10.1.0.5"', "'10.1.0.5", "10.1.0.5\u200b", "\u00a010.1.0.005"])
def test_signs_that_a_spreadsheet_leaves_around_an_address(text: str) -> None:
    assert respelt.address(text) == "10.1.0.5"
