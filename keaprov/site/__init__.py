"""The site file: `load_site` reads it and finds every problem at once."""

from __future__ import annotations

from pathlib import Path

from keaprov import model
from keaprov.errors import SiteError
from keaprov.site.check import Checked, check_file, verdict

__all__ = ["Checked", "check_file", "load_site", "verdict"]


def load_site(path: str | Path) -> model.Site:
    """Read and check a site file; SiteError with all of its problems when one is an error."""
    checked = check_file(Path(path))
    if checked.site is None:
        raise SiteError(checked.problems)
    return checked.site
