"""docs/cli.md, from the verbs themselves: ``python -m keaprov.cli.reference > docs/cli.md``."""

from __future__ import annotations

import click

from keaprov import cli
from keaprov.cli import terminal

WIDTH = 100
COMPLETION = """\
## Shell completion

The shell completes verbs, options and file names. For bash, add this line to ~/.bashrc:

```sh
eval "$(_KEAPROV_COMPLETE=bash_source keaprov)"
```

For zsh, add it to ~/.zshrc with `zsh_source`. For fish, write the output of `env
_KEAPROV_COMPLETE=fish_source keaprov` to ~/.config/fish/completions/keaprov.fish.
"""


def reference() -> str:
    """Return the page: each verb with its own help."""
    parts = [f"# The keaprov command\n\n{cli.EXIT_CODES}\n"]
    usual = cli.main.context_settings
    top = click.Context(cli.main, info_name="keaprov", terminal_width=WIDTH, **usual)
    for verb in cli.VERBS:
        command = cli.main.get_command(top, verb)
        if command is not None:
            context = click.Context(command, parent=top, info_name=verb)
            parts.append(f"## keaprov {verb}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join([*parts, COMPLETION])


if __name__ == "__main__":
    terminal.document(reference(), nl=False)
