"""The way to a server by the user's own SSH configuration, against the lab's real sshd."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from keaprov.control import Shell, Sudo
from keaprov.errors import Refused, Unreachable
from tests.deploying import HOSTS, sh
from tests.lab import lab
from tests.lab.topology import STATE

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("deployed")]


def config(folder: Path, *changes: tuple[str, str]) -> Path:
    """Write the lab's ssh_config with these changes."""
    text = lab.ssh_config()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "ssh_config"
    path.write_text(text)
    return path


def test_a_program_of_ours_by_the_servers_name(tmp_path: Path) -> None:
    with Shell("dhcp1", "10.60.1.67", config(tmp_path)) as shell:
        assert shell.run("hostname").strip() == "dhcp1"
        kept = shell.program("history", {"active": "/etc/kea/kea-dhcp4.conf", "directory": "/x"})
        assert kept["kept"][0]["site"] == "labo"


def test_through_a_jump_host(tmp_path: Path) -> None:
    path = config(tmp_path)
    known = (STATE / "hostkeys/dhcp2.pub").read_text().rsplit(" ", 1)[0]
    (tmp_path / "known").write_text(f"10.60.1.68 {known}\n")
    path.write_text(
        path.read_text() + "\nHost 10.60.1.68\n  ProxyJump dhcp1\n  User root\n"
        f"  IdentityFile {STATE}/id_ed25519\n  UserKnownHostsFile {tmp_path}/known\n"
    )
    with Shell("another", "10.60.1.68", path) as shell:
        assert shell.run("hostname").strip() == "dhcp2"


def test_through_two_jump_hosts(tmp_path: Path) -> None:
    path = config(tmp_path)
    keys = [(STATE / f"hostkeys/{name}.pub").read_text().rsplit(" ", 1)[0] for name in HOSTS]
    (tmp_path / "known").write_text(f"10.60.1.67 {keys[0]}\n10.60.1.68 {keys[1]}\n")
    path.write_text(
        f"{path.read_text()}\nHost 10.60.1.*\n  User root\n  IdentityFile {STATE}/id_ed25519\n"
        f"  UserKnownHostsFile {tmp_path}/known\n"
        "Host far\n  HostName 10.60.1.67\n  ProxyJump dhcp1,root@10.60.1.68:22\n  User root\n"
        f"  IdentityFile {STATE}/id_ed25519\n  UserKnownHostsFile {tmp_path}/known\n"
    )
    with Shell("far", "10.60.1.67", path) as shell:
        assert shell.run("echo $SSH_CLIENT").startswith("10.60.1.68 ")


def test_host_keys_are_looked_for_where_the_configuration_says(tmp_path: Path) -> None:
    """What another file has of another machine at this address does not count then."""
    other = (STATE / "hostkeys/dhcp2.pub").read_text().rsplit(" ", 1)[0]
    (tmp_path / "known").write_text(f"[127.0.0.1]:2201 {other}\n")
    with Shell("dhcp1", "", config(tmp_path)) as shell:
        assert shell.run("true") == ""
    path = config(tmp_path, (f"{STATE}/known_hosts", f"{tmp_path}/known"))
    with pytest.raises(Refused, match="has changed"), Shell("dhcp1", "", path) as shell:
        shell.run("true")


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("ssh_config", "Host dhcp1\n  Port\n", "the ssh configuration for dhcp1 cannot be used"),
        ("known", "[127.0.0.1]:2201 ssh-ed25519 AAA\n", "a line that cannot be read"),
    ],
)
def test_files_of_ssh_that_cannot_be_read(tmp_path: Path, file: str, text: str, words: str) -> None:
    path = config(tmp_path, (f"{STATE}/known_hosts", f"{tmp_path}/known"))
    (tmp_path / file).write_text(text)
    with pytest.raises(Refused, match=words), Shell("dhcp1", "", path) as shell:
        shell.run("true")


def test_by_sudo(tmp_path: Path) -> None:
    path = config(tmp_path, ("User root", "User admin"))
    with Shell("dhcp1", "10.60.1.67", path, sudo=Sudo()) as shell:
        assert shell.program("history", {"active": "/etc/kea/kea-dhcp4.conf", "directory": "/x"})
    with Shell("dhcp1", "10.60.1.67", path) as shell:
        listed = shell.program("history", {"active": "/etc/kea/kea-dhcp4.conf", "directory": "/x"})
        assert listed["kept"] == [], "without root's rights there is nothing to read"


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (("Port 2201", "Port 2299"), Unreachable, "dhcp1: "),
        (("User root", "User nobody"), Refused, "authentication failed"),
        (("known_hosts", "none"), Refused, "its host key is not known here"),
        (("User root", "User root\n  ProxyCommand /nowhere"), Unreachable, "dhcp1: .*/nowhere"),
    ],
)
def test_no_way_in(
    tmp_path: Path, change: tuple[str, str], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words), Shell("dhcp1", "", config(tmp_path, change)) as shell:
        shell.run("true")


def test_a_host_key_that_has_changed(tmp_path: Path) -> None:
    other = (STATE / "hostkeys/dhcp2.pub").read_text().rsplit(" ", 1)[0]
    (tmp_path / "known").write_text(f"[127.0.0.1]:2201 {other}\n")
    path = config(tmp_path, (f"{STATE}/known_hosts", f"{tmp_path}/known"))
    with pytest.raises(Refused, match="host key has changed"), Shell("dhcp1", "", path) as shell:
        shell.run("true")


def test_a_program_that_says_no(tmp_path: Path) -> None:
    steps = [{"do": {"command": "x"}, "undo": []}]
    request = {"socket": "/nowhere", "run": "an earlier run", "steps": steps}
    words = "^dhcp1: this run no longer holds the lock of this host"
    with Shell("dhcp1", "", config(tmp_path)) as shell, pytest.raises(Refused, match=words):
        shell.program("command", request)


def test_a_shell_that_greets_everybody(tmp_path: Path) -> None:
    greeting = "/root/.bashrc"
    sh("dhcp1", f"cp {greeting} /root/kept; echo 'echo welcome, stranger' >{greeting}")
    try:
        with Shell("dhcp1", "", config(tmp_path)) as shell:
            assert shell.run("true") == "welcome, stranger\n"
            assert shell.program("history", {"active": "/x", "directory": "/x"})["kept"] == []
            with (
                shell.held(),
                Shell("dhcp1", "", config(tmp_path)) as other,
                pytest.raises(Refused, match="dhcp1: another run is at work"),
                other.held(),
            ):
                pass
    finally:
        sh("dhcp1", f"mv /root/kept {greeting}")


def test_a_host_that_cannot_be_locked(tmp_path: Path) -> None:
    path = config(tmp_path, ("User root", "User admin"))
    with (
        Shell("dhcp1", "", path, sudo=Sudo()) as shell,
        pytest.raises(Unreachable, match="dhcp1: the host cannot be locked for this run"),
    ):
        sh("dhcp1", "mv /usr/bin/sudo /usr/bin/sudo.away")
        try:
            with shell.held():
                pass
        finally:
            sh("dhcp1", "mv /usr/bin/sudo.away /usr/bin/sudo")


def test_half_a_report(tmp_path: Path) -> None:
    """Python on the host that is none: its first words are all that comes."""
    sh("dhcp1", "mkdir -p /root/none; printf '#!/bin/sh\\necho {\\n' >/root/none/python3")
    sh("dhcp1", "chmod +x /root/none/python3; mount --bind /root/none/python3 /usr/bin/python3")
    try:
        with (
            Shell("dhcp1", "", config(tmp_path)) as shell,
            pytest.raises(Unreachable, match="the output is not the report of observe"),
        ):
            shell.program("observe", {})
    finally:
        sh("dhcp1", "umount /usr/bin/python3")


def test_a_peer_that_is_gone_is_noticed_long_before_tcp_would(tmp_path: Path) -> None:
    with Shell("dhcp1", "", config(tmp_path)) as shell:
        shell.run("true")
        assert shell._client
        transport = shell._client.get_transport()
        assert transport is not None
        assert isinstance(transport.sock, socket.socket)
        option = transport.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        assert option == 10_000, "milliseconds"
