"""sudo's password in a deploy: pyinfra's own ways to give it, and a safe way for it to travel.

pyinfra takes it from `_sudo_password`, ``--same-sudo-password`` or the configuration's
SUDO_PASSWORD; at a terminal it asks for it if sudo needs one. So does keaprov.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from getpass import getpass
from threading import Lock
from typing import Any

import paramiko
from pyinfra.api.command import StringCommand
from pyinfra.api.host import Host
from pyinfra.connectors.util import make_unix_command, make_unix_command_for_host

from keaprov.control import exchange, sudo

_PROMPTED = "prompted_sudo_password"
"""Where pyinfra keeps the answer to its own prompt (pyinfra.connectors.util)."""
_TRIED = "keaprov_sudo_tried"
_ANSWER = 15.0
_asking = Lock()


def password_of(host: Host, rights: Mapping[str, Any]) -> str:
    """Return the password that sudo gets on a host, "" for none.

    With `su` after sudo, pyinfra's own way carries both passwords: then it is "" too.
    """
    if not rights.get("_sudo") or rights.get("_su_user"):
        return ""
    return str(rights.get("_sudo_password") or host.connector_data.get(_PROMPTED) or "")


def command(host: Host, rights: Mapping[str, Any], words: StringCommand) -> str:
    """Return the shell command that runs words with these rights.

    If there is a password, the command reads it from standard input first.
    """
    if not password_of(host, rights):
        wrapped = make_unix_command_for_host(host.state, host, words, **rights)
        return str(wrapped.get_raw_value())
    # without the path of an askpass script pyinfra writes `sudo -A -k`, and no password
    wrapped = make_unix_command(words, **{**rights, "_sudo_password": "on standard input"})
    return sudo.asking_once(str(wrapped.get_raw_value()))


def ask_if_needed(host: Host, rights: Mapping[str, Any], client: paramiko.SSHClient) -> None:
    """Ask the person at the terminal for the password, once a host, if sudo needs one."""
    if not rights.get("_sudo") or password_of(host, rights) or not sys.stdin.isatty():
        return
    with _asking:
        if host.connector_data.get(_TRIED):
            return
        host.connector_data[_TRIED] = True
        tried = command(host, rights, StringCommand("true"))
        _, _, errors = exchange.exchange(client, tried, "", _ANSWER)
        if sudo.is_required(errors):
            host.connector_data[_PROMPTED] = getpass(f"{host.print_prefix}sudo password: ")
