"""The read-only program: root's own on each host, for a user whose sudo allows nothing else.

It is one text file, so that an administrator can read what the user may run: the sources of the
programs that only read (files/host), and files/host/read_only.py, which checks every request. A
verb with ``--read-only`` runs it and sends no program. The digest of the sources tells whether the
host has the same program as this keaprov.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from keaprov import files, paths
from keaprov.control import sudo

PROGRAMS = ("command", "history", "leases", "observe")
"""The programs of files/host that only read; its read_only.py has the checks of their requests."""

_TEXT = '''\
#!/usr/bin/python3 -IBS
"""Observe Kea for a user who may do nothing else as root. It takes a request of keaprov on stdin.

keaprov wrote this file: do not change it. The source `read_only` below checks each request.
"""

import sys

if sys.version_info < (3, 9):
    sys.exit("keaprov needs Enterprise Linux 9: Python 3.9 or newer")

DIGEST = "{digest}"
SOURCES = {{
{sources}}}


class Sources:
    """Imports the modules of this file."""

    def find_spec(self, name, *_):
        return type(sys.__spec__)(name, self) if name in SOURCES else None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        name = module.__name__
        exec(compile(SOURCES[name], name, "exec"), module.__dict__)


sys.meta_path.insert(0, Sources())

import read_only

read_only.run(DIGEST, set(SOURCES))
'''
_MISSING = re.compile(rf"^sudo(-rs)?: .*{paths.READ_ONLY}.*(not found|No such file)", re.M)


@cache
def program() -> str:
    """Return the text of the program for `paths.READ_ONLY`."""
    sources = "".join(f"'{name}': r'''{text}''',\n" for name, text in _sources().items())
    return _TEXT.format(digest=digest(), sources=sources)


@cache
def digest() -> str:
    """Return what tells a program from that of another version of keaprov."""
    whole = json.dumps([_TEXT, _sources()], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def request(name: str, values: Mapping[str, Any]) -> str:
    """Return the line that asks the program to run ``files/host/NAME.py``.

    A server without a running Kea is not asked for its peer's heartbeat: the address of the peer
    would come from here.
    """
    checked = {**values, "peers": []} if "peers" in values else {**values}
    return json.dumps({"digest": digest(), "name": name, "request": checked}) + "\n"


def refusal(errors: str) -> str:
    """Return in words why sudo does not run the program, "" if that is not why it failed."""
    install = "have root run keaprov sudoers SITE --user USER --install"
    if _MISSING.search(errors):
        return f"there is no {paths.READ_ONLY} on this host: {install}"
    if sudo.is_required(errors) or sudo.has_no_right(errors):
        return f"sudo does not let this user run {paths.READ_ONLY}: {install}"
    return ""


def _sources() -> dict[str, str]:
    """Return the source of each module that the program has, by name."""
    needed: dict[str, str] = {}
    for name in ("read_only", *PROGRAMS):
        needed.update({**files.modules(name), name: files.read(f"host/{name}.py")})
    return dict(sorted(needed.items()))
