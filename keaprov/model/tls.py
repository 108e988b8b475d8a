"""TLS of a site: the site's own certificates, or the authority that keaprov makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from keaprov import paths
from keaprov.frozen import FrozenMap
from keaprov.model.names import TLS
from keaprov.model.parts import Secret


@dataclass(frozen=True, slots=True)
class PemFile:
    """A file with certificates (absolute), and its text; `error` is why it cannot be read."""

    file: str
    text: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """A server's files of the site's own PKI: whom it trusts, who it is, where its key is."""

    ca: PemFile
    cert: PemFile
    key: Secret


@dataclass(frozen=True, slots=True)
class Authority:
    """The authority that keaprov makes for a site, and how long its certificates are valid (days).

    `directory` is absolute, on the machine that runs the deploy. `error` is why it cannot be read.
    """

    directory: str
    passphrase: Secret | None = None
    days: int = 90
    error: str = ""


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS between the peers and of the management API: `own` by server, or an `authority`.

    `issue` names the directory on every server that has the files (`paths.TLS_DIR`): its content
    never changes, so that other certificates are another configuration. `trust` and `certs` are
    PEM texts by server, as far as they are issued. `api` is whether the management API uses it too.
    `reason` says why the deploy issues certificates, "" if it issues none.
    """

    issue: str
    trust: Mapping[str, str] = field(default_factory=FrozenMap)
    certs: Mapping[str, str] = field(default_factory=FrozenMap)
    own: Mapping[str, OwnCertificate] = field(default_factory=FrozenMap)
    authority: Authority | None = None
    api: bool = True
    reason: str = ""

    def __post_init__(self) -> None:
        for name in ("trust", "certs", "own"):
            object.__setattr__(self, name, FrozenMap(getattr(self, name)))

    @property
    def files(self) -> dict[str, str]:
        """The files on a server, by Kea's parameters."""
        names = (paths.TRUST, paths.CERT, paths.KEY)
        return {
            key: f"{paths.TLS_DIR}/{self.issue}/{name}"
            for key, name in zip(TLS, names, strict=True)
        }
