"""A shell with read-only access, the rules of sudo, and what sudo says if there is none."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from keaprov import cli, paths
from keaprov.control import Shell, Sudo, read_only, sudoers
from keaprov.errors import Refused

SITE = str(Path(__file__).parents[2] / "inventories/lab/site.yaml")


@pytest.mark.parametrize("use", ["turn", "lock", "run"])
def test_a_shell_with_read_only_access_sends_nothing_else(use: str) -> None:
    shell = Shell("dhcp1", "192.0.2.1", sudo=Sudo(read_only=True))
    uses: dict[str, Callable[[], object]] = {
        "turn": lambda: shell.program("turn", {}),
        "lock": lambda: shell.hold("token"),
        "run": lambda: shell.root("id"),
    }
    with pytest.raises(Refused) as caught:
        uses[use]()
    assert str(caught.value) == (
        "dhcp1: this needs all of root's rights: do it without --read-only"
    )


ASK = "have root run keaprov sudoers SITE --user USER --install"


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        (
            "sudo: a password is required",
            f"sudo does not let this user run {paths.READ_ONLY}: {ASK}",
        ),
        (
            "Sorry, user a is not allowed to execute '/usr/libexec/keaprov-read-only' as root.",
            f"sudo does not let this user run {paths.READ_ONLY}: {ASK}",
        ),
        (
            "sudo: /usr/libexec/keaprov-read-only: command not found",
            f"there is no {paths.READ_ONLY} on this host: {ASK}",
        ),
        ("observe: Permission denied: /x", ""),
        ("", ""),
    ],
)
def test_why_sudo_does_not_run_the_program(errors: str, words: str) -> None:
    assert read_only.refusal(errors) == words


def test_a_password_goes_with_it() -> None:
    command = Sudo("hush", read_only=True).command(paths.READ_ONLY)
    assert command.endswith(f"exec sudo -A -k {paths.READ_ONLY}'")


def rule_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("# ")]


def test_the_rule_allows_one_program_without_arguments() -> None:
    assert rule_lines(sudoers.read_only("monitor")) == [
        "Defaults!/usr/libexec/keaprov-read-only env_reset, !setenv",
        'monitor ALL = (root) NOPASSWD: /usr/libexec/keaprov-read-only ""',
    ]
    assert rule_lines(sudoers.deploying("operator")) == ["operator ALL = (root) PASSWD: ALL"]


@pytest.mark.parametrize("text", [sudoers.read_only("a-b_1"), sudoers.deploying("a-b_1")])
@pytest.mark.skipif(shutil.which("visudo") is None, reason="the lab's hosts have visudo")
def test_visudo_accepts_it(text: str) -> None:
    done = subprocess.run(["visudo", "-c", "-f", "-"], input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "user",
    ["", "ALL", "ADMINS", "#0", "%wheel", "a b", "a\nb ALL = ALL", "a,b", "a=b", "!a", "-a", "ä"],
)
def test_a_user_is_a_name_and_no_other_word_of_sudo(user: str) -> None:
    assert not sudoers.is_user(user)
    for text in (sudoers.read_only, sudoers.deploying):
        with pytest.raises(ValueError, match="not the name of a user"):
            text(user)


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli.main, ["sudoers", SITE, *words])
    return done.exit_code, done.output


def test_the_verb_prints_rules_and_the_program() -> None:
    assert run("--user", "monitor") == (0, sudoers.read_only("monitor"))
    assert run("--user", "monitor", "--for", "deploy") == (0, sudoers.deploying("monitor"))
    assert run("--program") == (0, read_only.program())


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((), "--user takes the name of a user of the hosts, not ''"),
        (("--user", "ALL"), "--user takes the name of a user of the hosts, not 'ALL'"),
        (("--user", "a", "--for", "deploy", "--install"), "go with --for read-only"),
        (("--user", "a", "--program", "--install"), "give either --install or --program"),
    ],
)
def test_wrong_usage_of_the_verb(words: tuple[str, ...], error: str) -> None:
    status, output = run(*words)
    assert status == 2
    assert error in output
