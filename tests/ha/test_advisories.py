"""What status says of the advisories that dnf knows."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.ha.advisories import Advisories, shortcomings

PACKAGE = {"name": "openssl-libs", "installed": "3.0.7-27.el9", "fixed": "1:3.0.7-28.el9"}


def advisory(number: int, kind: str) -> dict[str, Any]:
    return {"id": f"RLSA-{number}", "kind": kind, "packages": [PACKAGE]}


def known(*pending: dict[str, Any], **more: Any) -> Advisories:
    report = {
        "repositories": ["appstream", "baseos"],
        "as_of": 1764115200.0,
        "pending": list(pending),
        "number": len(pending),
        "security": sum(entry["kind"].endswith("/Sec.") for entry in pending),
        "error": None,
    }
    return Advisories.from_report({**report, **more})


@pytest.mark.parametrize(
    ("advisories", "words"),
    [
        (known(), "none is pending (appstream, baseos, as of 2025-11-26 00:00:00Z)"),
        (
            known(advisory(1, "Low/Sec."), advisory(2, "bugfix")),
            "2 pending, 1 of them for security (appstream, baseos, as of 2025-11-26 00:00:00Z)",
        ),
        (
            known(repositories=[]),
            "unknown: no repository of this host offers any, or dnf has not asked them yet",
        ),
        (known(error="dnf is not installed"), "unknown: dnf is not installed"),
    ],
)
def test_what_is_known(advisories: Advisories, words: str) -> None:
    assert advisories.words == words


def test_only_security_is_a_warning() -> None:
    assert shortcomings(known(advisory(1, "bugfix")), updates=True) == ()
    (warning,) = shortcomings(
        known(advisory(1, "Low/Sec."), advisory(2, "Important/Sec."), advisory(3, "bugfix")),
        updates=True,
    )
    assert str(warning) == (
        "2 security updates are pending, the gravest Important: RLSA-1 (openssl-libs), "
        "RLSA-2 (openssl-libs). Run the deploy: it installs updates"
    )


def test_a_site_that_wants_no_updates_and_many_advisories() -> None:
    many = known(*(advisory(number, "Unknown/Sec.") for number in range(6)), security=60)
    (warning,) = shortcomings(many, updates=False)
    assert "60 security updates are pending, the gravest of unknown severity: RLSA-0 (" in str(
        warning
    )
    assert str(warning).endswith("and 55 more. Install the updates (dnf update)")


@pytest.mark.parametrize("broken", [{"as_of": "x"}, {"pending": [{"id": 1}]}, {"number": None}])
def test_a_report_that_is_not_one(broken: dict[str, Any]) -> None:
    with pytest.raises((TypeError, KeyError, ValueError)):
        known(**broken)
