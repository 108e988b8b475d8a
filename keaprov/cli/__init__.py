"""The ``keaprov`` command: one verb, one file.

A verb reads its options, calls the packages below, prints and exits; it decides nothing else. Only
this package imports click, and only it writes to a terminal. `main` is the console script.
"""

from __future__ import annotations

from importlib import import_module
from keyword import iskeyword
from typing import Any

import click

from keaprov import visible
from keaprov.errors import CertificateError, SecretError

__all__ = ["EXIT_CODES", "VERBS", "Verbs", "main"]

EXIT_CODES = (
    "Exit codes: 0 done, 1 problems, a refusal or a difference, 2 wrong usage, 3 not healthy."
)
"""What every verb exits with, as docs/cli.md says it."""

VERBS = (
    "authority", "check", "diff", "drill", "history", "import", "init", "plan", "probe", "render",
    "retire", "schema", "status", "sudoers", "sync",
)  # fmt: skip


class Verbs(click.Group):
    """Imports a verb's file when it is called: `check` needs no SSH."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the verbs."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb, None when there is none of that name."""
        if cmd_name not in VERBS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        verb: click.Command = getattr(import_module(f"keaprov.cli.{name}"), name)
        return verb

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb; a secret or certificate that cannot be used ends it with words.

        click prints the message of an error: it becomes visible here.
        """
        try:
            return super().invoke(ctx)
        except (CertificateError, SecretError) as error:
            raise click.ClickException(visible.block(str(error))) from None
        except click.ClickException as error:
            vars(error)["message"] = visible.block(error.message)  # it is final for mypy only
            raise


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="keaprov")
def main() -> None:
    """From one site file to two hosts that run ISC Kea as a hot-standby pair."""
