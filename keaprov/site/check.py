"""One site file, every problem: read, normalised, held against the schema, linted."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

from keaprov import lint, model, schema, source, veil
from keaprov.errors import NOWHERE, KeyPath, Mark, Problem, Severity
from keaprov.schema.unknown import MOVED
from keaprov.site import templates
from keaprov.site.build import build
from keaprov.site.canonical import canonical
from keaprov.site.commas import mended
from keaprov.site.foreign import program
from keaprov.site.kea_cures import of_kea
from keaprov.site.kind import KEA_MAPS, foreign, kea_file, not_a_site
from keaprov.site.misspelt import Misspelt
from keaprov.site.normal import NO_TABLES, Normal, normalise, of_server

_AT_KEY = frozenset(("KP201", "KP202", "KP203", "KP302", "KP306", "KP336", "KP430"))
"""Problems that are about a key: they are shown at the key, not at its value."""


@dataclass(frozen=True)
class Checked:
    """What became of a file: its problems, sorted by place, and the site if none is an error.

    `sources` holds the text of every file that took part, by name. If there is a problem, secrets
    are cleared from both; if there is none, nothing is shown of the sources. `of_kea` says that the
    file is Kea's own configuration, which is not a site.
    """

    file: str
    site: model.Site | None
    problems: tuple[Problem, ...]
    sources: dict[str, str]
    of_kea: bool = False


def check_file(path: str | Path) -> Checked:
    """Check a site file, or one of Kea's own files, which is not a site.

    What the linter says about a value that the schema does not accept is left out: it would say the
    same again.
    """
    path = Path(path)
    with _no_collections():
        return _check(source.read(path), path.parent)


def check_text(
    text: bytes, name: str, folder: Path, tables: Mapping[str, str] = NO_TABLES
) -> Checked:
    """Check the text of a file, as `check_file` does; file names in it are relative to `folder`.

    `tables` are the texts of tables that are not written yet, by their name in the file.
    """
    words = source.text_of(text, name, bom=True)
    if isinstance(words, Problem):
        return _check(source.Document(name, problems=(words,)), folder)
    with _no_collections():
        return _check(source.read_as(words, name), folder, tables)


@contextmanager
def _no_collections() -> Iterator[None]:
    """Pause Python's search for garbage in cycles: it costs a sixth of a big file's time.

    A check makes millions of values, which all live until its end, and no cycles. They count as old
    ones then: the next search would read them all.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def check_site(path: Path) -> Checked:
    """Check a file that has to be a site: Kea's own file is a problem (KP207)."""
    checked = check_file(path)
    if checked.of_kea:
        return replace(checked, site=None, problems=(not_a_site(str(path)),))
    return checked


def _check(
    document: source.Document, folder: Path, tables: Mapping[str, str] = NO_TABLES
) -> Checked:
    document = mended(document)
    raw = document.value
    kea = kea_file(raw)
    if kea is not None:
        normal = Normal(moved={(key,): (*kea.path, key) for key in kea.body} if kea.path else {})
        own = of_kea(_kea_problems(kea.body))
        problems = [*document.problems, *document.dialect, *own]
        return replace(_checked(document, None, normal, problems), of_kea=True)
    other = foreign(raw)
    if other is not None or not isinstance(raw, Mapping):
        reasons = (other,) if other else tuple(schema.site_problems(raw))
        return _checked(document, None, Normal(), _unlike(document) or reasons)
    normal = normalise(raw.get("dhcp4"), ("dhcp4",), folder, document.file, tables)
    normal.dhcp4 = canonical(normal.dhcp4)
    site = build(raw, normal.dhcp4, document.file, folder)
    problems = [*document.problems, *normal.problems, *schema.site_problems(raw)]
    reported = {
        p.path
        for p in problems
        if p.code == "KP203" or p.path[:1] == ("servers",) or p.path == ("dhcp4",)
    }
    for path, body in _bodies(raw, normal.dhcp4):
        grammar = schema.dhcp4_problems(body, path, site.kea.series)
        problems += _uncovered(grammar, normal, reported)
    spelt = Misspelt(problems, {**raw, "dhcp4": normal.dhcp4} if "dhcp4" in raw else raw)
    problems = list(spelt.reported(problems))
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    wrong = {error.path for error in errors if error.path} | spelt.meant
    judged = replace(site, dhcp4=spelt.corrected("dhcp4")) if site.dhcp4 else site
    problems += _uncovered(lint.lint_site(judged), normal, wrong)
    return _checked(document, site, normal, problems)


def _unlike(document: source.Document) -> tuple[Problem, ...]:
    """Return why a file is not read: whose file it is, if that is known."""
    syntax = all(problem.code in ("KP103", "KP107") for problem in document.problems)
    texts = document.sources[:1] if syntax and not isinstance(document.value, list) else ()
    owners = (program(text, name) for name, text in texts)
    return next(((owner,) for owner in owners if owner), document.problems)


def _bodies(raw: Mapping[str, Any], dhcp4: Any) -> Iterator[tuple[KeyPath, Any]]:
    """Yield the ``dhcp4`` blocks of a site that there are, in Kea's own forms, with their paths."""
    if "dhcp4" in raw:
        yield ("dhcp4",), dhcp4
    servers = raw.get("servers")
    for name, server in servers.items() if isinstance(servers, Mapping) else ():
        if own := of_server(server):
            yield ("servers", name, "dhcp4"), own


def _kea_problems(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the problems of a kea-dhcp4.conf or kea-ctrl-agent.conf."""
    for key in raw:
        if key not in KEA_MAPS:
            hint = MOVED.get(key, "Kea reads one map of each program: Dhcp4 or Control-agent.")
            yield Problem("KP201", f"unknown key {key!r}", NOWHERE, (key,), hint)
    if len(set(raw) & set(KEA_MAPS)) == 2:
        hint = "Write a file for each: kea-dhcp4.conf and kea-ctrl-agent.conf."
        message = "Dhcp4 and Control-agent exclude each other"
        yield Problem("KP206", message, NOWHERE, (list(raw)[1],), hint)
    if "Dhcp4" in raw:
        yield from _not_empty(raw["Dhcp4"], "Dhcp4")
        yield from _dhcp4_problems(canonical(raw["Dhcp4"]))
    if "Control-agent" in raw:
        yield from _not_empty(raw["Control-agent"], "Control-agent")
        yield from schema.agent_problems(raw["Control-agent"], ("Control-agent",))
        if isinstance(raw["Control-agent"], Mapping):
            yield from lint.lint_agent(raw["Control-agent"])


def _dhcp4_problems(body: Any) -> Iterator[Problem]:
    problems = list(schema.dhcp4_problems(body, ("Dhcp4",)))
    if not isinstance(body, Mapping):
        yield from problems
        return
    for path, hook in lint.ha_hooks(body):
        parameters = hook.get("parameters", {})
        if isinstance(parameters, Mapping):
            problems += schema.ha_problems(parameters, (*path, "parameters"))
    spelt = Misspelt(problems, {"Dhcp4": body})
    yield from spelt.reported(problems)
    wrong = {problem.path for problem in problems} | spelt.meant
    yield from _uncovered(lint.lint_dhcp4(spelt.corrected("Dhcp4")), Normal(), wrong)


def _not_empty(body: Any, key: str) -> Iterator[Problem]:
    """Yield a problem if a body has no key: Kea's grammar wants one."""
    if body == {}:
        yield Problem("KP204", "is empty", NOWHERE, (key,), "Kea wants a parameter at least.")


def verdict(site: model.Site, rendered: str, words: str, line: int, column: int) -> Checked:
    """Return Kea's message about a place in a rendered kea-dhcp4.conf, at the site file's line."""
    path = ("dhcp4", *source.path_at(rendered, line, column)[1:])
    hint = "Kea itself says so; `keaprov check` cannot know everything."
    return placed(site, [Problem("KP100", f"Kea refuses it: {words}", NOWHERE, path, hint)])


def placed(site: model.Site, problems: Iterable[Problem]) -> Checked:
    """Return problems of a good site, whose paths are in Kea's forms, at the site file's lines."""
    document = source.read(Path(site.source))
    raw = document.value if isinstance(document.value, Mapping) else {}
    normal = normalise(raw.get("dhcp4"), ("dhcp4",), Path(site.source).parent, site.source)
    return _checked(document, None, normal, list(problems))


def _uncovered(
    problems: Iterable[Problem], normal: Normal, wrong: set[KeyPath]
) -> Iterator[Problem]:
    """Yield the problems that are not about a value at, or within, one of the wrong paths."""
    for problem in problems:
        if not wrong or not _covered(problem, normal, wrong):
            yield problem


def _covered(problem: Problem, normal: Normal, wrong: set[KeyPath]) -> bool:
    path = normal.written(problem.path)
    return not isinstance(path, Mark) and any(
        path[:length] in wrong for length in range(1, len(path) + 1)
    )


def _checked(
    document: source.Document,
    site: model.Site | None,
    normal: Normal,
    problems: Iterable[Problem],
) -> Checked:
    placed = _placed(document, normal, problems)
    good = not any(problem.severity is Severity.ERROR for problem in placed)
    sources = document.shown() | {table.file: table.text for table in normal.tables}
    if placed:
        broken = bool(document.problems)
        keys = veil.meant_as_secrets(placed)
        cleared = veil.Veil(document.value, tuple(sources.values()), broken=broken, keys=keys)
        placed = tuple(map(cleared.problem, placed))
        sources = {name: cleared.source(text) for name, text in sources.items()}
    return Checked(document.file, site if good else None, placed, sources)


def _placed(
    document: source.Document, normal: Normal, problems: Iterable[Problem]
) -> tuple[Problem, ...]:
    """Give every problem its line, and bring them into the order of their places."""
    placed: dict[Problem, None] = {}
    unplaced: list[tuple[Problem, KeyPath]] = []
    for problem in templates.merged(problems, document.value, document.shown()):
        if problem.mark is not NOWHERE and not _is_unplaced(problem, document):
            placed[problem] = None
            continue
        where = normal.written(problem.path)
        if isinstance(where, Mark):
            placed[_at(problem, where, problem.path)] = None
        else:
            unplaced.append((problem, where))
    places = document.places(path for _, path in unplaced)
    for problem, path in unplaced:
        place = places[path]
        mark = place.key if problem.code in _AT_KEY else place.value
        placed[_at(problem, mark, path)] = None
    tagged = {problem.mark for problem in placed if problem.code == "KP106"}
    own = filter(partial(_is_own, tagged), placed) if tagged else placed
    return tuple(sorted(own, key=attrgetter("mark")))


def _is_own(tagged: set[Mark], problem: Problem) -> bool:
    """Whether a problem is not the consequence of an unknown tag at its place."""
    return problem.code != "KP204" or problem.mark not in tagged


def _at(problem: Problem, mark: Mark, path: KeyPath) -> Problem:
    """Return a problem at another place: `dataclasses.replace` takes twice as long."""
    return Problem(problem.code, problem.message, mark, path, problem.hint, problem.severity)


def _is_unplaced(problem: Problem, document: source.Document) -> bool:
    """Whether a problem's line is not known yet: a problem of another file has its place."""
    return not problem.mark.line and problem.mark.file in ("", document.file)
