"""A rule: its code, its severity, and which cure its findings have."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from keaprov.errors import NOWHERE, Problem, Severity
from keaprov.lint.config import Config
from keaprov.lint.rule import Finding, Rule, error, warning
from keaprov.site import load_site
from tests.deploying import ROOT

PATH = ("Dhcp4", "subnet4", 0)


def three(_config: Config) -> Iterator[Finding]:
    """Find problems: the second has a cure of its own, Kea refuses the third."""
    yield Finding("first", PATH)
    yield Finding("second", PATH, "Its own.")
    yield Finding("third", PATH, refused=True)


@pytest.mark.parametrize(
    ("made", "severity", "stricter"),
    [
        (lambda: error("KP000", "Usual.")(three), Severity.ERROR, False),
        (lambda: error("KP000", "Usual.", stricter=True)(three), Severity.ERROR, True),
        (lambda: warning("KP000", "Usual.")(three), Severity.WARNING, False),
    ],
)
def test_a_rule_and_its_problems(
    made: Callable[[], Rule], severity: Severity, stricter: bool
) -> None:
    """What Kea accepts is an error in a site only."""
    rule = made()
    assert rule == Rule("KP000", severity, three, "Usual.", stricter)
    in_file = Severity.WARNING if stricter else severity
    site = load_site(ROOT / "inventories/example/site.yaml")
    for config, expected in ((Config({}), in_file), (Config(site.dhcp4, site), severity)):
        assert list(rule.problems(config)) == [
            Problem("KP000", "first", NOWHERE, PATH, "Usual.", expected),
            Problem("KP000", "second", NOWHERE, PATH, "Its own.", expected),
            Problem("KP000", "third", NOWHERE, PATH, "Usual.", severity),
        ]


def test_a_rule_without_a_cure() -> None:
    assert error("KP000")(three) == Rule("KP000", Severity.ERROR, three)
    assert warning("KP000")(three) == Rule("KP000", Severity.WARNING, three)
