"""What is wrong with a certificate, and whom a bundle trusts."""

from __future__ import annotations

import base64
import textwrap
import time
from datetime import datetime
from ssl import DER_cert_to_PEM_cert

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import example, given
from hypothesis import strategies as st

from keaprov.certificates.authority import signed
from keaprov.certificates.reading import certificates, ends, names, trusts, wrong
from keaprov.errors import CertificateError
from tests.certificates import AT, DAY, authority, chain, pem, pki, request, weak
from tests.fuzzing import MANY, SEEDS, damaged

SERVER = ("dhcp1", "10.60.1.67")


def words(ca: str, cert: str, key: str | None = None, at: datetime = AT) -> list[str]:
    faults = list(wrong(ca, cert, key, SERVER, at))
    assert all(fault.cure for fault in faults)
    return [f"{fault.part}: {fault.words}" for fault in faults]


def test_nothing_is_wrong_with_keaprovs_own() -> None:
    own = pki()
    assert words(own.ca, own.cert, own.key) == []
    assert names(certificates(own.cert)[0]) == {"dhcp1", "10.60.1.67"}


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (91, "cert: the certificate of dhcp1 ended on 2026-07-30"),
        (-1, "cert: the certificate of dhcp1 begins on 2026-05-01"),
    ],
)
def test_dates(days: int, expected: str) -> None:
    own = pki()
    at = AT + days * DAY
    assert words(own.ca, own.cert, own.key, at) == [expected]
    assert not trusts(own.ca, own.cert, at)
    assert trusts(own.ca, own.cert, AT)


def test_an_authority_that_ended() -> None:
    own = pki()
    later = words(own.ca, own.cert, at=AT + 4000 * DAY)
    assert any("the authority CN=keaprov labo" in fault for fault in later)


def test_another_authority() -> None:
    own, other = pki(), authority()
    assert words(other.cert, own.cert) == [
        "cert: the certificate of dhcp1 is not signed by an authority in ca"
    ]
    assert not trusts(other.cert, own.cert, AT)
    assert trusts(other.cert + own.ca, own.cert, AT)


def test_a_server_is_not_an_authority() -> None:
    own = pki()
    assert "ca: ca has a certificate that may not sign others: CN=dhcp1" in words(
        own.cert, own.cert
    )


def test_a_chain_of_authorities() -> None:
    root, below = chain()
    own = pki(signer=below)
    assert words(root, own.cert) == [
        "cert: the certificate of dhcp1 is not signed by an authority in ca"
    ]
    assert words(root, own.cert + below.cert, own.key) == []
    assert not trusts(root, own.cert + below.cert, AT + 2000 * DAY)


def test_a_maze_of_authorities_is_searched_at_once() -> None:
    signer = authority()
    _, stranger = chain()
    own = pki(signer=signer)
    began = time.monotonic()
    assert not trusts(stranger.cert, own.cert + signer.cert * 31, AT)
    assert time.monotonic() - began < 30


def test_another_name() -> None:
    own = pki("dhcp9", "10.60.1.99")
    (message,) = words(own.ca, own.cert)
    assert message.endswith("is for 10.60.1.99, dhcp9, not for dhcp1 or 10.60.1.67")


def test_another_key() -> None:
    own = pki()
    other = ec.generate_private_key(ec.SECP256R1())
    assert words(own.ca, own.cert, pem(other)) == [
        "private-key: the key of dhcp1 does not match its certificate"
    ]
    locked = other.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    assert words(own.ca, own.cert, locked.decode()) == [
        "private-key: the key of dhcp1 is encrypted: Kea has no passphrase for it"
    ]
    (message,) = words(own.ca, own.cert, "nonsense")
    assert "is not a private key" in message


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (rsa.generate_private_key(65537, 1024), "has an RSA key of 1024 bits"),
        (ed25519.Ed25519PrivateKey.generate(), "has a key that is neither EC nor RSA"),
    ],
)
def test_weak_keys(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey, expected: str) -> None:
    signer = authority()
    assert words(signer.cert, weak(signer, key)) == [f"cert: the certificate of dhcp1 {expected}"]


def test_a_certificate_for_servers_only() -> None:
    signer, key = authority(), ec.generate_private_key(ec.SECP256R1())
    uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    assert words(signer.cert, weak(signer, key, uses=uses)) == [
        "cert: the certificate of dhcp1 is not for clients"
    ]
    assert words(signer.cert, weak(signer, key)) == []


@pytest.mark.slow
@MANY
@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_read_or_refused(text: str) -> None:
    for given_text in (text, f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"):
        with pytest.raises(CertificateError):
            certificates(given_text)
        assert ends(given_text) is None


_OWN = pki()
_DER = x509.load_pem_x509_certificate(_OWN.cert.encode()).public_bytes(Encoding.DER)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@MANY
@given(SEEDS)
def test_a_damaged_certificate_is_read_or_refused(seed: int) -> None:
    der = damaged([_DER.decode("latin-1")], seed, ["\0", "\x30\x82", "\xff" * 8]).encode("latin-1")
    text = DER_cert_to_PEM_cert(der)
    list(wrong(_OWN.ca, text, _OWN.key, SERVER, AT))
    trusts(_OWN.ca, text, AT)


_REQUEST = x509.load_pem_x509_csr(request(ec.generate_private_key(ec.SECP256R1())).encode())
_SIGNER = authority()


@pytest.mark.slow
@MANY
@given(SEEDS)
@example(109508)  # a version that PKCS #10 does not have
def test_a_damaged_request_is_refused_or_gets_the_servers_own_names(seed: int) -> None:
    """What the host says about itself is in the request; the names are the site's."""
    der = _REQUEST.public_bytes(Encoding.DER).decode("latin-1")
    der = damaged([der], seed, ["\0", "\x30\x82", "\xff" * 8])
    lines = textwrap.wrap(base64.b64encode(der.encode("latin-1")).decode(), 64)
    text = "\n".join(["-----BEGIN CERTIFICATE REQUEST-----", *lines, _END])
    try:
        cert = signed(_SIGNER, "", text, ("dhcp1", "10.60.1.67"), AT, 90)
    except CertificateError:
        return
    assert names(certificates(cert)[0]) == {"dhcp1", "10.60.1.67"}


_END = "-----END CERTIFICATE REQUEST-----\n"


@pytest.mark.slow
@MANY
@given(st.text())
def test_any_text_in_place_of_a_request(text: str) -> None:
    for given_text in (text, f"-----BEGIN CERTIFICATE REQUEST-----\n{text}\n{_END}"):
        with pytest.raises(CertificateError, match="the host's request"):
            signed(_SIGNER, "", given_text, ("dhcp1",), AT, 90)
