"""The ``keaprov`` command: one verb, one file.

Exit codes: 0 done, 1 problems or a refusal, 2 wrong usage.
"""

from __future__ import annotations

import click

from keaprov.cli.check import check
from keaprov.cli.diff import diff
from keaprov.cli.drill import drill
from keaprov.cli.history import history
from keaprov.cli.init import init
from keaprov.cli.plan import plan
from keaprov.cli.probe import probe
from keaprov.cli.render import render
from keaprov.cli.schema import schema
from keaprov.cli.status import status


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="keaprov")
def main() -> None:
    """From one site file to two hosts that run ISC Kea as a hot-standby pair."""


for command in (check, diff, drill, history, init, plan, probe, render, schema, status):
    main.add_command(command)
