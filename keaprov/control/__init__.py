"""The SSH channel to a site's servers, and Kea's commands: for everything but a deploy.

`ssh` is the channel, `lock` its run lock and `sudo` the way to root's rights; `alive` ends a
connection that does not reply; `api` sends Kea's commands over a socket or HTTP. The package may
open connections, and decides nothing about a pair.
"""

from __future__ import annotations

from keaprov.control.api import Agent, Api, Http, Socket, trusting
from keaprov.control.ssh import Shell
from keaprov.control.sudo import Sudo

__all__ = ["Agent", "Api", "Http", "Shell", "Socket", "Sudo", "trusting"]
