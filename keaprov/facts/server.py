"""Everything about a server, in one exec: what the operations decide from."""

from __future__ import annotations

from pyinfra.api.host import Host

from keaprov.conductor.observing import FULL
from keaprov.errors import Refused
from keaprov.facts.channel import itself
from keaprov.facts.session import SiteRun, run_of
from keaprov.ha.observed import Observed


def changes(run: SiteRun) -> int:
    """Count the operations that changed something on a server of the site in this run."""
    return sum(
        op.operation_meta.is_complete() and op.operation_meta.did_change()
        for host in run.hosts.values()
        for op in host.state.ops[host].values()
    )


def observe(host: Host, *, fresh: bool = False) -> Observed:
    """Return what is observed of a server, freshly only after something was changed.

    An operation that ran commands on a server of the site makes what was observed before it stale.
    Raises Refused if the preflight refuses the site, Unreachable if the host does not answer.
    """
    host = itself(host)
    run, server = run_of(host), host.data.server
    with run.guard:
        reasons = run.preflight(lock=host.state.is_executing)
        observed = run.last_observed(server.name)
        if run.conductor is None or observed is None:
            raise Refused("; ".join(reasons[server.name]) or f"{server.name} was not observed")
        count = changes(run)
        if fresh or run.observed_after.setdefault(server.name, 0) != count:
            observed = run.conductor.observer.observe(server, FULL)
            run.observed_after[server.name] = count
        return observed


def stale(host: Host) -> bool:
    """Whether something was changed on the site since its preflight, or waited for."""
    run = run_of(host)
    return run.waited or changes(run) > 0
