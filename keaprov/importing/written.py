"""The configuration in a host's kea-dhcp4.conf, whoever wrote it: what a running Kea was given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from keaprov.importing import values
from keaprov.importing.ledger import Ledger
from keaprov.importing.migration import migrate
from keaprov.model import Json
from keaprov.site.canonical import canonical
from keaprov.source import parse_relaxed


def dhcp4(text: str) -> Json | None:
    """Return the ``Dhcp4`` map of a file of kea-dhcp4, None if it has none that can be read.

    keaprov's own files come back as they are. A file by hand may have comments and the spellings
    of older versions: its map comes back in the spelling of Kea 3.0, so that it can be compared
    with what runs. None also if the file includes others, because they are on the host.
    """
    if "<?include" in text:
        return None
    try:
        whole: Any = json.loads(text)
    except ValueError:
        whole = None
    body = whole.get("Dhcp4") if isinstance(whole, dict) else None
    if isinstance(body, dict) and _is_keaprovs(body):
        return body
    document = parse_relaxed(text, "kea-dhcp4.conf")
    if document.problems or not isinstance(document.value, Mapping):
        return None
    if not isinstance(document.value.get("Dhcp4"), Mapping):
        return None
    copied: dict[str, Any] = values.copied(document.value)
    migrate(copied, Ledger(document))
    migrated: Json = canonical(copied["Dhcp4"])
    return migrated


def _is_keaprovs(body: Json) -> bool:
    context = body.get("user-context")
    return isinstance(context, dict) and isinstance(context.get("keaprov"), dict)
