"""Certificates for tests: an authority of a test's own, and servers' keys and requests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from keaprov.certificates.authority import Authority, new_authority, signed

AT = datetime(2026, 5, 1, 12, tzinfo=timezone.utc)
DAY = timedelta(days=1)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True)
class Pki:
    """An authority with a server's certificate and key, all as PEM."""

    ca: str
    cert: str
    key: str


def pem(key: Key) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def request(key: Key) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "whatever the host says")])
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, digest)
    return csr.public_bytes(Encoding.PEM).decode()


def authority(at: datetime = AT, passphrase: str = "") -> Authority:
    return new_authority("labo", passphrase, at)


def pki(*names: str, at: datetime = AT, days: int = 90, signer: Authority | None = None) -> Pki:
    """Return a server's certificate for these names, signed at a time."""
    signer = signer or authority(at)
    key = ec.generate_private_key(ec.SECP256R1())
    wanted = names or ("dhcp1", "10.60.1.67")
    return Pki(signer.cert, signed(signer, "", request(key), wanted, at, days), pem(key))


def chain(at: datetime = AT) -> tuple[str, Authority]:
    """Return the certificate of a root, and an authority below it: a site's own PKI."""
    root, below = (ec.generate_private_key(ec.SECP256R1()) for _ in "12")
    return _of_an_authority("root", root, root, at), Authority(
        _of_an_authority("below", below, root, at), pem(below)
    )


def _of_an_authority(
    name: str, key: ec.EllipticCurvePrivateKey, root: ec.EllipticCurvePrivateKey, at: datetime
) -> str:
    subject, issuer = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (name, "root")
    )
    public = key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - DAY)
        .not_valid_after(at + 365 * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    return builder.sign(root, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def weak(signer: Authority, key: Key, *, uses: x509.ExtendedKeyUsage | None = None) -> str:
    """Return a certificate for dhcp1 as another tool than keaprov may sign it."""
    issuer = x509.load_pem_x509_certificate(signer.cert.encode())
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    private = load_pem_private_key(signer.key.encode(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(AT - DAY)
        .not_valid_after(AT + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("dhcp1")]), critical=True)
    )
    if uses:
        builder = builder.add_extension(uses, critical=False)
    return builder.sign(private, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
