"""Hostile input is a problem with its place, at once, and never a traceback."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from keaprov import cli, report
from keaprov.errors import Problem
from keaprov.site import check_file

HEAD = """\
site: labo
servers: {dhcp1: {address: 10.60.1.67, interfaces: [ens18]}}
"""


def problems(path: Path) -> tuple[Problem, ...]:
    """Return the problems of a file, once every report could write them."""
    checked = check_file(path)
    for write in report.FORMATS.values():
        write(checked.problems, checked.sources).encode()
    return checked.problems


def site(folder: Path, text: str) -> tuple[Problem, ...]:
    path = folder / "site.yaml"
    path.write_text(HEAD + text)
    return problems(path)


def codes(reported: Iterable[Problem]) -> list[str]:
    return [problem.code for problem in reported]


@pytest.fixture
def special(tmp_path: Path) -> Iterator[dict[str, Path]]:
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "socket"))
        yield {
            "a pipe": tmp_path / "fifo",
            "a device": Path("/dev/zero"),
            "a socket": tmp_path / "socket",
            "a directory": tmp_path,
        }


@pytest.mark.parametrize("kind", ["a pipe", "a device", "a socket", "a directory"])
def test_what_is_not_a_regular_file_is_refused_at_once(
    kind: str, special: dict[str, Path], tmp_path: Path
) -> None:
    path = special[kind]
    assert "KP101" in codes(problems(path))
    csv = site(tmp_path, f"dhcp4: {{reservations: {{csv: {path}}}}}\n")
    assert "KP101" in codes(csv)
    (tmp_path / "a.conf").write_text(f'{{"Dhcp4": <?include "{path}"?>}}')
    assert "KP113" in codes(problems(tmp_path / "a.conf"))


@pytest.mark.parametrize("depth", [6, 10])
def test_includes_within_includes_end(depth: int, tmp_path: Path) -> None:
    (tmp_path / "0.json").write_text("[]")
    for level in range(1, depth + 1):
        inner = f'<?include "{level - 1}.json"?>'
        (tmp_path / f"{level}.json").write_text(f"[{', '.join([inner] * 20)}]")
    (tmp_path / "a.conf").write_text(f'{{"Dhcp4": <?include "{depth}.json"?>}}')
    (problem,) = problems(tmp_path / "a.conf")
    assert problem.message == "more than 100 includes"


def test_a_file_that_includes_itself_by_another_name(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/x.json").write_text('[<?include "in/../in/x.json"?>]')
    (tmp_path / "a.conf").write_text('{"Dhcp4": <?include "in/x.json"?>}')
    (problem,) = problems(tmp_path / "a.conf")
    assert "includes itself" in problem.message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("dhcp4: {subnet4: [{id: 1, subnet: 10.1.0.0/24, pools: [10.1.0.0/²]}]}", "KP403"),
        ("dhcp4: {subnet4: [{id: 1, subnet: 10.1.0.0/24, pools: [10.1.0.0/٢٥]}]}", "KP403"),
        ("dhcp4: {subnet4: [{id: 1, subnet: 10.1.0.0/²}]}", "KP402"),
        ("dhcp4: {}\nfirewall: {management: [10.1.0.0/²]}", "KP204"),
        ("dhcp4: {reservations: {csv: ~nouser/x}}", "KP101"),
        ('dhcp4: {reservations: {csv: "a\\0b"}}', "KP101"),
        ("dhcp4: {}\ncontrol-agent: {password: {file: ~nouser/x}}\nnix: 1", "KP201"),
        (f"dhcp4: {{hostname-char-set: '{'(' * 5000}'}}", "KP705"),
        (f"dhcp4: {{hostname-char-set: '{'(' * 5000}{')' * 5000}'}}", "KP705"),
        (f"dhcp4: {{hostname-char-set: 'a{{{'9' * 20}}}'}}", "KP705"),
        ("dhcp4: {hostname-char-set: '[a'}", "KP705"),
        ("dhcp4: {option-data: [{code: [1], data: a}]}", "KP204"),
        ("dhcp4: {option-data: [{name: [routers], data: a}]}", "KP204"),
        ("dhcp4: {option-data: [{name: {a: 1}, code: 3, data: 10.0.0.1}]}", "KP204"),
    ],
)
def test_odd_values_are_problems(text: str, code: str, tmp_path: Path) -> None:
    assert code in codes(site(tmp_path, text + "\n"))


@pytest.mark.parametrize(
    "text", [r"[^a-z\]", "[^[:alnum:].-]", "[]a]", "[^]a]", "a|[b-]", r"\.[.]"]
)
def test_a_posix_bracket_is_right(
    text: str, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    reported = site(tmp_path, f"dhcp4: {{hostname-char-set: '{text}'}}\n")
    assert "KP705" not in codes(reported)
    assert not recwarn.list


@pytest.mark.parametrize("name", ["a.json", "a.yaml"])
@pytest.mark.parametrize("where", ["key", "value"])
def test_half_a_character_is_not_text(name: str, where: str, tmp_path: Path) -> None:
    half = '"\\ud800"'
    entry = f"{half}: 1" if where == "key" else f'"site": {half}'
    (tmp_path / name).write_text(f"{{{entry}}}")
    assert codes(problems(tmp_path / name)) == ["KP103"]


@pytest.mark.parametrize("words", [("init", "/proc/x"), ("init", "/dev/null/x")])
def test_a_target_that_cannot_be_written(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(cli.main, words)
    assert done.exit_code == 1
    assert done.output.startswith("Error: cannot write /")


def test_a_rendered_file_that_cannot_be_written(tmp_path: Path) -> None:
    path, out = tmp_path / "site.json", tmp_path / "out"
    servers = {"dhcp1": {"address": "10.60.1.67", "interfaces": ["ens18"]}}
    path.write_text(json.dumps({"site": "labo", "servers": servers, "dhcp4": {}}))
    (out / "dhcp1").mkdir(parents=True)
    (out / "dhcp1/kea-dhcp4.conf").symlink_to("/dev/null")
    done = CliRunner().invoke(cli.main, ["render", str(path), "--out", str(out)])
    assert done.exit_code == 1
    assert "it is not a regular file" in done.output
    (out / "dhcp1/kea-dhcp4.conf").unlink()
    (out / "dhcp1").rmdir()
    (out / "dhcp1").write_text("")
    done = CliRunner().invoke(cli.main, ["render", str(path), "--out", str(out)])
    assert done.exit_code == 1
    assert "Error: cannot write" in done.output


def test_a_secret_is_read_from_regular_files_only(special: dict[str, Path]) -> None:
    from keaprov.errors import SecretError
    from keaprov.model import ManagementApi, Secret
    from keaprov.secret import password

    for path in special.values():
        with pytest.raises(SecretError, match=r"Not a regular file|Is a directory|No such device"):
            password(ManagementApi(password=Secret(file=str(path))), "site.yaml")
