"""A site's own certificate authority: its key and certificate, and the certificates it signs.

The requests come from the hosts, which keep their keys. Of a request the public key counts only:
the names in the certificate are those of the site.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keaprov.certificates.reading import BROKEN, certificates
from keaprov.errors import CertificateError
from keaprov.ip import is_address

YEARS = timedelta(days=3650)
"""How long an authority is valid."""
EARLY = timedelta(hours=1)
"""A certificate begins this much before it is made: the hosts' clocks may be behind."""


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority: its certificate, and its key, encrypted if there is a passphrase; both PEM."""

    cert: str
    key: str

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.cert!r})"


def new_authority(site: str, passphrase: str, at: datetime) -> Authority:
    """Make an authority for a site: an EC P-256 key, and a certificate signed by itself.

    + passphrase: encrypts the key; "" leaves it plain
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"keaprov {site} {at:%Y-%m-%d}")
    public = key.public_key()
    builder = (
        _certificate(name, name, public, at, at + YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    encryption: KeySerializationEncryption = NoEncryption()
    if passphrase:
        encryption = BestAvailableEncryption(passphrase.encode())
    return Authority(
        cert=builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode(),
        key=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode(),
    )


def signed(
    authority: Authority,
    passphrase: str,
    request: str,
    names: Sequence[str],
    at: datetime,
    days: int,
) -> str:
    """Return a server's certificate for its request (PEM, PKCS #10), valid for some days.

    + names: the server's name first, then its other names and its address

    Raises CertificateError if the request is not one, or the authority's key cannot be used.
    """
    try:
        csr = x509.load_pem_x509_csr(request.encode())
        valid = csr.is_signature_valid
        public = csr.public_key()
    except BROKEN:
        raise CertificateError("the host's request for a certificate is not one") from None
    if not valid or not isinstance(public, ec.EllipticCurvePublicKey):
        raise CertificateError("the host's request for a certificate is not signed by an EC key")
    (issuer,) = certificates(authority.cert)[:1]
    key = _unlocked(authority, passphrase)
    end = min(at + timedelta(days=days), issuer.not_valid_after_utc)
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        _certificate(_name(names[0]), issuer.subject, public, at, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(_PEER), critical=False)
        .add_extension(x509.SubjectAlternativeName(list(map(_alternative, names))), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
            critical=False,
        )
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


_PEER = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
"""A peer of a pair is both: its listener is a server, its heartbeats are a client's."""


def _unlocked(authority: Authority, passphrase: str) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(authority.key.encode(), passphrase.encode() or None)
    except (ValueError, UnsupportedAlgorithm):
        raise CertificateError("the passphrase does not open the authority's key") from None
    except TypeError as error:
        needs = "encrypted" in str(error) and not passphrase
        words = "is encrypted: give tls.passphrase" if needs else "is not encrypted"
        raise CertificateError(f"the authority's key {words}") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CertificateError("the authority's key is not an EC key")
    return key


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    at: datetime,
    end: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - EARLY)
        .not_valid_after(end)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _alternative(name: str) -> x509.GeneralName:
    return x509.IPAddress(ip_address(name)) if is_address(name) else x509.DNSName(name)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
