"""Whether a host is the one that its name says: its key, or its certificate, and known_hosts.

``ssh-keygen -F`` looks a name up, so hashed names, patterns and the marks ``@cert-authority`` and
``@revoked`` count as ssh counts them (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").
"""

from __future__ import annotations

import base64
import binascii
import fnmatch
import hashlib
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import paramiko
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import ssh

from keaprov.control.ssh_config import Route
from keaprov.errors import Refused

ALGORITHMS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
"""The algorithms by which a host may prove that it has its key, best first."""
_PATIENCE = 30
"""Seconds for ssh-keygen: known_hosts may be on a network that hangs."""
_CERTIFICATE = "-cert-v01@openssh.com"


@dataclass(frozen=True, slots=True)
class Known:
    """What known_hosts has of a host: public keys in SSH's wire format (RFC 4253, 6.6).

    `names` are those that a certificate may be for.
    """

    names: tuple[str, ...] = ()
    keys: frozenset[bytes] = frozenset()
    authorities: frozenset[bytes] = frozenset()
    revoked: frozenset[bytes] = frozenset()

    def algorithms(self) -> tuple[str, ...]:
        """Return the algorithms to offer to the host: those of a known key or certificate first."""
        types = {type_of(key) for key in self.keys}
        plain = [name for name in ALGORITHMS if _key_type(name) in types]
        certified = [f"{name}{_CERTIFICATE}" for name in ALGORITHMS if self.authorities]
        return tuple(dict.fromkeys([*plain, *certified, *ALGORITHMS]))


def known(route: Route, also: Sequence[str] = ()) -> Known:
    """Look a host up by its alias, or by its address and port and the names of `also`.

    A host with another port than 22 counts by its address alone if known_hosts has no entry with
    the port, as for ssh. Raises Refused for a line or a file that cannot be read.
    """
    listed = _listed(route, also)
    return replace(listed, revoked=listed.revoked | _revoked(route.revoked))


def _listed(route: Route, also: Sequence[str]) -> Known:
    if route.alias:
        return parse(_lines([route.alias], route.known_hosts), (route.alias,))
    names = tuple(dict.fromkeys([route.host, *also]))
    with_port = names if route.port == 22 else tuple(f"[{name}]:{route.port}" for name in names)
    listed = parse(_lines(with_port, route.known_hosts), names)
    if listed.keys or listed.authorities or route.port == 22:
        return listed
    return parse(_lines(names, route.known_hosts), names)


def _revoked(file: Path | None) -> frozenset[bytes]:
    """Return the keys of RevokedHostKeys; a file that cannot be read trusts no host, as for ssh."""
    if file is None:
        return frozenset()
    try:
        lines = file.read_text(encoding="ascii").splitlines()
        return frozenset(
            base64.b64decode(line.split()[1], validate=True)
            for line in lines
            if line.strip() and not line.lstrip().startswith("#")
        )
    except (OSError, ValueError, IndexError):
        raise Refused(
            f"the revoked host keys in {file} cannot be read: keaprov knows a list of keys, no KRL"
        ) from None


def parse(lines: Iterable[str], names: tuple[str, ...]) -> Known:
    """Return what lines of known_hosts say about a host; raises Refused like `known`."""
    keys: dict[str, set[bytes]] = {}
    for line in lines:
        words = line.split()
        mark = words.pop(0) if words[0].startswith("@") else ""
        try:
            keys.setdefault(mark, set()).add(base64.b64decode(words[2], validate=True))
        except (binascii.Error, IndexError):
            raise Refused(f"known_hosts has a line that cannot be read: {line}") from None
    return Known(
        names,
        keys=frozenset(keys.get("", ())),
        authorities=frozenset(keys.get("@cert-authority", ())),
        revoked=frozenset(keys.get("@revoked", ())),
    )


def why_not(known: Known, shown: bytes, now: float) -> str | None:
    """Return why a host that shows this key or certificate is not to be trusted, None if it is.

    `now` is in seconds since 1970. The rules are those of ssh (PROTOCOL.certkeys of OpenSSH).
    """
    if not type_of(shown).endswith(_CERTIFICATE):
        if shown in known.revoked:
            return "its host key is revoked"
        if shown in known.keys:
            return None
        if any(type_of(key) == type_of(shown) for key in known.keys):
            return "its host key has changed. Make sure why, then correct known_hosts"
        return _unknown(shown)
    return _why_not_certificate(known, shown, now)


def _unknown(shown: bytes) -> str:
    """Return why a first contact is refused, and how to see the key where nobody can change it."""
    kind = type_of(shown)
    name = next((word for word in ("ed25519", "ecdsa", "rsa") if word in kind), "*")
    digest = base64.b64encode(hashlib.sha256(shown).digest()).decode().rstrip("=")
    return (
        f"its host key is not known here: it shows SHA256:{digest}. On the host's console, "
        f"`ssh-keygen -lf /etc/ssh/ssh_host_{name}_key.pub` shows the key. If they are equal, "
        "connect once with ssh and accept it"
    )


def _why_not_certificate(known: Known, shown: bytes, now: float) -> str | None:
    try:
        certificate = ssh.load_ssh_public_identity(_line(shown))
        assert isinstance(certificate, ssh.SSHCertificate)
        authority, key = _wire(certificate.signature_key()), _wire(certificate.public_key())
        certificate.verify_cert_signature()
    except (ValueError, InvalidSignature, UnsupportedAlgorithm):
        return "its host certificate cannot be read, or its signature is wrong"
    if {authority, key} & known.revoked:
        return "its host certificate is revoked"
    if authority not in known.authorities:
        return "its host certificate is signed by an authority that is not known here"
    principals = [name.decode(errors="replace") for name in certificate.valid_principals]
    if certificate.type is not ssh.SSHCertificateType.HOST or certificate.critical_options:
        return "its host certificate is not for a host, or not for this use"
    if not certificate.valid_after <= now < certificate.valid_before:
        return "its host certificate is not valid now"
    if not any(
        fnmatch.fnmatchcase(name, pattern) for name in known.names for pattern in principals
    ):
        return f"its host certificate is for {', '.join(principals) or 'no name'}"
    return None


def refusal(known: Known, key: paramiko.PKey) -> str | None:
    """Return why the host that has just shown this key or certificate is not to be trusted."""
    shown = key.public_blob.key_blob if key.public_blob else key.asbytes()
    return why_not(known, shown, time.time())


class Policy(paramiko.MissingHostKeyPolicy):
    """Judges every key that a host shows; the client has no host keys of its own."""

    def __init__(self, known: Known) -> None:
        self._known = known

    def missing_host_key(
        self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey
    ) -> None:
        """Raise Refused if the host is not to be trusted."""
        reason = refusal(self._known, key)
        if reason:
            raise Refused(reason)


def transport(known: Known) -> type[paramiko.Transport]:
    """Return a transport that asks the host for a key or certificate that is known."""

    class Asking(paramiko.Transport):
        @property
        def preferred_keys(self) -> tuple[str, ...]:
            return known.algorithms()

    return Asking


def _lines(names: Sequence[str], files: Iterable[Path]) -> list[str]:
    """Return the lines of known_hosts files that are about one of these names."""
    lines: list[str] = []
    for file in files:
        for name in names:
            listed = _looked_up(name, file).splitlines()
            lines += [line for line in listed if line and not line.startswith("#")]
    return lines


def _looked_up(name: str, file: Path) -> str:
    """Return what ``ssh-keygen -F`` prints of a name; raises Refused if it does not end."""
    words = ["ssh-keygen", "-F", name, "-f", str(file)]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        reason = f"ssh-keygen has not read {file} within {_PATIENCE} s"
        raise Refused(f"{reason}: check the disk or network that has it") from None
    return done.stdout


def type_of(key: bytes) -> str:
    """Return the type that a public key in the wire format begins with."""
    return key[4 : 4 + int.from_bytes(key[:4], "big")].decode(errors="replace")


def _key_type(algorithm: str) -> str:
    """Return the type of the keys of a signature algorithm (RFC 8332)."""
    return "ssh-rsa" if algorithm.startswith("rsa-sha2") else algorithm


def _line(key: bytes) -> bytes:
    return type_of(key).encode() + b" " + base64.b64encode(key)


def _wire(key: ssh.SSHCertPublicKeyTypes) -> bytes:
    line = key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return base64.b64decode(line.split()[1])
