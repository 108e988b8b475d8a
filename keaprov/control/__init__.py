"""The channel to a site's servers, for what is not a deploy: looking, asking, rehearsing."""

from __future__ import annotations

from keaprov.control.client import Agent, Client, Http, Socket
from keaprov.control.ssh import Shell

__all__ = ["Agent", "Client", "Http", "Shell", "Socket"]
