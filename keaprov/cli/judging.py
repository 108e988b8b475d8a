"""The health of sites, as the verbs that show it or depend on it need it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from keaprov import survey
from keaprov.health import Health, site_health
from keaprov.model import Site


def judge(sites: Sequence[Site], shells: survey.Shells, *, verify: bool = False) -> list[Health]:
    """Observe every server at once, and judge each site; `shells` are those of the sites.

    With `verify` each host has rpm verify Kea's packages too, and dnf report advisories.
    """
    answers = shells.ask(partial(survey.read_status, verify=verify))
    return [
        site_health(site, statuses, survey.lease_differences(site, shells.of(site), statuses))
        for site, statuses in zip(sites, answers, strict=True)
    ]
