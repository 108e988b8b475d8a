"""The files that a deploy pushes: templates, and the programs that run on the hosts.

They live in `files/` of the checkout and travel in the wheel as `keaprov/_files`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Template

_HERE = Path(__file__).parent


@cache
def read(name: str) -> str:
    """Return the text of a file below `files/`, such as ``host/observe.py``."""
    packaged = _HERE / "_files" / name
    return (packaged if packaged.exists() else _HERE.parent / "files" / name).read_text("utf-8")


def fill(template: str, /, **values: str) -> str:
    """Return a template's text with every ``$name`` filled in; KeyError when one is missing."""
    return Template(read(template)).substitute(values)
