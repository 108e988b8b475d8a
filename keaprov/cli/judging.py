"""The health of sites, as the verbs that show it or depend on it need it."""

from __future__ import annotations

from collections.abc import Sequence

from keaprov import look
from keaprov.health import Health, judged
from keaprov.model import Site


def judge(sites: Sequence[Site], shells: look.Shells) -> list[Health]:
    """Observe every server at once, and judge each site; `shells` are those of the sites."""
    answers = shells.ask(look.glance)
    return [
        judged(site, given, look.replication(site, shells.of(site), given))
        for site, given in zip(sites, answers, strict=True)
    ]
