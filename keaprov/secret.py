"""Read the secrets that a site refers to, on the machine that runs the deploy."""

from __future__ import annotations

import os
from pathlib import Path

from keaprov.errors import SecretError
from keaprov.model import Secret

REFUSED_BY_KEA = ("1234", "keatest", "*****")


def password(secret: Secret, site_file: str) -> str | None:
    """Return the secret, None when each host makes its own; SecretError when it cannot be had.

    A relative file name starts at the site file's directory. Kea uses the first word of a password
    file only (Kea ARM, Basic HTTP Authentication), so that a secret may not hold white space.
    """
    if secret.generate:
        return None
    if secret.env is not None:
        value = os.environ.get(secret.env, "")
        source = f"the environment variable {secret.env}"
    else:
        path = Path(site_file).parent / (secret.file or "")
        source = f"the file {path}"
        try:
            value = path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise SecretError(f"control-agent.password: cannot read {source}: {reason}") from None
    if not value:
        raise SecretError(f"control-agent.password: {source} is not set or empty")
    if value.split() != [value]:
        raise SecretError(f"control-agent.password: {source} holds white space; Kea would cut it")
    if value in REFUSED_BY_KEA:
        raise SecretError(f"control-agent.password: Kea refuses the value in {source}; choose one")
    return value
