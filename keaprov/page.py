"""A site's health as one HTML page: self-contained, for a phone, a screen and paper."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from html import escape as escape_markup
from typing import TYPE_CHECKING

from keaprov import visible
from keaprov.health import Health, Pools, ServerHealth
from keaprov.words import count, when

if TYPE_CHECKING:
    from keaprov.drill import DrillReport

STYLE = """
:root { color-scheme: light dark; --good: #1a7f37; --bad: #c62828; --bar: #3b6fd4; --rest: #8884 }
:root { --warning: #a15c00 }
body { font: 16px/1.5 system-ui, sans-serif; margin: 1.5rem auto; max-width: 60rem }
body { padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin: 1.6rem 0 .4rem }
.good { color: var(--good) } .bad { color: var(--bad) } .warning { color: var(--warning) }
.servers { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)) }
.server { border: 1px solid var(--rest); border-radius: .5rem; padding: .8rem 1rem }
.server h2 { margin: 0 }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0 .8rem; margin: 0 }
dt { opacity: .7 } dd { margin: 0; overflow-wrap: anywhere }
ul { padding-left: 1.1rem; margin: .4rem 0 } li { white-space: pre-line }
table { border-collapse: collapse; width: 100% } td, th { padding: .2rem .5rem; text-align: left }
td:first-child { width: 1%; white-space: nowrap } td small { display: block; opacity: .7 }
td.bar { width: 60% } .full { background: var(--rest); height: .8rem; border-radius: .4rem }
.full div { background: var(--bar); height: 100%; border-radius: .4rem }
@media print { body { margin: 0; font-size: 12px } .full, .full div { print-color-adjust: exact } }
"""


def status_page(sites: Sequence[Health], drills: Mapping[str, DrillReport] | None = None) -> str:
    """Return the page; `drills` are the last drills by the name of their site."""
    unhealthy = sum(not site.healthy for site in sites)
    title = ", ".join(f"{site.site}: {_words(site)}" for site in sites)
    if len(sites) > 1:
        title = f"{len(sites)} sites, {f'{unhealthy} not healthy' if unhealthy else 'all healthy'}"
    body = [
        *((f"<h1>{escape(title)}</h1>",) if len(sites) > 1 else ()),
        *(line for site in sites for line in _site(site, (drills or {}).get(site.site))),
        f"<p>as of {when(time.time())}</p>",
    ]
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
    )
    text = "\n".join(body)
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{text}\n</body></html>\n'


def escape(text: str) -> str:
    """Return a text for HTML; every character of it is visible, and no mark-up."""
    return escape_markup(visible.document(text))


def _words(site: Health) -> str:
    return "healthy" if site.healthy else "not healthy"


def _site(site: Health, drill: DrillReport | None) -> Iterator[str]:
    colour = "good" if site.healthy else "bad"
    yield f'<h1>{escape(site.site)}: <span class="{colour}">{_words(site)}</span></h1>'
    yield from _listed(site.troubles, "bad")
    yield from _listed(site.warnings, "warning")
    yield '<div class="servers">'
    for server in site.servers:
        yield from _server(server)
    yield from (_unreachable(name, error) for name, error in site.unreachable.items())
    yield "</div>"
    yield from _pools(site)
    yield from _drill(drill)


def _listed(sentences: tuple[str, ...], colour: str) -> Iterator[str]:
    if sentences:
        items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
        yield f'<ul class="{colour}">{items}</ul>'


def _server(server: ServerHealth) -> Iterator[str]:
    colour = "bad" if server.troubles else "good"
    yield f'<section class="server"><h2>{escape(server.name)}</h2>'
    yield f'<p class="{colour}">{escape(server.title)}: {escape(server.words)}</p>'
    rows = {
        "Kea": server.version or "not installed",
        "unit": f"{server.unit}, since {when(server.since)}" if server.since else server.unit,
        "revision": server.revision or "unknown",
        "last changed": when(server.changed),
        "drift": "yes" if server.drift else "no",
        "clock": server.clock,
    }
    if server.certificate_days is not None:
        rows["certificate"] = f"ends in {count(server.certificate_days, 'day')}"
    if server.advisories is not None:
        rows["advisories"] = server.advisories.words
    if server.handover:
        rows["hand-over"] = "under way"
    if server.age is not None:
        rows["peer heard"] = f"{server.age} s ago, {server.unacked} unacked clients"
    items = "".join(f"<dt>{key}</dt><dd>{escape(value)}</dd>" for key, value in rows.items())
    yield f"<dl>{items}</dl>"
    yield from _listed(server.troubles, "bad")
    yield from _listed(server.warnings, "warning")
    yield "</section>"


def _unreachable(name: str, error: str) -> str:
    words = f'<p class="bad">unreachable: {escape(error)}</p>'
    return f'<section class="server"><h2>{escape(name)}</h2>{words}</section>'


def _pools(site: Health) -> Iterator[str]:
    if site.pools:
        yield f"<h2>Pools: {count(site.leases, 'lease')}</h2><table>"
        yield from (_pool(pool) for pool in site.pools)
        yield "</table>"


def _pool(pool: Pools) -> str:
    percent = min(100.0, 100 * pool.assigned / pool.total) if pool.total else 0.0
    bar = f'<div class="full"><div style="width: {percent:.1f}%"></div></div>'
    label = f"<small>{escape(pool.label)}</small>" if pool.label else ""
    return (
        f"<tr><td>{escape(pool.prefix)}{label}</td>"
        f'<td class="bar">{bar}</td><td>{escape(pool.words)}</td></tr>'
    )


def _drill(drill: DrillReport | None) -> Iterator[str]:
    if drill is None:
        return
    yield f"<h2>Last drill, {when(drill.began)}: {escape(drill.words)}</h2>"
    yield "<table>"
    for event in drill.timeline:
        yield f"<tr><td>{event.at:.1f} s</td><td>{escape(event.words)}</td></tr>"
    yield "</table>"
