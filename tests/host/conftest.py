"""A host without a host, for the programs that run on one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.host.kea import Kea
from tests.host.loading import HOST, NAMES, Host


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """A host of this test's own."""
    monkeypatch.syspath_prepend(str(HOST))
    yield Host(tmp_path)
    for name in NAMES:
        sys.modules.pop(name, None)


@pytest.fixture
def kea(tmp_path: Path) -> Iterator[Kea]:
    """A stand-in for kea-dhcp4 on a unix socket."""
    with Kea(str(tmp_path / "kea.socket")) as server:
        yield server
