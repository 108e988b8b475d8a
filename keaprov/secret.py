"""Secrets: which values are secret, how a value is shown without them, and how one is read.

Every face of keaprov (diffs, rendered files on a terminal; by `keaprov.veil` messages and reports)
clears what it shows by this module. A value is secret by its key, as in Kea's own redaction (Kea
3.0, src/lib/process/redact_config.cc: a key that ends in ``password`` or ``secret``) and for some
more endings, or as the user and password in a URL, or as a parameter of a URL with such a name
(``?token=``). ``{env: NAME}`` and ``{file: PATH}`` say where a secret is: they are shown.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from keaprov.errors import KeyPath, SecretError
from keaprov.model import ManagementApi, Secret
from keaprov.source import regular_bytes

MASK = "(secret)"
_MISSPELT = ("pasword", "passwort", "passwrod", "passowrd", "passwrd", "passord")
_KEYS = (
    *("private-key", "private_key", "privatekey", "api-key", "api_key", "apikey", "psk"),
    *("auth-key", "auth_key", "authkey", "access-key", "access_key", "accesskey"),
    *("shared-key", "shared_key", "sharedkey"),
)
ENDINGS = ("password", "passwd", "pwd", "passphrase", "secret", "token", *_KEYS, *_MISSPELT)
"""What the name of a secret value ends in; a misspelt key is shown with its line."""
REFERENCES = ("env", "file", "generate")
"""The keys of a map that says where a secret is."""
LONGEST_FILE = 65536
"""Bytes that are read of a file with a secret."""
REFUSED_BY_KEA = ("1234", "keatest", "*****")
"""Passwords of Kea's own examples (default_credentials.cc)."""

_CREDENTIALS = re.compile(
    r"""(?<=://)(?:(?!\[)[^/\s"'<>@:]*:(?!\d+(?:[/\s"',}\]]|\Z))[^\n]{0,4096}@|[^/\s"'<>]*@)"""
)
"""User and password in a URL. A password may have a quote, a blank or a slash that nobody encoded:
behind ``://USER:`` everything up to the last @ of the line is taken for one, unless it is a port.
"""
_PARAMETERS = re.compile(
    rf"""(?<=[?&;])([\w.-]*(?:{"|".join(ENDINGS)})=)(?:[^\s"'<>&#]|["'](?=[\w.~%-]))+""",
    re.IGNORECASE,
)
"""The secret parameters of a URL: their names, and their values."""
_STANDS_FOR = re.compile(r"""\{(env|file): ([^"{}\\\n]+)\}""")
"""What a rendered text has in place of a password, see `reference`."""


def reference(value: Any) -> str | None:
    """Return the text that stands for the password of ``{env: NAME}`` or ``{file: PATH}``.

    None if the value is another one. The text is the map as YAML writes it.
    """
    if not isinstance(value, Mapping) or len(value) != 1:
        return None
    ((key, name),) = value.items()
    text = f"{{{key}: {name}}}"
    return text if isinstance(name, str) and _STANDS_FOR.fullmatch(text) else None


def is_reference(value: Any) -> bool:
    """Return whether a value stands for a password."""
    return isinstance(value, str) and _STANDS_FOR.fullmatch(value) is not None


def revealed(text: str, site_file: str) -> tuple[str, tuple[str, ...]]:
    """Return a rendered text with its passwords in place of what stands for them, and these.

    Raises SecretError for a password that cannot be read.
    """
    values: list[str] = []

    def value_of(entry: re.Match[str]) -> str:
        where = Secret(env=entry[2]) if entry[1] == "env" else Secret(file=entry[2])
        values.append(read(where, site_file, "a database's password"))
        return f'"password": {json.dumps(values[-1], ensure_ascii=False)}'

    return re.sub(f'"password": "{_STANDS_FOR.pattern}"', value_of, text), tuple(values)


def is_secret(key: object) -> bool:
    """Return whether the values of a key are secret."""
    return isinstance(key, str) and key.lower().endswith(ENDINGS)


def without_login(text: str) -> str:
    """Return a text in which no URL has a user or password."""
    return _CREDENTIALS.sub(f"{MASK}@", text) if "://" in text else text


def without_credentials(text: str) -> str:
    """Return a text in which no URL has a user, a password or a secret parameter."""
    if "://" not in text:
        return text
    text = without_login(text)
    return _PARAMETERS.sub(rf"\g<1>{MASK}", text) if "=" in text else text


def masked(value: Any, key: object = "") -> Any:
    """Return a value, the value of `key`, with every secret in it masked."""
    if is_secret(key):
        return value if is_reference(value) else MASK
    if isinstance(value, str):
        return without_credentials(value)
    if isinstance(value, Mapping):
        return {name: masked(inner, name) for name, inner in value.items()}
    return [masked(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def in_clear(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Yield the path of each secret in a value, the value of `path`, that stands there in clear."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from in_clear(inner, (*path, key))
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from in_clear(inner, (*path, index))
    elif value and path and is_secret(path[-1]) and not isinstance(value, bool):
        yield path


def shown(path: KeyPath, value: Any) -> str:
    """Return the value at a path as JSON text, its secrets masked."""
    if any(map(is_secret, path)):
        return MASK
    return json.dumps(masked(value), ensure_ascii=False)


def password(api: ManagementApi, site_file: str) -> str | None:
    """Return the API's password, None if each host makes its own; SecretError if it cannot be had.

    A relative file name starts at the site file's directory. Kea uses the first word of a password
    file only (Kea ARM, Basic HTTP Authentication), so that a secret may not hold white space.
    """
    if api.password.generate:
        return None
    name = f"{api.key}.password"
    value = read(api.password, site_file, name)
    if value.split() != [value]:
        raise SecretError(f"{name}: it holds white space; Kea would cut it")
    if value in REFUSED_BY_KEA:
        raise SecretError(f"{name}: Kea refuses this value; choose another")
    return value


def read(secret: Secret, site_file: str, name: str) -> str:
    """Return the secret of an environment variable or file; `name` is for the message.

    Space around it is cut. Raises SecretError if it cannot be read, or is empty.
    """
    if secret.env is not None:
        value = os.environ.get(secret.env, "")
        source = f"the environment variable {secret.env}"
    else:
        path = Path(site_file).parent / (secret.file or "")
        source = f"the file {path}"
        try:
            value = regular_bytes(path, LONGEST_FILE).decode("utf-8").strip()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise SecretError(f"{name}: cannot read {source}: {reason}") from None
    if not value:
        raise SecretError(f"{name}: {source} is not set or empty")
    return value
