"""A site as a whole: its preflight, and the phases that one of its hosts does for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pyinfra import logger
from pyinfra.api.command import FunctionCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host, state

from keaprov.conductor import Conductor, Kind, Stopped
from keaprov.conductor.outlook import outlook
from keaprov.conductor.promises import altered_packages, broken_promises
from keaprov.errors import KeaprovError
from keaprov.facts import program
from keaprov.facts.server import stale
from keaprov.facts.session import NO_SERVER, Place, SiteRun, has_servers, run_of
from keaprov.operations.refusal import answered, refusal, refuse


@operation()
def preflight() -> program.Commands:
    """Lock and observe every server of the site, and refuse before anything is changed.

    The first host of a site that comes here does it for all of them. An inventory without any
    server is refused: the run would be green, and nothing deployed.

    **Example:**

    .. code:: python

        site.preflight(name="Nothing stands in the way")
    """
    if has_servers(host):
        yield from _of_site()
        return
    if not state.is_executing:
        refuse(state, host, [NO_SERVER])
    yield refusal([NO_SERVER])


@answered
def _of_site() -> program.Commands:
    run, name = run_of(host), host.data.server.name
    run.begin_again()
    reasons = run.preflight(lock=state.is_executing)
    own = list(dict.fromkeys(reasons.get(name, [])))
    own += [] if own else _others(reasons)
    if not own:
        if run.impact.server == name:
            for line in run.impact.lines():
                host.log(line)
        host.noop("nothing stands in the way")
        return
    if not state.is_executing:
        refuse(state, host, own)  # a dry run ends before the command
    yield refusal(own)


def _others(reasons: dict[str, list[str]]) -> Iterator[str]:
    for other, own_reasons in reasons.items():
        if own_reasons:
            yield (
                f"stopped before anything is changed, because {other} is not ready (see its own "
                "message). Nothing is done on this host; remove the cause and run the deploy again"
            )


def _phase(name: str, before: str) -> tuple[SiteRun, list[str], bool]:
    """Return this host's site, why the phase must not begin, and whether this host acts."""
    run = run_of(host)
    reasons = run.preflight(lock=state.is_executing)
    gaps = list(run.gaps(host, before)) if state.is_executing else []
    gaps += [] if gaps else [reason for given in reasons.values() for reason in given][:1]
    acts = run.arrive(name, host) is Place.ACTS if not gaps else False
    return run, gaps, acts


@operation()
@answered
def staged() -> program.Commands:
    """Put the configuration that the site wants beside the active one, once Kea has accepted it.

    On every server, side by side. Kea tests it as the user that the daemon runs as, hooks included
    (`kea-dhcp4 -T`). The active files are not touched.

    **Example:**

    .. code:: python

        site.staged(name="Kea accepts the configuration")
    """
    run, gaps, acts = _phase("stage", "the configuration is staged")
    if gaps:
        yield refusal(gaps)
        return
    conductor = _conductor(run)
    if not state.is_executing:
        view = conductor.views.get(host.data.server.name)
        if view and view.need.stage:
            yield FunctionCommand(_stage, [], {})
        else:
            host.noop("the active configuration is the wanted one")
        return
    if not acts:
        host.noop("another server acts for the site")
        return
    _refresh(conductor)
    if not any(view.need.stage for view in conductor.views.values()):
        host.noop("the active configuration is the wanted one")
        return
    yield FunctionCommand(_stage, [], {})


def _stage(state: State, host: Host) -> bool:
    return _acting(host, lambda conductor: conductor.stage())


@operation()
@answered
def rolled_out() -> program.Commands:
    """Bring every server of the site to what the site wants, in the only order that is safe.

    The last host of a site that comes here acts for all of them: it takes step after step, and
    observes every server freshly before each one (`keaprov.conductor`). To wait for a pair that
    comes back by itself changes nothing, and is not reported as a change.

    **Example:**

    .. code:: python

        site.rolled_out(name="Live, or by a rolling restart")
    """
    run, gaps, acts = _phase("roll out", "the roll-out")
    if gaps:
        yield refusal(gaps)
        return
    conductor = _conductor(run)
    if not state.is_executing:
        words = list(outlook(run.site, conductor.views).lines_of(host.data.server.name))
        for line in words:
            host.log(line)
        if words:
            yield FunctionCommand(_roll_out, [], {})
        else:
            host.noop("runs what the site wants")
        return
    if not acts:
        host.noop("another server acts for the site")
        return
    _refresh(conductor)
    if not _acting(host, lambda conductor: conductor.await_recovery()):
        yield refusal([])  # what stopped it is said
        return
    if conductor.next().kind is Kind.DONE:
        host.noop("every server runs what the site wants")
        return
    host.log(str(outlook(run.site, conductor.views).situation))
    yield FunctionCommand(_roll_out, [], {})


def _roll_out(state: State, host: Host) -> bool:
    return _acting(host, lambda conductor: conductor.roll_out())


def _acting(host: Host, act: Callable[[Conductor], None]) -> bool:
    """Do something for the site; return False if it stops: then no phase follows."""
    run = run_of(host)
    if run.failed or run.conductor is None:
        return refuse(host.state, host, [run.failed or "the preflight refused this site"])
    try:
        act(run.conductor)
    except Stopped as stopped:
        run.tell(stopped.server or host.data.server.name, f"Refused: {stopped}", True)
        run.fail(f"{stopped.server or run.site.name} stopped the roll-out (see its own message)")
    except KeaprovError as error:
        run.tell(host.data.server.name, f"Refused: {error}", True)
        run.fail(f"the roll-out of {run.site.name} stopped (see its own message)")
    return not run.failed


@operation()
@answered
def verified() -> program.Commands:
    """Check everything that the deploy promises, on each server and between them.

    **Example:**

    .. code:: python

        site.verified(name="Every promise is kept")
    """
    run, gaps, acts = _phase("verify", "the verification")
    if gaps:
        yield refusal(gaps)
        return
    if not acts or not state.is_executing:
        host.noop("another server acts for the site" if state.is_executing else "")
        return
    conductor = _conductor(run)
    if stale(host) and not conductor.fresh:
        errors = conductor.observe()
        if errors:
            yield refusal(errors.values())
            return
    broken = [
        *broken_promises(run.site, conductor.views),
        *altered_packages(conductor.observer, conductor.views),
    ]
    if broken:
        run.fail(f"{run.site.name} is not as promised (see above)")
        yield refusal(f"not as promised: {promise}" for promise in broken)
        return
    run.end()
    for name, view in conductor.views.items():
        observed = view.observed
        if observed.updated_since_boot:
            updated = ", ".join(observed.updated_since_boot)
            run.hosts[name].log(
                f"a reboot is needed for the updates of {updated}; not done", logger.warning
            )
        words = observed.kea.ha.state.value if observed.kea.ha else "standalone"
        version = observed.packages.get("isc-kea-dhcp4", "")
        run.hosts[name].log(f"{words}, Kea {version}, revision {observed.kea.revision}")
    host.noop("every promise is kept")


def _conductor(run: SiteRun) -> Conductor:
    if run.conductor is None:
        raise Stopped("the preflight refused this site")
    return run.conductor


def _refresh(conductor: Conductor) -> None:
    """Observe the site again if something was changed since it was observed."""
    if stale(host) and not conductor.fresh:
        conductor.refresh()
