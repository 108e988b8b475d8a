"""The keys of an agent: those that count for a host, with a real ssh-agent."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from keaprov.control import identity
from keaprov.control.ssh_config import Route


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Path]:
    """Start an agent with two keys, ``a`` and ``b``; their private files are gone."""
    path = tmp_path / "agent"
    process = subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdout and process.stdout.readline(), "it says where it listens"
        for name in ("a", "b"):
            key = str(tmp_path / name)
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
            words = ["ssh-add", "-q", key]
            subprocess.run(words, check=True, env={"SSH_AUTH_SOCK": str(path)}, capture_output=True)
            Path(key).unlink()
        yield path
    finally:
        process.terminate()
        process.communicate()


def offered(route: Route) -> set[str] | None:
    """Return the keys of an agent that a client offers, None if it asks no agent."""
    client = paramiko.SSHClient()
    if not identity.agent(client, route):
        return None
    try:
        return {key.get_base64() for key in client._agent.get_keys()}  # type: ignore[attr-defined]
    finally:
        client._agent.close()  # type: ignore[attr-defined]


def test_the_agent_that_identityagent_names(agent: Path) -> None:
    keys = {(agent.parent / f"{name}.pub").read_text().split()[1] for name in ("a", "b")}
    assert offered(Route("d", "d", agent=str(agent))) == keys


def test_identities_only(agent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of the agent counts if its public file is named: IdentityFile KEY.pub, or KEY."""
    monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
    public = agent.parent / "a.pub"
    route = Route("d", "d", identities=(public,), identities_only=True)
    assert offered(route) == {public.read_text().split()[1]}
    assert offered(Route("d", "d", identities_only=True)) == set()


def test_no_agent(agent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
    assert offered(Route("d", "d", agent="none")) is None
    monkeypatch.delenv("SSH_AUTH_SOCK")
    assert offered(Route("d", "d")) is None


def test_an_agent_that_does_not_answer(tmp_path: Path) -> None:
    """Ssh goes on without it, too."""
    assert offered(Route("d", "d", agent=str(tmp_path / "none"))) is None
