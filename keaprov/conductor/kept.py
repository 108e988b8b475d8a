"""The configurations that a server keeps, and one of them that is wanted back."""

from __future__ import annotations

from keaprov import paths
from keaprov.channel import Channel
from keaprov.control.decoding import expected, unpacked_bytes
from keaprov.errors import Refused
from keaprov.importing import written
from keaprov.wanted import Earlier


def earlier(channel: Channel, revision: str) -> Earlier:
    """Return the kept configuration of a revision.

    That from before keaprov (`paths.ORIGINAL`) comes with its agent's file. Raises Refused if none
    is kept, or if it cannot be read.
    """
    text = _text(channel, paths.DHCP4_CONF, revision)
    if not text:
        raise Refused(
            f"{channel.name} keeps no configuration of revision {revision}: "
            "keaprov history lists those that it keeps"
        )
    body = written.dhcp4(text)
    if body is None:
        raise Refused(
            f"{channel.name}: the configuration of revision {revision} cannot be read, or includes "
            f"other files. Go back by hand: it is in {paths.BACKUP_DIR}"
        )
    agent = _text(channel, paths.AGENT_CONF, revision) if revision == paths.ORIGINAL else ""
    return Earlier(revision, text, body, agent)


def _text(channel: Channel, active: str, revision: str) -> str:
    request = {"active": active, "directory": paths.BACKUP_DIR, "revision": revision}
    report = channel.program("history", request)
    with expected(f"{channel.name}: the report of history"):
        return unpacked_bytes(report["packed"]).decode(errors="surrogateescape")
