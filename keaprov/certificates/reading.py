"""Decode certificates, and say what keeps a server from using them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from keaprov.errors import CertificateError

SHORTEST_RSA = 2048
"""Bits of an RSA key: OpenSSL of Enterprise Linux refuses shorter ones (crypto-policies)."""
MOST = 32
"""Certificates that are read of one text: a bundle of authorities has a few."""
LONGEST = 1 << 18
"""Characters that are read of a text with certificates."""


BROKEN = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
)
"""What cryptography raises for a certificate or a request that breaks RFC 5280 or RFC 2986."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with one of the texts: `part` is ``ca``, ``cert`` or ``private-key``."""

    part: str
    words: str
    cure: str


def now() -> datetime:
    """Return the present time of this machine, in UTC."""
    return datetime.now(timezone.utc)


def certificates(text: str) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a PEM text; CertificateError if there are none or one is broken.

    The first one is the server's own; those after it are its intermediate authorities.
    """
    if len(text) > LONGEST:
        raise CertificateError(f"it is longer than {LONGEST} characters")
    try:
        decoded = tuple(x509.load_pem_x509_certificates(text.encode()))
        for certificate in decoded:
            certificate.public_key()
            tuple(certificate.extensions)
    except BROKEN:
        raise CertificateError("it is not a PEM text of certificates") from None
    if any(certificate.serial_number <= 0 for certificate in decoded):
        raise CertificateError("it has a certificate whose serial number is not positive")
    if len(decoded) > MOST:
        raise CertificateError(f"it has more than {MOST} certificates")
    return decoded


def fingerprints(text: str) -> frozenset[bytes]:
    """Return the public keys, in DER, of the authorities in a bundle; none if it is broken."""
    try:
        return frozenset(_public(certificate) for certificate in certificates(text))
    except CertificateError:
        return frozenset()


def ends(text: str) -> datetime | None:
    """Return when the first certificate of a text ends; None if it cannot be read."""
    try:
        return certificates(text)[0].not_valid_after_utc
    except CertificateError:
        return None


def begins(text: str) -> datetime | None:
    """Return when the first certificate of a text begins to be valid; None if it is unreadable."""
    try:
        return certificates(text)[0].not_valid_before_utc
    except CertificateError:
        return None


def trusts(bundle: str, cert: str, at: datetime) -> bool:
    """Return whether a peer that trusts a bundle accepts a certificate at a time.

    It follows OpenSSL's verification as far as two servers of one site need it: a chain of
    signatures to an authority in the bundle, all of them valid at the time.
    """
    try:
        leaf, *between = certificates(cert)
        anchors = certificates(bundle)
    except CertificateError:
        return False
    return _chain_ends(leaf, between, anchors, at)


def signed_by(cert: str, authority: str) -> bool:
    """Return whether the first certificate of a text is signed by an authority itself."""
    try:
        return _signed(certificates(cert)[0], certificates(authority)[0])
    except CertificateError:
        return False


def names(certificate: x509.Certificate) -> frozenset[str]:
    """Return the names and addresses of a certificate's subjectAltName (RFC 5280, 4.2.1.6)."""
    try:
        entries = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    addresses = entries.get_values_for_type(x509.IPAddress)
    return frozenset([*entries.get_values_for_type(x509.DNSName), *map(str, addresses)])


def wrong(
    ca: str, cert: str, key: str | None, server: tuple[str, str], at: datetime
) -> Iterator[Wrong]:
    """Yield what is wrong with a server's bundle, certificate and key.

    + server: its name and its address; the certificate has to have one of them at least
    + key: the private key as PEM; None if it cannot be read here, then it is not judged
    + at: the time to judge by
    """
    decoded = {part: _decoded(text) for part, text in (("ca", ca), ("cert", cert))}
    for part, value in decoded.items():
        if isinstance(value, str):
            yield Wrong(part, f"{part}: {value}", "Give a file in PEM form.")
    authorities, chain = decoded["ca"], decoded["cert"]
    if not isinstance(authorities, str):
        yield from _wrong_authorities(authorities, at)
    if isinstance(chain, str):
        return
    leaf, *between = chain
    yield from _wrong_leaf(leaf, server, at)
    inside = min(max(at, leaf.not_valid_before_utc), leaf.not_valid_after_utc)
    if not isinstance(authorities, str) and not _chain_ends(leaf, between, authorities, inside):
        words = f"the certificate of {server[0]} is not signed by an authority in ca"
        cure = "Add intermediate certificates to cert, behind the server's own, or correct ca."
        yield Wrong("cert", words, cure)
    if key is not None:
        yield from _wrong_key(leaf, key, server[0])


def _decoded(text: str) -> tuple[x509.Certificate, ...] | str:
    """Return the certificates of a text, or why there are none."""
    try:
        return certificates(text)
    except CertificateError as error:
        return str(error)


def _wrong_authorities(authorities: Sequence[x509.Certificate], at: datetime) -> Iterator[Wrong]:
    for authority in authorities:
        subject = authority.subject.rfc4514_string() or "without a name"
        if not _is_authority(authority):
            words = f"ca has a certificate that may not sign others: {subject}"
            yield Wrong("ca", words, "Give the certificate of the authority, not of a server.")
        if authority.not_valid_after_utc < at:
            words = f"the authority {subject} ended on {authority.not_valid_after_utc:%Y-%m-%d}"
            yield Wrong("ca", words, "Remove it from ca, or give its successor.")


def _wrong_leaf(leaf: x509.Certificate, server: tuple[str, str], at: datetime) -> Iterator[Wrong]:
    name, address = server
    if leaf.not_valid_after_utc < at:
        words = f"the certificate of {name} ended on {leaf.not_valid_after_utc:%Y-%m-%d}"
        yield Wrong("cert", words, "Give a new one.")
    if leaf.not_valid_before_utc > at:
        words = f"the certificate of {name} begins on {leaf.not_valid_before_utc:%Y-%m-%d}"
        yield Wrong("cert", words, "Deploy after that time, or check this machine's clock.")
    if not names(leaf) & {name, address}:
        listed = ", ".join(sorted(names(leaf))) or "nothing"
        words = f"the certificate of {name} is for {listed}, not for {name} or {address}"
        yield Wrong("cert", words, f"Give one whose subjectAltName has {address}.")
    if reason := _weak(leaf):
        yield Wrong("cert", f"the certificate of {name} {reason}", "Give an EC P-256 or RSA key.")
    if missing := _missing_use(leaf):
        words = f"the certificate of {name} is not for {missing}"
        cure = "A peer is server and client: give extendedKeyUsage serverAuth and clientAuth."
        yield Wrong("cert", words, cure)


def _wrong_key(leaf: x509.Certificate, key: str, name: str) -> Iterator[Wrong]:
    try:
        private = load_pem_private_key(key.encode(), password=None)
    except TypeError:
        words = f"the key of {name} is encrypted: Kea has no passphrase for it"
        yield Wrong(
            "private-key", words, "Give it without a passphrase; only root and kea read it."
        )
        return
    except (ValueError, UnsupportedAlgorithm):
        yield Wrong(
            "private-key", f"the key of {name} is not a private key in PEM form", "Correct it."
        )
        return
    if private.public_key() != leaf.public_key():
        words = f"the key of {name} does not match its certificate"
        yield Wrong("private-key", words, "Give the key that the certificate was requested with.")


def _weak(leaf: x509.Certificate) -> str:
    key = leaf.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"has an RSA key of {key.key_size} bits" if key.key_size < SHORTEST_RSA else ""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return ""
    return "has a key that is neither EC nor RSA"


def _missing_use(leaf: x509.Certificate) -> str:
    """Return the use that extendedKeyUsage leaves out, "" if none (RFC 5280, 4.2.1.12)."""
    try:
        uses = set(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return ""
    if ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in uses:
        return ""
    wanted = {
        ExtendedKeyUsageOID.SERVER_AUTH: "servers",
        ExtendedKeyUsageOID.CLIENT_AUTH: "clients",
    }
    return " and ".join(word for use, word in wanted.items() if use not in uses)


def _chain_ends(
    leaf: x509.Certificate,
    between: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    at: datetime,
) -> bool:
    """Return whether signatures lead from a certificate to an anchor; all on the way are valid.

    Each certificate is checked once, so that a host cannot make the search long.
    """
    untried, reached = list(between), [leaf]
    for certificate in reached:
        if not _valid(certificate, at):
            continue
        if any(_signed(certificate, anchor) and _valid(anchor, at) for anchor in anchors):
            return True
        issuers = [issuer for issuer in untried if _signed(certificate, issuer)]
        untried = [issuer for issuer in untried if issuer not in issuers]
        reached += issuers
    return False


def _valid(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if not _is_authority(issuer):
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return False
    return basic.ca


def _public(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
