"""The files that a deploy pushes: templates, and the programs that run on the hosts.

They live in `files/` of the checkout and travel in the wheel as `keaprov/_files`.
"""

from __future__ import annotations

import ast
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
    """Return a template's text with every ``$name`` filled in; KeyError if one is missing."""
    return Template(read(template)).substitute(values)


_BOOTSTRAP = (
    "import json,sys;"
    'sys.version_info<(3,9)and sys.exit("keaprov needs Enterprise Linux 9: Python 3.9 or newer");'
    'r=json.loads(sys.stdin.readline());m=r["modules"];'
    'sys.meta_path.insert(0,type("Sent",(),{'
    '"find_spec":lambda s,n,*_:type(sys.__spec__)(n,s)if n in m else None,'
    '"create_module":lambda s,_:None,'
    '"exec_module":lambda s,o:exec(compile(m[o.__name__],o.__name__,"exec"),o.__dict__)})());'
    "import outcome;outcome.run(r)"
)
"""Imports the modules that were sent when they are needed, and leaves the rest to `outcome`."""


def interpreter(name: str) -> tuple[str, ...]:
    """Return the command that runs the program which comes on stdin; `name` is for the eye."""
    return ("/usr/bin/python3", "-I", "-S", "-c", _BOOTSTRAP, f"keaprov-{name}")


def program(name: str, request: Mapping[str, Any]) -> str:
    """Return what `interpreter` reads: ``host/NAME.py`` and its request, on one line of JSON.

    The modules of files/host that the program imports come with it.
    """
    sent = {"modules": modules(name), "program": read(f"host/{name}.py"), "name": name}
    return json.dumps({**sent, "request": dict(request)})


@cache
def modules(name: str) -> dict[str, str]:
    """Return the sources that a program needs beside its own, by module."""
    needed = {"outcome": read("host/outcome.py")}
    for module in _imports(name):
        needed.update({**modules(module), module: read(f"host/{module}.py")})
    return needed


@cache
def _imports(name: str) -> tuple[str, ...]:
    """Return the modules of `files/host` that one of them imports, anywhere in it."""
    names: list[str] = []
    for node in ast.walk(ast.parse(read(f"host/{name}.py"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
    return tuple(dict.fromkeys(module for module in names if path(f"host/{module}.py").exists()))
