"""Option 162, v4-dnr: resolvers to reach over an encrypted transport (RFC 9463).

See DnrInstance in Kea's src/lib/dhcp/option4_dnr.cc; service parameters: RFC 9460, RFC 9461.
"""

from __future__ import annotations

import re

from keaprov.hexadecimal import BLANKS
from keaprov.lint import domain
from keaprov.lint.forms import address
from keaprov.lint.tokens import tokens

PARAMETERS = {"alpn": 1, "port": 3, "dohpath": 7}
"""Service parameters that a resolver may have, by name."""
PROTOCOLS = frozenset((
    "http/0.9", "http/1.0", "http/1.1", "spdy/1", "spdy/2", "spdy/3", "stun.turn",
    "stun.nat-discovery", "h2", "h2c", "webrtc", "c-webrtc", "ftp", "imap", "pop3", "managesieve",
    "coap", "xmpp-client", "xmpp-server", "acme-tls/1", "mqtt", "dot", "ntske/1", "sunrpc", "h3",
    "smb", "irc", "nntp", "nnsp", "doq", "sip/2", "tds/8.0", "dicom",
))  # fmt: skip
"""Protocols of ``alpn`` that Kea knows (IANA, TLS ALPN Protocol IDs)."""
_UINT16 = re.compile(r"[-+]?[0-9]{1,40}\Z")


def misfit_text(text: str) -> str:
    """Return what is wrong in resolvers as text, separated by ``|``; an empty text if nothing."""
    for resolver in tokens(text, "|"):
        if wrong := _resolver(resolver):
            return wrong
    return ""


def _resolver(text: str) -> str:
    fields = [field.strip(BLANKS) for field in tokens(text, ",")]
    if not 2 <= len(fields) <= 4:
        return "v4-dnr takes a priority and a domain name, then addresses and parameters"
    if not _is_uint16(fields[0]):
        return f"v4-dnr takes a priority from 0 to 65535 first, not {fields[0]!r}"
    try:
        domain.to_octets(fields[1].encode())
    except domain.DomainError:
        return f"v4-dnr takes a domain name second, not {fields[1]!r}"
    if len(fields) > 2:
        addresses = tokens(fields[2], " ", escape=False)
        wrong = [each for each in addresses if address(each.strip(BLANKS)) is None]
        if wrong or not addresses:
            return f"v4-dnr takes IPv4 addresses third, not {(wrong or [''])[0]!r}"
    return _parameters(fields[3]) if len(fields) > 3 else ""


def _is_uint16(text: str) -> bool:
    """Whether Kea reads a number of 16 bits; it takes a negative one, too."""
    return bool(_UINT16.match(text)) and -65535 <= int(text) <= 65535


def _parameters(text: str) -> str:
    values: dict[str, str] = {}
    for pair in tokens(text, " ", escape=False):
        parts = [part.strip(BLANKS) for part in tokens(pair.strip(BLANKS), "=", escape=False)]
        if len(parts) != 2 or not parts[1]:
            return f"v4-dnr takes parameters like port=8530, not {pair!r}"
        name, value = parts
        if name not in PARAMETERS:
            return f"v4-dnr takes the parameters {', '.join(PARAMETERS)}, not {name!r}"
        if name in values:
            return f"v4-dnr has the parameter {name} twice"
        values[name] = value
        if name == "port" and not _is_uint16(value):
            return f"the port of v4-dnr is from 0 to 65535, not {value!r}"
        if name == "dohpath" and "{?dns}" not in value:
            return "the dohpath of v4-dnr needs the variable {?dns}"
    protocols = tokens(values.get("alpn", ""), ",", escape=False)
    for protocol in protocols:
        if protocol not in PROTOCOLS:
            return f"{protocol!r} is not a protocol that Kea knows for alpn"
    if any(protocol.startswith("h") for protocol in protocols) and "dohpath" not in values:
        return "v4-dnr needs dohpath if alpn has an HTTP protocol"
    return ""


def fits_octets(octets: bytes) -> bool:
    """Whether octets are resolvers; DomainError if the name of one is wrong."""
    while octets:
        size = int.from_bytes(octets[:2], "big")
        body, octets = octets[2 : 2 + size], octets[2 + size :]
        if len(body) < size or size < 3 or not _fits(body):
            return False
    return True


def _fits(body: bytes) -> bool:
    length = body[2]
    rest = body[3 + length :]
    if length == 0 or 3 + length > len(body):
        return False
    domain.read(body[3 : 3 + length])
    if not rest:
        return True
    addresses = rest[0]
    if addresses == 0 or addresses % 4 or 1 + addresses > len(rest):
        return False
    return _are_parameters(rest[1 + addresses :])


def _are_parameters(octets: bytes) -> bool:
    last = 0
    while octets:
        key, size = int.from_bytes(octets[:2], "big"), int.from_bytes(octets[2:4], "big")
        if len(octets) < 4 + size or key not in PARAMETERS.values() or key <= last:
            return False
        last, octets = key, octets[4 + size :]
    return True
