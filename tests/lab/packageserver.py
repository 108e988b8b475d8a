"""Serve a directory over HTTP on port 80: the lab's package server, in its own namespace.

Below /private it serves the same to those alone who name `USER` and `PASSWORD`.
"""

from __future__ import annotations

import base64
import functools
import http.server
import sys
from urllib.parse import urlsplit

USER = "lab@private"
PASSWORD = 'Mirror%2F/@:"$1-Horse'
PRIVATE = "/private"


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files only, connections kept open, as dnf likes it; also for those who use it as a proxy."""

    protocol_version = "HTTP/1.1"

    def send_head(self):  # type: ignore[no-untyped-def]
        """Return the file that is asked for; ask for credentials below `PRIVATE`."""
        if self.path.startswith(PRIVATE + "/"):
            expected = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            if self.headers.get("Authorization") != f"Basic {expected}":
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="private"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return None
            self.path = self.path.removeprefix(PRIVATE)
        return super().send_head()

    def translate_path(self, path: str) -> str:
        """Return the file of a path, or of a whole URL, which a proxy is asked for."""
        return super().translate_path(urlsplit(path).path)


if __name__ == "__main__":
    handler = functools.partial(Handler, directory=sys.argv[1])
    http.server.ThreadingHTTPServer(("", 80), handler).serve_forever()
