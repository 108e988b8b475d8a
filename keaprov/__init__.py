"""keaprov: from one site file to two hosts that run ISC Kea as a hot-standby pair."""

from __future__ import annotations

from keaprov.errors import Problem, SiteError
from keaprov.lint import lint_site
from keaprov.model import Site
from keaprov.site import load_site

__all__ = ["Problem", "Site", "SiteError", "lint_site", "load_site"]
