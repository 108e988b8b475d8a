"""Options of dhcpd: their codes and formats, and the definitions of a file (dhcp-options(5)).

`options.csv` has dhcpd's own options of DHCPv4 in the letters of its common/tables.c: I an IPv4
address, 6 an IPv6 address, B b, S s, L l whole numbers of 8, 16 and 32 bits (a small letter is
signed), f a flag, t text, X octets, d a domain name, D a list of them (c: compressed), E options
of a space up to the point, Z nothing. At the end, A repeats all, a repeats the last.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from keaprov.importing.dhcpd.lexer import Kind, Token
from keaprov.importing.dhcpd.tree import Untranslatable
from keaprov.words import natural

DHCP = "dhcp"
"""dhcpd's name of the space of DHCPv4's own options."""
AGENT = {
    "circuit-id": 1,
    "remote-id": 2,
    "agent-id": 3,
    "DOCSIS-device-class": 4,
    "link-selection": 5,
    "subscriber-id": 6,
}
"""The sub-options of option 82 by dhcpd's names (RFC 3046 and its successors)."""
SPACES = {
    "agent": "a relay sets it, and Kea returns what the relay sent",
    "fqdn": (
        "Kea works option 81 out itself: its keys ddns-override-client-update, "
        "ddns-override-no-update and ddns-replace-client-name say how"
    ),
    "nwip": "Kea has the octets of option 63 alone: write nwip-suboptions in hexadecimal",
}
"""Spaces that dhcpd has itself, and why a site sends no options of them."""
_INTEGERS = {8: "B", 16: "S", 32: "L"}
_PLAIN = {"boolean": "f", "ip-address": "I", "ip6-address": "6", "domain-name": "d", "text": "t",
          "string": "X", "zerolen": "Z"}  # fmt: skip


_INNER = {
    "fqdn": {
        1: ("no-client-update", "f"), 2: ("server-update", "f"), 3: ("encoded", "f"),
        4: ("rcode1", "B"), 5: ("rcode2", "B"), 6: ("hostname", "t"), 7: ("domainname", "t"),
        8: ("fqdn", "t"),
    },
    "nwip": {
        5: ("nsq-broadcast", "f"), 6: ("preferred-dss", "IA"), 7: ("nearest-nwip-server", "IA"),
        8: ("autoretries", "B"), 9: ("autoretry-secs", "B"), 10: ("nwip-1-1", "f"),
        11: ("primary-dss", "I"),
    },
}  # fmt: skip
"""The options of dhcpd's own spaces (dhcp-options(5)); those of fqdn are parts of one value."""


@dataclass(frozen=True)
class Format:
    """An option: its space, name and code, the letters of its fields, and what repeats.

    `repeats`: "" nothing, "A" all fields, "a" the last field. `encapsulates` is the space of its
    sub-options. `own` is False for an option that the file defines.
    """

    space: str
    name: str
    code: int
    fields: tuple[str, ...]
    repeats: str = ""
    encapsulates: str = ""
    own: bool = True


@dataclass
class Formats:
    """The options that a file may use, by space and name; `spaces` are those that it declares."""

    defined: dict[tuple[str, str], Format] = field(default_factory=dict)
    spaces: set[str] = field(default_factory=set)

    def find(self, words: Sequence[Token]) -> tuple[Format, int]:
        """Return the option that words name (``NAME`` or ``SPACE.NAME``), and how many words.

        Raises Untranslatable if there is no such option.
        """
        names = [token.text for token in words[:3]]
        if len(words) >= 3 and words[1].is_sign("."):
            space, name, length = names[0], names[2], 3
        else:
            space, name, length = DHCP, names[0] if names else "", 1
        known = self.defined.get((space, name)) or _known().get((space, name.lower()))
        code = natural(name.removeprefix("unknown-")) if name.startswith("unknown-") else None
        if known is None and code is not None:
            known = Format(space, name, code, ("X",))
        if known is None:
            raise Untranslatable(f"dhcpd has no option {'.'.join((space, name))}")
        return known, length

    def define(self, words: Sequence[Token]) -> Format:
        """Add the definition ``[SPACE.]NAME code N = TYPE``; return it.

        Raises Untranslatable if it is not such a definition.
        """
        at = next(index for index, token in enumerate(words) if token.is_word("code"))
        named = [token.text for token in words[:at]]
        space, name = (named[0], named[2]) if len(named) == 3 else (DHCP, named[0])
        code = natural(words[at + 1].text) if len(words) >= at + 4 else None
        if code is None or not words[at + 2].is_sign("="):
            raise Untranslatable("it is not NAME code NUMBER = TYPE")
        fields, repeats, inner = _types(words[at + 3 :])
        made = Format(space, name, code, fields, repeats, inner, own=False)
        self.defined[space, name] = made
        return made


@cache
def _known() -> dict[tuple[str, str], Format]:
    text = files("keaprov").joinpath("importing/dhcpd/options.csv").read_text("utf-8")
    known = {}
    for row in csv.DictReader(io.StringIO(text)):
        fields, repeats, inner = _letters(row["format"])
        name = row["name"]
        known[DHCP, name] = Format(DHCP, name, int(row["code"]), fields, repeats, inner)
    for name, code in AGENT.items():
        known["agent", name.lower()] = Format("agent", name, code, ("X",))
    for space, options in _INNER.items():
        for code, (name, letters) in options.items():
            fields, repeats, _ = _letters(letters)
            known[space, name] = Format(space, name, code, fields, repeats)
    return known


def _letters(letters: str) -> tuple[tuple[str, ...], str, str]:
    if letters.startswith("E"):
        return ("X",), "", letters[1:-1]
    repeats = letters[-1] if letters[-1] in "Aa" else ""
    fields = [letter for letter in letters if letter not in "Aaoc"]
    return tuple(fields), repeats, ""


def _types(words: Sequence[Token]) -> tuple[tuple[str, ...], str, str]:
    """Return the fields, the repetition and the inner space of a definition's type."""
    repeats = ""
    if len(words) > 2 and words[0].is_word("array") and words[1].is_word("of"):
        repeats, words = "A", words[2:]
    if words and words[0].is_sign("{"):
        return _record(words[1:-1], repeats)
    if words and words[0].is_word("encapsulate") and len(words) == 2 and not repeats:
        return ("X",), "", words[1].text
    return (_type(words),), repeats, ""


def _record(words: Sequence[Token], repeats: str) -> tuple[tuple[str, ...], str, str]:
    fields: list[str] = []
    part: list[Token] = []
    for token in (*words, None):
        if token is not None and not token.is_sign(","):
            part.append(token)
            continue
        if part[:1] and part[0].is_word("array") and part[1].is_word("of"):
            if token is not None or repeats:
                raise Untranslatable("a site has no such array in a record")
            repeats, part = "a", part[2:]
        fields.append(_type(part))
        part = []
    return tuple(fields), repeats, ""


def _type(words: Sequence[Token]) -> str:
    """Return the letter of one type. Raises Untranslatable if it is not a type of dhcpd's."""
    texts = [token.text.lower() for token in words if token.kind is Kind.WORD]
    if len(texts) == len(words):
        if len(texts) == 1 and texts[0] in _PLAIN:
            return _PLAIN[texts[0]]
        if texts[:1] == ["domain-list"] and texts[1:] in ([], ["compressed"]):
            return "D"
        signed = texts[:1] != ["unsigned"]
        number = texts[1:] if texts[:1] in (["signed"], ["unsigned"]) else texts
        if len(number) == 2 and number[0] == "integer" and number[1] in ("8", "16", "32"):
            letter = _INTEGERS[int(number[1])]
            return letter.lower() if signed else letter
    raise Untranslatable("the type is none of dhcpd's")
