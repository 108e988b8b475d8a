"""A kea-dhcp4 of this machine that serves nobody: it loads configurations and returns them.

It has no interfaces, so it opens no DHCP port and sends nothing. Its files, its lock and its socket
are in a directory of its own (Kea ARM, "Kea Configuration File Security": the variables that name
Kea's directories).
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from keaprov.importing.loaded import Load, harmless, loader
from keaprov.model import Json

SOCKET = "kea.sock"
START = 20.0
"""Seconds for kea-dhcp4 to listen on its control socket."""
ANSWER = 300.0
"""Seconds for a command: Kea takes about 20 s to load 100,000 reservations."""
_END = 10.0
_DIRECTORIES = (
    "KEA_CONTROL_SOCKET_DIR", "KEA_DHCP_DATA_DIR", "KEA_HOOKS_PATH", "KEA_HOOK_SCRIPTS_PATH",
    "KEA_LEGAL_LOG_DIR", "KEA_LOCKFILE_DIR", "KEA_LOG_FILE_DIR", "KEA_PIDFILE_DIR",
)  # fmt: skip
_SYSTEM = ("/usr/sbin", "/usr/local/sbin", "/sbin")
"""Directories of daemons, which the PATH of a user may lack."""


class DaemonError(Exception):
    """The kea-dhcp4 did not start, or did not answer; the message says why."""


def at_hand() -> str | None:
    """Return the kea-dhcp4 of this machine, None if there is none."""
    places = os.pathsep.join((os.environ.get("PATH", os.defpath), *_SYSTEM))
    return shutil.which("kea-dhcp4", path=places)


@contextmanager
def running(program: str) -> Iterator[tuple[Load, str]]:
    """Run a kea-dhcp4 until the block ends; yield how to load something, and its version.

    Raises DaemonError.
    """
    with tempfile.TemporaryDirectory(prefix="keaprov-kea-") as name:
        folder = Path(name)
        listening = folder / SOCKET
        config = folder / "kea-dhcp4.conf"
        config.write_text(json.dumps({"Dhcp4": harmless({}, str(listening))}))
        with _process(program, folder, config) as process:
            _await(process, folder, listening)

            def ask(command: Json) -> Any:
                return _ask(listening, command)

            version = str(ask({"command": "version-get"}).get("text", "")).strip()
            yield loader(ask, config, str(listening)), version


@contextmanager
def _process(program: str, folder: Path, config: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, **dict.fromkeys(_DIRECTORIES, str(folder))}
    with (folder / "output").open("wb") as output:
        try:
            process = subprocess.Popen(
                [program, "-c", str(config)],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            raise DaemonError(f"{program} cannot be run: {error.strerror}") from error
        try:
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_END)
            process.kill()
            process.wait(_END)


def _await(process: subprocess.Popen[bytes], folder: Path, listening: Path) -> None:
    deadline = time.monotonic() + START
    while not listening.exists():
        if process.poll() is not None:
            lines = (folder / "output").read_text(errors="replace").strip().splitlines()
            raise DaemonError(f"kea-dhcp4 ended: {lines[-1] if lines else 'without a message'}")
        if time.monotonic() > deadline:
            raise DaemonError(f"kea-dhcp4 does not listen after {START:.0f} s")
        time.sleep(0.05)


def _ask(path: Path, command: Json) -> Any:
    try:
        with socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(ANSWER)
            channel.connect(str(path))
            channel.sendall(json.dumps(command, ensure_ascii=False).encode())
            answer = json.loads(b"".join(iter(lambda: channel.recv(1 << 20), b"")))
    except (OSError, ValueError) as error:
        raise DaemonError(f"kea-dhcp4 does not answer: {error}") from error
    return answer[0] if isinstance(answer, list) else answer
