"""Cures for Kea's own files: what they show in a site's short form is written in Kea's JSON.

``option-data: {routers: …}`` is what a site file takes. In kea-dhcp4.conf it would be one more
mistake: there it is ``"option-data": [{"name": "routers", "data": "…"}]``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from keaprov import source
from keaprov.errors import Problem
from keaprov.site.normal import normalise

_SNIPPET = re.compile(r"`([^`]*)`")
_OF_SITES = re.compile(r", or `\{csv: [^`]*\}` for a table|, or all options as a map: `[^`]*`")
"""Ways to write something that site files alone have."""
_MORE = "…"
_MOST = 1000
"""Different cures that are written anew: it takes a while, and nobody reads so many."""


def of_kea(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield the problems of one of Kea's own files, each cure in the form of such files."""
    written: dict[str, str] = {}
    for problem in problems:
        hint = problem.hint
        if "`" not in hint or (hint not in written and len(written) >= _MOST):
            yield problem
            continue
        if hint not in written:
            written[hint] = _SNIPPET.sub(_in_json, _OF_SITES.sub("", hint))
        yield problem._replace(hint=written[hint])


def _in_json(snippet: re.Match[str]) -> str:
    """Return a part of a site file as Kea reads it; any other text as it is."""
    text = snippet[1]
    whole = text.startswith(("{", "[", "- "))
    if (": " not in text and not whole) or "csv: " in text:
        return snippet[0]
    document = source.parse(text, "snippet.yaml")
    value = document.value
    if document.problems or not isinstance(value, (dict, list)) or not value:
        return snippet[0]
    entries = value if isinstance(value, list) else [value]
    forms = [normalise(entry, ("Dhcp4",), Path(), "").dhcp4 for entry in entries]
    form = json.dumps(forms if isinstance(value, list) else forms[0], ensure_ascii=False)
    form = form.replace(f'"{_MORE}": null', _MORE)
    return f"`{form if whole else form[1:-1]}`"
