"""Make this host's key for an issue of certificates, and a request to sign it (PKCS #10).

The key never leaves the host: it is made here, readable by root and kea, and the request has its
public half only. A key that is there stays: an interrupted run goes on with it. It runs on the host
(Python >= 3.9, standard library and the openssl program), as root.
"""

from __future__ import annotations

import grp
import os
import subprocess
import sys
from typing import Any

import held
import place
import shell

CONFIG = "[req]\ndistinguished_name = name\nprompt = no\n[name]\n"
"""What `openssl req` needs, so that no configuration of the host changes the request."""
SECONDS = 20


def openssl(*words: str, given: str = "") -> str:
    """Return what openssl writes; SystemExit with its words if it fails."""
    try:
        done = subprocess.run(
            ["openssl", *words],
            input=given,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            env=shell.ENVIRONMENT,
        )
    except FileNotFoundError:
        sys.exit("the program openssl is missing; install the package openssl")
    except subprocess.TimeoutExpired:
        sys.exit(f"openssl {words[0]} did not end within {SECONDS} s")
    if done.returncode:
        sys.exit(f"openssl {words[0]} failed: {' '.join(done.stderr.split())}")
    return done.stdout


def make_key(path: str, group: int) -> None:
    """Make an EC P-256 key where there is none; nobody but root and the group can read it."""
    if os.path.lexists(path):
        return
    curve = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    key = openssl("genpkey", *curve, "-pkeyopt", "ec_param_enc:named_curve")
    place.new(path, key.encode(), 0o640, 0, group)
    place.rename(path + place.NEW, path)


def main(request: dict[str, Any]) -> dict[str, object]:
    """Return the request of this host."""
    with held.working(request.get("run")):
        group = grp.getgrnam("kea").gr_gid
        home, name = request["directory"], request["issue"]
        place.directory(home, 0o750, 0, group)
        place.directory(os.path.join(home, name), 0o750, 0, group)
        key = os.path.join(home, name, request["key"])
        make_key(key, group)
        subject = "/CN=" + request["name"]
        words = ("-new", "-sha256", "-key", key, "-subj", subject, "-config", "/dev/stdin")
        return {"request": openssl("req", *words, given=CONFIG)}
