"""Whether C++ takes a regular expression: Kea gives those of ``match()`` to std::regex.

The syntax is ECMAScript's as GCC's library reads it (ISO C++ [re.grammar], ECMA-262 15.10), in the
C locale, octet by octet. Python's `re` takes others: look-behind, ``{,3}``, named groups.
"""

from __future__ import annotations

STATES = 100_000
"""The most states that GCC's library makes of an expression (_GLIBCXX_REGEX_STATE_LIMIT)."""
DEEPEST = 100
"""Groups within groups; the library takes more, but nobody writes them."""
_QUANTIFIERS = b"*+?{"
_CONTROLS = {b"0": 0, b"b": 8, b"f": 12, b"n": 10, b"r": 13, b"t": 9, b"v": 11}
_DIGITS, _HEX = b"0123456789", b"0123456789abcdefABCDEF"
_CLASSES = (
    "d", "w", "s", "alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "xdigit",
)  # fmt: skip
_NAMES = (
    "NUL SOH STX ETX EOT ENQ ACK alert backspace tab newline vertical-tab form-feed "
    "carriage-return SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC IS4 IS3 IS2 IS1 space "
    "exclamation-mark quotation-mark number-sign dollar-sign percent-sign ampersand apostrophe "
    "left-parenthesis right-parenthesis asterisk plus-sign comma hyphen period slash zero one two "
    "three four five six seven eight nine colon semicolon less-than-sign equals-sign "
    "greater-than-sign question-mark commercial-at A B C D E F G H I J K L M N O P Q R S T U V W "
    "X Y Z left-square-bracket backslash right-square-bracket circumflex underscore grave-accent "
    "a b c d e f g h i j k l m n o p q r s t u v w x y z left-curly-bracket vertical-line "
    "right-curly-bracket tilde DEL"
)
"""Names of the characters 0 to 127 in ``[[.NAME.]]`` (POSIX, Portable Character Set)."""


def regex_fault(text: str) -> str:
    """Return why C++ refuses a regular expression, an empty text if it does not."""
    return fault_of(Reader(text.encode("utf-8", "surrogatepass")))


def fault_of(reader: Reader) -> str:
    """Return why an expression is refused, by its reader; an empty text if it is not."""
    try:
        reader.whole()
    except Wrong as wrong:
        return str(wrong)
    return ""


class Wrong(Exception):  # noqa: N818 - it carries a message, not an error of keaprov's
    """Why the library refuses an expression."""


class Reader:
    """Reads an expression; every method returns the number of states of what it has read."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.position = 0
        self.groups = 1
        self.open = [0]
        self.states = 0

    def whole(self) -> None:
        self.made(3)
        self.disjunction()
        if self.next == b")":
            raise Wrong("a ) has no (")
        if self.next:
            raise Wrong(f"there is nothing before {self.next.decode()} to repeat")

    @property
    def next(self) -> bytes:
        return self.octets[self.position : self.position + 1]

    def take(self, *texts: bytes) -> bytes:
        """Return the first of these texts that comes next, and go behind it; b"" for none."""
        for text in texts:
            if self.octets.startswith(text, self.position):
                self.position += len(text)
                return text
        return b""

    def made(self, states: int) -> int:
        self.states += states
        if self.states > STATES:
            raise Wrong("it is too large")
        return states

    def disjunction(self) -> int:
        if len(self.open) > DEEPEST:
            raise Wrong(f"there are more than {DEEPEST} groups in groups")
        size = self.alternative()
        while self.take(b"|"):
            size += self.alternative() + self.made(2)
        return size

    def alternative(self) -> int:
        size = self.made(1)
        while self.next and self.next not in b"|)" + _QUANTIFIERS:
            size += self.term()
        return size

    def term(self) -> int:
        """Read an assertion, or an atom with its quantifiers; an assertion takes none."""
        if self.take(b"^", b"$", b"\\b", b"\\B"):
            return self.made(1)
        if self.take(b"(?=", b"(?!"):
            return self.group(-1) + self.made(2)
        size = self.atom()
        while self.next and self.next in _QUANTIFIERS:
            size = self.quantifier(size)
        return size

    def atom(self) -> int:
        if self.take(b"(?:"):
            return self.group(-1) + self.made(1)
        if self.octets.startswith(b"(?", self.position):
            raise Wrong("after (? comes : or = or !")
        if self.take(b"("):
            self.groups += 1
            return self.group(self.groups - 1) + self.made(2)
        if self.take(b"["):
            self.bracket()
        elif self.take(b"\\"):
            kind, value = self.escape()
            if kind == "reference" and not 0 <= value < self.groups:
                raise Wrong(f"there is no group {value}")
            if kind == "reference" and value in self.open:
                raise Wrong(f"group {value} is not closed before its reference")
        else:
            self.position += 1
        return self.made(1)

    def group(self, number: int) -> int:
        self.open.append(number)
        size = self.disjunction()
        if not self.take(b")"):
            raise Wrong("a ( has no )" if not self.next else "there is nothing to repeat in a ()")
        self.open.pop()
        return size

    def quantifier(self, size: int) -> int:
        sign = self.take(b"*", b"+", b"?", b"{")
        size = self.interval(size) if sign == b"{" else size + self.made(2 if sign == b"?" else 1)
        self.take(b"?")
        return size

    def interval(self, size: int) -> int:
        """Read the rest of ``{3}``, ``{3,}`` or ``{3,7}``: the library copies what is repeated."""
        low = self.digits()
        if not low:
            raise Wrong("after { comes a number")
        least, copies, joints = _number(low), 0, 2
        if self.take(b","):
            high = self.digits()
            copies = _number(high) - least if high else 1
            joints += copies if high else 0
        if not self.take(b"}"):
            raise Wrong("a { has no }")
        if copies < 0:
            raise Wrong("the second number of a {} is less than the first")
        return self.made((max(least, 0) + copies) * size + joints)

    def digits(self) -> bytes:
        start = self.position
        while self.next and self.next in _DIGITS:
            self.position += 1
        return self.octets[start : self.position]

    def escape(self, bracket: bool = False) -> tuple[str, int]:
        r"""Read what follows a \; return "character", "class", "reference" or "border"; a value."""
        if not self.next:
            raise Wrong("it ends with \\")
        sign = self.next
        if sign != b"0" and sign in _DIGITS:
            return "reference", _number(self.digits())
        self.position += 1
        if sign in _CONTROLS:
            return "character", _CONTROLS[sign]
        if sign in b"dDsSwW":
            return "class", 0
        if sign == b"c":
            if not self.next:
                raise Wrong("after \\c comes a letter")
            self.position += 1
            return "character", self.octets[self.position - 1]
        if sign in b"xu":
            return "character", self.hexadecimal(2 if sign == b"x" else 4)
        return ("border", 0) if bracket and sign == b"B" else ("character", sign[0])

    def hexadecimal(self, length: int) -> int:
        digits = self.octets[self.position : self.position + length]
        if len(digits) < length or any(digit not in _HEX for digit in digits):
            raise Wrong(f"after \\x or \\u come hexadecimal digits, here {length}")
        self.position += length
        return int(digits, 16) & 0xFF

    # what stands in square brackets

    def bracket(self) -> None:
        self.take(b"^")
        parts = self.parts()
        last: tuple[str, int] = ("nothing", 0)
        index = 0
        if parts and parts[0][0] in ("character", "dash"):
            last, index = ("character", parts[0][1]), 1
        while index < len(parts):
            kind, value = parts[index]
            index += 1
            if kind != "dash":
                last = ("character" if kind == "symbol" else kind, value)
            elif index == len(parts):
                break
            elif last[0] == "class":
                raise Wrong("a range begins with a class")
            elif last[0] == "character":
                kind, value = parts[index]
                index += 1
                if kind not in ("character", "dash"):
                    raise Wrong("a range ends with a class or a character's name")
                if _signed(last[1]) > _signed(value):
                    raise Wrong("a range ends before it begins")
                last = ("nothing", 0)
            else:
                last = self.lone_dash(value)

    def lone_dash(self, dash: int) -> tuple[str, int]:
        """Return what a dash between a range and another character is: itself."""
        return ("character", dash)

    def parts(self) -> list[tuple[str, int]]:
        """Return what stands before the closing bracket: characters, dashes, classes."""
        parts: list[tuple[str, int]] = []
        while not self.take(b"]"):
            if not self.next:
                raise Wrong("a [ has no ]")
            if self.take(b"-"):
                parts.append(("dash", ord("-")))
            elif sign := self.take(b"[:", b"[.", b"[="):
                parts.append(self.named(sign[1:]))
            elif self.take(b"\\"):
                kind, value = self.escape(bracket=True)
                if kind not in ("character", "class"):
                    raise Wrong("a reference or \\B stands between [ and ]")
                parts.append((kind, value))
            else:
                parts.append(("character", self.next[0]))
                self.position += 1
        return parts

    def named(self, sign: bytes) -> tuple[str, int]:
        end = self.octets.find(sign, self.position)
        if end < 0 or self.octets[end + 1 : end + 2] != b"]":
            raise Wrong(f"[{sign.decode()} has no {sign.decode()}]")
        name = self.octets[self.position : end].decode("utf-8", "replace")
        self.position = end + 2
        if sign == b":":
            if name.lower() not in _CLASSES:
                raise Wrong(f"there is no class [:{name}:]")
            return "class", 0
        names = _NAMES.split()
        if name not in names:
            raise Wrong(f"there is no character with the name {name}")
        return ("symbol", names.index(name)) if sign == b"." else ("class", 0)


def _number(digits: bytes) -> int:
    """Read a number as the library does, into 32 bits; the last 32 digits decide."""
    value: int = int(digits[-32:]) & 0xFFFFFFFF
    return value - (1 << 32) if value >> 31 else value


def _signed(octet: int) -> int:
    """Return an octet as x86_64's char, by which the library orders a range."""
    return octet - 256 if octet > 127 else octet
