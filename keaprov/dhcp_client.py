"""Act as a DHCP client on this machine, by the program that also runs on a client host."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from ipaddress import IPv4Address
from types import ModuleType
from typing import Any

from keaprov import files, typed
from keaprov.errors import KeaprovError


class ExchangeError(KeaprovError):
    """The exchange failed: not root, no such interface, or no such address."""


def packets() -> ModuleType:
    """Return files/host/probe.py as a module: it reads and writes packets, and exchanges them."""
    program = files.path("host/probe.py")
    spec = importlib.util.spec_from_file_location("keaprov_probe", program)
    if spec is None or spec.loader is None:
        raise ExchangeError("files/host/probe.py is missing from this installation")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(program.parent))  # the modules that it imports are beside it
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(program.parent))
    return module


def checked(report: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a report of files/host/probe.py that came from a host, once its form is checked.

    A report of another form raises what Python raises for it.
    """
    typed.check(report["mac"], str, "mac")
    for answer in (*report["offers"], *([report["lease"]] if report["lease"] else [])):
        typed.check(answer, dict[str, Any], "answer")
        typed.check(answer["address"], str, "address")
        IPv4Address(answer["address"])
        typed.check(answer["server"], str, "server")
        typed.check(answer["seconds"], float, "seconds")
        for code, value in answer["options"].items():
            typed.check(code, str, "option")
            int(code)
            bytes.fromhex(value)
    if report["lease"]:
        typed.check(report["lease"]["ack"], bool, "ack")
        typed.check(report["lease"]["message"], str, "message")
    return report


def exchange(request: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for an offer, and for the lease if requested; return the report of files/host/probe.py.

    + interface: ask on this interface as a client; or
    + giaddr, servers: ask as a relay, from this address of this machine
    + mac, client-id: the client's, as hexadecimal text with colons; by default a random MAC
    + codes: options to ask for besides the usual
    + lease: take the first offer, then release it
    + first: server identifiers whose offer is taken before any other
    + every: wait for all of `patience`, and report each sender's first offer
    + patience: seconds to wait (10)
    + secs: for how many seconds the client has already asked (0)

    Raises ExchangeError.
    """
    try:
        report: dict[str, Any] = packets().main(dict(request))
    except SystemExit as error:
        raise ExchangeError(str(error.code)) from error
    return report
