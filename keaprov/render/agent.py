"""kea-ctrl-agent.conf: the management API on the server's own address, behind basic auth."""

from __future__ import annotations

from typing import Any

from keaprov import model
from keaprov.render.dhcp4 import CONTROL_SOCKET

PASSWORD_DIRECTORY = "/etc/kea"  # noqa: S105 - a directory
PASSWORD_FILE = "kea-api-password"  # noqa: S105 - a file's name
REALM = "kea-control-agent"


def body(agent: model.ControlAgent, server: model.Server) -> dict[str, Any]:
    """Return the body of ``Control-agent``; it names the password's file, never the password."""
    client = {"user": agent.user, "password-file": PASSWORD_FILE}
    log = {"output": "kea-ctrl-agent.log", "maxsize": 10485760, "maxver": 8, "flush": True}
    return {
        "http-host": server.address,
        "http-port": agent.port,
        "control-sockets": {"dhcp4": {"socket-type": "unix", "socket-name": CONTROL_SOCKET}},
        "authentication": {
            "type": "basic",
            "realm": REALM,
            "directory": PASSWORD_DIRECTORY,
            "clients": [client],
        },
        "loggers": [{"name": "kea-ctrl-agent", "severity": "INFO", "output-options": [log]}],
    }
