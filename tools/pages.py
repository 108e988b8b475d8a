"""Write the pages that are generated from the source: ``python -m tools.pages``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from keaprov.cli import reference
from keaprov.lint import page as lint_page
from keaprov.schema import sample
from tools import messages

PAGES: Mapping[str, Callable[[], str]] = {
    "docs/cli.md": reference.reference,
    "docs/lint.md": lint_page.page,
    "docs/messages.md": messages.page,
    "docs/site.md": sample.page,
    "inventories/example/site.yaml": sample.site,
}


def main() -> None:
    """Write every page whose source has changed."""
    for name, text in PAGES.items():
        path, new = Path(name), text()
        if not path.exists() or path.read_text("utf-8") != new:
            path.write_text(new, "utf-8")
            print(f"written: {name}")


if __name__ == "__main__":
    main()
