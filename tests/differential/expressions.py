"""Expressions, right and slightly wrong, drawn from Kea's grammar."""

from __future__ import annotations

from random import Random
from typing import Any

from keaprov.expression.tokens import KEYWORDS, PKT, PKT4

NAMES = ("a", "b", "c", "ALL", "UNKNOWN", "BOOTP", "DROP", "SKIP_DDNS", "HA_a", "SPAWN_a", "")

TEXTS = ("'foo'", "''", "'a b'", "'é'", "'VENDOR'", "'\\'", "'\"'", "'0x1'")
NUMBERS = ("0", "1", "43", "82", "255", "-1", "-4", "007", "4491", "4294967295")
WRONG_NUMBERS = (
    "256", "-1", "4294967296", "9223372036854775807", "-9223372036854775808",
    "9223372036854775808", "00000000000000000000000000001", "99999999999999999999999", "2147483648",
)  # fmt: skip
CODES = ("0", "1", "43", "60", "61", "82", "125", "255", "host-name", "routers", "mine", "a_1")
WRONG_CODES = ("256", "-1", "no-such", "local", "0x3c", "*", "'host-name'", "99999999999")
NAMED = (
    "vendor-encapsulated-options", "vivso-suboptions", "vivco-suboptions", "dhcp-agent-options",
    "all", "text", "member", "end", "pad", "mine", "v6-only-preferred", "boot-file-name", "foreign",
    "Host-Name", "host-name-", "-host", "h",
)  # fmt: skip
ADDRESSES = ("10.0.0.1", "192.0.2.255", "2001:db8::1", "::", "::1", "fe80::", "::ffff:1.2.3.4")
WRONG_ADDRESSES = (
    "10.0.0.256", "010.0.0.1", "1.2.3", "1.2.3.4.5", "00:11:22:33:44:55", ":::", "2001:db8::1::",
    "12345::", "1:2", "::1.2.3", "fe80::1%lo",
)  # fmt: skip
HEX = ("0x0", "0X1f", "0xABCDEF", "0x001122334455", "0x123")
WRONG_HEX = ("0x", "0xg", "x01", "0x0g")
PATTERNS = (
    "'.*'", "'[a-z]+\\d'", "'(a|b)\\1'", "'a{2,3}?'", "'^x$'", "'(?:a)(?=b)'", "'[[:alpha:]_-]'",
    "''", "'\\x41\\u0041'", "'[^]]'",
)  # fmt: skip
WRONG_PATTERNS = (
    "'*'", "'('", "'[a'", "'a{'", "'a{,3}'", "'\\1'", "'(?<=a)b'", "'[z-a]'", "'a{3,2}'",
    "'(?P<n>a)'", "'[[:foo:]]'", "'(a'", "'a)'", "'\\'", "'[\\w-z]'", "'a**'", "'a{999}{999}'",
    "'[é-ê]'", "'\\xg'",
)  # fmt: skip
MEMBERS = ("'early'", "'KNOWN'", "'ALL'", "'HA_dhcp1'", "'VENDOR_CLASS_docsis3.0'", "'AFTER_x'")
WRONG_MEMBERS = (
    "'late'", "'mine'", "'nowhere'", "''", "'HA_'", "'DROP'", "'SKIP_DDNS'", "'SPAWN_x'",
    "'EXTERNAL_'", "early", "'known'",
)  # fmt: skip
JUNK = (
    *KEYWORDS, "==", "=", "!=", "!", "&&", "||", "<", "-", "/", '"x"', "'", "''", ".", "..", "(",
    ")", "[", "]", ",", "*", "+", "1", "-1", "0x1", "foo", "AND", "relay6[0]", "pkt6.transid",
    "\n", "\t", "\r", "#", ";", "é", ":", "_", "hexa", "option[1]", "1.2.3.4", "'x'", "ALL", "{",
    "mac", "\u00a0",
)  # fmt: skip
SIGNS = " \t\n'\"=!.,:;()[]*+-_/\\0189afxXghoZé"


class Draw:
    """Draws expressions as lists of words; `slips` is how many wrong words it may put in."""

    def __init__(self, random: Random, slips: int) -> None:
        self.random = random
        self.slips = slips

    def either(self, right: tuple[str, ...], wrong: tuple[str, ...] = ()) -> str:
        if wrong and self.slips and self.random.random() < 0.15:
            self.slips -= 1
            return self.random.choice(wrong)
        return self.random.choice(right)

    def condition(self, depth: int) -> list[str]:
        """Return a condition; rarely a value in its place."""
        if self.slips and self.random.random() < 0.03:
            self.slips -= 1
            return self.value(depth)
        kind = self.random.randrange(10)
        if depth > 0 and kind == 0:
            return ["not", *self.condition(depth - 1)]
        if depth > 0 and kind == 1:
            return ["(", *self.condition(depth - 1), ")"]
        if depth > 0 and kind in (2, 3):
            joiner = self.either(("and", "or", "sand", "sor"))
            return [*self.condition(depth - 1), joiner, *self.condition(depth - 1)]
        if kind == 4:
            return ["member", "(", self.either(MEMBERS, WRONG_MEMBERS), ")"]
        if kind == 5:
            pattern = self.either(PATTERNS, WRONG_PATTERNS)
            return ["match", "(", pattern, ",", *self.value(depth - 1), ")"]
        if kind == 6:
            return [*self.holder(), ".", "exists"]
        return [*self.value(depth - 1), "==", *self.value(depth - 1)]

    def value(self, depth: int) -> list[str]:
        """Return a value; rarely a condition in its place."""
        if self.slips and depth > 0 and self.random.random() < 0.03:
            self.slips -= 1
            return self.condition(depth)
        kind = self.random.randrange(16 if depth > 0 else 8)
        if kind < 3:
            return [*self.holder(), ".", self.either(("hex", "text"), ("exists", "value", "data"))]
        if kind == 3:
            return [self.either(TEXTS)]
        if kind == 4:
            return [self.either((*HEX, *ADDRESSES), (*WRONG_HEX, *WRONG_ADDRESSES))]
        if kind == 5:
            return [self.either(("0", "7", "4294967295", "007"), WRONG_NUMBERS)]
        if kind == 6:
            return self.packet()
        if kind == 7:
            return self.vendor()
        if kind == 8:
            return ["(", *self.value(depth - 1), ")"]
        if kind == 9:
            return [*self.value(depth - 1), "+", *self.value(depth - 1)]
        return self.function(depth - 1)

    def function(self, depth: int) -> list[str]:
        kind = self.random.randrange(6)
        first, second = self.value(depth), self.value(depth)
        number = self.either(NUMBERS, WRONG_NUMBERS)
        if kind == 0:
            length = self.either((*NUMBERS, "all"), WRONG_NUMBERS)
            return ["substring", "(", *first, ",", number, ",", length, ")"]
        if kind == 1:
            return ["split", "(", *first, ",", *second, ",", number, ")"]
        if kind == 2:
            name = self.either(("ifelse", "sifelse"), ("if", "not"))
            return [name, "(", *self.condition(depth), ",", *first, ",", *second, ")"]
        if kind == 3:
            name = self.either(("concat", "hexstring"), ("join", "lcase"))
            return [name, "(", *first, ",", *second, ")"]
        names = tuple(word for word in KEYWORDS if word.endswith("totext"))
        return [self.either((*names, "lcase", "ucase"), ("concat", "lower")), "(", *first, ")"]

    def holder(self) -> list[str]:
        """Return something that has a representation: an option, a sub-option, a relay's."""
        kind = self.random.randrange(5)
        sub = ["[", self.either(NUMBERS[:5], ("256", "circuit-id", "*", "-1")), "]"]
        if kind == 0:
            return [self.either(("relay4",), ("relay6", "relay")), *sub]
        if kind == 1:
            return ["vendor", *self.enterprise(), ".", "option", *sub]
        option = ["option", "[", self.either((*CODES, *NAMED), WRONG_CODES), "]"]
        return [*option, ".", "option", *sub] if kind == 2 else option

    def vendor(self) -> list[str]:
        name = self.either(("vendor", "vendor-class"), ("vendor-foo",))
        kind = self.random.randrange(3)
        if kind == 0:
            return [name, ".", self.either(("enterprise",), ("data", "exists"))]
        made = ["vendor-class", *self.enterprise(), ".", "data"]
        return (
            made if kind == 1 else [*made, "[", self.either(("0", "255"), ("256", "-1", "*")), "]"]
        )

    def enterprise(self) -> list[str]:
        return ["[", self.either(("*", "4491", "0", "4294967295"), ("-1", "4294967296", "x")), "]"]

    def packet(self) -> list[str]:
        if self.random.randrange(2):
            return ["pkt", ".", self.either(PKT, ("mac", "length"))]
        return [self.either(("pkt4",), ("pkt6",)), ".", self.either(PKT4, ("iface", "chaddr"))]

    def wrong(self, words: list[str]) -> list[str]:
        """Return the words with one of them removed, doubled, replaced, moved, or cut short."""
        made = list(words)
        place = self.random.randrange(len(made))
        kind = self.random.randrange(6)
        if kind == 0:
            del made[place]
        elif kind == 1:
            made.insert(place, made[place])
        elif kind == 2:
            made[place] = self.random.choice(JUNK)
        elif kind == 3:
            made.insert(place, self.random.choice(JUNK))
        elif kind == 4:
            made.insert(self.random.randrange(len(made)), made.pop(place))
        else:
            made[place] = made[place][:-1] or made[place]
        return made


def expression(random: Random, condition: bool) -> str:
    """Draw the text of a condition or a value; about half of them are right."""
    draw = Draw(random, random.choice((0, 0, 1, 2)))
    words = draw.condition(3) if condition else draw.value(3)
    if random.random() < 0.25:
        words = draw.wrong(words)
    gaps = random.choice((("",), (" ",), ("", " "), ("", " ", "  ", "\t", "\n", " \n ")))
    text = "".join(word + random.choice(gaps) for word in words)
    return _misspelt(random, text) if random.random() < 0.1 else text


def _misspelt(random: Random, text: str) -> str:
    """Return a text with a character removed, doubled or replaced."""
    place = random.randrange(len(text) + 1)
    new = random.choice(("", text[place : place + 1] * 2, random.choice(SIGNS)))
    return text[:place] + new + text[place + 1 :]


def classes(random: Random) -> list[dict[str, Any]]:
    """Draw client classes that ask for each other; about half of the lists are right."""
    made: list[dict[str, Any]] = []
    for name in random.sample(("a", "b", "c", *NAMES), random.randint(1, 4)):
        members = random.choices(
            NAMES, weights=(6, 6, 6, 3, 3, *[1] * 6), k=random.choice((0, 0, 1, 2))
        )
        test = " or ".join(f"member('{member}')" for member in members)
        key = random.choice(("test", "test", "test", "template-test"))
        if key == "template-test" and test:
            test = f"ifelse({test}, 'a', 'b')"
        made.append({"name": name} | ({key: test} if test or random.random() < 0.05 else {}))
        for flag in ("only-in-additional-list", "only-if-required"):
            if random.random() < 0.1:
                made[-1][flag] = random.random() < 0.5
    return made
