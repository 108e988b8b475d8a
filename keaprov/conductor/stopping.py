"""How a conductor speaks, and how it stops."""

from __future__ import annotations

from collections.abc import Callable

from keaprov.errors import KeaprovError

Tell = Callable[[str, str, bool], None]
"""Takes the name of the server that a sentence is about ("" for the site), the sentence, and
whether it is an error."""


class Stopped(KeaprovError):  # noqa: N818 - it is what a conductor does, for a good reason
    """The roll-out stops, and no further step is taken; `server` is whose fault it is, or ""."""

    def __init__(self, reason: str, server: str = "") -> None:
        super().__init__(reason)
        self.server = server
