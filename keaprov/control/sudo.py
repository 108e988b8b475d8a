"""sudo with a password: it travels on standard input, as the first line, and is nowhere else.

pyinfra's own way puts it into the command line of a shell on the host, where every user of the host
can read it. Here a shell reads the line, and sudo's askpass program is ``printenv``: sudo calls it
with its prompt, which is the name of the variable (sudo(8): SUDO_ASKPASS, SUDO_PROMPT). A program
that does not start by sudo has the rest of standard input to itself.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field

_VARIABLE = "KEAPROV_SUDO"
_SCRIPT = (
    f"IFS= read -r {_VARIABLE} && "
    f"""printf '%s\\n' "${_VARIABLE}" | sudo -S -k -p '' -v && """
    f"export {_VARIABLE} SUDO_ASKPASS=/usr/bin/printenv SUDO_PROMPT={_VARIABLE} && exec "
)
"""Tries the password once: askpass would be asked three times, which may lock the account."""
_REJECTED = re.compile(r"^sudo: .*(incorrect password attempt|no password was provided)", re.M)
_REQUIRED = re.compile(r"^sudo(-rs)?: (a password|interactive authentication) is required$", re.M)
_NO_RIGHT = re.compile(
    r"^.*(is not in the sudoers file|may not run sudo|is not allowed to ).*$", re.M
)
_TERMINAL = re.compile(r"^sudo: .*you must have a tty to run sudo$", re.M)


@dataclass(frozen=True)
class Sudo:
    """How to become root by sudo: with a password, or without one if it is empty.

    With `read_only` sudo runs one program only (`keaprov.control.read_only`).
    """

    password: str = field(default="", repr=False)
    read_only: bool = False

    def command(self, *words: str) -> str:
        """Return the shell command that runs words as root; it reads `line` first."""
        if not self.password:
            return shlex.join(("sudo", "-n", *words))
        return asking_once(shlex.join(("sudo", "-A", "-k", *words)))

    @property
    def line(self) -> str:
        """The first line for standard input: the password, or nothing."""
        return f"{self.password}\n" if self.password else ""


def asking_once(command: str) -> str:
    """Return a shell command that reads a password, then runs a command of ``sudo -A -k``."""
    return shlex.join(("sh", "-c", _SCRIPT + command))


def is_required(errors: str) -> bool:
    """Return whether sudo says that it needs a password."""
    return _REQUIRED.search(errors) is not None


def has_no_right(errors: str) -> bool:
    """Return whether sudo says that a user may not do this, with or without a password."""
    return _NO_RIGHT.search(errors) is not None


def sentence(errors: str) -> str:
    """Return in words why sudo does not let a user become root, "" if that is not why."""
    if _REJECTED.search(errors):
        return "sudo rejects this password; keaprov tried it once"
    if is_required(errors):
        return (
            "sudo does not let this user become root without a password: give it with "
            "--sudo-password, in a deploy with pyinfra's --same-sudo-password; a user with "
            "read-only access uses --read-only"
        )
    if _TERMINAL.search(errors):
        return (
            "sudo requires a terminal on this host, and keaprov has none: write Defaults:USER "
            "!requiretty for this user into a file of /etc/sudoers.d"
        )
    if refused := _NO_RIGHT.search(errors):
        return f"sudo does not let this user become root ({refused[0].strip()})"
    return ""
