"""The SSH channel to a site's servers, and Kea's commands: for everything but a deploy."""

from __future__ import annotations

from keaprov.control.api import Agent, Api, Http, Socket
from keaprov.control.ssh import Shell

__all__ = ["Agent", "Api", "Http", "Shell", "Socket"]
