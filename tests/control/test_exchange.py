"""Commands, deadlines and the lock over a real sshd; a host that falls silent."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from keaprov.channel import Channel
from keaprov.control import Shell, alive, lock
from keaprov.errors import Refused, Unreachable
from tests.deploying import ROOT
from tests.lab import lab
from tests.lab.shell import until

pytestmark = pytest.mark.lab

BIG = "x" * (8 << 20)
FREEZE = "(sleep 7; kill -CONT $PPID; kill $PPID) >/dev/null 2>&1 & kill -STOP $PPID; exec sleep 99"
"""Stop the sshd of this connection: its kernel goes on acknowledging."""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    lab.up()
    path = tmp_path / "ssh_config"
    path.write_text(lab.ssh_config())
    return path


@pytest.fixture
def shell(config: Path) -> Iterator[Shell]:
    with Shell("dhcp1", "10.60.1.67", config) as shell:
        yield shell


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a silent host up after three seconds."""
    for name, seconds in (("INTERVAL", 1.0), ("LIMIT", 3.0), ("TICK", 0.2)):
        monkeypatch.setattr(alive, name, seconds)


def took(function: Callable[[], Any]) -> float:
    begin = time.monotonic()
    with pytest.raises(Unreachable):
        function()
    return time.monotonic() - begin


def until_free(shell: Shell) -> None:
    """Wait until the host has freed the lock of a run that is gone."""
    until(lambda: _free(shell), "the lock is freed", 25)


def _free(shell: Shell) -> bool:
    try:
        shell.hold("the next run").free()
    except Refused:
        return False
    return True


def test_a_shell_is_a_channel(shell: Shell) -> None:
    channel: Channel = shell
    assert channel.name == "dhcp1"


def test_much_goes_both_ways_at_the_same_time(shell: Shell) -> None:
    assert shell.run("cat", BIG) == BIG
    noisy = "head -c 20000000 /dev/zero >&2; head -c 9000000 /dev/zero; cat"
    assert len(shell.run(noisy, BIG)) == 9000000 + len(BIG)


def test_a_program_may_end_without_reading_its_input(shell: Shell) -> None:
    assert shell.run("echo done", BIG) == "done\n"


DRIPS = "while :; do echo x; sleep 0.01; done"


@pytest.mark.parametrize("command", ["sleep 30", DRIPS, "exec >&- 2>&-; sleep 30", "cat; sleep 30"])
def test_the_deadline_is_for_the_whole_command(shell: Shell, command: str) -> None:
    assert shell.run("true") == ""
    client = shell._client
    with pytest.raises(Unreachable, match=r"dhcp1: `\S+` did not end within 1 s"):
        shell.run(command, BIG, patience=1)
    assert took(lambda: shell.run(command, BIG, patience=1)) < 2
    assert shell.run("echo well") == "well\n"
    assert shell._client is client, "only the channel is closed"


def test_a_flood_ends_the_command(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keaprov.control.exchange.MOST", 1 << 20)
    with pytest.raises(Unreachable, match="dhcp1: it printed more than any answer has"):
        shell.run("yes", patience=60)
    assert shell.run("echo well") == "well\n"


def test_a_command_that_fails_or_is_killed(shell: Shell) -> None:
    with pytest.raises(Refused, match=r"^dhcp1: no luck$"):
        shell.run("echo no luck >&2; exit 3")
    with pytest.raises(Refused, match=r"^dhcp1: exit status 3$"):
        shell.run("exit 3")
    with pytest.raises(Unreachable, match="dhcp1: a signal ended `kill`"):
        shell.run("kill -9 $$")


def test_a_lock_outlives_a_command_that_is_late(shell: Shell, config: Path) -> None:
    with shell.held() as token, Shell("dhcp1", "10.60.1.67", config) as other:
        assert len(token) == 16
        assert took(lambda: shell.run("sleep 30", patience=0.5)) < 2
        with pytest.raises(Refused, match=r"^dhcp1: another run is at work on this host \(.* on "):
            other.hold("another")
    with Shell("dhcp1", "10.60.1.67", config) as other:
        held = other.hold("another")
        held.free()
        held.free()
        assert not held.lost, "it was freed"


def test_a_lock_is_lost_with_its_connection(shell: Shell, config: Path) -> None:
    held = shell.hold("a run")
    assert not held.lost
    shell.close()
    assert held.lost
    held.free()
    with Shell("dhcp1", "10.60.1.67", config) as other, other.held():
        pass


@pytest.mark.usefixtures("impatient")
def test_a_host_whose_sshd_is_frozen(shell: Shell) -> None:
    held = shell.hold("a run")
    with pytest.raises(Unreachable, match=r"^dhcp1: the host has not answered for 3 s$"):
        shell.run(FREEZE)
    assert held.lost
    assert shell.run("hostname") == "dhcp1\n", "the next use connects again"
    until_free(shell)


@pytest.mark.usefixtures("impatient")
def test_a_host_that_works_in_silence_is_alive(shell: Shell) -> None:
    assert shell.run("sleep 5; echo done") == "done\n"


def test_a_process_that_was_stopped_does_not_blame_the_host(config: Path) -> None:
    program = f"""
from pathlib import Path
from keaprov.control import Shell, alive
alive.INTERVAL, alive.LIMIT, alive.TICK = 1, 3, 0.2
with Shell("dhcp1", "", Path({str(config)!r})) as shell:
    print(shell.run("echo ready").strip(), flush=True)
    print(shell.run("sleep 6; echo well"))
"""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(19)
        time.sleep(4)
        process.send_signal(18)
        assert "well" in process.stdout.read()


def test_with_gevents_threads(shell: Shell, config: Path) -> None:
    """As in a deploy: pyinfra makes greenlets of threads."""
    program = f"""
from gevent import monkey; monkey.patch_all()
from pathlib import Path
from keaprov.control import Shell, alive
from keaprov.errors import Unreachable
alive.INTERVAL, alive.LIMIT, alive.TICK = 1, 3, 0.2
with Shell("dhcp1", "", Path({str(config)!r})) as shell:
    assert shell.run("head -c 9000000 /dev/zero >&2; cat", "x" * (8 << 20)) == "x" * (8 << 20)
    held = shell.hold("a run")
    for command, patience in (("sleep 30", 1), ({FREEZE!r}, 60)):
        try:
            shell.run(command, patience=patience)
        except Unreachable as error:
            print(error, held.lost)
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == [
        "dhcp1: `sleep` did not end within 1 s False",
        "dhcp1: the host has not answered for 3 s True",
    ], done.stderr
    until_free(shell)


def test_a_host_that_does_not_say_who_holds_it(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for a lock that neither answers nor ends."""
    monkeypatch.setattr(lock, "ANSWER", 1.0)
    monkeypatch.setattr("keaprov.files.interpreter", lambda name: ("sleep", "30"))
    words = "dhcp1: the host cannot be locked for this run: no answer within 1 s"
    with pytest.raises(Unreachable, match=words):
        shell.hold("a run")


def test_nothing_is_left_behind(shell: Shell) -> None:
    shell.hold("a run").free()
    shell.run("cat", "x")
    shell.close()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        names = [thread.name for thread in threading.enumerate()]
        if not any(name.startswith("keaprov") for name in names):
            return
        time.sleep(0.1)
    raise AssertionError(names)
