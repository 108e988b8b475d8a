"""Problems as people and programs read them: text with a caret, JSON, SARIF, GitHub's commands."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import metadata, version
from typing import Any
from urllib.parse import quote

from keaprov import visible
from keaprov.errors import Problem, Severity, dotted
from keaprov.lint import page
from keaprov.words import and_more, count

SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
_WIDEST = 100
_MOST = 50
"""Problems of one code and file that are written out; the rest is counted."""
_LINES = 10
"""Lines of further places that are named."""

Sources = Mapping[str, str]


def text(problems: Sequence[Problem], sources: Sources) -> str:
    """Return what a person reads: each problem with its line, a caret and the cure.

    `sources` holds the files' texts by name. A problem that stands in many places is shown once,
    with the lines of the others. Of one code in one file the first fifty are shown.
    """
    files = {problem.mark.file for problem in problems}
    lines = {name: source.split("\n") for name, source in sources.items() if name in files}
    counts: dict[tuple[str, str], int] = {}
    parts = []
    for alike in _alike(problems):
        kind = (alike[0].mark.file, alike[0].code)
        counts[kind] = counts.get(kind, 0) + 1
        if counts[kind] <= _MOST:
            parts.append(_shown(alike[0], lines.get(alike[0].mark.file, ())) + _also(alike[1:]))
    parts += [
        f"{visible.line(file)}: {number - _MOST} more of {code}"
        for (file, code), number in counts.items()
        if number > _MOST
    ]
    return "\n".join([*parts, summary(problems)]) if parts else ""


def _alike(problems: Sequence[Problem]) -> list[list[Problem]]:
    """Group the problems that differ in their place only, in the order of the first ones."""
    groups: dict[object, list[Problem]] = {}
    for problem in problems:
        last = problem.path[-1] if problem.path else None
        if isinstance(last, int):
            last = next((step for step in reversed(problem.path) if isinstance(step, str)), None)
        kind = (problem.mark.file, problem.code, problem.message, problem.hint, last)
        groups.setdefault(kind, []).append(problem)
    return list(groups.values())


def _also(others: Sequence[Problem]) -> str:
    lines = list(dict.fromkeys(str(problem.mark.line) for problem in others))
    if not lines:
        return ""
    noun = "line" if len(lines) == 1 else "lines"
    named = ", ".join(lines[:_LINES])
    return f"\n    The same in {noun} {named}{and_more(len(lines) - _LINES)}."


def summary(problems: Iterable[Problem]) -> str:
    """Count errors and warnings, in words."""
    counts = Counter(problem.severity for problem in problems)
    parts = [count(counts[severity], severity.value) for severity in Severity if counts[severity]]
    return ", ".join(parts) or "no problems"


def _shown(problem: Problem, lines: Sequence[str]) -> str:
    head, _, hint = str(problem).partition("\n")
    mark = problem.mark
    parts = [head]
    if 0 < mark.line <= len(lines):
        line = lines[mark.line - 1].rstrip("\r")
        start = max(0, mark.column - _WIDEST + 20)
        number = f"{mark.line:>5} | "
        parts.append(f"{number}{visible.line(line[start : start + _WIDEST])}")
        if mark.column:
            before = line[start : mark.column - 1].ljust(mark.column - 1 - start)
            parts.append(f"{' ' * (len(number) - 2)}| {' ' * len(visible.line(before))}^")
    return "\n".join([*parts, hint] if hint else parts)


def as_json(problems: Sequence[Problem], sources: Sources) -> str:
    """Return a JSON list of maps: file, line, column, severity, code, path, message, hint."""
    maps = [_map(problem) for problem in problems]
    return visible.document(json.dumps(maps, indent=2, ensure_ascii=False))


def _map(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.mark.file,
        "line": problem.mark.line,
        "column": problem.mark.column,
        "severity": problem.severity.value,
        "code": problem.code,
        "path": dotted(problem.path),
        "message": problem.message,
        "hint": problem.hint,
    }


def sarif(problems: Sequence[Problem], sources: Sources) -> str:
    """Return a SARIF 2.1.0 log, as code scanners exchange it; each rule has its text.

    A rule's ``helpUri`` is its heading in docs/lint.md on the documentation site. The package's
    project URL "Documentation" says where that is; without it there is no ``helpUri``.
    """
    texts, home = page.explanations(), _documentation()
    codes = sorted({problem.code for problem in problems})
    rules = [_sarif_rule(code, texts[code], home) for code in codes]
    driver = {"name": "keaprov", "version": version("keaprov"), "rules": rules}
    run = {"tool": {"driver": driver}, "results": [_result(problem) for problem in problems]}
    return json.dumps({"$schema": SARIF, "version": "2.1.0", "runs": [run]}, indent=2)


def _sarif_rule(code: str, text: page.Explanation, home: str) -> dict[str, Any]:
    whole = f"{text.short}\n\n{text.reason}".strip()
    rule = {
        "id": code,
        "shortDescription": {"text": text.short},
        "help": {"text": whole.replace("`", ""), "markdown": whole},
    }
    return rule | ({"helpUri": f"{home}/lint/#{text.anchor}"} if home else {})


def _documentation() -> str:
    """Return the address of the documentation, as the installed package names it, or nothing."""
    for entry in metadata("keaprov").get_all("Project-URL") or ():
        label, _, address = entry.partition(", ")
        if label == "Documentation":
            return str(address).rstrip("/")
    return ""


def _result(problem: Problem) -> dict[str, Any]:
    region = {"startLine": max(problem.mark.line, 1), "startColumn": max(problem.mark.column, 1)}
    place = {"artifactLocation": {"uri": _uri(problem.mark.file)}, "region": region}
    return {
        "ruleId": problem.code,
        "level": problem.severity.value,
        "message": {"text": _sentence(problem)},
        "locations": [{"physicalLocation": place}],
    }


def _uri(file: str) -> str:
    """Return a file's name as the reference of a URI (RFC 3986, 4.1)."""
    written = quote(file, safe="/~!$&'()*+,;=@", errors="surrogatepass")
    return f"./{written}" if written.startswith("//") else written


def _sentence(problem: Problem) -> str:
    """Return a problem in one line: its path, the message, the hint."""
    where = f"{dotted(problem.path)}: " if problem.path else ""
    hint = f". {problem.hint}" if problem.hint else ""
    return f"{where}{problem.message}{hint}"


def github(problems: Sequence[Problem], sources: Sources) -> str:
    """Return workflow commands that GitHub shows beside the lines."""
    return "\n".join(_command(problem) for problem in problems)


def _command(problem: Problem) -> str:
    mark = problem.mark
    words = visible.line(_sentence(problem)).replace("%", "%25")
    file = visible.line(mark.file).replace("%", "%25").replace(",", "%2C").replace(":", "%3A")
    where = f"file={file},line={max(mark.line, 1)},col={max(mark.column, 1)}"
    return f"::{problem.severity.value} {where},title={problem.code}::{words}"


FORMATS: Mapping[str, Callable[[Sequence[Problem], Sources], str]] = {
    "text": text,
    "json": as_json,
    "sarif": sarif,
    "github": github,
}
