"""keaprov: from one site file to two hosts that run ISC Kea as a hot-standby pair."""

from __future__ import annotations

from keaprov.errors import Problem, SiteError
from keaprov.lint import lint_site
from keaprov.model import Site
from keaprov.site import Checked, check_file, load_site

__all__ = ["Checked", "Problem", "Site", "SiteError", "check_file", "lint_site", "load_site"]

__version__: str
"""The version of the installed distribution."""


def __getattr__(name: str) -> str:
    """Return `__version__`; reading it takes a tenth of the time that a verb takes to begin."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import version

    return version("keaprov")
