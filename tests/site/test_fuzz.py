"""Whatever the bytes: problems with their place, in bounded time, and never a traceback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keaprov import report
from keaprov.site import check_file
from tests.deploying import ROOT

pytestmark = pytest.mark.slow

GOOD = (ROOT / "inventories/example/site.yaml").read_bytes()
PLACES = st.integers(0, len(GOOD) - 1)
PIECES = st.sampled_from(
    (b"", b"{", b"}", b"[", b"]", b":", b"- ", b"&a ", b"*a", b"!!x ", b"\xff", b"\0", b"\t", b'"',
     b"null", b"-1", b"1e999", b"{}", b"[]", b"'", b"#", b"? ", b"|", b">", b"%", b"0x", b".nan")
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def survives(path: Path) -> None:
    checked = check_file(path)
    for form in report.FORMATS.values():
        form(checked.problems, checked.sources)
    assert checked.site is not None or checked.problems
    assert all(problem.mark.file for problem in checked.problems)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "reservations.csv").write_text("hw-address\n00:11:22:33:44:55\n")
    return folder


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=200), st.sampled_from(("yaml", "json")))
def test_bytes_at_random(folder: Path, data: bytes, suffix: str) -> None:
    path = folder / f"site.{suffix}"
    path.write_bytes(data)
    survives(path)


@settings(max_examples=500, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(PLACES, st.integers(0, 12), PIECES), min_size=1, max_size=4))
def test_a_good_site_with_pieces_replaced(
    folder: Path, changes: list[tuple[int, int, bytes]]
) -> None:
    data = GOOD
    for at, length, piece in changes:
        data = data[:at] + piece + data[at + length :]
    path = folder / "site.yaml"
    path.write_bytes(data)
    survives(path)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    listed = [path] if path else []
    for key, part in inner:
        if isinstance(part, (dict, list)):
            listed += paths(part, (*path, key))
        else:
            listed.append((*path, key))
    return listed


@settings(max_examples=700, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_good_site_with_values_replaced(folder: Path, data: st.DataObject) -> None:
    import json

    from keaprov.source import parse

    site = parse(GOOD.decode(), "x").value
    site["dhcp4"] |= {
        "option-def": [{"name": "mine", "code": 224, "type": "string"}],
        "client-classes": [{"name": "a", "test": "member('KNOWN')"}],
        "loggers": [{"name": "x", "severity": "INFO", "output-options": [{"output": "x.log"}]}],
        "hooks-libraries": [{"library": "x.so"}],
        "lease-database": {"type": "memfile", "name": "x"},
        "shared-networks": [{"name": "s", "relay": {"ip-addresses": ["10.0.0.1"]}, "subnet4": []}],
        "reservations": [{"hw-address": "00:11:22:33:44:55", "client-classes": ["a"]}],
    }
    for _ in range(data.draw(st.integers(1, 3))):
        *steps, last = data.draw(st.sampled_from(paths(site)))
        into = site
        for step in steps:
            into = into[step]
        into[last] = data.draw(VALUES)
        if not isinstance(site, dict) or not site:
            break
    path = folder / "site.json"
    path.write_text(json.dumps(site))
    survives(path)


def test_a_directory(tmp_path: Path) -> None:
    survives(tmp_path)


@pytest.mark.parametrize("suffix", ["yaml", "json"])
@pytest.mark.parametrize("piece", [b"[", b"{a: ", b'{"a": ', b"- ", b"? "])
def test_a_hundred_megabytes_of_nesting(tmp_path: Path, suffix: str, piece: bytes) -> None:
    path = tmp_path / f"site.{suffix}"
    path.write_bytes(piece * (100_000_000 // len(piece)))
    survives(path)


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    with path.open("wb") as file:
        file.truncate(300 * 1024 * 1024)
    survives(path)
