"""Option 162 (v4-dnr): encrypted resolvers as text and as octets, by RFC 9463."""

from __future__ import annotations

import pytest

from keaprov.lint.dnr import PARAMETERS, fits_octets, misfit_text
from keaprov.lint.domain import DomainError

PARTS = "v4-dnr takes a priority and a domain name, then addresses and parameters"
PRIORITY = "v4-dnr takes a priority from 0 to 65535 first, not "
ADDRESSES = "v4-dnr takes IPv4 addresses third, not "
HTTP = "v4-dnr needs dohpath if alpn has an HTTP protocol"
START = "1, a.example., 10.0.0.1, "


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1, a.example.",
        "0, a.example.",
        "65535, a.example.",
        "+1, a.example.",
        "-65535, a.example.",
        "1, a.example., 10.0.0.1",
        "1, a.example., 10.0.0.1 10.0.0.2  10.0.0.3",
        "1, a.example. | 2, b.example., 10.0.0.1",
        f"{START}port=853",
        f"{START}port=0",
        f"{START}port=65535",
        f"{START}alpn=dot",
        rf"{START}alpn=dot\,doq port=853",
        f"{START}dohpath=/q{{?dns}}",
        f"{START}alpn=h2 dohpath=/q{{?dns}}",
        rf"{START}alpn=dot\,h3 port=443 dohpath=/q{{?dns}}",
    ],
)
def test_right_resolvers(text: str) -> None:
    """RFC 9463, 5.1; Kea ARM, DNR (Discovery of Network-designated Resolvers) Options."""
    assert misfit_text(text) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1", PARTS),
        (f"{START}port=1, x", PARTS),
        ("1, a.example. | 2", PARTS),
        ("1 | 2, b.example.", PARTS),
        ("x, a.example.", f"{PRIORITY}'x'"),
        ("65536, a.example.", f"{PRIORITY}'65536'"),
        ("-65536, a.example.", f"{PRIORITY}'-65536'"),
        ("1, a..example.", "v4-dnr takes a domain name second, not 'a..example.'"),
        ("1, a.example., x", f"{ADDRESSES}'x'"),
        ("1, a.example., 10.0.0.1 x y", f"{ADDRESSES}'x'"),
        ("1, a.example., 10.0.0.1\t10.0.0.2", f"{ADDRESSES}'10.0.0.1\\t10.0.0.2'"),
        ("1, a.example., ::1", f"{ADDRESSES}'::1'"),
        ("1, a.example., , port=1", f"{ADDRESSES}''"),
        (f"{START}port", "v4-dnr takes parameters like port=8530, not 'port'"),
        (f"{START}port=", "v4-dnr takes parameters like port=8530, not 'port='"),
        (f"{START}port=1=2", "v4-dnr takes parameters like port=8530, not 'port=1=2'"),
        (f"{START}port=\t", "v4-dnr takes parameters like port=8530, not 'port='"),
        (f"{START}ech=1", "v4-dnr takes the parameters alpn, port, dohpath, not 'ech'"),
        (f"{START}port=1 port=2", "v4-dnr has the parameter port twice"),
        (f"{START}port=65536", "the port of v4-dnr is from 0 to 65535, not '65536'"),
        (f"{START}port=x", "the port of v4-dnr is from 0 to 65535, not 'x'"),
        (f"{START}dohpath=/q", "the dohpath of v4-dnr needs the variable {?dns}"),
        (f"{START}alpn=DOT", "'DOT' is not a protocol that Kea knows for alpn"),
        (rf"{START}alpn=dot\,x", "'x' is not a protocol that Kea knows for alpn"),
        (f"{START}alpn=h2", HTTP),
        (rf"{START}alpn=dot\,h3", HTTP),
        (rf"{START}alpn=h3\,dot", HTTP),
    ],
)  # fmt: skip
def test_wrong_resolvers(text: str, words: str) -> None:
    assert misfit_text(text) == words


@pytest.mark.parametrize(
    "protocol",
    [
        "http/0.9", "http/1.0", "http/1.1", "h2", "h2c", "h3", "spdy/1", "spdy/2", "spdy/3", "dot",
        "doq", "stun.turn", "stun.nat-discovery", "webrtc", "c-webrtc", "ftp", "imap", "pop3",
        "managesieve", "coap", "xmpp-client", "xmpp-server", "acme-tls/1", "mqtt", "ntske/1",
        "sunrpc", "smb", "irc", "nntp", "nnsp", "sip/2", "tds/8.0", "dicom",
    ],
)  # fmt: skip
def test_protocols(protocol: str) -> None:
    """IANA, TLS ALPN Protocol IDs; RFC 9461, section 5: HTTP needs the path of its queries."""
    words = misfit_text(f"{START}alpn={protocol}")
    assert words == (HTTP if protocol.startswith("h") else "")


def resolver(body: str) -> str:
    """Return a resolver with the length of its octets before it."""
    return f"{len(body) // 2:04x}{body}"


NAME = "03016100"
"""The length of a name, and the name."""
WITH_ADDRESS = f"0001{NAME}04c0000201"
PORT = "000300020355"


@pytest.mark.parametrize(
    ("digits", "good"),
    [
        ("", True),
        (resolver(f"0001{NAME}"), True),
        (resolver(f"0001{NAME}") * 2, True),
        (resolver(f"0001{NAME}") + "00", False),
        (resolver(f"0001{NAME}") + "0007" + f"0001{NAME}", False),
        (resolver("0001"), False),
        ("00", False),
        ("0000", False),
        ("0003000100", False),  # a name has one octet at least
        ("0004" + "00010100", True),  # the root
        ("0006" + f"0001{NAME}", True),
        ("0007" + f"0001{NAME}", False),
        ("0005" + f"0001{NAME}", False),
        (resolver("000104016100"), False),
        (resolver(f"0001{NAME}00"), False),
        (resolver(WITH_ADDRESS), True),
        (resolver(f"0001{NAME}08c0000201c0000202"), True),
        (resolver(f"0001{NAME}03c00002"), False),
        (resolver(f"0001{NAME}05c000020101"), False),
        (resolver(f"0001{NAME}04c00002"), False),
        (resolver(f"0001{NAME}08c0000201"), False),
        (resolver(WITH_ADDRESS + PORT), True),
        (resolver(WITH_ADDRESS + "00010003026832" + PORT), True),
        (resolver(WITH_ADDRESS + PORT + "00010003026832"), False),  # in the order of their keys
        (resolver(WITH_ADDRESS + PORT + PORT), False),
        (resolver(WITH_ADDRESS + PORT + "00070001" + "61"), True),
        (resolver(WITH_ADDRESS + "00010000"), True),
        (resolver(WITH_ADDRESS + "00020000"), False),
        (resolver(WITH_ADDRESS + "00000000"), False),
        (resolver(WITH_ADDRESS + "000100"), False),
        (resolver(WITH_ADDRESS + "0001000161"), True),
        (resolver(WITH_ADDRESS + "0001000261"), False),
        (resolver(WITH_ADDRESS + "00010100" + "61" * 256), True),
        (resolver(WITH_ADDRESS + "00010100" + "61" * 255), False),
        (resolver(WITH_ADDRESS + PORT) + resolver(WITH_ADDRESS + "00020000"), False),
    ],
)
def test_octets_of_resolvers(digits: str, good: bool) -> None:
    """RFC 9463, 5.1: length, priority, length of the name, name, addresses, parameters.

    RFC 9460, 2.2: each key comes once, in increasing order.
    """
    assert fits_octets(bytes.fromhex(digits)) is good


@pytest.mark.parametrize("body", ["0001020161", "0001020561"])
def test_a_name_that_does_not_end(body: str) -> None:
    with pytest.raises(DomainError):
        fits_octets(bytes.fromhex(resolver(body)))


def test_the_keys_of_parameters() -> None:
    """RFC 9460, 14.3.2, and RFC 9461, section 5."""
    assert PARAMETERS == {"alpn": 1, "port": 3, "dohpath": 7}
