"""Act as a DHCP client on this machine, by the program that also runs on a client host."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from keaprov import files
from keaprov.errors import KeaprovError


class ExchangeError(KeaprovError):
    """The exchange failed: not root, no such interface, or no such address."""


def packets() -> ModuleType:
    """Return files/host/probe.py as a module: it reads and writes packets, and exchanges them."""
    spec = importlib.util.spec_from_file_location("keaprov_probe", files.path("host/probe.py"))
    if spec is None or spec.loader is None:
        raise ExchangeError("files/host/probe.py is missing from this installation")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def exchange(request: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for an offer, and for the lease if requested; return the report of files/host/probe.py.

    + interface: ask on this interface as a client; or
    + giaddr, servers: ask as a relay, from this address of this machine
    + mac, client-id: the client's, as hexadecimal text with colons; by default a random MAC
    + codes: options to ask for besides the usual
    + lease: take the first offer, then release it
    + patience: seconds to wait (10)
    + secs: for how many seconds the client has already asked (0)

    Raises ExchangeError.
    """
    try:
        report: dict[str, Any] = packets().main(dict(request))
    except SystemExit as error:
        raise ExchangeError(str(error.code)) from error
    return report
