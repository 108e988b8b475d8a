"""When a server is looked at, with a stand-in for pyinfra's host that counts the looks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gevent
from pyinfra.context import ctx_host

from keaprov import load_site
from keaprov.facts.server import observe
from keaprov.ha.observed import Dnf, Observed
from tests.ha.seen import server

SITE = load_site(Path(__file__).parents[2] / "inventories/lab/site.yaml")


class Standin:
    """A stand-in for a pyinfra host: a look at it takes a moment, and two at once lock dnf."""

    def __init__(self) -> None:
        self.name = "dhcp1"
        self.data = SimpleNamespace(site=SITE, server=SITE.servers[0], get=lambda name: SITE)
        self.state = SimpleNamespace(is_executing=True, ops={self: {}})
        self.inventory = self
        self.current_op_global_arguments: dict[str, Any] = {}
        self.looks = 0
        self._at_work = 0

    def get_host(self, name: str) -> Standin:
        return self

    def __iter__(self) -> Iterator[Standin]:
        return iter((self,))

    def get_fact(self, fact: object, **how: Any) -> Observed:
        self.looks += 1
        self._at_work += 1
        gevent.sleep(0.01)
        updates, error = (("a 1",), None) if self._at_work == 1 else ((), "dnf is locked")
        self._at_work -= 1
        return server(dnf=Dnf(updates, None, error))


def look(host: Any, *, fresh: bool = False) -> Observed:
    """Look as an operation does, with pyinfra's context of the host."""
    with ctx_host.use(host):
        return observe(host, fresh=fresh)


def test_two_that_look_at_once_share_one_look() -> None:
    host: Any = Standin()
    first, second = (gevent.spawn(look, host) for _ in range(2))
    gevent.joinall([first, second], raise_error=True)
    assert host.looks == 1
    assert first.value is second.value
    assert first.value is not None
    assert first.value.dnf.updates == ("a 1",)


def test_a_fresh_look_keeps_what_dnf_said() -> None:
    host: Any = Standin()
    look(host)
    again = look(host, fresh=True)
    assert host.looks == 2
    assert again.dnf.updates == ("a 1",)
