"""Watch both servers every 50 ms: which process runs, in which HA state, with which scopes."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise

from tests.lab import lab, machine
from tests.lab.topology import server

SAMPLER = """
import json, select, socket, sys, time
def status():
    try:
        with socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(1)
            channel.connect("/var/run/kea/kea4-ctrl-socket")
            channel.sendall(b'{"command": "status-get"}')
            data = b"".join(iter(lambda: channel.recv(1 << 16), b""))
        found = json.loads(data)["arguments"]
        if not found.get("high-availability"):
            return found["pid"], "standalone", ["standalone"]
        local = found["high-availability"][0]["ha-servers"]["local"]
        return found["pid"], local["state"], local["scopes"]
    except (OSError, ValueError, KeyError, IndexError):
        return 0, "", []
while not select.select([sys.stdin], [], [], 0.05)[0]:
    print(json.dumps([time.time(), *status()]), flush=True)
"""
SERVING = (
    "standalone",
    "hot-standby",
    "partner-down",
    "partner-in-maintenance",
    "communication-recovery",
)


@dataclass(frozen=True)
class Sample:
    """A server at one time (seconds since the epoch); `pid` is 0 if it did not answer."""

    at: float
    host: str
    pid: int
    state: str
    scopes: tuple[str, ...]

    @property
    def serves(self) -> bool:
        """Whether it answers clients."""
        return self.state in SERVING and bool(self.scopes)


@dataclass
class Watched:
    """What was seen of the servers, in the order of time."""

    samples: list[Sample] = field(default_factory=list)

    def restarts(self) -> list[str]:
        """Return whose process changed, in the order in which they changed."""
        pids: dict[str, int] = {}
        order = []
        for sample in sorted(self.samples, key=lambda sample: sample.at):
            if sample.pid and pids.setdefault(sample.host, sample.pid) != sample.pid:
                pids[sample.host] = sample.pid
                order.append(sample.host)
        return order

    def unserved(self) -> float:
        """Return the longest time in which no server answered clients, in seconds."""
        serving: dict[str, bool] = {}
        since, longest = None, 0.0
        for sample in sorted(self.samples, key=lambda sample: sample.at):
            serving[sample.host] = sample.serves
            if any(serving.values()) or len(serving) < 2:
                since = None
            else:
                since = since or sample.at
                longest = max(longest, sample.at - since)
        return longest

    def both_serve(self) -> float:
        """Return the longest time in which both answered clients, in seconds."""
        serving: dict[str, bool] = {}
        spans, since = [0.0], None
        for before, sample in pairwise(sorted(self.samples, key=lambda sample: sample.at)):
            serving[before.host] = before.serves
            if sum(serving.values()) == 2:
                since = since or before.at
                spans.append(sample.at - since)
            else:
                since = None
        return max(spans)


@contextmanager
def watching(hosts: Sequence[str] = ("dhcp1", "dhcp2")) -> Iterator[Watched]:
    """Watch the servers as long as it lasts."""
    watched = Watched()
    processes = {host: _sampler(host) for host in hosts}
    readers = [
        threading.Thread(target=_read, args=(host, process, watched), daemon=True)
        for host, process in processes.items()
    ]
    for reader in readers:
        reader.start()
    try:
        yield watched
    finally:
        for process in processes.values():
            assert process.stdin is not None
            with suppress(OSError):  # the host lost its power
                process.stdin.write("end\n")
                process.stdin.close()
        for reader in readers:
            reader.join(10)
        for process in processes.values():
            process.wait(10)
            assert process.stdout is not None
            process.stdout.close()


def _sampler(host: str) -> subprocess.Popen[str]:
    init = machine.leader(server(host))
    words = ["nsenter", "-t", str(init), "-a", "--", "/usr/bin/python3", "-c", SAMPLER]
    pipe = subprocess.PIPE
    return subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True)


def _read(host: str, process: subprocess.Popen[str], watched: Watched) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        at, pid, state, scopes = json.loads(line)
        watched.samples.append(Sample(at, host, pid, state, tuple(scopes)))


def scopes_of(host: str) -> list[str]:
    """Return the scopes that a server serves, [] if it does not answer."""
    script = "socat -t5 - UNIX-CONNECT:/var/run/kea/kea4-ctrl-socket"
    done = lab.execute(host, "sh", "-c", script, stdin='{"command": "status-get"}')
    try:
        status = json.loads(done.stdout)["arguments"]["high-availability"][0]
    except (ValueError, KeyError, IndexError):
        return []
    scopes: list[str] = status["ha-servers"]["local"]["scopes"]
    return scopes
