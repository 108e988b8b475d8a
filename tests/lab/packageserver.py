"""Serve a directory over HTTP on port 80: the lab's package server, in its own namespace."""

from __future__ import annotations

import functools
import http.server
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files only, connections kept open, as dnf likes it."""

    protocol_version = "HTTP/1.1"


if __name__ == "__main__":
    handler = functools.partial(Handler, directory=sys.argv[1])
    http.server.ThreadingHTTPServer(("", 80), handler).serve_forever()
