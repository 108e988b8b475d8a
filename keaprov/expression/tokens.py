"""The words of an expression, as Kea's scanner cuts them (src/lib/eval/lexer.ll).

The longest match wins, and words need no blank between them: ``'a'=='b'and'c'=='d'`` is right.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from typing import NamedTuple

from keaprov.words import did_you_mean, shortened

STRING, HEXSTRING, INTEGER = "a quoted text", "a hexadecimal number", "a whole number"
OPTION_NAME, ADDRESS = "an option's name", "an IP address"
END, WRONG = "the end", ""
"""Kinds of tokens; the kind of a keyword or sign is its text. WRONG tokens carry a fault."""
JOINERS = ("and", "or", "sand", "sor")
PKT = ("iface", "src", "dst", "len")
PKT4 = (
    "mac", "hlen", "htype", "ciaddr", "giaddr", "yiaddr", "siaddr", "msgtype", "transid",
)  # fmt: skip
KEYWORDS = (
    *JOINERS, *PKT, *PKT4, "option", "relay4", "relay6", "peeraddr", "linkaddr", "text", "hex",
    "exists", "pkt", "pkt4", "pkt6", "vendor", "vendor-class", "data", "enterprise", "substring",
    "lcase", "ucase", "split", "all", "concat", "ifelse", "sifelse", "hexstring", "addrtotext",
    "int8totext", "int16totext", "int32totext", "uint8totext", "uint16totext", "uint32totext",
    "not", "member", "match",
)  # fmt: skip
_SIGNS = ("==", ".", "(", ")", "[", "]", ",", "*", "+")
_KINDS = {"string": STRING, "address": ADDRESS, "hexstring": HEXSTRING, "integer": INTEGER}
_TOKEN = re.compile(
    r"(?P<string>'[^'\n]*')"
    r"|(?P<address>[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+|[0-9a-fA-F]*:[0-9a-fA-F]*:[0-9a-fA-F:.]*)"
    r"|(?P<hexstring>0[xX][0-9a-fA-F]+)"
    r"|(?P<integer>-?[0-9]+)|"
    + "|".join(re.escape(text) for text in sorted((*KEYWORDS, *_SIGNS), key=len, reverse=True))
)
"""Kea's patterns in such an order that the first that matches is the longest."""
_NAME = re.compile(r"[A-Za-z](?:[-_A-Za-z0-9]*[A-Za-z0-9])?(?=[ \t\n]*\])")
"""An option's name: any word before a closing bracket."""
_BLANKS = re.compile(r"[ \t\n]*")
_WORD = re.compile(r"[A-Za-z0-9_](?:[-A-Za-z0-9_]*[A-Za-z0-9_])?")
_INT64 = 1 << 63
_MAC = re.compile(r"(?:[0-9a-fA-F]{1,2}:){5}[0-9a-fA-F]{1,2}\Z")
_CURES = {
    "=": "Write == to compare two values.",
    "!": "Write not (A == B) for different, not A for the opposite.",
    "&": "Write and.",
    "|": "Write or.",
    "<": "Kea compares with == only.",
    ">": "Kea compares with == only.",
    '"': "Quote a text with apostrophes: 'text'.",
    "-": "Kea has no subtraction; + joins two texts.",
    ":": "Write a MAC address as one number: 0x001122334455.",
    "\u2018": "Quote a text with apostrophes: 'text'.",
    "\u2019": "Quote a text with apostrophes: 'text'.",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at an offset of an expression (in characters, from 0), and what to write."""

    start: int
    message: str
    hint: str


class Token(NamedTuple):
    """A word of an expression; `fault` says what is wrong with a token of the kind WRONG.

    The text of a WRONG token is the unknown word, or empty.
    """

    kind: str
    text: str
    start: int
    fault: Fault | None = None


def short(text: str) -> str:
    """Write a part of an expression for a message: in one line, and not all of a long one."""
    text = " ".join(text.split())
    return shortened(text, 40)


def place(text: str, offset: int) -> str:
    """Write an offset as people count: ``column 17``, or ``line 2, column 3`` of several lines."""
    line, column = text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
    return f"line {line}, column {column}" if "\n" in text.strip("\n") else f"column {column}"


def integer(text: str) -> int:
    """Read a whole number; if 64 bits cannot hold it, return another that they cannot hold."""
    size = int(text.lstrip("-0")[:20] or "0")
    return -size if text.startswith("-") else size


def tokens(text: str) -> list[Token]:
    """Cut an expression into tokens; the last one is the end, or the first thing Kea refuses."""
    made: list[Token] = []
    position = _skip(text, 0)
    while position < len(text):
        name = _NAME.match(text, position) if made and made[-1].kind == "[" else None
        if name:
            token, position = Token(OPTION_NAME, name.group(), position), name.end()
        else:
            token, position = _next(text, position)
        if token.kind == WRONG:
            return [*(earlier for earlier in made if earlier.start < token.start), token]
        made.append(token)
        position = _skip(text, position)
    return [*made, Token(END, "", len(text))]


def _skip(text: str, position: int) -> int:
    blanks = _BLANKS.match(text, position)
    return blanks.end() if blanks else position


def _next(text: str, start: int) -> tuple[Token, int]:
    """Return the token at an offset and its end."""
    match = _TOKEN.match(text, start)
    if not match:
        return _unknown(text, start), start
    raw, end = match.group(), match.end()
    kind = _KINDS.get(match.lastgroup or "", raw)
    if kind == INTEGER and not -_INT64 <= integer(raw) < _INT64:
        return _wrong(start, f"{short(raw)} is too large", "A number has 64 bits at most."), end
    if kind == ADDRESS and not _is_address(raw):
        return _bad_address(start, raw), end
    return Token(kind, raw, start), end


def _is_address(text: str) -> bool:
    try:
        socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)
    except OSError:
        return False
    return True


def _wrong(start: int, message: str, hint: str) -> Token:
    return Token(WRONG, "", start, Fault(start, message, hint))


def _bad_address(start: int, text: str) -> Token:
    if _MAC.match(text):
        digits = "".join(octet.zfill(2) for octet in text.split(":"))
        return _wrong(
            start, f"{short(text)} is not an IP address", f"Write a MAC address as 0x{digits}."
        )
    return _wrong(start, f"{short(text)} is not an IP address", "Write four numbers from 0 to 255.")


def _unknown(text: str, start: int) -> Token:
    """Return the token of something that is not a word of Kea's: a whole word, or one character."""
    if text[start] == "'":
        return _wrong(start, "a text has no closing apostrophe", "Write 'text', in one line.")
    for word in _WORD.finditer(text):
        if word.start() <= start < word.end():
            fault = Fault(word.start(), *_unknown_word(word.group()))
            return Token(WRONG, word.group(), word.start(), fault)
    sign = text[start]
    shown = repr(sign) if sign.isprintable() else f"the character U+{ord(sign):04X}"
    return _wrong(start, f"{shown} has no meaning here", _CURES.get(sign, "Remove it."))


def _unknown_word(word: str) -> tuple[str, str]:
    message = f"{short(word)} is not a word of Kea's expressions"
    if word.lower() in KEYWORDS:
        return message, f"Write {word.lower()}, in small letters."
    if word[:2] in ("0x", "0X"):
        return message, "A hexadecimal number is 0x and digits from 0 to 9 and a to f."
    near = did_you_mean(word, KEYWORDS)
    return message, f"Write '{short(word)}' for a text." + (f" {near}" if near else "")
