"""The leases of a site's servers: those that a change touches, and those that the standby lacks."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from keaprov import paths
from keaprov.conductor.observing import Observer
from keaprov.conductor.views import View, Views
from keaprov.control.decoding import expected
from keaprov.errors import ControlError
from keaprov.ha.serving import answers_clients
from keaprov.ha.states import State
from keaprov.impact import Impact, Inquiry, Kind, compare, reported_impact, unknown_impact
from keaprov.model import Json, Role
from keaprov.replication import subnet_differences
from keaprov.wanted import wanted_body

MIB = 1 << 20
ANSWER = 60.0
"""Seconds for the leases of a small site to be counted."""
FOR_EACH_MIB = 2.0
"""Seconds more for each MiB of lease files: some 10,000 leases."""
HEADER = 110
"""Bytes of a lease file without a lease."""
NOTHING = Impact()


def touched(observer: Observer, views: Views, *, losses_only: bool = False) -> Impact:
    """Return what the change of a site touches; `views` are those that were judged last.

    The running configuration of the server that answers clients is compared with the wanted one.
    If it runs what is wanted, nothing is asked: its clients see no change. If no server answers,
    the leases that a host keeps on its disk are not known. With `losses_only` nothing is asked
    if no lease can be lost. Raises ControlError if the server stops answering.
    """
    name = _server_to_ask(observer, views)
    if name is None:
        return _unknown(observer, views)
    view = views[name]
    if view.change is None:
        return NOTHING
    running = _running(observer, name, view)
    if running is None:
        return _unknown(observer, views)
    changed = view.renumbering
    ids = changed.ids if changed and not changed.obstacle else {}
    inquiry = compare(running, wanted_body(view.wanted), ids)
    if not inquiry.ranges or (losses_only and not inquiry.costs):
        return NOTHING
    patience = ANSWER + FOR_EACH_MIB * view.observed.lease_bytes / MIB
    request = inquiry.request(paths.CONTROL_SOCKET)
    report = observer.channels[name].program("impact", request, patience)
    with expected(f"{name}: the report of impact"):
        return reported_impact(inquiry, name, report)


def with_lacking(observer: Observer, views: Views) -> Views:
    """Return the views, with what the standby lacks of the primary's leases.

    `views` are those of an observation in full. A run that was interrupted may have left a pair
    like this: the two did not hear each other for a while, and only a start fetches leases. Leases
    that were given a moment ago do not count, nor does a difference in numbers alone, where there
    are too many leases to read: expired leases may be its reason, in every run.
    """
    standby = next(
        (server for server in observer.site.servers if server.role is Role.STANDBY), None
    )
    ha = [view.observed.kea.ha for view in views.values()]
    if standby is None or not all(pair and pair.state is State.HOT_STANDBY for pair in ha):
        return views
    statistics = {name: observer.known[name].statistics for name in views}
    words = ""
    with suppress(ControlError):  # a server is gone since then: the next observation reports it
        words = "; ".join(
            sentence
            for subnet in subnet_differences(observer.site, observer.channels, statistics)
            if subnet.lacking.get(standby.name) and not subnet.counted
            for sentence in subnet.sentences(statistics)
        )
    observer.known[standby.name].lacking = words
    return {**views, standby.name: replace(views[standby.name], lacking=words)}


def _server_to_ask(observer: Observer, views: Views) -> str | None:
    """Return the server to ask: one that answers clients, else one whose kea-dhcp4 runs."""
    names = [server.name for server in observer.site.servers if server.name in views]
    serving = (name for name in names if answers_clients(views[name].observed))
    running = (name for name in names if views[name].observed.kea.answers)
    return next(serving, None) or next(running, None)


def _running(observer: Observer, name: str, view: View) -> Json | None:
    """Return what runs, in the words of a site if its file says the same."""
    known = observer.known[name]
    known.bodies = known.bodies or observer.bodies(observer.site.server(name))
    return observer.source(view, known)


def _unknown(observer: Observer, views: Views) -> Impact:
    """Return what may be lost while no server answers: leases cannot be counted then."""
    for server in observer.site.servers:
        view = views[server.name]
        if view.observed.lease_bytes <= HEADER or not view.need.stage:
            continue
        _, file = observer.bodies(server)
        inquiry = _of_file(server.name, file, wanted_body(view.wanted))
        if inquiry.costs:
            return unknown_impact(inquiry, f"kea-dhcp4 does not answer on {_names(observer)}")
    return NOTHING


def _of_file(name: str, file: Json | None, wanted: Json) -> Inquiry:
    if file is not None:
        return compare(file, wanted)
    inquiry = Inquiry()
    inquiry.add(Kind.REMOVED, f"every subnet of {name}", f"{paths.DHCP4_CONF} cannot be read")
    return inquiry


def _names(observer: Observer) -> str:
    return " and ".join(server.name for server in observer.site.servers)
