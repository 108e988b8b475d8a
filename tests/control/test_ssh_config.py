"""The way to a host, as OpenSSH's own client resolves it; nothing is connected."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import paramiko
import pytest

from keaprov import inventory
from keaprov.control import flat, ssh_config
from keaprov.control.ssh_config import Route
from keaprov.errors import Refused
from tests.test_inventory import SITE


def resolved(folder: Path, text: str, name: str = "dhcp1", address: str = "10.0.0.1") -> Route:
    """Return the way to a server by a configuration of this text."""
    path = folder / "ssh_config"
    path.write_text(text)
    return ssh_config.resolve(name, address, path)


def test_a_server_without_an_entry_is_reached_at_its_address(tmp_path: Path) -> None:
    text = "Host 10.0.0.*\n  User byaddress\nHost *\n  Port 2222\n"
    route = resolved(tmp_path, text)
    assert (route.name, route.host, route.port) == ("10.0.0.1", "10.0.0.1", 2222)
    assert route.user == "byaddress"


@pytest.mark.parametrize("line", ["Host dhcp1", "Host dhcp*", "Match originalhost dhcp1"])
def test_an_entry_for_the_name(tmp_path: Path, line: str) -> None:
    route = resolved(tmp_path, f"{line}\n  HostName web.example\n  User admin\n")
    assert (route.name, route.host, route.user) == ("dhcp1", "web.example", "admin")


def test_an_entry_without_a_hostname_leads_to_the_address(tmp_path: Path) -> None:
    route = resolved(tmp_path, "Host dhcp*\n  User admin\n")
    assert (route.name, route.host, route.user) == ("dhcp1", "10.0.0.1", "admin")


def test_a_user_named_as_the_server_makes_no_entry(tmp_path: Path) -> None:
    assert resolved(tmp_path, "Host *\n  User dhcp1\n").host == "10.0.0.1"


@pytest.mark.parametrize(("port", "known"), [(22, "2001:db8::7"), (2222, "[2001:db8::7]:2222")])
def test_over_ipv6(tmp_path: Path, port: int, known: str) -> None:
    """SSH may go to another address than the site's; pyinfra finds its one entry there too."""
    (tmp_path / "known").write_text(f"{known} {KEY}\n")
    config = tmp_path / "ssh_config"
    config.write_text(
        f"Host dhcp1\n  HostName 2001:db8::7\n  Port {port}\n  ProxyJump gate\n"
        f"  UserKnownHostsFile {tmp_path}/known\n"
    )
    data = flat.connection_data("dhcp1", "10.0.0.1", {"ssh_config_file": str(config)})
    assert data["ssh_hostname"] == "2001:db8::7"
    assert Path(data["ssh_known_hosts_file"]).read_text() == f"{known} {KEY}\n"
    settings = paramiko.SSHConfig.from_path(data["ssh_config_file"]).lookup("2001:db8::7")
    assert (settings["hostname"], settings["port"]) == ("2001:db8::7", str(port))
    assert f"[2001:db8::7]:{port}" in settings["proxycommand"]


def test_include_and_match(tmp_path: Path) -> None:
    (tmp_path / "more").write_text('Match originalhost dhcp1 exec "true"\n  HostName 192.0.2.7\n')
    assert resolved(tmp_path, f"Include {tmp_path}/more\n").host == "192.0.2.7"


def test_tokens_and_files(tmp_path: Path) -> None:
    for name in ("dhcp1_key", "192.0.2.7-cert.pub", "known_alias"):
        (tmp_path / name).write_text("")
    route = resolved(
        tmp_path,
        "Host dhcp1\n  HostName 192.0.2.7\n  Port 2222\n  User admin\n  HostKeyAlias alias\n"
        f"  IdentityFile {tmp_path}/%n_key\n  IdentityFile {tmp_path}/missing\n"
        f"  CertificateFile {tmp_path}/%h-cert.pub\n  UserKnownHostsFile {tmp_path}/known_%k\n"
        f"  GlobalKnownHostsFile {tmp_path}/missing\n  IdentityAgent {tmp_path}/%r.agent\n"
        "  ProxyCommand way %h %p %n %r 100%%\n",
    )
    assert route == Route(
        "dhcp1",
        "192.0.2.7",
        2222,
        "admin",
        alias="alias",
        identities=(tmp_path / "dhcp1_key",),
        certificates=(tmp_path / "192.0.2.7-cert.pub",),
        agent=f"{tmp_path}/admin.agent",
        known_hosts=(tmp_path / "known_alias",),
        proxy="way 192.0.2.7 2222 dhcp1 admin 100%",
    )


def test_an_identity_that_only_an_agent_has(tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_text(KEY)
    route = resolved(tmp_path, f"Host dhcp1\n  IdentityFile {tmp_path}/key\n  IdentitiesOnly yes\n")
    assert (route.identities, route.identities_only) == ((tmp_path / "key.pub",), True)
    assert (route.private_keys, "IdentityFile" in flat.text(route)) == ((), False)


@pytest.mark.parametrize(("written", "agent"), [("none", "none"), ("SSH_AUTH_SOCK", "")])
def test_agents(tmp_path: Path, written: str, agent: str) -> None:
    assert resolved(tmp_path, f"Host dhcp1\n  IdentityAgent {written}\n").agent == agent


@pytest.mark.parametrize("none", ["ProxyCommand none", "ProxyJump none", "Port 22"])
def test_no_proxy(tmp_path: Path, none: str) -> None:
    assert resolved(tmp_path, f"Host dhcp1\n  {none}\n").proxy == ""


SSH = "ssh -F {config} -o BatchMode=yes -o StrictHostKeyChecking=yes"


@pytest.mark.parametrize(
    ("jump", "words"),
    [
        ("gate", "-W '[10.0.0.1]:22' -- gate"),
        ("admin@gate:2222", "-W '[10.0.0.1]:22' -l admin -p 2222 -- gate"),
        ("[2001:db8::1]:2222", "-W '[10.0.0.1]:22' -p 2222 -- 2001:db8::1"),
        ("ssh://admin@gate:2222", "-W '[10.0.0.1]:22' -p 2222 -l admin -- gate"),
    ],
)
def test_a_jump_host(tmp_path: Path, jump: str, words: str) -> None:
    route = resolved(tmp_path, f"Host 10.0.0.1\n  ProxyJump {jump}\n")
    start = SSH.format(config=tmp_path / "ssh_config")
    assert sorted(route.proxy.split()) == sorted(f"{start} {words}".split())


def test_jump_hosts_in_a_row(tmp_path: Path) -> None:
    """Each ssh expands the tokens of the command that it starts: those within are doubled."""
    proxy = resolved(tmp_path, "Host 10.0.0.1\n  ProxyJump a,b,c\n").proxy
    assert proxy.endswith("-W '[10.0.0.1]:22' -- c")
    assert [proxy.count(tokens) for tokens in ("[%h]:%p", "[%%h]:%%p")] == [1, 1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Host dhcp1\n  Port\n", "line 2"),
        ("Nonsense yes\n", "Bad configuration option: nonsense"),
        ("Host dhcp1\n  IdentityFile /x/%Z\n", "the unknown token '%Z'"),
    ],
)
def test_a_configuration_that_cannot_be_used(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        resolved(tmp_path, text)


def test_without_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match="ssh is missing on this machine"):
        resolved(tmp_path, "")


ENTRY = """
Match originalhost dhcp1
  HostName 192.0.2.7
  User admin
  HostKeyAlias alias
  UserKnownHostsFile {folder}/known
  ProxyCommand way %h | tee log
"""
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKCDiuMtdftemyJudNm5N7Iz69A8FKYLfrJuHEjbgk3Y"


def test_pyinfra_reaches_the_same_host(tmp_path: Path) -> None:
    """It reads the one entry that is written for it, and nothing of what it does not know."""
    (tmp_path / "known").write_text(f"al* {KEY}\n")
    (tmp_path / "ssh_config").write_text(ENTRY.format(folder=tmp_path))
    given = {"ssh_config_file": str(tmp_path / "ssh_config"), "ssh_port": 2222, "_sudo": True}
    data = flat.connection_data("dhcp1", "10.0.0.1", given)
    assert (data["ssh_hostname"], data["ssh_port"], data["_sudo"]) == ("192.0.2.7", 2222, True)
    assert Path(data["ssh_known_hosts_file"]).read_text() == f"[192.0.2.7]:2222 {KEY}\n"
    script = (
        "import sys; from pyinfra.connectors.sshuserclient.client import get_ssh_config as read; "
        "import json; print(json.dumps(dict(read(sys.argv[1]).lookup('192.0.2.7'))))"
    )
    read = subprocess.run(
        [sys.executable, "-c", script, data["ssh_config_file"]],
        capture_output=True,
        text=True,
        check=True,
    )
    settings = json.loads(read.stdout)
    assert (settings["hostname"], settings["user"]) == ("192.0.2.7", "admin")
    assert settings["proxycommand"] == "/bin/sh -c 'exec way 192.0.2.7 | tee log'"


@pytest.mark.parametrize(
    ("known", "given", "lines", "strict"),
    [
        ("10.0.0.1 {key}", {}, "10.0.0.1 {key}\n", None),
        ("dhcp1 {key}", {}, "10.0.0.1 {key}\n", None),
        ("other {key}", {}, None, None),
        ("@revoked * {key}", {}, "", "yes"),
        ("10.0.0.1 {key}\n@revoked * {key}", {}, "", "yes"),
        ("@revoked * {key}", {"ssh_strict_host_key_checking": "no"}, "", "no"),
    ],
)
def test_the_keys_that_pyinfra_trusts(
    tmp_path: Path, known: str, given: dict[str, str], lines: str | None, strict: str | None
) -> None:
    """It would add the key of a host that it does not know to the user's own file."""
    (tmp_path / "known").write_text(known.format(key=KEY) + "\n")
    config = tmp_path / "ssh_config"
    config.write_text(f"Host *\n  UserKnownHostsFile {tmp_path}/known\n")
    given = {**given, "ssh_config_file": str(config)}
    data = flat.connection_data("dhcp1", "10.0.0.1", given)
    assert data.get("ssh_strict_host_key_checking") == strict
    file = data.get("ssh_known_hosts_file")
    trusted = None if file is None else Path(file).read_text()
    assert trusted == (None if lines is None else lines.format(key=KEY))


def test_the_users_own_connection_data_come_first(tmp_path: Path) -> None:
    (tmp_path / "ssh_config").write_text("Host 192.0.2.9\n  User byaddress\n")
    given = {
        "ssh_config_file": str(tmp_path / "ssh_config"),
        "ssh_hostname": "192.0.2.9",
        "ssh_known_hosts_file": "/mine",
    }
    data = flat.connection_data("dhcp1", "10.0.0.1", given)
    assert (data["ssh_hostname"], data["ssh_known_hosts_file"]) == ("192.0.2.9", "/mine")
    assert "  User byaddress\n" in Path(data["ssh_config_file"]).read_text()


def test_an_inventory_whose_ssh_configuration_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ssh_config").write_text("Nonsense yes\n")
    site = tmp_path / "site.yaml"
    site.write_text(SITE.format(site="a", first="dhcp1", second="dhcp2"))
    with pytest.raises(SystemExit) as ended:
        inventory.load(site, {"ssh_config_file": str(tmp_path / "ssh_config")})
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("error: the ssh configuration for dhcp1 cannot be")


def test_debug_inventory(tmp_path: Path) -> None:
    """With pyinfra, a host's data become JSON: the site and the server too."""
    site = tmp_path / "site.yaml"
    site.write_text(SITE.format(site="a", first="dhcp1", second="dhcp2"))
    (tmp_path / "inventory.py").write_text(
        "from keaprov import inventory\nservers = inventory.load('site.yaml').servers\n"
    )
    shown = subprocess.run(
        [sys.executable, "-m", "pyinfra", "inventory.py", "debug-inventory"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    assert '"address": "10.0.0.2"' in shown.stderr
    assert '"file": "site.yaml"' in shown.stderr
