"""What the package repositories offer a server, asked before anything is changed on it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.host import Host
from typing_extensions import override

from keaprov import paths
from keaprov.facts import program
from keaprov.ha.observed import Observed
from keaprov.model import Site

DISTRIBUTION = ("epel-release", "chrony", "firewalld")


@dataclass(frozen=True, slots=True)
class Offer:
    """`refusal` says what cannot be had; `key` is the vendor's key, its fingerprint checked."""

    refusal: str | None
    key: str


class Offers(FactBase[Offer]):
    """Return an `Offer`, see files/host/rehearse.py; `offer` builds the request."""

    @override
    def command(self) -> StringCommand:
        return program.shell("rehearse")

    @override
    def process(self, output: list[str]) -> Offer:
        return Offer(**json.loads(output[-1]))


_asked: WeakKeyDictionary[Host, Offer] = WeakKeyDictionary()


def offer(host: Host, seen: Observed, version: str | None) -> Offer:
    """Ask once a run whether all that is missing on the host can be had, in that version."""
    one = host.inventory.get_host(host.name)  # `host` may be pyinfra's proxy, one for all hosts
    if one not in _asked:
        site: Site = one.data.site
        repository = site.kea.repository
        request = {
            "url": repository.url,
            "key_url": repository.key_url,
            "fingerprint": repository.fingerprint,
            "vendor": paths.KEA_PACKAGES,
            "version": version or "",
            "distribution": [name for name in DISTRIBUTION if name not in seen.packages],
        }
        answer: Offer | None = program.ask(one, Offers, "rehearse", request)
        _asked[one] = answer or Offer("the package repositories could not be asked", "")
    return _asked[one]
