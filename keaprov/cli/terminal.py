"""The verbs' only way to stdout and stderr: nothing but visible characters (`keaprov.visible`)."""

from __future__ import annotations

import click

from keaprov import visible


def echo(text: object = "", *, err: bool = False) -> None:
    """Print a sentence; further lines of it are indented, so that no host forges a line."""
    click.echo(visible.block(str(text)), err=err)


def document(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print a text of keaprov's own lines: a report, a page, JSON."""
    click.echo(visible.document(text), err=err, nl=nl)
