"""Check that an SBOM names every package of requirements.txt, with its version and its hashes.

``python -m tools.sbom dist/keaprov.cdx.json requirements.txt``; `make dist` runs it, so a tool that
leaves packages out does not make an SBOM that looks whole.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Pins = Mapping[tuple[str, str], frozenset[str]]
"""SHA-256 hashes by name and version."""
PIN = re.compile(r"^([\w.-]+)==([^\s;]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def required(text: str) -> Pins:
    """Return the pins of a list of requirements with hashes."""
    pins: dict[tuple[str, str], frozenset[str]] = {}
    for entry in text.replace("\\\n", " ").splitlines():
        if pin := PIN.match(entry):
            pins[_name(pin[1]), pin[2]] = frozenset(HASH.findall(entry))
    return pins


def listed(sbom: Mapping[str, Any]) -> Pins:
    """Return the components of a CycloneDX SBOM, with the hashes of their distributions."""
    return {
        (_name(component["name"]), component.get("version", "")): frozenset(_hashes(component))
        for component in sbom.get("components", ())
    }


def problems(sbom: Mapping[str, Any], requirements: str) -> Iterator[str]:
    """Yield what an SBOM lacks, has too much, or has with other hashes."""
    wanted, components = required(requirements), listed(sbom)
    if not wanted:
        yield "the list of requirements is empty"
    if sbom.get("metadata", {}).get("component", {}).get("name") != "keaprov":
        yield "it is not about keaprov"
    for name, version in sorted(wanted.keys() - components.keys()):
        yield f"it lacks {name} {version}"
    for name, version in sorted(components.keys() - wanted.keys()):
        yield f"it has {name} {version}, which is not required"
    for package in sorted(wanted.keys() & components.keys()):
        if wanted[package] != components[package]:
            yield f"the hashes of {package[0]} are not those of the list"


def _name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _hashes(component: Mapping[str, Any]) -> Iterator[str]:
    for reference in component.get("externalReferences", ()):
        if reference.get("type") == "distribution":
            for entry in reference.get("hashes", ()):
                if entry["alg"] == "SHA-256":
                    yield entry["content"]


def main(sbom: str, requirements: str) -> int:
    """Print the problems of a file; return 1 if there is one."""
    document = json.loads(Path(sbom).read_text("utf-8"))
    lines = list(problems(document, Path(requirements).read_text("utf-8")))
    for line in lines:
        print(f"{sbom}: {line}", file=sys.stderr)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
