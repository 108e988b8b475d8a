"""What is said of packages that are not as the vendor released them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from keaprov import load_site
from keaprov.ha.packages import shortcomings
from keaprov.ha.signs import Changed, Packages, Signs

SITE = load_site(Path(__file__).parents[2] / "inventories/lab/site.yaml")
PIN = SITE.kea.repository.fingerprint
ID = PIN[-16:]


def words(**more: Any) -> list[str]:
    values = {"signers": {"a": ID}, "keys": (ID,), "changed": (), "number": 0, "error": None}
    return list(map(str, shortcomings(SITE, Packages(**{**values, **more}))))


def test_nothing_is_said_of_packages_as_released() -> None:
    assert words() == []
    assert words(keys=()) == [], "the id of the pinned key is known without its file"
    assert words(signers={"a": "0" * 16}, keys=(ID, "0" * 16)) == [], "a subkey signs too"


def test_packages_of_another_key_or_of_none() -> None:
    unsigned, strange = words(signers={"a": ID, "b": "", "c": "0" * 16, "d": "0" * 16})
    assert unsigned.startswith("Kea's packages are not signed: b. Find out where they come from")
    assert strange.startswith(
        f"Kea's packages are signed by the key {'0' * 16}, not by the pinned one ({PIN}): c, d. "
    )


@pytest.mark.parametrize(
    ("changed", "number", "expected"),
    [
        ([("/etc/kea", "M"), ("/var/lib/kea", "UG")], 2, None),
        ([("/usr/sbin/x", "S5T")], 1, "1 file of Kea's packages is not as installed: /usr/sbin/x ("
         "content). Find out who changed them"),
        (
            [("/usr/sbin/x", "MU"), ("/etc/kea", "M"), ("/y", "missing"), ("/z", "?")],
            4,
            "3 files of Kea's packages are not as installed: /usr/sbin/x (mode, owner), /y "
            "(missing), /z (?). ",
        ),
        ([(f"/{at}", "5") for at in range(20)], 30, "30 files of Kea's packages are not"),
        ([(f"/{at}", "5") for at in range(20)], 30, "/4 (content) and 25 more. "),
    ],
)  # fmt: skip
def test_files_that_are_not_as_installed(
    changed: list[tuple[str, str]], number: int, expected: str | None
) -> None:
    sentences = words(changed=tuple(Changed(*file) for file in changed), number=number)
    assert len(sentences) == bool(expected)
    assert all((expected or "") in sentence for sentence in sentences)


def test_why_rpm_cannot_tell() -> None:
    (sentence,) = words(error="error: rpmdb", signers={"a": ""})
    assert sentence == (
        "rpm cannot verify Kea's packages: error: rpmdb. Run rpm -V isc-kea-dhcp4 on the host"
    )


def test_the_report_of_a_host_is_read_and_checked() -> None:
    report: dict[str, Any] = {
        "signers": {"a": ID},
        "keys": [ID],
        "changed": [{"path": "/x", "tests": "5"}],
        "number": 1,
        "error": None,
    }
    read = Signs.from_report({"packages": report}).packages
    assert read == Packages({"a": ID}, [ID], (Changed("/x", "5"),), 1, None)
    wrongs: list[dict[str, Any]] = [
        {"number": "1"},
        {"signers": []},
        {"changed": [{"path": 1, "tests": ""}]},
    ]
    for wrong in wrongs:
        with pytest.raises(TypeError):
            Signs.from_report({"packages": {**report, **wrong}})
