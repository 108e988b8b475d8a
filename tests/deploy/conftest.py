"""A control socket that delays or refuses, between keaprov and the real kea-dhcp4."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.deploying import Stubborn


@pytest.fixture
def stubborn() -> Iterator[Stubborn]:
    """Stand before a host's kea-dhcp4 for as long as the test lasts."""
    standing = Stubborn()
    yield standing
    standing.over()
