"""DHCP packets: real ones are read, and no bytes make the reader raise anything but its own."""

from __future__ import annotations

import contextlib
import importlib
import socket
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keaprov.dhcp_client import packets
from tests.deploying import lease
from tests.lab import lab

PACKETS = packets()
CHECKSUM = importlib.import_module("dhcp_packet").checksum
MAC = bytes.fromhex("024b00000001")
OFFER = bytes.fromhex(
    "02010600deadbeef00008000" "00000000" "ac140a82" "0a3c0143" "ac140afe" "024b00000001"
) + bytes(10 + 192) + bytes.fromhex(
    "63825363" "350102" "36040a3c0143" "330400007080" "0104ffffff00" "0304ac140afe"
    "06" "08" "ac141535" "ac141735" "0f0a" "696e6672612e6c61626f" "ff"
)  # fmt: skip
"""An OFFER as a real Kea 3.0 sends it to a relay."""


def test_an_offer_is_read() -> None:
    packet = PACKETS.decode(OFFER)
    assert (packet["op"], packet["kind"], packet["xid"]) == (2, PACKETS.OFFER, 0xDEADBEEF)
    assert (packet["yiaddr"], packet["siaddr"], packet["giaddr"]) == (
        "172.20.10.130", "10.60.1.67", "172.20.10.254",
    )  # fmt: skip
    assert packet["options"][15] == b"infra.labo"
    report = PACKETS.report(packet, 0.0)
    assert report["server"] == "10.60.1.67"
    assert report["options"]["3"] == "ac140afe"


def test_what_is_written_is_read_again() -> None:
    sent = PACKETS.encode(PACKETS.DISCOVER, 7, MAC, [(55, bytes((1, 3)))], giaddr="10.0.0.1")
    assert len(sent) >= 300, "BOOTP's least size (RFC 1542)"
    packet = PACKETS.decode(sent)
    assert (packet["op"], packet["kind"], packet["xid"], packet["mac"]) == (
        1,
        PACKETS.DISCOVER,
        7,
        MAC,
    )
    assert (packet["giaddr"], packet["options"][55]) == ("10.0.0.1", b"\x01\x03")


def test_options_in_parts_and_in_the_other_fields_are_joined() -> None:
    body = bytearray(
        PACKETS.encode(PACKETS.ACK, 1, MAC, [(52, b"\x03"), (15, b"infra"), (15, b".la")])
    )
    body[108:112] = bytes((15, 2)) + b"bo"
    body[44:48] = bytes((12, 1)) + b"h\xff"
    options = PACKETS.decode(bytes(body))["options"]
    assert (options[15], options[12]) == (b"infra.labo", b"h")


@pytest.mark.parametrize("cut", [0, 1, 239, 242, len(OFFER) - 3])
def test_a_packet_that_is_cut_off(cut: int) -> None:
    with pytest.raises(PACKETS.PacketError):
        PACKETS.decode(OFFER[:cut])


@settings(max_examples=500)
@given(st.binary(max_size=600), st.integers(0, len(OFFER)), st.booleans())
def test_no_bytes_raise_anything_else(noise: bytes, at: int, keep_head: bool) -> None:
    data = OFFER[: max(at, 240)] + noise if keep_head else noise
    try:
        packet = PACKETS.decode(data)
    except PACKETS.PacketError:
        return
    PACKETS.report(packet, 0.0)


class Wire:
    """A way on which packets wait, each with its sender; None is a silence."""

    giaddr = "0.0.0.0"

    def __init__(self, *senders: tuple[bytes, str, str] | None) -> None:
        self.waiting = list(senders)
        self.sent: list[bytes] = []

    def send(self, packet: bytes, *where: str) -> None:
        self.sent.append(packet)

    def receive(self, until: float) -> tuple[bytes, str, str] | None:
        return self.waiting.pop(0) if self.waiting else None


def answer(kind: int, server: bytes, address: str = "10.0.0.9") -> bytes:
    options = [(54, server)] if server else []
    packet = bytearray(PACKETS.encode(kind, 7, MAC, options))
    packet[0], packet[16:20] = 2, socket.inet_aton(address)
    return bytes(packet)


ROGUE = ("10.0.0.66", "02:66:00:00:00:01")
OWN, OTHER = b"\x0a\0\0\1", b"\x0a\0\0\x42"


def ask(monkeypatch: pytest.MonkeyPatch, wire: Wire, **request: Any) -> dict[str, Any]:
    monkeypatch.setattr(PACKETS.secrets, "randbits", lambda bits: 7)
    report: dict[str, Any] = PACKETS.exchange(wire, MAC, {"patience": 0.01, **request})
    return report


def test_servers_without_an_identifier(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 2131 demands option 54 in each answer; a broken server leaves it out."""
    wire = Wire((answer(PACKETS.OFFER, b""), *ROGUE))
    report = ask(monkeypatch, wire, lease=True)
    (offer,) = report["offers"]
    assert (offer["server"], offer["source"], offer["hardware"]) == ("", *ROGUE)
    assert report["lease"] is None, "a REQUEST has to name its server"
    ack = (answer(PACKETS.ACK, b""), *ROGUE)
    wire = Wire((answer(PACKETS.OFFER, OWN), *ROGUE), None, ack)
    report = ask(monkeypatch, wire, lease=True, gather=0.0)
    assert report["lease"]["ack"]
    assert PACKETS.decode(wire.sent[-1])["options"][54] == OWN, "the lease is given back"


def test_the_first_choice_gives_the_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    offers = [(answer(PACKETS.OFFER, server), *ROGUE) for server in (OTHER, OWN)]
    wire = Wire(*offers, None, (answer(PACKETS.ACK, OWN), *ROGUE))
    ask(monkeypatch, wire, lease=True, first=["10.0.0.1"])
    assert PACKETS.decode(wire.sent[-1])["options"][54] == OWN


def test_every_sender_is_reported_once(monkeypatch: pytest.MonkeyPatch) -> None:
    own, other = (answer(PACKETS.OFFER, server) for server in (OWN, OTHER))
    wire = Wire((own, "10.0.0.1", "a"), (other, *ROGUE), (own, "10.0.0.1", "a"), (other, "", "b"))
    offers = ask(monkeypatch, wire, every=True)["offers"]
    senders = [(offer["server"], offer["hardware"]) for offer in offers]
    assert senders == [("10.0.0.1", "a"), ("10.0.0.66", ROGUE[1]), ("10.0.0.66", "b")]


@pytest.mark.parametrize("every", [False, True])
def test_a_flood_of_offers_ends_the_wait(monkeypatch: pytest.MonkeyPatch, every: bool) -> None:
    flood = [(answer(PACKETS.OFFER, number.to_bytes(4, "big")), "", "") for number in range(999)]
    assert len(ask(monkeypatch, Wire(*flood), every=every)["offers"]) == PACKETS.MOST


def test_the_checksum_is_the_internets() -> None:
    assert CHECKSUM(bytes.fromhex("45000073000040004011b861c0a80001c0a800c7")) == 0


@pytest.mark.lab
@pytest.mark.usefixtures("deployed")
def test_the_packets_of_a_real_client_and_a_real_server() -> None:
    packets: list[Any] = []
    ready, over = threading.Event(), threading.Event()

    def listen() -> None:
        with lab.in_space("user"):
            channel = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
        channel.bind(("eth0", 0))
        channel.settimeout(0.2)
        ready.set()
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                frame = channel.recv(65535)
                if frame[12:14] == b"\x08\x00" and frame[23] == 17 and len(frame) > 240:
                    packets.append(PACKETS.decode(frame[42:]))
        channel.close()

    listener = threading.Thread(target=listen)
    listener.start()
    assert ready.wait(10)
    held = lease("user", "--release")
    over.set()
    listener.join()
    kinds = {packet["kind"] for packet in packets}
    assert {PACKETS.DISCOVER, PACKETS.OFFER, PACKETS.REQUEST, PACKETS.ACK} <= kinds
    acknowledged = next(packet for packet in packets if packet["kind"] == PACKETS.ACK)
    assert acknowledged["yiaddr"] == held["ip"]
    assert acknowledged["options"][15] == b"infra.labo"
