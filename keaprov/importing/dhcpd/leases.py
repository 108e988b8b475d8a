"""dhcpd.leases(5) as Kea's lease file: the columns of Kea 3.0's csv_lease_file4.cc.

The last entry of an address counts. An address that dhcpd has abandoned is declined in Kea, for a
day at most (decline-probation-period). Times in seconds since 1970, UTC.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from keaprov.errors import Mark, Problem
from keaprov.importing.dhcpd import options, reading
from keaprov.importing.dhcpd.homes import Homes
from keaprov.importing.dhcpd.lexer import Kind, Lexed, Token, lex
from keaprov.importing.dhcpd.lifetimes import INFINITE
from keaprov.importing.dhcpd.notes import Notes
from keaprov.importing.dhcpd.tree import Statement, Untranslatable, parse, text_of

FILE = "kea-leases4.csv"
COLUMNS = (
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,"
    "user_context,pool_id"
)
MOST_BYTES = 128 * 1024 * 1024
"""Bytes that dhcpd.leases may have: some 400,000 leases."""
PROBATION = 86400
"""Seconds that an address stays declined (Kea ARM, decline-probation-period)."""
_ENDED = ("free", "expired", "released", "reset", "backup")
_HOSTNAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,253}[A-Za-z0-9_])?\Z")
_EPOCH = re.compile(r"epoch ([0-9]{1,12})")
_DATE = re.compile(
    r"[0-9] ([0-9]{4}) / ([0-9]{1,2}) / ([0-9]{1,2}) " + " : ".join(["([0-9]{2})"] * 3)
)
_DNS = ("ddns-fwd-name", "ddns-rev-name", "ddns-txt", "ddns-dhcid")


@dataclass(frozen=True)
class Lease:
    """A lease of dhcpd's that is in effect; `ends` is None if it never ends."""

    address: IPv4Address
    hardware: str
    client: str
    starts: int
    ends: int | None
    hostname: str
    declined: bool


@dataclass
class Leases:
    """The text of Kea's lease file, how many leases it has, and what is wrong with dhcpd's.

    `ended` is the number of addresses whose lease has ended.
    """

    text: str = ""
    count: int = 0
    ended: int = 0
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class _Entry:
    """What becomes of one entry: its row, empty if it has none, and notes for the report."""

    row: str = ""
    notes: tuple[tuple[Mark, str, str, str], ...] = ()


def read(path: Path, subnets: Sequence[tuple[str, int]], now: int, notes: Notes) -> Leases:
    """Return Kea's lease file of a dhcpd.leases.

    `subnets` are prefixes with their ids, `now` is the time. What a lease file of Kea's does not
    carry goes to the notes.
    """
    text = reading.octets(path, MOST_BYTES)
    if isinstance(text, Problem):
        return Leases(problems=[text])
    leases = Leases()
    homes = Homes((IPv4Network(prefix), number) for prefix, number in subnets)
    last: dict[IPv4Address, _Entry] = {}
    for statement in _statements(text, str(path), leases.problems):
        if statement.head == "lease" and statement.body is not None:
            try:
                address = options.address(statement.words[1:])
            except Untranslatable as reason:
                hint = "dhcpd writes: lease ADDRESS { … }."
                problem = Problem("KP204", str(reason), statement.mark, hint=hint)
                leases.problems.append(problem)
            else:
                last[address] = _entry(statement, address, homes, now)
    if leases.problems:
        return leases
    rows = [last[address].row for address in sorted(last) if last[address].row]
    for entry in last.values():
        leases.ended += not (entry.row or entry.notes)
        for note in entry.notes:
            notes.keep_value(*note)
    leases.count = len(rows)
    leases.text = "\n".join([COLUMNS, *rows, ""])
    return leases


def _statements(text: str, file: str, problems: list[Problem]) -> Iterator[Statement]:
    """Yield the statements of a lease file one after the other: only one is in memory."""
    lexed = Lexed()
    part: list[Token] = []
    depth = 0
    for token in lex(text, file, lexed):
        part.append(token)
        if token.kind is not Kind.SIGN:
            continue
        depth += (token.text == "{") - (token.text == "}")
        if depth <= 0 and token.text in ";}":
            lexed.comments.clear()
            statements, wrong = parse(part)
            problems += wrong
            yield from statements
            part, depth = [], 0
    problems += lexed.problems
    if part and not lexed.problems:
        problems += parse(part)[1]


def _entry(
    statement: Statement,
    address: IPv4Address,
    homes: Homes[int],
    now: int,
) -> _Entry:
    try:
        lease = _lease(statement, address)
        if lease is None or (lease.ends is not None and lease.ends <= now):
            return _Entry()
        home = homes.of(address)
        if home is None:
            raise Untranslatable("no subnet of the site has its address")
        return _Entry(_text(lease, home, now), tuple(_lost(statement, address)))
    except Untranslatable as reason:
        note = (statement.mark, f"lease {address}", text_of(statement), str(reason))
        return _Entry(notes=(note,))


def _lease(statement: Statement, address: IPv4Address) -> Lease | None:
    """Return a lease that is in effect or abandoned, None if its state says that it has ended."""
    says = {inner.head: inner for inner in statement.body or () if inner.body is None}
    binding = says.get("binding")
    state = binding.words[2].text if binding and len(binding.words) == 3 else "active"
    if "abandoned" in says:
        state = "abandoned"
    if state in _ENDED:
        return None
    if state not in ("active", "abandoned"):
        raise Untranslatable(f"its state is {state!r}")
    if "starts" not in says or "ends" not in says:
        raise Untranslatable("it does not say when it starts and ends")
    starts, ends = _time(says["starts"]), _time(says["ends"])
    if starts is None or (ends is not None and ends <= starts):
        raise Untranslatable("it ends before it starts")
    hardware, client = "", ""
    if state == "active":
        hardware, client = _hardware(says.get("hardware")), _client(says.get("uid"))
        if not hardware and not client:
            raise Untranslatable("it has neither a hardware address nor a client identifier")
    name = says["client-hostname"].words[-1].text if "client-hostname" in says else ""
    hostname = name.lower() if _HOSTNAME.match(name) and state == "active" else ""
    return Lease(address, hardware, client, starts, ends, hostname, state == "abandoned")


def _text(lease: Lease, home: int, now: int) -> str:
    starts, lifetime = lease.starts, INFINITE
    if lease.ends is not None:
        lifetime = min(lease.ends - lease.starts, INFINITE)
    if lease.declined:
        starts = now
        lifetime = PROBATION if lease.ends is None else min(PROBATION, lease.ends - now)
    times = f"{lifetime},{starts + lifetime},{home}"
    state = int(lease.declined)
    return (
        f"{lease.address},{lease.hardware},{lease.client},{times},0,0,{lease.hostname},{state},,0"
    )


def _time(statement: Statement) -> int | None:
    """Return the seconds of ``starts 3 2026/11/25 08:00:00``, of ``epoch N``; None for never."""
    words = [token.text for token in statement.words[1:]]
    if words[:1] == ["never"]:
        return None
    if epoch := _EPOCH.fullmatch(" ".join(words)):
        return int(epoch[1])
    date = _DATE.fullmatch(" ".join(words))
    if date is None:
        raise Untranslatable(f"{statement.head} is not a time of dhcpd's")
    year, month, day, hour, minute, second = map(int, date.groups())
    try:
        return calendar.timegm((year, month, day, hour, minute, second))
    except ValueError:
        raise Untranslatable(f"{statement.head} is not a date of the calendar") from None


def _hardware(statement: Statement | None) -> str:
    if statement is None:
        return ""
    if not statement.starts("hardware", "ethernet"):
        raise Untranslatable("Kea's lease file has no type of hardware: it is read as ethernet")
    return options.hexadecimal(statement.words[2:]).hex(":")


def _client(statement: Statement | None) -> str:
    if statement is None:
        return ""
    octets = options.octets(statement.words[1:])
    if len(octets) < 2:
        raise Untranslatable("Kea's client identifiers have two octets at least")
    return octets.hex(":")


def _lost(statement: Statement, address: IPv4Address) -> Iterator[tuple[Mark, str, str, str]]:
    """Yield a note of everything in a lease that Kea's lease file does not carry."""
    for inner in statement.body or ():
        name = inner.words[1].text if len(inner.words) > 1 else ""
        if inner.head == "set" and name in _DNS:
            words = "dhcpd added this name to the DNS; Kea does not remove it"
        elif inner.head in ("set", "on", "option"):
            words = "Kea's lease file has no such column"
        elif inner.head == "client-hostname" and not _HOSTNAME.match(inner.words[-1].text):
            words = "it is not a hostname"
        else:
            continue
        yield inner.mark, f"lease {address}: {inner.head}", text_of(inner), words
