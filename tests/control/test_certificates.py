"""Certificates of hosts and users, against a real sshd in a workshop; no host of the lab."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from keaprov.control import Shell, flat
from keaprov.errors import Refused, Unreachable
from tests.lab.shell import run
from tests.lab.workshop import Workshop, workshop

pytestmark = pytest.mark.lab

SSHD = """
HostKey /etc/keys/host
HostCertificate /etc/keys/host-cert.pub
TrustedUserCAKeys /etc/keys/authority.pub
AuthorizedKeysFile none
UsePAM no
StrictModes no
"""


@pytest.fixture(scope="module")
def opened() -> Iterator[Workshop]:
    with workshop() as place:
        keys = place.root / "etc/keys"
        keys.mkdir()
        for name in ("authority", "host", "user"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", keys / name)
        sign = ["ssh-keygen", "-q", "-s", str(keys / "authority")]
        run(*sign, "-I", "host", "-h", "-n", "web.example", keys / "host.pub")
        (keys / "other.pub").write_text((keys / "user.pub").read_text())
        run(*sign, "-I", "user", "-n", "root", keys / "other.pub")
        (keys / "sshd_config").write_text(SSHD)
        (place.root / "run/sshd").mkdir(exist_ok=True)
        yield place


def config(opened: Workshop, folder: Path, known: str, more: str = "") -> Path:
    """Write an ssh_config: sshd is at the other end of a ProxyCommand."""
    keys = opened.root / "etc/keys"
    mark, _, key = known.rpartition(" ")
    public = " ".join((keys / f"{key}.pub").read_text().split()[:2]) if key else ""
    (folder / "known").write_text(f"{mark} {public}\n" if key else "")
    sshd = shlex.join(opened.inside("/usr/sbin/sshd", "-i", "-f", "/etc/keys/sshd_config"))
    path = folder / "ssh_config"
    path.write_text(
        f"Host web\n  HostName 192.0.2.1\n  User root\n  IdentityFile {keys}/user\n"
        f"  UserKnownHostsFile {folder}/known\n  GlobalKnownHostsFile none\n  IdentityAgent none\n"
        f"  ProxyCommand {sshd} 2>{folder}/log\n{more}"
    )
    return path


def certified(opened: Workshop) -> str:
    return f"  HostKeyAlias web.example\n  CertificateFile {opened.root}/etc/keys/other-cert.pub\n"


def test_an_authority_for_the_host_and_one_for_the_user(opened: Workshop, tmp_path: Path) -> None:
    path = config(opened, tmp_path, "@cert-authority *.example authority", certified(opened))
    with Shell("web", "192.0.2.1", path) as shell:
        assert shell.run("echo well") == "well\n"


def test_pyinfra_gets_the_key_that_the_certificate_is_for(opened: Workshop, tmp_path: Path) -> None:
    path = config(opened, tmp_path, "@cert-authority *.example authority", certified(opened))
    data = flat.connection_data("web", "", {"ssh_config_file": str(path)})
    key = " ".join((opened.root / "etc/keys/host.pub").read_text().split()[:2])
    assert Path(data["ssh_known_hosts_file"]).read_text() == f"192.0.2.1 {key}\n"


def test_an_authority_for_another_name_proves_nothing(opened: Workshop, tmp_path: Path) -> None:
    path = config(opened, tmp_path, "@cert-authority * authority", "  HostKeyAlias mail.example\n")
    with (
        Shell("web", "192.0.2.1", path) as shell,
        pytest.raises(Refused, match=r"web: its host certificate is for web\.example"),
    ):
        shell.run("true")
    data = flat.connection_data("web", "", {"ssh_config_file": str(path)})
    assert Path(data["ssh_known_hosts_file"]).read_text() == ""
    assert data["ssh_strict_host_key_checking"] == "yes"


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ("web.example user", "its host key has changed"),
        ("", "its host key is not known here"),
        ("@revoked * host", "its host key is revoked"),
    ],
)
def test_a_key_that_is_not_trusted(
    opened: Workshop, tmp_path: Path, known: str, words: str
) -> None:
    path = config(opened, tmp_path, known, certified(opened))
    with Shell("web", "192.0.2.1", path) as shell, pytest.raises(Refused, match=words):
        shell.run("true")


def test_a_user_without_a_certificate(opened: Workshop, tmp_path: Path) -> None:
    path = config(opened, tmp_path, "web.example host", "  HostKeyAlias web.example\n")
    with (
        Shell("web", "192.0.2.1", path) as shell,
        pytest.raises(Refused, match="web: authentication failed"),
    ):
        shell.run("true")


def test_the_last_words_of_a_proxy(tmp_path: Path) -> None:
    path = tmp_path / "ssh_config"
    path.write_text("Host web\n  ProxyCommand echo no way to %h >&2; exit 1\n")
    with (
        Shell("web", "192.0.2.1", path) as shell,
        pytest.raises(Unreachable, match=r"web: no way to 192\.0\.2\.1"),
    ):
        shell.run("true")
