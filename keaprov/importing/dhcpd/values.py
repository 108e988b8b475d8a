"""Data expressions of dhcp-eval(5) as Kea's: each knows how it is compared with a constant.

dhcpd compares an expression without a value (a missing option) as unequal to a constant; Kea's has
the value '', which is unequal to every constant that is not empty. So a comparison needs a constant
with at least one octet to have the same result.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from keaprov.importing.dhcpd.tree import Untranslatable

_PLAIN = re.compile(rb"[ -&(-~]+\Z")


def constant(octets: bytes) -> str:
    """Return octets as a constant of Kea's: text in quotes if it is plain, else hexadecimal.

    Raises Untranslatable if there is no octet.
    """
    if not octets:
        raise Untranslatable("dhcpd and Kea compare an empty text differently")
    return f"'{octets.decode()}'" if _PLAIN.match(octets) else f"0x{octets.hex()}"


class Node:
    """An expression that has a value in dhcpd."""

    def text(self) -> str:
        """Return Kea's expression of the value; Untranslatable if Kea has none."""
        raise Untranslatable("Kea's expressions have no counterpart")

    def equals(self, octets: bytes) -> str:
        """Return Kea's condition that the value is these octets."""
        return f"{self.text()} == {constant(octets)}"

    def exists(self) -> str:
        """Return Kea's condition that there is a value."""
        return f"not ({self.text()} == '')"


@dataclass(frozen=True)
class Plain(Node):
    """A value that Kea's expression gives too; `present` is the condition that there is one."""

    expression: str
    present: str = ""

    def text(self) -> str:
        return self.expression

    def exists(self) -> str:
        return self.present or super().exists()


@dataclass(frozen=True)
class Constant(Node):
    """Octets that are written out; `numeral` is what a lone number is where a number is meant."""

    octets: bytes
    numeral: int | None = None

    def text(self) -> str:
        return constant(self.octets)


@dataclass(frozen=True)
class Hardware(Node):
    """``hardware``: the type of the hardware in one octet, and the address."""

    def equals(self, octets: bytes) -> str:
        if len(octets) < 2:
            raise Untranslatable("hardware is a type and an address, such as 1:02:00:5e:10:00:01")
        return f"(pkt4.htype == {octets[0]} and pkt4.mac == 0x{octets[1:].hex()})"

    def exists(self) -> str:
        return f"not ({self.address().text()} == '')"

    def address(self) -> Plain:
        """Return the address without the type."""
        return Plain("pkt4.mac")


@dataclass(frozen=True)
class Suffix(Node):
    """``suffix(VALUE, LENGTH)``."""

    inner: Node
    length: int

    def equals(self, octets: bytes) -> str:
        if len(octets) != self.length or not octets:
            raise Untranslatable("the suffix and the constant have different lengths")
        return f"substring({self.inner.text()}, -{self.length}, all) == {constant(octets)}"


@dataclass(frozen=True)
class Number(Node):
    """``extract-int(VALUE, WIDTH)``: the first octets as an unsigned number."""

    inner: Node
    width: int

    def equals_number(self, number: int) -> str:
        """Return Kea's condition that the number is this one."""
        if not 0 <= number < 2**self.width:
            raise Untranslatable(f"{number} does not fit into {self.width} bits")
        octets = number.to_bytes(self.width // 8, "big")
        return f"substring({self.inner.text()}, 0, {self.width // 8}) == 0x{octets.hex()}"


@dataclass(frozen=True)
class Ascii(Node):
    """``binary-to-ascii(BASE, 8, SEPARATOR, VALUE)``: each octet as a number, without zeros."""

    base: int
    separator: str
    inner: Node

    def equals(self, octets: bytes) -> str:
        return self.inner.equals(self.read(octets))

    def read(self, octets: bytes) -> bytes:
        """Return the octets that dhcpd writes as this text."""
        text = octets.decode("latin-1")
        parts = text.split(self.separator) if self.separator else []
        try:
            read = bytes(int(part, self.base) for part in parts)
        except ValueError:
            read = b""
        shape = {8: "o", 10: "d", 16: "x"}[self.base]
        if not read or self.separator.join(format(octet, shape) for octet in read) != text:
            raise Untranslatable(f"binary-to-ascii never gives {text!r}")
        return read


@dataclass(frozen=True)
class First(Node):
    """``pick-first-value(VALUE, VALUE, …)``: the first that there is."""

    inner: tuple[Node, ...]

    def equals(self, octets: bytes) -> str:
        parts, missing = [], ""
        for node in self.inner:
            parts.append(f"({missing}{node.equals(octets)})")
            missing += f"not ({node.exists()}) and "
        return f"({' or '.join(parts)})"

    def exists(self) -> str:
        return " or ".join(f"({node.exists()})" for node in self.inner)
