"""chrony: the site's time sources, and a clock that follows them."""

from __future__ import annotations

import re
import time
from threading import Event

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host, state

from keaprov import files, paths
from keaprov.facts import program
from keaprov.facts.server import observe
from keaprov.facts.session import run_of
from keaprov.model import Ntp, Site
from keaprov.operations.refusal import answered, refusal

PATIENCE = 60.0
"""Seconds for the first synchronisation: iburst takes about 6 (chrony.conf(5))."""


OTHERS = re.compile(
    r"^[ \t]*((?:peer|refclock|sourcedir|confdir|include)[ \t].*?)[ \t]*$", re.I | re.M
)
"""Lines of chrony.conf by which chronyd may have further sources (chrony.conf(5))."""


def others(current: str) -> list[str]:
    """Return the lines by which chronyd may have sources that the site does not name."""
    return OTHERS.findall(current)


def configuration(current: str, ntp: Ntp) -> str:
    """Return chrony.conf with the site's sources in one block, other ones commented out.

    These are `pool` and `server`. A peer, a reference clock, and what other files say (`others`)
    stay: they are hardware, or of another program, such as the sources that DHCP gave.
    """
    own_block = re.compile(r"(?ms)^# keaprov: time sources.*?^# keaprov: end\n?")
    rest = re.sub(
        r"(?mi)^([ \t]*(?:pool|server)[ \t])", r"# keaprov: was \1", own_block.sub("", current)
    )
    sources = [f"pool {name} iburst" for name in ntp.pools]
    sources += [f"server {name} iburst" for name in ntp.servers]
    block = files.fill("chrony/sources.conf", sources="\n".join(sources))
    return block + rest.lstrip("\n") if rest.strip() else block


@operation()
@answered
def sources() -> program.Commands:
    """Write the site's time sources into chrony.conf; chronyd runs, with them, and is enabled.

    The pools and servers that were there are commented out, not lost; a message names the lines
    that may bring further sources, which stay. Without `ntp` in the site the file stays as it is.
    """
    site: Site = host.data.site
    observed = observe(host)
    current = observed.texts.get(paths.CHRONY_CONF, "")
    wanted = configuration(current, site.ntp) if site.ntp.pools or site.ntp.servers else current
    unit = observed.unit("chronyd")
    request: dict[str, list[object]] = {"files": [], "then": []}
    if wanted != current:
        request["files"].append({"path": paths.CHRONY_CONF, "content": wanted})
        if others(current):
            host.log(f"chronyd may have sources besides the site's: {', '.join(others(current))}")
    if not unit.enabled:
        request["then"].append(["systemctl", "enable", "chronyd"])
    if wanted != current or not unit.running or observed.stale("chronyd", paths.CHRONY_CONF):
        request["then"].append(["systemctl", "restart", "chronyd"])
    if not request["files"] and not request["then"]:
        host.noop("chronyd runs with the site's time sources")
        return
    yield program.command("write", request)


@operation()
@answered
def synchronised() -> program.Commands:
    """Wait, a bounded time, until the clock follows a source (chronyc tracking).

    Waiting changes nothing, and is not reported as a change.
    """
    if observe(host).chrony.synchronised:
        host.noop("the clock follows its source")
        return
    if not state.is_executing:
        yield StringCommand("chronyc waitsync")  # what a dry run shows
        return
    deadline = time.monotonic() + PATIENCE
    while not (chrony := observe(host, fresh=True).chrony).synchronised:
        if time.monotonic() > deadline:
            yield refusal(
                [
                    f"the clock follows no source after {PATIENCE:.0f} s ({chrony.detail}). Check "
                    "`ntp` in the site file, that this host reaches it on 123/udp, and `chronyc "
                    "sources`"
                ]
            )
            return
        Event().wait(0.5)
    run_of(host).waited = True
    host.noop("the clock follows its source")
