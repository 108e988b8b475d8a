"""Real Kea is the judge of an import: it returns the same of a file and of its site."""

from __future__ import annotations

import json
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from keaprov import importing
from keaprov.cli import main
from keaprov.importing import Imported, Options, loaded, original, proof
from keaprov.importing.loaded import Load, loader
from keaprov.source import parse_relaxed
from tests.differential.daemon import SOCKET, daemon_in
from tests.differential.draws import CASES, drawn
from tests.importing import cases
from tests.lab import debian
from tests.lab.workshop import workshop

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def kea() -> Iterator[Load]:
    with workshop() as shop, daemon_in(shop) as ask:
        yield loader(ask, shop.root / "etc/kea/alone.conf", SOCKET)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A kea-dhcp4 that runs outside of the workshop's tree, in its network."""
    with workshop() as shop:
        library = shop.root / "usr/lib/x86_64-linux-gnu"
        words = [
            "nsenter", f"--net={shop.netns}", next(shop.root.glob("lib64/ld-linux*")),
            "--library-path", f"{library}:{library}/kea", shop.root / "usr/sbin/kea-dhcp4",
        ]  # fmt: skip
        script = tmp_path_factory.mktemp("bin") / "kea-dhcp4"
        script.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, words))} "$@"\n')
        script.chmod(0o755)
        yield script


def lines(imported: Imported, folder: Path, load: Load) -> list[str]:
    """Write the site of an import, and return where Kea's ``config-get`` differs for it."""
    for name, text in (imported.files | imported.secrets).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return loaded.differences(imported, proof.rebuilt(folder), load)


@pytest.mark.parametrize("name", cases.NAMES)
def test_kea_returns_the_same_of_each_case(kea: Load, tmp_path: Path, name: str) -> None:
    files = cases.files(name, tmp_path)
    assert lines(cases.imported(files, a="192.0.2.2"), tmp_path, kea) == []


def test_kea_returns_the_same_of_its_own_examples(kea: Load, tmp_path: Path) -> None:
    debian.extract("kea-doc", tmp_path / "doc")
    examples = sorted((tmp_path / "doc").rglob("kea4/*.json"))
    wrong, compared = [], 0
    for example in examples:
        result = cases.imported([example], kea="192.0.2.2")
        folder = tmp_path / example.stem
        shown = lines(result, folder, kea)
        wrong += [f"{example.name}: {line}" for line in proof.losses(result)]
        wrong += proof.differences(result, proof.rebuilt(folder))
        if not any("kea-dhcp4 rejects it" in line for line in shown):
            compared += 1
            wrong += shown
    print(f"{compared} of {len(examples)} examples compared")
    assert not wrong, "\n".join(wrong)
    assert compared > len(examples) / 2 > 5


def test_kea_returns_the_same_of_drawn_bodies(kea: Load, tmp_path: Path) -> None:
    wrong, compared = [], 0
    for body in drawn(CASES):
        result = importing.kea(*drawn_file(body))
        if not isinstance(result, Imported):
            continue
        shown = lines(result, tmp_path, kea)
        if not any("kea-dhcp4 rejects it" in line for line in shown):
            compared += 1
            wrong += [f"{line}\n  {json.dumps(body)}" for line in shown]
    print(f"{compared} of {CASES} bodies compared")
    assert not wrong, "\n".join(wrong[:10])
    assert compared > CASES / 10


def drawn_file(body: dict[str, Any]) -> tuple[original.Originals, Options]:
    document = parse_relaxed(json.dumps({"Dhcp4": body}), "kea.conf")
    originals, problems = original.sorted_by_program([document])
    assert problems == []
    return originals, Options(addresses={"a": "192.0.2.2"})


@pytest.mark.parametrize("change", ["valid-lifetime", "subnet4"])
def test_kea_shows_a_wrong_render(kea: Load, tmp_path: Path, change: str) -> None:
    imported = cases.imported(cases.files("pair", tmp_path), a="192.0.2.2")
    text = imported.files["site.yaml"]
    wrong = {
        "valid-lifetime": text.replace("dhcp4:\n", "dhcp4:\n  valid-lifetime: 4000\n"),
        "subnet4": text.replace("192.0.2.0/24", "192.0.2.0/25"),
    }[change]
    assert wrong != text
    imported.files["site.yaml"] = wrong
    shown = lines(imported, tmp_path, kea)
    assert any(f"kea-dhcp4 returns Dhcp4.{change}" in line for line in shown), shown


@pytest.mark.parametrize("name", ["old", "pair"])
def test_the_verb_asks_a_real_kea(program: Path, tmp_path: Path, name: str) -> None:
    files = [str(path) for path in cases.files(name, tmp_path)]
    words = ["--server", "a=192.0.2.2", "--kea-dhcp4", str(program), "--out", str(tmp_path / "x")]
    done = CliRunner().invoke(main, ["import", "kea", *files, *words])
    assert done.exit_code == 0, done.output
    assert "compared by kea-dhcp4 3.0.3 and keaprov.diff: the render of the site" in done.output
    assert not list(Path(tempfile.gettempdir()).glob("keaprov-kea-*"))
