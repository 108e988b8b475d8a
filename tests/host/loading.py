"""Load the programs as a host does, and give them commands that only write down their calls."""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from keaprov import files

HOST = files.path("host/turn.py").parent
NAMES = sorted(path.stem for path in HOST.glob("*.py"))
PROGRAMS = [name for name in NAMES if "\ndef main(" in files.read(f"host/{name}.py")]
MODULES = [name for name in NAMES if name not in PROGRAMS]
PYTHON = os.environ.get("KEAPROV_HOST_PYTHON", sys.executable)
"""The Python that runs programs as processes; a host of Enterprise Linux 9 has 3.9."""


class Host:
    """A host in a directory: locks, watchers' marks, and a PATH of stand-ins before the real one.

    A stand-in writes its name and words to `calls`; its body decides the rest.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bin = root / "bin"
        self.bin.mkdir()
        self.log = root / "calls"
        self.environment = {**os.environ, "PATH": f"{self.bin}:/usr/bin:/bin", "LC_ALL": "C"}
        for name in NAMES:
            sys.modules.pop(name, None)
        self.module("shell").ENVIRONMENT.update(self.environment)
        held, detached = self.module("held"), self.module("detached")
        held.RUN, held.WORK = str(root / "keaprov.lock"), str(root / "keaprov-work.lock")
        detached.DIRECTORY = str(root)

    def module(self, name: str) -> Any:
        """Return a program or a module; what it imports is its own host's."""
        return importlib.import_module(name)

    def command(self, name: str, body: str = "") -> None:
        """Put a stand-in for a command on the PATH: a shell script."""
        script = self.bin / name
        script.write_text(f'#!/bin/sh\necho "{name} $*" >> {self.log}\n{body}\n')
        script.chmod(0o755)

    def calls(self) -> list[str]:
        """Return the commands that ran, in their order."""
        return self.log.read_text().splitlines() if self.log.exists() else []

    def payload(self, name: str, request: dict[str, Any]) -> str:
        """Return what a host's Python reads, with this host's paths in place of the real ones."""
        sent = json.loads(files.program(name, request))
        for module, source in sent["modules"].items():
            adapted = source.replace('"/run', f'"{self.root}')
            sent["modules"][module] = adapted.replace('"PATH": "', f'"PATH": "{self.bin}:')
        return json.dumps(sent) + "\n"

    def words(self, name: str) -> list[str]:
        """Return the command that reads `payload`."""
        return [PYTHON, *files.interpreter(name)[1:]]
