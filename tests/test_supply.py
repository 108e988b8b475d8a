"""What keaprov is made of: pinned, with hashes; and packages that are the same twice."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deploying import ROOT
from tools import sbom

HASHES = r"(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n?)+"
LINE = re.compile(rf"^([\w.-]+)==([\w.]+)(?: ; [^\\]+)? \\\n({HASHES})", re.MULTILINE)


def pins(text: str) -> dict[str, str]:
    """Return the versions by name in a list of pins."""
    return {
        canonicalize_name(name): version
        for name, version in re.findall(r"(?m)^([\w.-]+)==([\w.]+)", text)
    }


def needed(name: str) -> set[str]:
    """Return what a package of this environment needs, and what that needs in turn."""
    names: set[str] = set()
    waiting = [name]
    while waiting:
        for line in requires(waiting.pop()) or ():
            requirement = Requirement(line)
            dependency = canonicalize_name(requirement.name)
            applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            if applies and dependency not in names:
                names.add(dependency)
                waiting.append(dependency)
    return names


def test_every_requirement_has_the_version_of_the_constraints_and_a_hash() -> None:
    text = (ROOT / "requirements.txt").read_text("utf-8")
    required = pins(text)
    constraints = pins((ROOT / "constraints.txt").read_text("utf-8"))
    assert len(required) > 20
    assert required.items() <= constraints.items()
    assert {canonicalize_name(match[1]) for match in LINE.finditer(text)} == set(required)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the list is for Python 3.11 and later")
def test_the_requirements_are_all_that_keaprov_needs() -> None:
    required = pins((ROOT / "requirements.txt").read_text("utf-8"))
    assert needed("keaprov") <= set(required)


def test_two_builds_are_equal(tmp_path: Path) -> None:
    """Of two copies, with other times and another umask: the same wheel, the same source."""
    built = []
    for number, umask in enumerate(("022", "077")):
        copy = tmp_path / str(number)
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
        )
        for name in filter(None, listed.stdout.split("\0")):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
        script = f"umask {umask}; exec {sys.executable} -m hatchling build"
        subprocess.run(["/bin/sh", "-c", script], cwd=copy, check=True, capture_output=True)
        built.append({path.name: path.read_bytes() for path in (copy / "dist").iterdir()})
    first, second = built
    assert sorted(first) == sorted(second)
    assert len(first) == 2
    assert all(first[name] == second[name] for name in first), "a package differs"


def components() -> list[dict[str, Any]]:
    """Return the components that an SBOM of this checkout has (CycloneDX 1.6)."""
    pins = sbom.required((ROOT / "requirements.txt").read_text("utf-8"))
    return [
        {
            "name": name,
            "version": version,
            "externalReferences": [
                {
                    "type": "distribution",
                    "hashes": [{"alg": "SHA-256", "content": digest} for digest in hashes],
                }
            ],
        }
        for (name, version), hashes in pins.items()
    ]


def test_an_sbom_has_to_name_every_requirement_with_its_hashes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def judged(parts: list[dict[str, Any]], name: str = "keaprov") -> list[str]:
        document = {"metadata": {"component": {"name": name}}, "components": parts}
        path = tmp_path / "sbom.json"
        path.write_text(json.dumps(document))
        code = sbom.main(str(path), str(ROOT / "requirements.txt"))
        lines = capsys.readouterr().err.splitlines()
        assert code == bool(lines)
        return [line.removeprefix(f"{path}: ") for line in lines]

    whole = components()
    assert len(whole) == len(pins((ROOT / "requirements.txt").read_text("utf-8")))
    assert judged(whole) == []
    assert judged(whole, "another") == ["it is not about keaprov"]
    first, *rest = whole
    assert judged(rest) == [f"it lacks {first['name']} {first['version']}"]
    assert judged([{**first, "version": "0"}, *rest]) == [
        f"it lacks {first['name']} {first['version']}",
        f"it has {first['name']} 0, which is not required",
    ]
    assert judged([{**first, "externalReferences": []}, *rest]) == [
        f"the hashes of {first['name']} are not those of the list"
    ]


def test_the_tools_of_a_release_are_pinned_with_hashes() -> None:
    text = (ROOT / "tools/supply.txt").read_text("utf-8")
    assert {"cyclonedx-bom", "pip-audit"} <= set(pins(text))
    assert all(sbom.required(text).values())
    assert "://" not in text


def test_dist_checks_its_sbom_and_audit_is_strict() -> None:
    dist, audit = (
        subprocess.run(
            ["make", "--dry-run", "--always-make", target],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for target in ("dist", "audit")
    )
    assert "tools.sbom dist/keaprov.cdx.json requirements.txt" in dist
    assert "pip-audit --strict" in audit
    assert all("--require-hashes --requirement tools/supply.txt" in each for each in (dist, audit))
