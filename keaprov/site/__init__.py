"""The site file: `load_site` reads it and finds every problem at once.

`check` takes a file through all steps: `kind` says what it is, `normal` and `canonical` bring it
into Kea's forms (`rows`: tables of reservations), `keaprov.schema` judges the form, `build` makes
the `Site`, `keaprov.lint` judges the parts. The package reads files, and touches nothing else.
"""

from __future__ import annotations

from pathlib import Path

from keaprov import model
from keaprov.errors import SiteError
from keaprov.site.check import Checked, check_file, check_site, check_text, placed, verdict

__all__ = ["Checked", "check_file", "check_site", "check_text", "load_site", "placed", "verdict"]


def load_site(path: str | Path) -> model.Site:
    """Read and check a site file; SiteError with all of its problems if one is an error.

    Kea's own configuration is not a site: SiteError, KP207.
    """
    checked = check_site(Path(path))
    if checked.site is None:
        raise SiteError(checked.problems)
    return checked.site
