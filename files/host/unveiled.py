"""What a user who may only read gets of a report: everything but secrets.

A value is secret by its key, or as the user, password or parameter of a URL, as keaprov.secret has
it for everything that keaprov shows: a test compares the two.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import stat
import zlib
from typing import Any

import packing
import trusted

MASK = "(secret)"
ENDINGS = (
    *("password", "passwd", "pwd", "passphrase", "secret", "token"),
    *("private-key", "private_key", "privatekey", "api-key", "api_key", "apikey", "psk"),
    *("auth-key", "auth_key", "authkey", "access-key", "access_key", "accesskey"),
    *("shared-key", "shared_key", "sharedkey"),
    *("pasword", "passwort", "passwrod", "passowrd", "passwrd", "passord"),
)
CREDENTIALS = re.compile(
    r"""(?<=://)(?:(?!\[)[^/\s"'<>@:]*:(?!\d+(?:[/\s"',}\]]|\Z))[^\n]{0,4096}@|[^/\s"'<>]*@)"""
)
PARAMETERS = re.compile(
    rf"""(?<=[?&;])([\w.-]*(?:{"|".join(ENDINGS)})=)(?:[^\s"'<>&#]|["'](?=[\w.~%-]))+""",
    re.IGNORECASE,
)
HASHED = re.compile(r"/etc/kea/kea-(dhcp4|ctrl-agent)\.conf|/etc/systemd/.*|/usr/libexec/.*")
"""The files whose hash is reported: somebody may guess a password, and compare hashes."""


def masked(value: Any, key: str = "") -> Any:
    """Return a value, the value of `key`, with every secret in it masked."""
    if key.lower().endswith(ENDINGS):
        return MASK
    if isinstance(value, dict):
        return {name: masked(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner) for inner in value]
    return without_credentials(value) if isinstance(value, str) else value


def without_credentials(text: str) -> str:
    """Return a text in which no URL has a user, a password or a secret parameter."""
    if "://" not in text:
        return text
    return PARAMETERS.sub(rf"\g<1>{MASK}", CREDENTIALS.sub(f"{MASK}@", text))


def observation(report: dict[str, Any]) -> dict[str, Any]:
    """Return a report of observe.py without hashes of secrets, and without private texts."""
    for path, entry in report.get("files", {}).items():
        if entry and not HASHED.fullmatch(path):
            entry.pop("sha256", None)
    if "texts" in report:
        report["texts"] = {path: text for path, text in report["texts"].items() if is_public(path)}
    return report


def is_public(path: str) -> bool:
    """Return whether everybody on this host may read a file."""
    info = trusted.status(path)
    return info is not None and bool(info.st_mode & stat.S_IROTH)


def configuration(report: dict[str, Any]) -> dict[str, Any]:
    """Return a report of command.py with its secrets masked.

    A file that is not plain JSON is left out: its comments may have secrets.
    """
    answers = json.loads(zlib.decompress(base64.b64decode(report["packed"])))
    cleared = {}
    for name, answer in answers.items():
        if name.startswith("/"):
            with contextlib.suppress(ValueError):
                cleared[name] = json.dumps(masked(json.loads(answer)))
        else:
            cleared[name] = masked(answer)
    return {"packed": packing.packed(json.dumps(cleared))}
