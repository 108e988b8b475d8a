"""A deploy's lock on each host: one run at a time (keaprov.control.lock)."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from pyinfra.api.host import Host
from pyinfra.connectors.util import make_unix_command_for_host

from keaprov.control import lock
from keaprov.errors import ControlError
from keaprov.facts import program

_held: WeakKeyDictionary[Host, lock.Lock] = WeakKeyDictionary()


def refusal(host: Host) -> str | None:
    """Hold the host for this run, once; return who holds it when it is somebody else.

    A connection of another kind than SSH has no channel that ends with the run: then there is no
    lock.
    """
    one = host.inventory.get_host(host.name)  # `host` may be pyinfra's proxy, one for all hosts
    client = getattr(one.connector, "client", None)
    if one in _held or client is None:
        return None
    wrapped = make_unix_command_for_host(one.state, one, program.shell("lock"), **program.rights())
    try:
        _held[one] = lock.hold(client, wrapped.get_raw_value())
    except ControlError as error:
        return str(error)
    return None
