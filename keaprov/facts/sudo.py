"""Whether root's rights can be had on a host without asking anybody."""

from __future__ import annotations

from typing import Any

from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.host import Host
from typing_extensions import override


class Sudo(FactBase[str]):
    """Return ``ok``, or what sudo says when it would not run a command without a password."""

    @override
    def command(self) -> StringCommand:
        return StringCommand("sudo -n true 2>&1 && echo ok || true")

    @override
    def process(self, output: list[str]) -> str:
        return output[-1]


def refusal(host: Host) -> str | None:
    """Return why sudo cannot be used on the host; None when it can, or is not asked for.

    With a password at hand (``_sudo_password``, ``--same-sudo-password``) pyinfra tries it.
    """
    used: Any = host.current_op_global_arguments or {}
    if not used.get("_sudo") or used.get("_sudo_password") or used.get("_use_sudo_login"):
        return None
    answer: str | None = host.get_fact(Sudo, _sudo=False)
    if answer == "ok":
        return None
    return (
        f"sudo does not let this user become root without a password ({answer or 'no answer'}). "
        "Give the user the right, log in as root, or run pyinfra with --same-sudo-password"
    )
