"""What the user proves to a host: a key with its certificate, the keys of an agent."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from itertools import product
from pathlib import Path

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import ssh
from paramiko.agent import AgentSSH

from keaprov.control.ssh_config import Route


def certified(route: Route) -> paramiko.PKey | None:
    """Return the identity with the certificate that CertificateFile names, None without one.

    An identity's own ``KEY-cert.pub`` beside it needs no CertificateFile. An identity with a
    passphrase is left to the agent.
    """
    pairs = product(route.certificates, route.identities)
    return next((key for key in (_with(*pair) for pair in pairs) if key), None)


def _with(certificate: Path, identity: Path) -> paramiko.PKey | None:
    """Return an identity with this certificate, None if they do not belong together."""
    try:
        key = paramiko.PKey.from_path(identity)
        if _public_key(certificate) == key.get_base64():
            key.load_certificate(str(certificate))
            return key
    except (paramiko.SSHException, OSError, ValueError, TypeError):
        pass
    return None


def _public_key(certificate: Path) -> str:
    """Return the public key in a certificate, as base64 of SSH's wire format."""
    loaded = ssh.load_ssh_public_identity(certificate.read_bytes())
    if not isinstance(loaded, ssh.SSHCertificate):
        raise ValueError(f"{certificate} is not a certificate")
    line = loaded.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    return line.split()[1].decode()


def agent(client: paramiko.SSHClient, route: Route) -> bool:
    """Give a client the agent of its route; return whether it is to ask an agent.

    An agent that does not answer counts as none, as for ssh.
    """
    socket_path = route.agent or os.environ.get("SSH_AUTH_SOCK", "")
    if route.agent == "none" or not socket_path:
        return False
    if route.agent or route.identities_only:
        only = _public_keys(route.identities) if route.identities_only else None
        try:
            client._agent = _Agent(socket_path, only)  # type: ignore[attr-defined]
        except (OSError, paramiko.SSHException):
            return False
    return True


def _public_keys(identities: Iterable[Path]) -> frozenset[str]:
    """Return the public keys of identities, as base64: of KEY.pub, or of KEY if it is public."""
    files = [*identities, *(path.with_name(f"{path.name}.pub") for path in identities)]
    lines = (path.read_bytes() for path in files if path.is_file())
    words = (line.split() for line in lines if line.startswith((b"ssh-", b"ecdsa-", b"sk-")))
    return frozenset(parts[1].decode("ascii", "replace") for parts in words if len(parts) > 1)


class _Agent(AgentSSH):
    """The agent behind a socket; paramiko's own takes the path from the environment only.

    + only: the public keys that count, None for all
    """

    def __init__(self, path: str, only: frozenset[str] | None) -> None:
        super().__init__()
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(path)
            self._connect(connection)  # type: ignore[attr-defined]
        except (OSError, paramiko.SSHException):
            connection.close()
            raise
        if only is not None:
            self._keys = tuple(key for key in self.get_keys() if key.get_base64() in only)

    def close(self) -> None:
        """Close the connection to the agent."""
        self._close()  # type: ignore[attr-defined]
