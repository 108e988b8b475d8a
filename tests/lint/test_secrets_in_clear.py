"""Secrets in clear in one of Kea's own files, and files of the control agent."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.errors import Severity, dotted
from keaprov.lint import lint_agent, places
from tests.lint.reports import reports

PASSWORD = "a password in clear"
USE_FILE = "Use password-file."
KEEP = "Kea's hook reads it here and from no file: make this file readable for its owner alone."
DATABASE = "Let the database trust the host, or keep this file to yourself."


@pytest.mark.parametrize(
    ("body", "where", "message", "hint"),
    [
        ({"lease-database": {"type": "memfile", "password": "x"}}, "lease-database.password",
         PASSWORD, DATABASE),
        ({"hosts-databases": [{"type": "mysql", "password": "x"}]}, "hosts-databases[0].password",
         PASSWORD, DATABASE),
        ({"control-sockets": [{"authentication": {"clients": [{"user": "a"}, {"password": "x"}]}}]},
         "control-sockets[0].authentication.clients[1].password", PASSWORD, USE_FILE),
        ({"hooks-libraries": [{"library": "libdhcp_ha.so", "parameters": {"high-availability": [
            {"peers": [{"basic-auth-password": "x"}]}]}}]},
         "hooks-libraries[0].parameters.high-availability[0].peers[0].basic-auth-password",
         "a secret in clear: basic-auth-password", "Use basic-auth-password-file."),
        ({"hooks-libraries": [{"library": "libdhcp_radius.so", "parameters": {"access": {
            "servers": [{"secret": "x"}]}}}]},
         "hooks-libraries[0].parameters.access.servers[0].secret",
         "a secret in clear: secret", KEEP),
    ],
)  # fmt: skip
def test_a_secret_in_clear(body: dict[str, Any], where: str, message: str, hint: str) -> None:
    assert reports((places.secrets,), body) == [("KP901", where, message, hint)]


@pytest.mark.parametrize(
    "body",
    [
        {"lease-database": {"type": "memfile", "password": ""}},
        {"control-sockets": [{"authentication": {"clients": [{"password-file": "x"}]}}]},
        {"hooks-libraries": [{"library": "libdhcp_ha.so", "parameters": {"a": "x"}}]},
    ],
)
def test_no_secret(body: dict[str, Any]) -> None:
    assert reports((places.secrets,), body) == []


@pytest.mark.parametrize(
    ("agent", "code", "where", "hint"),
    [
        ({"authentication": {"clients": [{"user": "a", "password": "x"}]}}, "KP901",
         "authentication.clients[0].password", USE_FILE),
        ({"control-sockets": {"dhcp4": {"socket-name": "/srv/a"}}}, "KP701",
         "control-sockets.dhcp4.socket-name", "Write 'a'."),
        ({"control-sockets": {"dhcp4": {"socket-name": "/run/kea/a"}}}, "KP712",
         "control-sockets.dhcp4.socket-name", "Write 'a'."),
        ({"loggers": [{"output-options": [{"output": "/srv/a"}]}]}, "KP701",
         "loggers[0].output-options[0].output", "Write 'a'."),
        ({"hooks-libraries": [{"library": "/srv/a.so"}]}, "KP701",
         "hooks-libraries[0].library", "Write 'a.so'."),
    ],
)  # fmt: skip
def test_the_agent(agent: dict[str, Any], code: str, where: str, hint: str) -> None:
    """Kea ARM, The Kea Control Agent."""
    (problem,) = lint_agent(agent)
    assert (problem.code, dotted(problem.path), problem.hint) == (
        code, f"Control-agent.{where}", hint)  # fmt: skip
    assert problem.severity is (Severity.ERROR if code == "KP701" else Severity.WARNING)
    assert problem.message.startswith("a password in clear" if code == "KP901" else "/")


def test_an_agent_without_a_problem() -> None:
    agent = {
        "authentication": {"clients": [{"user": "a", "password-file": "x"}]},
        "control-sockets": {"dhcp4": {"socket-name": "a"}},
    }
    assert list(lint_agent(agent)) == []
