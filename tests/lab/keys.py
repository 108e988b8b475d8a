"""The lab's signing keys: OpenPGP Ed25519 keys made from a public phrase, the same everywhere.

They are worthless by design: anybody can make them. So a site file can pin their fingerprints, and
nothing secret or random is in the tree. Ed25519 as RFC 8032 section 5.1, packets as RFC 4880 and
RFC 9580 section 5.5 (version 4, EdDSALegacy).
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_Point = tuple[int, int, int, int]
_CREATED = 1735689600  # 2025-01-01, so that a key is older than anything it signs
_CURVE = bytes.fromhex("092b06010401da470f01")


@dataclass(frozen=True)
class Key:
    """A signing key; `uid` is its user id and the phrase that it is made from."""

    uid: str

    @property
    def _seed(self) -> bytes:
        return hashlib.sha256(f"keaprov lab: {self.uid}".encode()).digest()

    @property
    def _public_body(self) -> bytes:
        point = _mpi(b"\x40" + _public(self._seed))
        return struct.pack(">BIB", 4, _CREATED, 22) + _CURVE + point

    @property
    def fingerprint(self) -> str:
        """Forty hexadecimal digits."""
        body = self._public_body
        return hashlib.sha1(_framed(body)).hexdigest().upper()

    @property
    def key_id(self) -> str:
        """The fingerprint's last sixteen digits."""
        return self.fingerprint[-16:]

    def secret_packets(self) -> bytes:
        """Return the transferable secret key, ready for `gpg --import`."""
        secret = _mpi(self._seed)
        checksum = struct.pack(">H", sum(secret) % 65536)
        key = _packet(5, self._public_body + b"\x00" + secret + checksum)
        uid = self.uid.encode()
        return key + _packet(13, uid) + _packet(2, self._certification(uid))

    def _certification(self, uid: bytes) -> bytes:
        created = _subpacket(2, struct.pack(">I", _CREATED))
        flags = _subpacket(27, b"\x03")
        issuer = _subpacket(33, b"\x04" + bytes.fromhex(self.fingerprint))
        hashed = created + flags + issuer
        head = struct.pack(">BBBBH", 4, 0x13, 22, 10, len(hashed)) + hashed
        signed = _framed(self._public_body) + b"\xb4" + struct.pack(">I", len(uid)) + uid + head
        digest = hashlib.sha512(signed + b"\x04\xff" + struct.pack(">I", len(head))).digest()
        signature = _sign(self._seed, digest)
        unhashed = _subpacket(16, bytes.fromhex(self.key_id))
        return (
            head
            + struct.pack(">H", len(unhashed))
            + unhashed
            + digest[:2]
            + _mpi(signature[:32])
            + _mpi(signature[32:])
        )


DISTRIBUTION = Key("keaprov lab distribution <rocky@packages.lab>")
EPEL = Key("keaprov lab EPEL <epel@packages.lab>")
ISC = Key("keaprov lab ISC <isc@packages.lab>")
ISC_3_2 = Key("keaprov lab ISC of Kea 3.2 <isc-3-2@packages.lab>")
ROGUE = Key("keaprov lab rogue <rogue@packages.lab>")


def _framed(body: bytes) -> bytes:
    return b"\x99" + struct.pack(">H", len(body)) + body


def _packet(tag: int, body: bytes) -> bytes:
    return bytes([0xC0 | tag, 0xFF]) + struct.pack(">I", len(body)) + body


def _subpacket(kind: int, body: bytes) -> bytes:
    return bytes([len(body) + 1, kind]) + body


def _mpi(data: bytes) -> bytes:
    data = data.lstrip(b"\x00")
    return struct.pack(">H", int.from_bytes(data, "big").bit_length()) + data


def _add(p: _Point, q: _Point) -> _Point:
    a = (p[1] - p[0]) * (q[1] - q[0]) % _P
    b = (p[1] + p[0]) * (q[1] + q[0]) % _P
    c, d = 2 * p[3] * q[3] * _D % _P, 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _times(scalar: int, p: _Point) -> _Point:
    q: _Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            q = _add(q, p)
        p = _add(p, p)
        scalar >>= 1
    return q


def _base() -> _Point:
    y = 4 * pow(5, _P - 2, _P) % _P
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if x & 1:
        x = _P - x
    return (x, y, 1, x * y % _P)


def _compress(p: _Point) -> bytes:
    inverse = pow(p[2], _P - 2, _P)
    x, y = p[0] * inverse % _P, p[1] * inverse % _P
    return (y | ((x & 1) << 255)).to_bytes(32, "little")


def _expand(seed: bytes) -> tuple[int, bytes]:
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | (1 << 254)
    return scalar, digest[32:]


def _public(seed: bytes) -> bytes:
    return _compress(_times(_expand(seed)[0], _base()))


def _sign(seed: bytes, message: bytes) -> bytes:
    scalar, prefix = _expand(seed)
    public = _compress(_times(scalar, _base()))
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % _L
    point = _compress(_times(r, _base()))
    h = int.from_bytes(hashlib.sha512(point + public + message).digest(), "little") % _L
    return point + ((r + h * scalar) % _L).to_bytes(32, "little")
