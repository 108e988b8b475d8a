"""The configurations that a server keeps, and the text of one of them."""

from __future__ import annotations

import base64
import zlib

from keaprov import paths
from keaprov.channel import Channel
from keaprov.errors import Refused


def kept_text(channel: Channel, revision: str) -> str:
    """Return the text of the kept configuration of a revision; Refused if none is kept."""
    request = {
        "active": paths.DHCP4_CONF,
        "directory": paths.BACKUP_DIR,
        "revision": revision,
    }
    text = zlib.decompress(base64.b64decode(channel.program("history", request)["packed"])).decode(
        errors="surrogateescape"
    )
    if not text:
        raise Refused(
            f"{channel.name} keeps no configuration of revision {revision}: "
            "keaprov history lists those that it keeps"
        )
    return text
