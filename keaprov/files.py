"""The files that a deploy pushes: templates, and the programs that run on the hosts.

They live in `files/` of the checkout and travel in the wheel as `keaprov/_files`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

_HERE = Path(__file__).parent


@cache
def read(name: str) -> str:
    """Return the text of a file below `files/`, such as ``host/observe.py``."""
    return path(name).read_text("utf-8")


def path(name: str) -> Path:
    """Return where a file below `files/` is."""
    packaged = _HERE / "_files" / name
    return packaged if packaged.exists() else _HERE.parent / "files" / name


def fill(template: str, /, **values: str) -> str:
    """Return a template's text with every ``$name`` filled in; KeyError when one is missing."""
    return Template(read(template)).substitute(values)


_BOOTSTRAP = (
    "import json,sys;r=json.loads(sys.stdin.readline());n={};"
    'exec(compile(r["program"],r["name"],"exec"),n);'
    'print(json.dumps(n["main"](r["request"])))'
)


def interpreter(name: str) -> tuple[str, ...]:
    """Return the command that runs the program which comes on stdin; `name` is for the eye."""
    return ("/usr/bin/python3", "-I", "-S", "-c", _BOOTSTRAP, f"keaprov-{name}")


def program(name: str, request: Mapping[str, Any]) -> str:
    """Return what `interpreter` reads: ``host/NAME.py`` and its request, on one line of JSON."""
    source = read(f"host/{name}.py")
    return json.dumps({"program": source, "name": name, "request": dict(request)})
