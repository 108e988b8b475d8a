"""sudo with a password: on standard input alone, tried once, explained in words."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from keaprov.control import Sudo, sudo
from keaprov.control.exchange import sentence

PASSWORD = """a b"c'{$x}\\"""
SUDO = """#!/bin/sh
# -S -v: the first line is the password; -A: askpass says it, called with sudo's prompt
case "$1" in
-S) read -r word; echo "$word" >>{log}; [ "$word" = '{right}' ] ;;
-A) "$SUDO_ASKPASS" "$SUDO_PROMPT" >>{log}; shift 2; "$@" ;;
-n) shift; "$@" ;;
esac
"""


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A directory with a sudo that writes down the passwords that it gets."""
    right = PASSWORD.replace("'", "'\\''")
    program = tmp_path / "sudo"
    program.write_text(SUDO.replace("{log}", str(tmp_path / "log")).replace("{right}", right))
    program.chmod(0o755)
    return tmp_path


def ran(host: Path, way: Sudo, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", way.command(*words)],
        input=f"{way.line}the program\n",
        capture_output=True,
        text=True,
        env={"PATH": f"{host}:/usr/bin:/bin"},
    )


def test_the_password_goes_to_sudo_and_the_rest_to_the_program(host: Path) -> None:
    done = ran(host, Sudo(PASSWORD), "sh", "-c", "cat; echo $0 $1", "a b", "c'd")
    assert (done.returncode, done.stdout) == (0, "the program\na b c'd\n")
    assert (host / "log").read_text() == f"{PASSWORD}\n" * 2


def test_a_wrong_password_is_tried_once_and_nothing_runs(host: Path) -> None:
    done = ran(host, Sudo("wrong"), "touch", str(host / "ran"))
    assert done.returncode != 0
    assert (host / "log").read_text() == "wrong\n"
    assert not (host / "ran").exists()


def test_without_a_password_the_program_has_all_of_standard_input(host: Path) -> None:
    assert ran(host, Sudo(), "cat").stdout == "the program\n"
    assert shlex.split(Sudo().command("id", "-u")) == ["sudo", "-n", "id", "-u"]


def test_the_password_is_in_no_command_line_and_no_text_of_an_object() -> None:
    way = Sudo("hush")
    assert "hush" not in way.command("id") + repr(way) + str(way)


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        (
            "Sorry, try again.\n\nsudo: no password was provided\nsudo: 1 incorrect password "
            "attempt",
            "sudo rejects this password; keaprov tried it once",
        ),
        ("sudo: a password is required", "sudo does not let this user become root without a"),
        ("sudo-rs: interactive authentication is required", "sudo does not let this user become"),
        (
            "Sorry, user nosudo may not run sudo on dhcp1.",
            "sudo does not let this user become root (Sorry, user nosudo may not run sudo on",
        ),
        ("a is not in the sudoers file.", "sudo does not let this user become root (a is not in"),
        ("sudo: sorry, you must have a tty to run sudo", "sudo requires a terminal on this host"),
        ("history: the disk is full", "history: the disk is full"),
    ],
)
def test_what_sudo_says_in_words(errors: str, words: str) -> None:
    assert sentence(1, errors).startswith(words)
    assert sudo.is_required(errors) == errors.endswith(" is required")
