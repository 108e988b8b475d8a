"""command.py and the unix socket: all steps or none, and the truth about what is left."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from tests.host.kea import Kea
from tests.host.loading import Host

STEPS = [
    {
        "do": {"command": f"subnet4-{verb}", "arguments": {"id": 1}},
        "undo": [{"command": f"undo-{verb}"}],
    }
    for verb in ("add", "update", "del")
]
NO = {"result": 1, "text": "not today"}


def sent(host: Host, kea: Kea, **request: Any) -> dict[str, Any]:
    return dict(host.module("command").main({"socket": kea.path, **request}))


def unpacked(report: dict[str, Any]) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(report["packed"])))


def test_steps_are_taken_in_order_then_what_is_asked(host: Host, kea: Kea) -> None:
    kea.answers["config-get"] = {"result": 0, "arguments": {"Dhcp4": {}}}
    kea.answers["list"] = NO
    file = host.root / "a.conf"
    file.write_bytes(b"caf\xe9")
    report = sent(
        host,
        kea,
        steps=STEPS,
        queries=["config-get", "list"],
        ask=[{"command": "list"}],
        files=[str(file), "/none"],
    )
    assert kea.commands()[:3] == ["subnet4-add", "subnet4-update", "subnet4-del"]
    assert unpacked(report) == {
        "config-get": {"Dhcp4": {}},
        "answers": [NO],
        str(file): b"caf\xe9".decode("utf-8", "surrogateescape"),
    }


def test_a_refusal_is_undone_in_reverse_and_reported(host: Host, kea: Kea) -> None:
    kea.answers["subnet4-del"] = NO
    assert sent(host, kea, steps=STEPS) == {
        "refused": "subnet4-del: not today",
        "partly": False,
        "undone": True,
        "left": [],
    }
    assert kea.commands()[3:] == ["undo-update", "undo-add"]


def test_what_cannot_be_undone_is_left(host: Host, kea: Kea) -> None:
    kea.answers["subnet4-update"] = kea.answers["undo-add"] = NO
    report = sent(host, kea, steps=STEPS)
    assert (report["undone"], report["left"]) == (False, ["undo-add: not today"])


def test_what_is_partly_applied_is_undone_too(host: Host, kea: Kea) -> None:
    kea.answers["subnet4-add"] = {"result": 5, "text": "half of it"}
    report = sent(host, kea, steps=STEPS[:1])
    assert report == {
        "refused": "subnet4-add: half of it",
        "partly": True,
        "undone": True,
        "left": [],
    }
    assert kea.commands() == ["subnet4-add", "undo-add"]
    kea.answers["undo-add"] = {"result": 3, "text": "no such subnet"}
    assert sent(host, kea, steps=STEPS[:1])["undone"] is True
    kea.answers["undo-add"] = NO
    assert sent(host, kea, steps=STEPS[:1])["left"] == ["undo-add: not today"]
    without = [{"do": STEPS[0]["do"], "undo": []}]
    report = sent(host, kea, steps=without)
    assert report["left"] == ["subnet4-add: half of it: it may be partly applied"]


def test_a_command_without_an_answer_is_undone_too(host: Host, kea: Kea) -> None:
    kea.answers["subnet4-update"] = None
    report = sent(host, kea, steps=STEPS)
    assert report["refused"].startswith("subnet4-update: kea-dhcp4's answer is incomplete")
    assert kea.commands()[2:] == ["undo-update", "undo-add"]


def test_questions_need_no_lock_and_say_why_they_have_no_answer(host: Host) -> None:
    request = {"socket": "/none", "run": "gone", "ask": [{"command": "list"}]}
    assert unpacked(host.module("command").main(request))["answers"] == [
        {"unanswered": "list: kea-dhcp4 does not answer (No such file or directory)"}
    ]


def trickle(channel: socket.socket) -> None:
    while True:
        channel.sendall(b" ")
        time.sleep(0.05)


@pytest.mark.parametrize("send", [trickle, lambda channel: time.sleep(1)])
def test_the_whole_answer_has_a_deadline(host: Host, send: Callable[[socket.socket], None]) -> None:
    path = str(host.root / "slow.socket")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()

        def serve() -> None:
            channel, _ = server.accept()
            with channel, contextlib.suppress(OSError):
                send(channel)

        thread = threading.Thread(target=serve)
        thread.start()
        kea_socket = host.module("kea_socket")
        began = time.monotonic()
        with pytest.raises(kea_socket.Refused, match=r"did not answer within 0\.3 s"):
            kea_socket.talk(path, {"command": "list"}, 0.3)
        assert time.monotonic() - began < 20
        thread.join()
