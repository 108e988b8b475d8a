"""Rules about how kea-dhcp4 works: its packet queue, its threads, its link to kea-dhcp-ddns.

Sources: dhcp_queue_control_parser.cc and dhcp_parsers.cc (D2ClientConfigParser) of Kea 3.0.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from keaprov.errors import KeyPath
from keaprov.ip import is_address
from keaprov.lint.config import Config, as_map
from keaprov.lint.rule import Finding, error, warning

QUEUE = "kea-ring4"
MOST_THREADS = 256


@error("KP734")
def queue(config: Config) -> Iterator[Finding]:
    """A packet queue is a ``kea-ring4``; Kea has one only without multi-threading."""
    control = as_map(config.dhcp4.get("dhcp-queue-control"))
    threads = as_map(config.dhcp4.get("multi-threading")).get("enable-multi-threading", True)
    kind = control.get("queue-type", QUEUE)
    if control.get("enable-queue") is True and threads is False and kind != QUEUE:
        where = (*config.root, "dhcp-queue-control", "queue-type")
        yield Finding(f"Kea has no queue {kind!r}", where, f"Write {QUEUE}.")


@error("KP735")
def updates(config: Config) -> Iterator[Finding]:
    """``dhcp-ddns`` names two ends of one address family that differ in address or port."""
    ddns = as_map(config.dhcp4.get("dhcp-ddns"))
    server, sender = ddns.get("server-ip", "127.0.0.1"), ddns.get("sender-ip", "")
    where: KeyPath = (*config.root, "dhcp-ddns")
    if ddns.get("enable-updates") is True and ddns.get("max-queue-size") == 0:
        hint = "Leave it out: the default is 1024."
        yield Finding("a queue of size 0 takes no update", (*where, "max-queue-size"), hint)
    if not is_address(server) or not (sender == "" or is_address(sender)):
        return  # the schema says so
    end = ipaddress.ip_address(server)
    start = ipaddress.ip_address(sender or ("0.0.0.0" if end.version == 4 else "::"))  # noqa: S104
    at = (*where, "sender-ip") if sender else (*where, "server-ip") if ddns else where
    if end.version != start.version:
        hint = "Leave sender-ip out: Kea takes the family of server-ip."
        yield Finding(f"{sender} and {server} are of two address families", at, hint)
    elif (end, ddns.get("server-port", 53001)) == (start, ddns.get("sender-port", 0)):
        hint = "Leave sender-ip and sender-port out."
        yield Finding("the server and the sender have one address and port", at, hint)


@warning("KP740", "Leave it out: Kea starts a thread for each processor.")
def threads(config: Config) -> Iterator[Finding]:
    """Kea has few threads that work on packets: 256 are far more than any host has processors.

    It starts all of them at once, and ends if the system has no more. `kea-dhcp4 -t` starts none,
    so that it finds nothing wrong (Kea ARM, Multi-Threading Settings in Different Backends: 4 to
    16).
    """
    settings = as_map(config.dhcp4.get("multi-threading"))
    size = settings.get("thread-pool-size")
    if settings.get("enable-multi-threading") is False or not isinstance(size, int):
        return
    if size > MOST_THREADS:
        where = (*config.root, "multi-threading", "thread-pool-size")
        yield Finding(f"{size} threads", where)


RULES = (queue, threads, updates)
