"""What sudo has to allow a user of the hosts: the text of a drop-in for each of two purposes.

Read-only access needs one program, without arguments (sudoers(5): ``""``), so that nothing comes
from the user but a request on its standard input. A deploy needs everything: a rule that lists its
commands would be as much, because it installs packages and writes files and units of root's.
"""

from __future__ import annotations

import re

from keaprov import paths

_DIRECTORY = "/etc/sudoers.d"
_USER = re.compile(r"(?=.*[a-z])[A-Za-z_][A-Za-z0-9_-]{0,31}", re.ASCII)
"""A user's name as useradd(8) takes it. A word of capitals is sudo's own: ALL, an alias."""


def is_user(name: str) -> bool:
    """Return whether a text is a user's name, and nothing else to sudo."""
    return _USER.fullmatch(name) is not None


def read_only_path(user: str) -> str:
    """Return where a user's rule for read-only access is.

    The name has no dot: sudo reads no file in this directory whose name has one (sudoers(5)).
    """
    return f"{_DIRECTORY}/keaprov-read-only-{user}"


def read_only(user: str) -> str:
    """Return the drop-in for read-only access; ValueError if `user` cannot be a user's name."""
    _check(user)
    return (
        f"# {read_only_path(user)}, mode 0440: read-only access for keaprov.\n"
        f"# {user} may run one program as root: without arguments or a password, and with\n"
        "# nothing from the environment. It changes nothing, and shows no secrets.\n"
        f"Defaults!{paths.READ_ONLY} env_reset, !setenv\n"
        f'{user} ALL = (root) NOPASSWD: {paths.READ_ONLY} ""\n'
    )


def deploying(user: str) -> str:
    """Return the drop-in for a deploy; ValueError if `user` cannot be a user's name."""
    _check(user)
    return (
        f"# {_DIRECTORY}/keaprov-deploy-{user}, mode 0440: what a deploy with keaprov needs, and\n"
        f"# the verbs that change something. {user} is root with it, after a password. A list of\n"
        "# commands would limit nothing: keaprov sends its programs with each run, and they\n"
        "# install packages, write files and units of root's, and restart units.\n"
        f"{user} ALL = (root) PASSWD: ALL\n"
    )


def _check(user: str) -> None:
    if not is_user(user):
        raise ValueError(f"{user!r} is not the name of a user")
