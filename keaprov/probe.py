"""Be a DHCP client, on this machine: the same program that runs on a client host."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from keaprov import files
from keaprov.errors import KeaprovError


class ProbeError(KeaprovError):
    """The exchange could not be made: no root's rights, no such interface, no such address."""


def program() -> ModuleType:
    """Return files/host/probe.py as a module: the packets, and the exchange."""
    spec = importlib.util.spec_from_file_location("keaprov_probe", files.path("host/probe.py"))
    if spec is None or spec.loader is None:
        raise ProbeError("files/host/probe.py is missing from this installation")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def probe(request: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for an offer, and the lease if that is wanted; return what the servers answered.

    + interface: ask on this interface as a client; or
    + giaddr, servers: ask as a relay, from this address of this machine
    + mac, client-id: the client's, as hexadecimal text with colons; a random MAC without
    + codes: options to ask for besides the usual
    + lease: take the first offer, then release it
    + patience: seconds (10)
    + secs: for how long the client has asked already, in seconds (0)

    Raises ProbeError.
    """
    try:
        found: dict[str, Any] = program().main(dict(request))
    except SystemExit as error:
        raise ProbeError(str(error.code)) from error
    return found
