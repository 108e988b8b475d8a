"""What the user proves to a host: a key with its certificate, the keys of an agent."""

from __future__ import annotations

import socket
from itertools import product
from pathlib import Path

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import ssh
from paramiko.agent import AgentSSH

from keaprov.control.ssh_config import Route
from keaprov.errors import Refused


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


def agent(client: paramiko.SSHClient, path: str) -> bool:
    """Give a client the agent that IdentityAgent names; return whether it is to ask an agent.

    Raises Refused if the agent does not answer.
    """
    if path and path != "none":
        client._agent = _Agent(path)  # type: ignore[attr-defined]
    return path != "none"


class _Agent(AgentSSH):
    """The agent behind a socket; paramiko's own takes the path from the environment only."""

    def __init__(self, path: str) -> None:
        super().__init__()
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(path)
            self._connect(connection)  # type: ignore[attr-defined]
        except (OSError, paramiko.SSHException) as error:
            connection.close()
            raise Refused(f"the agent {path} does not answer: {error}") from None

    def close(self) -> None:
        """Close the connection to the agent."""
        self._close()  # type: ignore[attr-defined]
