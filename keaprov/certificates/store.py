"""A site's authority, in a directory of the deploying machine: its key never leaves it.

==========================  ===================================================================
``authority.pem`` ``.key``  who signs; the key is 0600, encrypted if the site gives a passphrase
``successor.pem`` ``.key``  who signs next, while the authority changes
``NAME/``                   an issue: ``trust.pem``, and the certificate of each server
``issue``                   the name of the last whole issue
==========================  ===================================================================

Every file is written beside its place and renamed. Keep the directory as you keep the site file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from keaprov.certificates.authority import Authority, new_authority
from keaprov.certificates.reading import LONGEST
from keaprov.certificates.renewal import NAME, Issue, Issued
from keaprov.errors import CertificateError

AUTHORITY, SUCCESSOR, TRUST, LAST = "authority", "successor", "trust.pem", "issue"


class Store:
    """The directory of a site's authority; every method raises CertificateError if it fails."""

    def __init__(self, directory: str | Path) -> None:
        self.directory = Path(directory)

    def issued(self, servers: Iterable[str]) -> Issued:
        """Return what was issued to some servers; an empty `Issued` if the directory is not there.

        It reads certificates only, no key.
        """
        name = self._read(LAST).strip()
        if name and not NAME.fullmatch(name):
            raise CertificateError(f"{self.directory / LAST} does not name an issue")
        certs = {server: self._read(f"{name}/{server}.pem") for server in servers} if name else {}
        return Issued(
            name=name,
            trust=self._read(f"{name}/{TRUST}") if name else "",
            certs=certs,
            authority=self._read(f"{AUTHORITY}.pem"),
            successor=self._read(f"{SUCCESSOR}.pem"),
        )

    def authority(self, site: str, passphrase: str, at: datetime) -> Authority:
        """Return the authority that signs; it is made if there is none."""
        if not self._read(f"{AUTHORITY}.pem"):
            self._make(AUTHORITY, site, passphrase, at)
        return self._pair(AUTHORITY)

    def successor(self) -> Authority:
        """Return the authority that signs next."""
        return self._pair(SUCCESSOR)

    def begin_change(self, site: str, passphrase: str, at: datetime) -> None:
        """Make a successor of the authority: the next three deploys put it in its place."""
        if self._read(f"{SUCCESSOR}.pem"):
            raise CertificateError("the authority changes already: run the deploy to go on")
        if not self._read(f"{AUTHORITY}.pem"):
            raise CertificateError("there is no authority yet: the first deploy makes it")
        self._make(SUCCESSOR, site, passphrase, at)

    def keep(self, issue: Issue, server: str, trust: str, cert: str) -> None:
        """Keep a server's certificate of an issue, and the bundle that belongs to it."""
        self._write(f"{issue.name}/{TRUST}", trust, 0o644)
        self._write(f"{issue.name}/{server}.pem", cert, 0o644)

    def of_issue(self, name: str, server: str) -> tuple[str, str]:
        """Return the bundle and a server's certificate of an issue, "" for each that is missing."""
        return self._read(f"{name}/{TRUST}"), self._read(f"{name}/{server}.pem")

    def kept(self, issue: Issue, server: str) -> str:
        """Return a server's certificate of an issue, "" if it has none."""
        return self._read(f"{issue.name}/{server}.pem")

    def complete(self, issue: Issue) -> None:
        """Make an issue the last one: every server has its files."""
        successor = self._read(f"{SUCCESSOR}.pem") if issue.promote else ""
        if successor:
            self._write(f"{AUTHORITY}.key", self._read(f"{SUCCESSOR}.key"), 0o600)
            self._write(f"{AUTHORITY}.pem", successor, 0o644)
        self._write(LAST, f"{issue.name}\n", 0o644)
        if successor:  # last: an interrupted deploy finds it, and does this again
            self._remove(f"{SUCCESSOR}.pem")
            self._remove(f"{SUCCESSOR}.key")

    def _make(self, kind: str, site: str, passphrase: str, at: datetime) -> None:
        made = new_authority(site, passphrase, at)
        self._write(f"{kind}.key", made.key, 0o600)
        self._write(f"{kind}.pem", made.cert, 0o644)

    def _pair(self, kind: str) -> Authority:
        cert, key = self._read(f"{kind}.pem"), self._read(f"{kind}.key")
        if not cert or not key:
            missing = f"{kind}.{'key' if cert else 'pem'}"
            raise CertificateError(f"{self.directory / missing} is missing or empty")
        return Authority(cert, key)

    def _read(self, name: str) -> str:
        try:
            with (self.directory / name).open(encoding="ascii") as file:
                return file.read(LONGEST)
        except FileNotFoundError:
            return ""
        except UnicodeDecodeError:
            raise CertificateError(f"{self.directory / name} is not a PEM text") from None
        except OSError as error:
            raise _failed(error, self.directory / name) from None

    def _write(self, name: str, text: str, mode: int) -> None:
        path = self.directory / name
        part = path.with_name(f".{path.name}.new")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(text)
                file.flush()
                os.fsync(handle)
            part.replace(path)
        except OSError as error:
            raise _failed(error, path) from None

    def _remove(self, name: str) -> None:
        try:
            (self.directory / name).unlink(missing_ok=True)
        except OSError as error:
            raise _failed(error, self.directory / name) from None


def _failed(error: OSError, path: Path) -> CertificateError:
    return CertificateError(f"{path}: {error.strerror or type(error).__name__}")
