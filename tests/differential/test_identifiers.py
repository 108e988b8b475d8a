"""Identifiers of reservations: `check` takes the forms and the lengths that Kea takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from keaprov.errors import Severity
from keaprov.site import check_file
from tests.differential.judge import refusals
from tests.lab.workshop import workshop

pytestmark = pytest.mark.lab

KINDS = ("hw-address", "duid", "client-id", "circuit-id", "flex-id")
LENGTHS = (1, 2, 3, 6, 7, 8, 19, 20, 21, 127, 128, 129, 130, 131, 254, 255, 256)
FORMS = (
    *("01020304\n", "01020304 ", " 01020304", "0x0102 03", "010203\t04", "0x010203", "0x", "0x123"),
    *("12345", "01:2:3", "01 2 3", "01: 2:3", "0102\r03", "\n010203", "''", "'abc'", " 'abc' "),
    *("' abc'", "'  '", "01::2:3", ":01:02", "01:02:", "0X010203", "éàü", "'éàü'", "'\ud800'"),
    *(
        "01:02:03\t",
        "01:02:03\n",
        "\t",
        "",
        "'abc",
        "abc'",
        "'a'c'",
        "01-02-03",
        "0102.0304",
        "xyz",
    ),
)


def test_forms_and_lengths(tmp_path: Path) -> None:
    long = [
        text
        for size in LENGTHS
        for text in ("01" * size, ":".join(["01"] * size), f"'{'a' * size}'")
    ]
    drawn = [(kind, text) for kind in KINDS for text in (*FORMS, *long)]
    bodies = [
        {
            "host-reservation-identifiers": [kind],
            "subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "reservations": [{kind: text}]}],
        }
        for kind, text in drawn
    ]
    with workshop() as shop:
        reasons = refusals(shop, [json.dumps({"Dhcp4": body}) for body in bodies])
    assert 100 < sum(not reason for reason in reasons) < len(reasons) - 100
    file, wrong = tmp_path / "kea-dhcp4.conf", []
    for (kind, text), body, reason in zip(drawn, bodies, reasons, strict=True):
        file.write_text(json.dumps({"Dhcp4": body}))
        problems = check_file(file).problems
        errors = [str(problem) for problem in problems if problem.severity is Severity.ERROR]
        if bool(errors) != bool(reason):
            wrong.append(f"{kind} {text!r}: Kea: {reason[-90:]!r}, check: {errors}")
    assert not wrong, f"{len(wrong)} disagreements\n" + "\n".join(wrong)
