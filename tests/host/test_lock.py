"""The lock of a run, and the one of the program at work: real flock, real processes."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.host.loading import Host


@contextmanager
def holding(host: Host, run: str, by: str = "me", patience: float = 60) -> Iterator[Any]:
    """Run lock.py; yield the process and what it said first."""
    with subprocess.Popen(
        host.words("lock"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        request = {"run": run, "by": by, "patience": patience}
        process.stdin.write(host.payload("lock", request))
        process.stdin.flush()
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def answer(host: Host, run: str = "other") -> dict[str, Any]:
    with holding(host, run, "you") as (_, report):
        return dict(report)


def test_the_lock_is_one_runs_and_ends_with_it(host: Host) -> None:
    with holding(host, "r1") as (first, report):
        assert report == {"held": True, "by": ""}
        current = json.loads((host.root / "keaprov.lock").read_text())
        assert (current["run"], current["by"]) == ("r1", "me")
        assert answer(host)["held"] is False
        assert answer(host)["by"] == f"me, since {current['since']}"
        first.stdin.close()
        first.wait()
    assert answer(host) == {"held": True, "by": ""}


def test_a_run_without_a_sign_of_life_loses_the_lock(host: Host) -> None:
    with holding(host, "r1", patience=0.2) as (first, _):
        first.wait(5)
        assert answer(host)["held"] is True


def test_the_lock_of_an_earlier_version_names_its_holder(host: Host) -> None:
    held = host.module("held")
    (host.root / "keaprov.lock").write_text("root on old, since 2026")
    assert held.name(held.holder()) == "root on old, since 2026"


def test_a_full_file_system_is_named(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    held = host.module("held")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(held.os, "pwrite", full)
    handle = held.opened(held.RUN)
    with pytest.raises(OSError, match="No space left on device") as raised:
        held.claim(handle, "r1", "me")
    assert raised.value.filename == held.RUN
    os.close(handle)


def test_a_program_at_work_keeps_others_out_after_its_run_died(host: Host) -> None:
    held = host.module("held")
    with holding(host, "r1") as (first, _):
        with held.working("r1"):
            first.kill()
            first.wait()
            refused = answer(host)
            assert refused["held"] is False
            assert refused["by"].startswith("a program of an earlier run (by me, since 20")
            assert refused["by"].endswith("that is still at work")
        assert answer(host)["held"] is True


@pytest.mark.parametrize("program", ["write", "turn", "command", "handover", "returns"])
def test_a_program_of_a_run_that_lost_the_host_changes_nothing(host: Host, program: str) -> None:
    request = {"run": "r1", "socket": "/none", "steps": [{"do": {"command": "x"}, "undo": []}]}
    main = host.module(program).main
    with pytest.raises(SystemExit, match=r"\(its connection to this host ended\)"):
        main(request)
    with holding(host, "r2", "you"), pytest.raises(SystemExit) as caught:
        main(request)
    words = str(caught.value)
    assert words.startswith("this run no longer holds the lock of this host (you, since 20")
    assert words.endswith("holds it now); nothing was changed here. Run the deploy again")


def test_a_program_waits_for_the_one_before_it(host: Host, monkeypatch: Any) -> None:
    held = host.module("held")
    monkeypatch.setattr(held, "WAIT", 0.1)
    with held.working(None):
        assert held.busy(held.WORK)
        with pytest.raises(SystemExit, match="is still at work on this host"), held.working(None):
            pass
    assert not held.busy(held.WORK)
    with held.working(""):
        pass


def test_a_run_is_alive_as_long_as_it_holds_the_host(host: Host) -> None:
    held = host.module("held")
    assert held.alive("")
    assert not held.alive("r1")
    with holding(host, "r1") as (first, _):
        assert held.alive("r1")
        assert not held.alive("r2")
        first.stdin.close()
        first.wait()
    assert not held.alive("r1")


def test_asking_does_not_keep_the_lock_from_anybody(host: Host) -> None:
    held = host.module("held")
    end = time.monotonic() + 1
    with holding(host, "r1", patience=0.1):
        pass
    while time.monotonic() < end:
        held.busy(held.RUN)
        with holding(host, "r2") as (_, report):
            assert report["held"] is True
