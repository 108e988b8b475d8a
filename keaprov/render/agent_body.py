"""kea-ctrl-agent.conf: the management API on the server's own address, behind basic auth."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from keaprov import model, paths
from keaprov.render.dhcp4_body import CONTROL_SOCKET

PASSWORD_FILE = PurePosixPath(paths.PASSWORD_FILE)
REALM = "kea-control-agent"


def body(
    api: model.ManagementApi, server: model.Server, tls: model.Tls | None = None
) -> dict[str, Any]:
    """Return the ``Control-agent`` map; it names the file of the password, not the password.

    With TLS the agent proves who it is; its clients do so by the password, not by a certificate.
    """
    client = {"user": api.user, "password-file": PASSWORD_FILE.name}
    log_file = {"output": "kea-ctrl-agent.log", "maxsize": 10485760, "maxver": 8, "flush": True}
    return {
        "http-host": server.address,
        "http-port": api.port,
        **({**tls.files, "cert-required": False} if tls and tls.api else {}),
        "control-sockets": {"dhcp4": {"socket-type": "unix", "socket-name": CONTROL_SOCKET}},
        "authentication": {
            "type": "basic",
            "realm": REALM,
            "directory": str(PASSWORD_FILE.parent),
            "clients": [client],
        },
        "loggers": [{"name": "kea-ctrl-agent", "severity": "INFO", "output-options": [log_file]}],
    }
