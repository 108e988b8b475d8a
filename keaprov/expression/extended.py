"""Whether C++ takes a POSIX extended regular expression: Kea gives hostname-char-set to std::regex.

The syntax is as GCC's library reads it (POSIX 9.4; bits/regex_scanner.tcc, regex_compiler.tcc):
more quantifiers may follow each other, a backslash makes the next character a plain one, and in
square brackets it is itself. A NUL stands after a backslash or in brackets only. Kea's call is in
lib/util/str.cc (StringSanitizer).
"""

from __future__ import annotations

from keaprov.expression.regex import Reader, Wrong, fault_of


def extended_fault(text: str) -> str:
    """Return why C++ refuses an extended regular expression, an empty text if it does not."""
    return fault_of(_Extended(text.encode("utf-8", "surrogatepass")))


class _Extended(Reader):
    def term(self) -> int:
        if self.take(b"^", b"$"):
            return self.made(1)
        size = self.atom()
        while self.next and self.next in b"*+?{":
            size = self.quantifier(size)
        return size

    def atom(self) -> int:
        if self.take(b"("):
            self.groups += 1
            return self.group(self.groups - 1) + self.made(2)
        if self.take(b"["):
            self.bracket()
        elif self.take(b"\\"):
            self.escape()
        elif self.next == b"\0":
            raise Wrong("it has a NUL (\\u0000)")
        else:
            self.position += 1
        return self.made(1)

    def escape(self, bracket: bool = False) -> tuple[str, int]:
        if not self.next:
            raise Wrong("it ends with \\")
        self.position += 1
        return ("character", self.octets[self.position - 1])

    def lone_dash(self, dash: int) -> tuple[str, int]:
        raise Wrong("a - stands after a range: only the first or the last of [] may be a -")

    def parts(self) -> list[tuple[str, int]]:
        parts: list[tuple[str, int]] = []
        while not (parts and self.take(b"]")):
            if not self.next:
                raise Wrong("a [ has no ]")
            if sign := self.take(b"[:", b"[.", b"[="):
                parts.append(self.named(sign[1:]))
            else:
                octet = self.octets[self.position]
                parts.append(("dash" if octet == ord("-") else "character", octet))
                self.position += 1
        return parts
