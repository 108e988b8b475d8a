"""keaprov: from one site file to two hosts that run ISC Kea as a hot-standby pair."""

from __future__ import annotations

from importlib.metadata import version as _version

from keaprov.errors import Problem, SiteError
from keaprov.lint import lint_site
from keaprov.model import Site
from keaprov.site import Checked, check_file, load_site

__all__ = ["Checked", "Problem", "Site", "SiteError", "check_file", "lint_site", "load_site"]

__version__ = _version("keaprov")
