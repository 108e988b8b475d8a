"""Real Kea judges files as text: `check` takes what Kea's lexer and grammar take, nothing else."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import pytest

from keaprov.errors import Severity
from keaprov.site import check_file
from tests.differential.draws import CASES, ON_PURPOSE, SEED
from tests.differential.judge import refusal
from tests.differential.texts import Written, written
from tests.lab.workshop import workshop

pytestmark = pytest.mark.lab

SHARE = 4
"""A kea-dhcp4 starts for each file: of so many draws of another kind, one is drawn here."""
KEPT = Path(__file__).with_name("kept_texts.json")
"""Files of which Kea and `check` once thought differently."""
INSIDE = "/tmp/texts"
SCRIPT = (
    f"cd {INSIDE}; ls | xargs -P 2 -I@ sh -c "
    "'cd @ && kea-dhcp4 -t kea.conf >output 2>&1; echo $? >code'"
)


def verdicts(files: Sequence[Written]) -> Iterator[tuple[Written, str, tuple[str, ...]]]:
    """Yield each file, why Kea refuses it ("" if it does not), and the errors of `check`."""
    with workshop() as shop:
        inside = shop.root / INSIDE.lstrip("/")
        for number, file in enumerate(files):
            place = inside / f"{number:06}"
            place.mkdir(parents=True)
            for name, text in {**file.files, "kea.conf": file.text}.items():
                (place / name).write_text(text, encoding="utf-8", newline="")
        subprocess.run(shop.inside("sh", "-c", SCRIPT), check=True, stdin=subprocess.DEVNULL)
        for number, file in enumerate(files):
            place = inside / f"{number:06}"
            problems = check_file(place / "kea.conf").problems
            errors = (problem for problem in problems if problem.severity is Severity.ERROR)
            yield file, refusal(place), tuple(str(error) for error in errors)


def differences(files: Sequence[Written]) -> tuple[list[str], int]:
    """Return what Kea and `check` think differently of, in words, and how many files Kea takes.

    Left out is what `check` refuses on purpose.
    """
    words, taken = [], 0
    for file, kea, errors in verdicts(files):
        taken += not kea
        if not kea and all(map(ON_PURPOSE.search, errors)):
            continue
        if bool(kea) != bool(errors):
            shown = json.dumps([file.text, file.files])
            words.append(f"{file.kinds}\n  Kea: {kea[-300:]}\n  check: {errors}\n  {shown}")
    return words, taken


def test_kea_takes_the_files_that_check_takes() -> None:
    random = Random(SEED)
    files = [written(random) for _ in range(CASES // SHARE)]
    words, taken = differences(files)
    print(f"{len(files)} files, seed {SEED}: Kea takes {taken}")
    assert 1 / 4 < taken / len(files) < 7 / 8, "both verdicts have to be frequent"
    assert not words, "\n".join(words)


def test_what_was_judged_differently_once_is_judged_alike() -> None:
    words, _ = differences([Written(text, files) for text, files in json.loads(KEPT.read_text())])
    assert not words, "\n".join(words)
