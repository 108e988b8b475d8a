"""Kea's own verdict about a staged configuration, shown at the site file's line."""

from __future__ import annotations

import re

from keaprov import report
from keaprov.model import Server, Site
from keaprov.site import verdict
from keaprov.wanted import dhcp4_text

_PLACE = re.compile(r"[(: ](?:[^() ]*/)?kea-dhcp4\.conf[^:]*:([0-9]+)[:.]([0-9]+)")
"""Where Kea's messages name a place in the file that it was given."""
_NOISE = re.compile(
    r"^Error encountered: |^\S+ \S+ [A-Z]+ +\[\S+\] \S+ |\s*(?:at )?\([^()]*kea-dhcp4\.conf[^()]*\)"
)
"""What Kea's messages have around their words: time, logger and message id, the host's file."""


def at_the_site(site: Site, server: Server, message: str) -> str:
    """Show Kea's verdict at the site file's line; "" if it names no place there."""
    place = _PLACE.search(message)
    if place is None or not site.source:
        return ""
    errors = [line for line in message.splitlines() if "rror" in line]
    words = _NOISE.sub("", (errors or message.splitlines())[-1])
    line, column = int(place[1]), int(place[2])
    shown = verdict(site, dhcp4_text(site, server), words, line, column)
    return f"kea-dhcp4 refuses the new configuration\n{report.text(shown.problems, shown.sources)}"
