"""Be a DHCP client: ask for an offer, take the lease if that is wanted, and give it back.

On an interface it is a client as any other (a raw socket, RFC 2131); with `giaddr` it is a relay
that passes a client's packets on to the servers (RFC 2131, section 4.1.1). Every offer of every
server comes back, options as hexadecimal text, for others to judge.

It runs on a client host, or here (Python >= 3.9, standard library only), as root.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any

from dhcp_packet import (
    ACK,
    CLIENT_ID,
    DISCOVER,
    MESSAGE,
    NAK,
    OFFER,
    PARAMETERS,
    RELEASE,
    REQUEST,
    REQUESTED_ADDRESS,
    SERVER_ID,
    PacketError,
    decode,
    encode,
)
from dhcp_way import Direct, Relayed, Way

ASKED = (1, 3, 6, 15, 42, 51, 58, 59)
PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds between retransmissions, the last one again and again; RFC 2131 begins at four."""
GATHER = 0.7
"""Seconds for further servers' offers after the first."""
MOST = 100
"""Offers that are reported: a flood of them ends the wait."""


def answers(way: Way, xid: int, until: float, *kinds: int) -> Any:
    """Yield the servers' answers of these kinds to our transaction, until then."""
    while (received := way.receive(until)) is not None:
        data, source, hardware = received
        try:
            packet = decode(data)
        except PacketError:
            continue
        if packet["op"] == 2 and packet["xid"] == xid and packet["kind"] in kinds:
            yield {**packet, "source": source, "hardware": hardware}


def report(packet: dict[str, Any], began: float) -> dict[str, Any]:
    """Return the report of a server's answer; times in seconds.

    `server` is its identifier (option 54), "" without one; `source` and `hardware` are the IP and
    MAC address that the answer came from: a relay's, if a relay passed it on.
    """
    server = packet["options"].get(SERVER_ID, b"")
    return {
        "server": socket.inet_ntoa(server) if len(server) == 4 else "",
        "source": packet.get("source", ""),
        "hardware": packet.get("hardware", ""),
        "address": packet["yiaddr"],
        "options": {str(code): value.hex() for code, value in sorted(packet["options"].items())},
        "seconds": round(time.monotonic() - began, 4),
    }


def pauses() -> Iterator[float]:
    return itertools.chain(PAUSES, itertools.repeat(PAUSES[-1]))


def discover(
    way: Way,
    mac: bytes,
    xid: int,
    more: Any,
    patience: float,
    gather: float,
    secs: int = 0,
    every: bool = False,
) -> list[dict[str, Any]]:
    """Ask, again and again, and return every offer; `secs` is how old the client is, in seconds.

    With `every` it goes on for all of `patience`, and returns each sender's first offer.
    """
    began = time.monotonic()
    offers: dict[object, dict[str, Any]] = {}
    for pause in pauses():
        age = secs + int(time.monotonic() - began)
        way.send(encode(DISCOVER, xid, mac, more, way.giaddr, secs=age))
        until = min(time.monotonic() + pause, began + patience)
        for offer in answers(way, xid, until, OFFER):
            collect(offers, report(offer, began), every)
            if not every or len(offers) >= MOST:
                break
        if offers and not every:
            for offer in answers(way, xid, time.monotonic() + gather, OFFER):
                collect(offers, report(offer, began), every)
                if len(offers) >= MOST:
                    break
            break
        if len(offers) >= MOST or time.monotonic() >= began + patience:
            break
    return list(offers.values())


def collect(offers: dict[object, dict[str, Any]], offer: dict[str, Any], once: bool) -> None:
    """Add an offer; with `once`, only the first of each sender."""
    sender = (offer["server"], offer["source"], offer["hardware"])
    offers.setdefault(sender if once else len(offers), offer)


def take(
    way: Way, mac: bytes, xid: int, more: Any, offer: dict[str, Any], patience: float
) -> dict[str, Any] | None:
    """Ask for an offered lease; return the server's ACK or NAK, None if there is no answer."""
    began = time.monotonic()
    chosen = [
        (REQUESTED_ADDRESS, socket.inet_aton(offer["address"])),
        (SERVER_ID, socket.inet_aton(offer["server"])),
    ]
    packet = encode(REQUEST, xid, mac, [*more, *chosen], way.giaddr)
    for pause in pauses():
        way.send(packet)
        until = min(time.monotonic() + pause, began + patience)
        for answer in answers(way, xid, until, ACK, NAK):
            words = answer["options"].get(MESSAGE, b"").decode(errors="replace")
            return {**report(answer, began), "ack": answer["kind"] == ACK, "message": words}
        if time.monotonic() >= began + patience:
            break
    return None


def main(request: dict[str, Any]) -> dict[str, object]:
    mac = bytes.fromhex(request["mac"].replace(":", "")) if request.get("mac") else b""
    mac = mac or bytes((2, *secrets.token_bytes(5)))
    way: Way
    try:
        if request.get("giaddr"):
            way = Relayed(request["giaddr"], request["servers"])
        else:
            way = Direct(request["interface"], mac)
    except PermissionError:
        sys.exit("root's rights are needed for a raw socket")
    except OSError as error:
        where = request.get("giaddr") or request["interface"]
        sys.exit(f"cannot ask from {where}: {os.strerror(error.errno or 0)}")
    with contextlib.closing(way):
        return exchange(way, mac, request)


def exchange(way: Way, mac: bytes, request: dict[str, Any]) -> dict[str, object]:
    xid = secrets.randbits(32)
    identity = request.get("client-id") or ""
    more = [(PARAMETERS, bytes(sorted({*ASKED, *request.get("codes", [])})))]
    if identity:
        more.append((CLIENT_ID, bytes.fromhex(identity.replace(":", ""))))
    patience = float(request.get("patience", 10))
    gather = float(request.get("gather", GATHER))
    secs, every = int(request.get("secs", 0)), bool(request.get("every"))
    offers = discover(way, mac, xid, more, patience, gather, secs, every)
    named = [offer for offer in offers if offer["server"]]  # a REQUEST has to name its server
    first = request.get("first", [])
    named.sort(key=lambda offer: offer["server"] not in first)
    lease = (
        take(way, mac, xid, more, named[0], patience) if request.get("lease") and named else None
    )
    if lease and lease["ack"]:
        address, server = lease["address"], lease["server"] or named[0]["server"]
        whose = [*more[1:], (SERVER_ID, socket.inet_aton(server))]
        # no relay passes a RELEASE on: it is a client's own, to the server (section 4.4.4)
        release = encode(RELEASE, secrets.randbits(32), mac, whose, ciaddr=address)
        way.send(release, address, server)
    return {"mac": mac.hex(":"), "client-id": identity, "offers": offers, "lease": lease}
