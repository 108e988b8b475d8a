"""Run a program of keaprov that only reads, for a user who may do nothing else as root.

sudo lets the user run /usr/libexec/keaprov-read-only, which is this module with the programs that
it runs (keaprov/control/read_only.py makes its text). So a request is not trusted: it names a
program of `CHECKS`, and each of its values has to pass a check. A request cannot name a file,
socket or command of its own, and a value cannot be an option of a command. Secrets are left out of
what a program reports (`unveiled`). Changes nothing.
"""

from __future__ import annotations

import importlib
import ipaddress
import json
import re
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any

import outcome
import unveiled

PROGRAM = "/usr/libexec/keaprov-read-only"
LONGEST = 1 << 22
"""Bytes of a request."""
SECONDS = 180
"""Seconds after which the program ends, whatever it waits for."""
MOST_RANGES = 100_000
"""Ranges of addresses in a request: keaprov asks for the leases of 50,000 blocks at most."""

Check = Callable[[Any], bool]
Checks = Mapping[str, Check]


def exactly(value: object) -> Check:
    """Return a check that takes this value only."""
    return lambda given: bool(given == value)


def number(given: Any) -> bool:
    """Whether a value is a number."""
    return isinstance(given, (int, float)) and not isinstance(given, bool)


def text(pattern: str) -> Check:
    """Return a check that takes a text of this form only."""
    whole = re.compile(pattern, re.ASCII)
    return lambda given: isinstance(given, str) and whole.fullmatch(given) is not None


def each(check: Check, most: int = 1000) -> Check:
    """Return a check that takes a list of at most so many items that all pass a check."""
    return lambda given: isinstance(given, list) and len(given) <= most and all(map(check, given))


def among(*values: object, also: Check = lambda _: False) -> Check:
    """Return a check that takes a list of these values, and of what `also` takes."""
    return each(lambda given: given in values or also(given))


def form(checks: Checks) -> Check:
    """Return a check that takes a map whose values pass the checks of their keys."""
    return lambda given: isinstance(given, dict) and not refused(given, checks)


def address(given: Any) -> bool:
    """Whether a value is an IP address."""
    try:
        return isinstance(given, str) and bool(ipaddress.ip_address(given))
    except ValueError:
        return False


def span(given: Any) -> bool:
    """Whether a value is the first and the last address of a range, as numbers."""
    ends = isinstance(given, list) and len(given) == 2 and all(type(end) is int for end in given)
    return ends and 0 <= given[0] <= given[1] < 1 << 32


def refused(request: Mapping[str, Any], checks: Checks) -> list[str]:
    """Return every key that has no check, or whose value does not pass its check."""
    return [key for key, value in request.items() if key not in checks or not checks[key](value)]


SOCKET = exactly("/var/run/kea/kea4-ctrl-socket")
CONFIGURATION = ("/etc/kea/kea-dhcp4.conf", "/etc/kea/kea-ctrl-agent.conf")
PASSWORD = "/etc/kea/kea-api-password"
VENDORS_KEY = "/etc/pki/rpm-gpg/RPM-GPG-KEY-isc-kea"
FILES = (
    *(*CONFIGURATION, PASSWORD),
    *(f"{path}.staged" for path in (*CONFIGURATION, PASSWORD)),
    *("/etc/kea", "/etc/kea/bkp", "/var/lib/kea", "/var/log/kea"),
    *("/etc/chrony.conf", VENDORS_KEY, "/etc/kea/kea-api-user"),
    "/etc/systemd/system/kea-dhcp4.service.d/keaprov.conf",
    "/etc/systemd/system/kea-ctrl-agent.service.d/keaprov.conf",
    PROGRAM,
)
CERTIFICATE = text(r"/etc/kea/tls/[0-9A-Za-z][\w.-]*/(trust|cert|key)\.pem")
UNITS = (
    *("chronyd", "firewalld", "kea-ctrl-agent", "kea-dhcp4", "kea-dhcp6", "kea-dhcp-ddns"),
    *("ntpd", "ntpsec", "openntpd", "systemd-timesyncd"),
)
NAME = text(r"[0-9A-Za-z][\w.+-]{0,99}")
"""A package, a firewalld zone, a network interface: it cannot be an option, nor a path."""
INTERFACE = text(r"[0-9A-Za-z][\w.:@-]{0,14}")
IN_DIRECTORY = text(r"([0-9A-Za-z_][\w.-]{0,99})?")
"""A name without a directory, "" for no file."""
PARTS = (
    *("addresses", "advisories", "certificates", "chrony", "disk", "dnf", "files", "firewall"),
    *(
        "foreign_leases",
        "handover",
        "interfaces",
        "kea",
        "key",
        "lease_bytes",
        "listening",
        "os",
        "packages",
        "read_only",
        "repository",
    ),
    *("secret", "signs", "texts", "units", "updated_since_boot", "user", "work"),
)
COUNTS = "stat-lease4-get"
"""The command of Kea that a user may have sent."""
NONE = exactly(None)


def key_of_vendor(given: Any) -> bool:
    """Whether a value is the key that signs packages, or None."""
    fingerprint = text("[0-9A-Fa-f]{40,64}")
    return given is None or form({"file": exactly(VENDORS_KEY), "fingerprint": fingerprint})(given)


CHECKS: Mapping[str, Checks] = {
    "observe": {
        "parts": among(*PARTS),
        "packages": each(NAME),
        "units": among(*UNITS),
        "interfaces": each(INTERFACE),
        "files": among(*FILES, also=CERTIFICATE),
        "texts": among("/etc/chrony.conf", "/etc/yum.repos.d/epel*.repo", VENDORS_KEY),
        "disk": among("/etc/kea", "/var/lib/kea", "/var/cache/dnf", "/usr"),
        "key": exactly(VENDORS_KEY),
        "zone": NAME,
        "socket": SOCKET,
        "running": exactly("/var/lib/keaprov/running.json"),
        "dnf": NONE,
        "secret": NONE,
        "repository": NONE,
        "signs": form({"log": IN_DIRECTORY, "leases": IN_DIRECTORY, "packages": key_of_vendor}),
        "certificates": exactly(
            {
                "directory": "/etc/kea/tls",
                "trust": "trust.pem",
                "cert": "cert.pem",
                "key": "key.pem",
            }
        ),
        "addresses": form({"own": each(address), "peers": each(address)}),
        "ask": among(COUNTS),
        "known_pid": exactly(0),
        "peers": exactly([]),
    },
    "command": {
        "socket": SOCKET,
        "queries": among("config-get"),
        "files": among(*CONFIGURATION),
        "ask": among({"command": COUNTS}),
    },
    "history": {"active": exactly(CONFIGURATION[0]), "directory": exactly("/etc/kea/bkp")},
    "leases": {
        "socket": SOCKET,
        "ranges": each(span, MOST_RANGES),
        "rows": lambda given: isinstance(given, bool),
        "fresh": number,
        "limit": number,
    },
}
"""The programs that a user may run, and the check of each value of their requests."""


def problem(sent: Any, digest: str) -> str:
    """Return why a request is not taken, "" if it is."""
    if not isinstance(sent, dict) or not isinstance(sent.get("request"), dict):
        return "it is not a request of keaprov"
    if sent.get("digest") != digest:
        return (
            f"{PROGRAM} of this host is from another version of keaprov than yours. Use the "
            "version that the hosts have, or have root install yours: keaprov sudoers SITE --user "
            "USER --install"
        )
    name = sent.get("name")
    if not isinstance(name, str) or name not in CHECKS:
        return f"{PROGRAM} only reads: it does not run {str(name)[:40]!r}"
    keys = refused(sent["request"], CHECKS[name])
    if not keys:
        return ""
    value = repr(sent["request"][keys[0]])[:100]
    return f"{PROGRAM} does not let {name} have {keys[0][:40]!r}: {value}"


def report(name: str, request: dict[str, Any]) -> object:
    """Run a program and return its report, without secrets."""
    given = importlib.import_module(name).main(request)
    clear = {"observe": unveiled.observation, "command": unveiled.configuration}.get(name)
    return clear(given) if clear else given


def run(digest: str, modules: set[str]) -> None:
    """Read a request from standard input and print the report; exit 1 with a sentence if not."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # the caller may have had it ignored or blocked
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    signal.alarm(SECONDS)
    line = sys.stdin.buffer.readline(LONGEST)
    try:
        sent = json.loads(line)
    except (ValueError, RecursionError):
        sent = None
    words = problem(sent, digest)
    if words:
        sys.exit(words)
    name, request = sent["name"], sent["request"]
    outcome.finish(name, modules, lambda: report(name, request))
