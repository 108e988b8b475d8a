"""``python -m tests.lab up|down|status|ssh-config|exec|run|reset|kill|boot|save|restore``."""

from __future__ import annotations

import argparse
import json
import os
import sys

from tests.lab import lab, machine, services
from tests.lab.shell import plainly
from tests.lab.topology import server, space


def main() -> int:
    """Do what the command line says; the exit code is the command's own for exec and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=lab.__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, text in (
        ("up", "boot the lab: two bare hosts and all that is beside them"),
        ("down", "end it: no process, mount or namespace is left"),
        ("status", "what runs, as JSON"),
        ("ssh-config", "an OpenSSH client configuration for the hosts"),
    ):
        verbs.add_parser(verb, help=text)
    for verb, what, text in (
        ("exec", "host", "run a command on a host, as root"),
        ("run", "namespace", "run a command in a namespace: user, voice, load, router, …"),
    ):
        sub = verbs.add_parser(verb, help=text)
        sub.add_argument("name", metavar=what)
        sub.add_argument("command", nargs=argparse.REMAINDER)
    for verb, count, text in (
        ("reset", "*", "make hosts bare again"),
        ("kill", 1, "cut a host's power"),
        ("boot", 1, "boot a host from its disk"),
        ("save", 1, "keep the hosts' disks under a name"),
        ("restore", 1, "boot the hosts from kept disks"),
    ):
        verbs.add_parser(verb, help=text).add_argument("names", nargs=count)
    given = parser.parse_args()
    if given.verb == "exec":
        command = given.command or ["/bin/bash", "-l"]
        return machine.exec_in(server(given.name), command).returncode
    if given.verb == "run":
        words = services.inside(space(given.name), f"LEASE_NAME={given.name}", *given.command)
        os.execvp(words[0], words)
    if given.verb == "status":
        print(json.dumps(lab.status(), indent=2))
        return 0 if lab.healthy() else 1
    if given.verb == "ssh-config":
        print(lab.ssh_config())
        return 0
    act = lab.power_cut if given.verb == "kill" else getattr(lab, given.verb)
    act(*getattr(given, "names", ()))
    return 0


if __name__ == "__main__":
    with plainly():
        sys.exit(main())
