"""Answers from the network are bounded: in size, in depth, in number, and in time."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
import time
import zlib
from typing import Any

import pytest

from keaprov.control import Api, Http, api, decoding, exchange
from keaprov.control.decoding import unpacked, value_of
from keaprov.errors import KeaprovError, Unreachable
from tests.control.test_api import HEAD, answering


@pytest.mark.parametrize("sign", ["[", '{"a":'])
@pytest.mark.parametrize("depth", [101, 500, 100_000])
def test_an_answer_that_is_too_deep(sign: str, depth: int) -> None:
    text = sign * depth + "1" + ("]" if sign == "[" else "}") * depth
    with pytest.raises(Unreachable, match=r"the report of observe is too large.*100 levels"):
        exchange.report("observe", 0, text, "")
    packed = base64.b64encode(zlib.compress(text.encode())).decode()
    with pytest.raises(Unreachable, match="100 levels"):
        unpacked(packed)
    assert value_of("[" * 100 + "]" * 100)


def test_a_bomb_of_zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MOST_UNPACKED", 1 << 20)
    bomb = base64.b64encode(zlib.compress(b"0" * (64 << 20))).decode()
    with pytest.raises(Unreachable, match="too large: more than 1 MiB"):
        unpacked(bomb)


def test_an_answer_of_too_many_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MOST_CONTAINERS", 1000)
    with pytest.raises(Unreachable, match="more than 1000 lists and maps"):
        exchange.report("observe", 0, json.dumps([{}] * 1000), "")


def test_a_long_sentence_of_a_host_is_cut() -> None:
    with pytest.raises(KeaprovError) as refused:
        exchange.check("observe", 1, "x" * 100_000)
    assert len(str(refused.value)) <= 4000


@pytest.mark.parametrize(
    ("piece", "words"),
    [
        (b"H", "was not complete in time|status line"),
        (f"{HEAD}X: ".encode(), "was not complete in time"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "was not complete in time"),
    ],
)
def test_headers_that_drip(piece: bytes, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "PATIENCE", 0.5)
    over = threading.Event()

    def drip(near: socket.socket) -> None:
        with contextlib.suppress(OSError):
            near.sendall(piece)
            while not over.wait(0.02):
                near.sendall(piece if piece.endswith(b"\n") else b"1")

    began = time.monotonic()
    with answering(drip) as url, pytest.raises(Unreachable, match=words):
        Api(Http(url)).ask("status-get")
    over.set()
    assert time.monotonic() - began < 30


def test_an_answer_over_http_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MOST", 1 << 20)

    def flood(near: socket.socket) -> None:
        near.sendall(f"{HEAD}\r\n".encode())
        with contextlib.suppress(OSError):
            for _ in range(100):
                near.sendall(b" " * (1 << 16))

    with answering(flood) as url, pytest.raises(Unreachable, match="more than 1 MiB"):
        Api(Http(url)).ask("status-get")


def test_a_table_of_leases_that_never_ends() -> None:
    from keaprov.replication.reading import compare_leases

    class Circle:
        name = "dhcp1"

        def program(self, *request: Any) -> Any:
            return {"next": 5, "blocks": {}, "now": 0.0}

    with pytest.raises(Unreachable, match="the next address after 5 is 5"):
        list(compare_leases(Circle(), Circle(), 0.0))  # type: ignore[arg-type]
