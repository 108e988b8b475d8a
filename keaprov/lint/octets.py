"""The octets of an option, held against its definition as Kea reads them.

See OptionDefinition::optionFactory, OptionCustom::createBuffers and LibDHCP::unpackOptions4 in
Kea's src/lib/dhcp.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from keaprov.lint import dnr, domain
from keaprov.lint.definitions import (
    SPACE,
    VENDOR_43,
    Definition,
    Definitions,
    builtin,
    deferred,
    vendor_space,
)

SIZES = {
    "boolean": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4,
    "ipv4-address": 4, "ipv6-address": 16, "psid": 3,
}  # fmt: skip
"""Octets of the types of a fixed size."""
INTEGERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32")
_PAD, _END, _HOST_NAME = 0, 255, 12
_SLP_SCOPE, _FQDN, _ROUTES, _VIVCO, _VIVSO, _SZTP, _DNR = 79, 81, 121, 124, 125, 143, 162
_FQDN_ENCODED, _FQDN_NO_UPDATE, _FQDN_UPDATE = 4, 8, 1


class MisfitError(ValueError):
    """Octets that do not make an option."""


class NoTextError(MisfitError):
    """Octets without a text: an option that Kea leaves out if it is a sub-option."""


def fit(definition: Definition, octets: bytes, known: Definitions) -> bool:
    """Whether an option can have these octets; its sub-options are looked up in `known`."""
    try:
        _build(definition, octets, known)
    except (MisfitError, domain.DomainError):
        return False
    return True


def _check(good: bool) -> None:
    if not good:
        raise MisfitError


def _build(definition: Definition, octets: bytes, known: Definitions) -> None:
    walk = _OWN_FORMS.get(definition.code) if definition.space == SPACE else None
    kind = definition.types[0] if len(definition.types) == 1 else "record"
    if walk is not None:
        walk(octets, known)
    elif kind == "fqdn" and definition.array:
        _fqdns(definition, octets)
    elif kind in INTEGERS and definition.array:
        _check(octets != b"" and len(octets) % SIZES[kind] == 0)
    elif kind in ("ipv4-address", "ipv6-address") and definition.array:
        _check(len(octets) % SIZES[kind] == 0)
    elif kind == "tuple" and definition.array:
        _tuples(octets, 1)
    elif kind == "string":
        if not octets.rstrip(b"\0"):
            raise NoTextError
    elif kind == "empty":
        _suboptions(definition, octets, known)
    elif kind not in ("binary", "internal"):
        _custom(definition, octets, known)


def _fqdns(definition: Definition, octets: bytes) -> None:
    """Read names without pointers; the octets have to be whole names (RFC 3397)."""
    _check(octets != b"")
    at, plain = 0, b""
    while at < len(octets):
        name, at = domain.read(octets, at)
        plain += name
    _repeated(definition.types[0], plain)


def _custom(definition: Definition, octets: bytes, known: Definitions) -> None:
    kinds = definition.types
    if len(kinds) == 1 and definition.array:
        _check(len(octets) >= SIZES.get(kinds[0], 0))
        _repeated(kinds[0], octets)
        return
    rest = octets
    for kind in kinds:
        size = _size(kind, rest, len(kinds) > 1)
        _check(size <= len(rest))
        rest = rest[size:]
    if definition.array:
        _repeated(kinds[-1], rest)
    else:
        _suboptions(definition, rest, known)


def _repeated(kind: str, octets: bytes) -> None:
    """Read a field as often as it comes; Kea drops what is too short at the end."""
    while octets:
        size = _size(kind, octets, False)
        if size > len(octets):
            return
        octets = octets[size:]


def _size(kind: str, octets: bytes, in_record: bool) -> int:
    if kind in SIZES:
        return SIZES[kind]
    if kind == "fqdn":
        return domain.taken(domain.read(octets)[0])
    if kind == "tuple":
        _check(octets != b"\0")  # Kea aborts: it reads behind an empty text at the end
        return _tuple_size(octets, 1)
    if kind == "ipv6-prefix":
        if not octets and in_record:
            return 0
        _check(octets != b"")  # Kea takes more than 128 bits: see KP505
        size = 1 + (octets[0] + 7) // 8
        _check(size <= len(octets))
        return size
    return len(octets)


def _tuple_size(octets: bytes, width: int) -> int:
    size = width + int.from_bytes(octets[:width], "big")
    _check(width <= len(octets) and size <= len(octets))
    return size


def _tuples(octets: bytes, width: int) -> None:
    while octets:
        octets = octets[_tuple_size(octets, width) :]


def _suboptions(definition: Definition, octets: bytes, known: Definitions) -> None:
    space = definition.encapsulates
    if not space:
        return
    ends = {code for code in (_PAD, _END) if space == SPACE or _marks(definition, code, known)}
    whole: dict[int, bytes] = {}
    for code, data in _walked(octets, ends):
        if space != SPACE or code != _HOST_NAME or data:
            whole[code] = whole.get(code, b"") + data
    for code, data in whole.items():
        inner = known.suboption(space, code)
        generic = deferred(space, code) or (space == SPACE and code in (_VIVCO, _VIVSO))
        if inner is not None and not generic:
            try:
                _build(inner, data, known)
            except NoTextError:
                continue


def _marks(definition: Definition, code: int, known: Definitions) -> bool:
    """Whether a code is a mark among the sub-options of option 43, not an option."""
    return definition.code == VENDOR_43 and not known.is_own(definition.encapsulates, code)


def _walked(octets: bytes, marks: set[int]) -> Iterator[tuple[int, bytes]]:
    """Yield codes and values; an option that the octets end within is left out, as Kea does."""
    at = 0
    while at < len(octets):
        code, at = octets[at], at + 1
        if code in marks:
            if code == _END:
                return
            continue
        size = octets[at] if at < len(octets) else len(octets)
        if at + 1 + size > len(octets):
            return
        yield code, octets[at + 1 : at + 1 + size]
        at += 1 + size


def _slp_scope(octets: bytes, known: Definitions) -> None:
    _check(octets[:1] in (b"\0", b"\1"))


def _client_fqdn(octets: bytes, known: Definitions) -> None:
    """Read a client's name: one of two encodings, and a whole name or a part (RFC 4702)."""
    _check(len(octets) >= 3)
    flags, name = octets[0], octets[3:]
    both = _FQDN_NO_UPDATE | _FQDN_UPDATE
    _check(flags & both != both)
    if name and flags & _FQDN_ENCODED:
        domain.read(name if name.endswith(b"\0") else name + b"\0")
    elif name:
        domain.to_octets(name)


def _routes(octets: bytes, known: Definitions) -> None:
    """Read routes (RFC 3442): a prefix without its last octets, and a router."""
    _check(octets != b"")
    while octets:
        size = 1 + (octets[0] + 7) // 8 + 4
        _check(octets[0] <= 32 and size <= len(octets))
        octets = octets[size:]


def _vendor_class(octets: bytes, known: Definitions) -> None:
    """Read a vendor's number and its data, the same number each time (RFC 3925, section 3)."""
    _check(len(octets) >= 4)
    number, at = octets[:4], 4
    while at < len(octets):
        at += _tuple_size(octets[at:], 1)
        if at < len(octets):
            _check(octets[at : at + 4] == number and at + 5 < len(octets))
            at += 4


def _vendor_options(octets: bytes, known: Definitions) -> None:
    """Read a vendor's number and its options (RFC 3925, section 4); Kea reads the first vendor."""
    _check(len(octets) >= 4)
    space = vendor_space(f"vendor-{int.from_bytes(octets[:4], 'big')}")
    part = octets[5 : 4 + _tuple_size(octets[4:], 1)] if octets[4:] else b""
    while part:
        end = 1 + _tuple_size(part[1:], 1)
        inner = builtin().get((space, part[0]))
        if inner is not None:
            _build(inner, part[2:end], known)
        part = part[end:]


def _bootstrap(octets: bytes, known: Definitions) -> None:
    """Read the servers of a zero-touch provisioning, with two octets of length (RFC 8572)."""
    _tuples(octets, 2)


def _resolvers(octets: bytes, known: Definitions) -> None:
    _check(dnr.fits_octets(octets))


_OWN_FORMS: dict[int, Callable[[bytes, Definitions], None]] = {
    _SLP_SCOPE: _slp_scope,
    _FQDN: _client_fqdn,
    _ROUTES: _routes,
    _VIVCO: _vendor_class,
    _VIVSO: _vendor_options,
    _SZTP: _bootstrap,
    _DNR: _resolvers,
}
"""Options of space dhcp4 that Kea has a class of their own for (factorySpecialFormatOption)."""
