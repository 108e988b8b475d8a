"""Rules about reservations (Kea ARM, DHCPv4 Server: Host Reservations).

`keaprov.lint.hosts` reads every row once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any
from unicodedata import normalize

from keaprov.errors import KeyPath
from keaprov.lint import respelt
from keaprov.lint.config import Config
from keaprov.lint.hosts import (
    NOBODYS,
    Host,
    HostList,
    all_inside,
    by_mac_alone,
    doubtful,
    has_plain_names,
    has_usual_macs,
    host_lists,
)
from keaprov.lint.inherited import DOMAIN_NAME, options_of
from keaprov.lint.rule import Finding, error, warning
from keaprov.model.names import IDENTIFIERS
from keaprov.words import count, meant, shortened

LONGEST = {"hw-address": 20, "duid": 130, "client-id": 255, "circuit-id": 128, "flex-id": 128}
"""Octets that an identifier may have at most (Kea: Host::getIdentifierMaxLength)."""
SHORTEST_DUID = 3
"""Octets that a DUID has at least (Kea: duid.h)."""
_LABEL = "(?!xn--)[a-z0-9\u00df-\u017f-]+"
_BARE = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_SHORT = re.compile(r"[A-Za-z0-9]{1,63}\Z")
_FULL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\Z")


@error(
    "KP405",
    "Reserve an address of the subnet, or move the reservation to the subnet of its address.",
)
def addresses(config: Config) -> Iterator[Finding]:
    """A reserved address is one of a host (Host::setIPv4Reservation), and in its subnet."""
    for host in doubtful(config, all_inside):
        text = host.raw.get("ip-address")
        where = host.at("ip-address")
        if text is None:
            continue
        if host.address is None:
            yield Finding(f"{text!r} is not an IPv4 address", where, _address(text))
        elif host.address in NOBODYS:
            hint = "Write an IPv4 address, as 172.20.10.5, or leave ip-address out."
            yield Finding(f"{text} is not an address of a host", where, hint)
        elif host.subnet and host.subnet.network and host.address not in host.subnet:
            yield Finding(f"the reserved address {text} is not inside {host.subnet.name}", where)


def _address(text: object) -> str:
    """Return what to do about a text that is not an address."""
    written = respelt.address(str(text))
    return f"Write {written}." if written else "Write an IPv4 address, as 172.20.10.5."


@error(
    "KP412",
    "Write the identifier as Kea reads it: octets as 00:11:22:aa:bb:cc, or 'text' in quotes.",
)
def identifiers(config: Config) -> Iterator[Finding]:
    """A reservation says who it is for, in exactly one way that Kea can read."""
    hint = f"Give one of {', '.join(IDENTIFIERS)}."
    for host in doubtful(config, by_mac_alone):
        idle = _idle(host.raw)
        given = [kind for kind in IDENTIFIERS if kind in host.raw and kind not in idle]
        if len(given) == 1 and len(host.identifier) == 12:
            continue
        if not given and any(
            meant(str(key)) in IDENTIFIERS or respelt.mac(str(key)) for key in host.raw
        ):
            continue  # the schema names the other word, or the address that stands for a key
        if not given:
            yield Finding("the reservation does not say who it is for", host.at(), hint)
        elif len(given) > 1:
            message = f"{given[0]} and {given[1]}: a reservation has one identifier"
            yield Finding(message, host.at(given[1]), "Make it two reservations.")
        elif isinstance(host.raw[host.kind or given[0]], str):
            yield from _readable(host)


@error("KP434", stricter=True)
def idle_identifiers(config: Config) -> Iterator[Finding]:
    """A reservation has no empty identifier beside the one that says who it is for.

    Kea ignores it if its name comes first in the alphabet, as `client-id` before `hw-address`; else
    Kea refuses the file (HostReservationParser::parseInternal).
    """
    for host in doubtful(config, by_mac_alone):
        for kind in _idle(host.raw):
            yield Finding(f"an empty {kind}", host.at(kind), f"Leave {kind} out.")


def _idle(raw: Mapping[str, Any]) -> list[str]:
    """Return the identifiers that Kea skips: the empty ones before the first that is not."""
    if "" not in raw.values():
        return []
    given = sorted(kind for kind in IDENTIFIERS if kind in raw)
    empty = [*takewhile(lambda kind: raw[kind] == "", given)]
    return empty if len(empty) < len(given) else []


def _readable(host: Host) -> Iterator[Finding]:
    text, where = host.raw[host.kind], host.at(host.kind)
    if not host.identifier:
        hint = respelt.mac(str(text)) if host.kind == "hw-address" else ""
        hint = hint or "Write octets as 00:11:22:aa:bb:cc, or 'text' in single quotes."
        yield Finding(f"{text!r} is not a valid {host.kind}", where, hint)
    elif len(host.identifier) // 2 > LONGEST[host.kind]:
        most = LONGEST[host.kind]
        yield Finding(f"{len(host.identifier) // 2} octets: {host.kind} has at most {most}", where)
    elif host.kind == "duid" and len(host.identifier) // 2 < SHORTEST_DUID:
        size = count(len(host.identifier) // 2, "octet")
        yield Finding(f"{size}: duid has at least {SHORTEST_DUID}", where)


@error("KP413")
def twice_in_a_subnet(config: Config) -> Iterator[Finding]:
    """In one subnet an address is reserved once, and a client has one reservation.

    Kea refuses both, unless ``ip-reservations-unique`` is false.
    """
    several = config.dhcp4.get("ip-reservations-unique") is False
    earlier: dict[object, Host] = {}

    def is_good(hosts: HostList) -> bool:
        return _differ(hosts.identifiers) and (several or _differ(hosts.numbers))

    for host in doubtful(config, is_good):
        home = host.subnet.path if host.subnet else None
        if host.identifier:
            first = earlier.setdefault((home, host.kind, host.identifier), host)
            if first is not host:
                message = f"{host.raw[host.kind]} has a reservation in this subnet already"
                yield Finding(message, host.at(host.kind), "Keep one of the two.")
        if host.address is not None and not several:
            first = earlier.setdefault((home, host.address), host)
            if first is not host:
                message = f"{host.raw['ip-address']} is reserved in this subnet already"
                yield Finding(message, host.at("ip-address"), "Keep one of the two.")


def _differ(values: Sequence[object]) -> bool:
    return len(set(values)) == len(values)


@warning("KP414", "Remove one of the two, unless the client moves between these subnets.")
def twice_in_the_site(config: Config) -> Iterator[Finding]:
    """Across subnets, a client or host name is reserved once.

    A client that moves between VLANs may well have a reservation in each: then this is right.
    """
    lists = host_lists(config)
    written = [name.lower() for listed in lists for name in listed.names if isinstance(name, str)]
    identifiers = [text for listed in lists for text in listed.identifiers]
    if _differ(identifiers) and _differ(written):
        return
    clients: dict[object, Host] = {}
    names: dict[str, Host] = {}
    for host in (host for listed in lists for host in listed.hosts):
        if host.identifier:
            first = clients.setdefault((host.kind, host.identifier), host)
            if first.path != host.path:
                message = f"{host.raw[host.kind]} has a reservation in {_of(first)} too"
                yield Finding(message, host.at(host.kind))
        name = host.raw.get("hostname")
        if isinstance(name, str) and name:
            first = names.setdefault(name.lower(), host)
            if first is not host and first.identifier != host.identifier:
                message = f"the host name {name} is reserved for another client too ({_of(first)})"
                yield Finding(message, host.at("hostname"))


def _of(host: Host) -> str:
    return host.subnet.name if host.subnet else "the global reservations"


@warning("KP418", "Use letters, digits and dashes; each label has at most 63 characters.")
def host_names(config: Config) -> Iterator[Finding]:
    """A reserved host name is one that DNS takes (RFC 1123, 2.1).

    Each of its labels has at most 63 letters, digits and hyphens. Kea sends other letters as they
    are written, in UTF-8; DNS wants their form that begins with ``xn--`` (RFC 5891). That goes for
    the domain of clients, too: domain-name (option 15) and ddns-qualifying-suffix.
    """
    yield from _domains(config)
    for host in doubtful(config, has_plain_names):
        name = host.raw.get("hostname")
        if not isinstance(name, str) or not name or _SHORT.match(name):
            continue
        labels = name.removesuffix(".").split(".")
        if len(name) > 254 or not all(_FULL.match(label) for label in labels):
            hint = _dns_form(name) or "Use letters, digits and hyphens, 63 in each label at most."
            yield Finding(f"{shortened(name, 300)!r} is not a host name", host.at("hostname"), hint)


def _domains(config: Config) -> Iterator[Finding]:
    """Yield the domains of clients that have other letters, or a label that is too long."""
    for where, name in _written_domains(config):
        if isinstance(name, str) and not (name.isascii() and all(map(_fits, name.split(".")))):
            hint = _dns_form(name)
            yield Finding(f"{shortened(name, 300)!r} is not a name of a domain", where, hint)


def _written_domains(config: Config) -> Iterator[tuple[KeyPath, Any]]:
    for scope in config.scopes:
        if "ddns-qualifying-suffix" in scope.raw:
            where: KeyPath = (*scope.path, "ddns-qualifying-suffix")
            yield where, scope.raw["ddns-qualifying-suffix"]
        options = options_of(config, scope) if "option-data" in scope.raw else {}
        for option in options.get(DOMAIN_NAME, ()):
            if option.raw.get("csv-format") is not False:
                yield (*option.path, "data"), option.data


def _fits(label: str) -> bool:
    return len(label) <= 63


def _dns_form(name: str) -> str:
    """Return how to write an internationalised name, "" if there is no such form."""
    prepared = _BARE.fullmatch(name) and name == name.casefold() == normalize("NFKC", name)
    try:
        # of such letters nameprep (RFC 3491) changes none, and it takes long to say so
        form = ".".join(map(_ascii, name.split("."))) if prepared else _prepared(name)
    except UnicodeError:
        return ""
    return "" if form == name or " " in form else f"Write {form}."


def _prepared(name: str) -> str:
    return name.encode("idna").decode("ascii")


def _ascii(label: str) -> str:
    """Return a label that nameprep does not change in the form of DNS."""
    if label.isascii():
        return _prepared(label)
    form = f"xn--{label.encode('punycode').decode('ascii')}"
    if len(form) > 63:
        raise UnicodeError("the label is too long")
    return form


@warning("KP428")
def hardware_addresses(config: Config) -> Iterator[Finding]:
    """A hardware address is one that a client can have.

    It has six octets or more, and is neither zero nor broadcast. Its first octet is even: an
    odd one marks a group (IEEE 802, 8.2). 01 and six octets are a client identifier.
    """
    for host in doubtful(config, has_usual_macs):
        octets, hint = host.identifier, ""
        if host.kind != "hw-address" or not octets:
            continue
        if len(octets) < 12:
            wrong = f"has {len(octets) // 2} octets, a MAC address six"
        elif not octets.strip("0"):
            wrong = "is zero: no client has it"
        elif len(octets) == 12 and octets[1] in "13579bdf":
            kind = "the broadcast address" if not octets.strip("f") else "a group address"
            wrong = f"is {kind}: no client has it"
        elif inner := respelt.of_a_client_id(octets):
            wrong = "is a client identifier: a MAC address has six octets"
            hint = f"Write {inner}, or name the key client-id."
        else:
            continue
        text = str(host.raw["hw-address"])
        hint = hint or respelt.short_mac(text) or "Write the address of the client's interface."
        yield Finding(f"the hw-address {text} {wrong}", host.at("hw-address"), hint)


RULES = (
    addresses,
    identifiers,
    idle_identifiers,
    twice_in_a_subnet,
    twice_in_the_site,
    host_names,
    hardware_addresses,
)
