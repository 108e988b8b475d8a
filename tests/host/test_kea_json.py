"""kea_json.py: text is UTF-8 in both directions, whatever Kea makes of escapes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.host.loading import Host


def printed(octets: bytes) -> bytes:
    """Return a string as Kea prints it (StringElement::toJSON in data.cc)."""
    escapes = {0x22: b'\\"', 0x5C: b"\\\\", 0x0A: b"\\n"}
    inner = (
        escapes.get(octet) or (b"\\u%04x" % octet if octet < 32 or octet > 126 else bytes([octet]))
        for octet in octets
    )
    return b'"%s"' % b"".join(inner)


TEXTS = [
    "f\u00fc\u00df.bin",
    "\u2013",
    "\U0001f4de",
    'a\\u00c3\\u00bc"\n\x01\x7f',
    "\\\u00fc\\",
    "plain",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_comes_back(host: Host, text: str) -> None:
    module: Any = host.module("kea_json")
    octets = text.encode()
    assert module.value(printed(octets)) == text
    command = {"command": "class-add", "arguments": {"name": text}}
    sent = module.sent(command)
    assert json.loads(sent) == command
    assert b"\\u00c3" not in sent.replace(b"\\\\", b"")
    assert json.dumps(text, ensure_ascii=False).encode() in sent, "as in a file"


def test_octets_that_are_not_utf8_stay_apart(host: Host) -> None:
    module: Any = host.module("kea_json")
    assert module.value(printed(b"\xfc\xdf")) == "\u00fc\u00df"
