"""The series of Kea that keaprov knows: series.json, one entry each.

Sources: ISC's repositories, whose names and signing keys they are; Kea's ChangeLog 2458 (3.2 has no
control agent); "Things to be aware of when upgrading to Kea 3.2" in ISC's knowledge base.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

DEFAULT = "3.0"


@dataclass(frozen=True, slots=True)
class Series:
    """A vendor's series of Kea.

    + slug: its name in ISC's repositories (``kea-3-0``)
    + fingerprint: of the key that signs its packages, forty hexadecimal digits, "" if unknown
    + agent: whether it has a control agent
    + not_yet: why keaprov cannot deploy it, "" if it can
    """

    slug: str
    fingerprint: str
    agent: bool
    not_yet: str


@cache
def known() -> Mapping[str, Series]:
    """Return the series by name (``3.0``), the oldest first."""
    text = resources.files("keaprov").joinpath("series.json").read_text("utf-8")
    return {name: Series(**entry) for name, entry in json.loads(text).items()}


def of_version(version: str) -> str:
    """Return the series of a version or version-release: ``3.0`` for ``3.0.3-isc20250912``."""
    return ".".join(version.split("-", 1)[0].split(".")[:2])
