"""The ``tls`` block of a site: what it says, and the certificates that it refers to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keaprov import model
from keaprov.certificates.reading import LONGEST, now
from keaprov.certificates.renewal import Issued, following
from keaprov.certificates.store import Store
from keaprov.errors import CertificateError
from keaprov.source import expanded, regular_bytes

DIRECTORY = "authority"
"""Where a site's authority is by default, beside the site file."""
DAYS = 90
"""How long a certificate of keaprov's own is valid by default."""


def tls(raw: Mapping[str, Any], servers: Sequence[model.Server], folder: Path) -> model.Tls:
    """Return a site's TLS, with the certificates as far as there are any.

    File names are relative to `folder`. What cannot be read is an error in the value, which
    `keaprov.lint.tls` reports.
    """
    api = raw.get("api", True) is not False
    if "servers" not in raw:
        return _generated(raw, servers, folder, api)
    given = raw["servers"] if isinstance(raw["servers"], Mapping) else {}
    own = {str(name): _own(entry, folder) for name, entry in given.items()}
    return model.Tls(
        issue=_digest(own),
        trust={name: files.ca.text for name, files in own.items()},
        certs={name: files.cert.text for name, files in own.items()},
        own=own,
        api=api,
    )


def _generated(
    raw: Mapping[str, Any], servers: Sequence[model.Server], folder: Path, api: bool
) -> model.Tls:
    directory, days = raw.get("directory", DIRECTORY), raw.get("days", DAYS)
    where = _file(directory, folder)
    issued, error = Issued(), ""
    try:
        issued = Store(where).issued(server.name for server in servers)
    except CertificateError as unreadable:
        error = str(unreadable)
    return model.Tls(
        issue=issued.name or following("", now()),
        trust=dict.fromkeys(issued.certs, issued.trust),
        certs=issued.certs,
        authority=model.Authority(
            directory=where,
            passphrase=_secret(raw["passphrase"], folder) if "passphrase" in raw else None,
            days=days if isinstance(days, int) and not isinstance(days, bool) else DAYS,
            error=error,
        ),
        api=api,
    )


def _own(raw: Any, folder: Path) -> model.OwnCertificate:
    entry = raw if isinstance(raw, Mapping) else {}
    return model.OwnCertificate(
        ca=_pem(entry.get("ca"), folder),
        cert=_pem(entry.get("cert"), folder),
        key=_secret(entry.get("private-key"), folder),
    )


def _pem(name: Any, folder: Path) -> model.PemFile:
    path = _file(name, folder)
    try:
        return model.PemFile(path, regular_bytes(Path(path), LONGEST).decode("utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        return model.PemFile(path, error=f"cannot read {name}: {reason}")


def _secret(raw: Any, folder: Path) -> model.Secret:
    entry = raw if isinstance(raw, Mapping) else {}
    env, file = entry.get("env"), entry.get("file")
    return model.Secret(
        env=env if isinstance(env, str) else None,
        file=_file(file, folder) if isinstance(file, str) else None,
    )


def _file(name: Any, folder: Path) -> str:
    return str((folder / expanded(name if isinstance(name, str) else "")).absolute())


def _digest(own: Mapping[str, model.OwnCertificate]) -> str:
    """Return the name of an issue of the site's own PKI: other certificates have another one."""
    digest = hashlib.sha256()
    for name in sorted(own):
        for text in (name, own[name].ca.text, own[name].cert.text):
            digest.update(hashlib.sha256(text.encode()).digest())
    return f"own-{digest.hexdigest()[:12]}"
