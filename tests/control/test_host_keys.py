"""Whether a host is the one that its name says: rules, without a host."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, ssh

from keaprov.control import host_keys
from keaprov.control.host_keys import Known, why_not
from keaprov.control.ssh_config import Route
from keaprov.errors import Refused

NOW = 1_700_000_000


def wire(key: Ed25519PrivateKey) -> bytes:
    line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return base64.b64decode(line.split()[1])


def text(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


AUTHORITY, HOST, OTHER = (Ed25519PrivateKey.generate() for _ in range(3))


def certificate(
    names: tuple[str, ...] = ("web.example",),
    kind: ssh.SSHCertificateType = ssh.SSHCertificateType.HOST,
    signer: Ed25519PrivateKey = AUTHORITY,
    critical: bool = False,
) -> bytes:
    builder = (
        ssh.SSHCertificateBuilder()
        .public_key(HOST.public_key())
        .type(kind)
        .valid_after(NOW - 60)
        .valid_before(NOW + 60)
        .key_id(b"host")
    )
    builder = (
        builder.valid_principals([name.encode() for name in names])
        if names
        else builder.valid_for_all_principals()  # type: ignore[no-untyped-call]
    )
    if critical:
        builder = builder.add_critical_option(b"force-command", b"x")
    return base64.b64decode(builder.sign(signer).public_bytes().split()[1])


TRUSTED = Known(("10.0.0.1", "web.example"), authorities=frozenset([wire(AUTHORITY)]))


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (Known(keys=frozenset([wire(OTHER), wire(HOST)])), None),
        (Known(keys=frozenset([wire(OTHER)])), "its host key has changed"),
        (Known(), "its host key is not known here"),
        (TRUSTED, "its host key is not known here"),
        (
            Known(keys=frozenset([wire(HOST)]), revoked=frozenset([wire(HOST)])),
            "its host key is revoked",
        ),
    ],
)
def test_keys(known: Known, words: str | None) -> None:
    reason = why_not(known, wire(HOST), NOW)
    assert reason is None if words is None else reason is not None and reason.startswith(words)


def revoking(key: Ed25519PrivateKey) -> Known:
    return Known(TRUSTED.names, authorities=TRUSTED.authorities, revoked=frozenset([wire(key)]))


@pytest.mark.parametrize(
    ("known", "shown", "now", "words"),
    [
        (TRUSTED, certificate(), NOW, None),
        (TRUSTED, certificate(("*.example",)), NOW, None),
        (TRUSTED, certificate(("mail.example",)), NOW, "is for mail.example"),
        (TRUSTED, certificate(()), NOW, "is for no name"),
        (TRUSTED, certificate(), NOW - 61, "is not valid now"),
        (TRUSTED, certificate(), NOW + 60, "is not valid now"),
        (TRUSTED, certificate(kind=ssh.SSHCertificateType.USER), NOW, "is not for a host"),
        (TRUSTED, certificate(critical=True), NOW, "is not for a host, or not for this use"),
        (TRUSTED, certificate(signer=OTHER), NOW, "by an authority that is not known"),
        (TRUSTED, certificate()[:-1] + b"?", NOW, "its signature is wrong"),
        (TRUSTED, certificate()[:90], NOW, "cannot be read"),
        (revoking(AUTHORITY), certificate(), NOW, "is revoked"),
        (revoking(HOST), certificate(), NOW, "is revoked"),
    ],
)
def test_certificates(known: Known, shown: bytes, now: int, words: str | None) -> None:
    reason = why_not(known, shown, now)
    assert reason is None if words is None else reason is not None and words in reason


def test_what_known_hosts_has(tmp_path: Path) -> None:
    """Patterns, other ports, marks, and the names of a server."""
    file = tmp_path / "known"
    file.write_text(
        f"@cert-authority *.example {text(AUTHORITY)} of the site\n"
        f"[10.0.0.1]:2222,10.0.9.* {text(HOST)}\n@revoked * {text(OTHER)}\n"
    )

    def known(host: str, port: int = 22, alias: str = "", *also: str) -> Known:
        return host_keys.known(Route(host, host, port, alias=alias, known_hosts=(file,)), also)

    assert known("10.0.0.1").keys == frozenset()
    assert known("10.0.0.1").revoked == {wire(OTHER)}
    assert known("10.0.0.1", 2222).keys == {wire(HOST)}
    assert known("10.0.9.1", 2222).keys == {wire(HOST)}, "by the address alone, as ssh does"
    assert known("10.0.0.1", 2222, "web.example").keys == frozenset(), "an alias has no port"
    assert known("10.0.0.1", 2222, "web.example").authorities == {wire(AUTHORITY)}
    by_name = known("10.0.0.1", 22, "", "web.example")
    assert (by_name.names, by_name.authorities) == (TRUSTED.names, TRUSTED.authorities)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (f"# {text(OTHER)}\n\n{text(HOST)} comment\n", "its host key is revoked"),
        (text(OTHER), None),
        ("SSHKRL\n\0", "cannot be read: keaprov knows a list of keys, no KRL"),
        (None, "cannot be read"),
    ],
)
def test_revoked_host_keys(tmp_path: Path, content: str | None, why: str | None) -> None:
    (tmp_path / "known").write_text(f"10.0.0.1 {text(HOST)}\n")
    if content is not None:
        (tmp_path / "revoked").write_text(content)
    route = Route("a", "10.0.0.1", known_hosts=(tmp_path / "known",), revoked=tmp_path / "revoked")
    try:
        reason = why_not(host_keys.known(route), wire(HOST), NOW)
    except Refused as error:
        reason = str(error)
    assert reason is None if why is None else reason is not None and why in reason


def test_hashed_names(tmp_path: Path) -> None:
    file = tmp_path / "known"
    hashed = "|1|B+DLYc0C4tW09AzwqNhBrYEWHw4=|q9K8XGO/13OxDXuWKl6Jpf3ATZ8="
    file.write_text(f"{hashed} {text(HOST)}\n")
    route = Route("dhcp1", "127.0.0.1", 2201, known_hosts=(file,))
    assert host_keys.known(route).keys == {wire(HOST)}


@pytest.mark.parametrize("line", ["10.0.0.1 ssh-ed25519 AAA", "10.0.0.1 ssh-ed25519"])
def test_a_line_that_cannot_be_read(line: str) -> None:
    with pytest.raises(Refused, match=r"known_hosts has a line that cannot be read: 10\.0\.0\.1"):
        host_keys.parse([line], ("10.0.0.1",))


def test_a_host_is_asked_for_what_is_known() -> None:
    """With an RSA key in known_hosts and Ed25519 on the host, the host shows the RSA key."""
    rsa = b"\0\0\0\7ssh-rsa"
    assert Known(keys=frozenset([rsa])).algorithms()[:2] == ("rsa-sha2-512", "rsa-sha2-256")
    assert TRUSTED.algorithms()[0] == "ssh-ed25519-cert-v01@openssh.com"
    assert Known().algorithms()[0] == "ssh-ed25519"
    assert not any("cert" in name for name in Known().algorithms())


def test_the_first_contact_names_the_command_that_shows_the_key(tmp_path: Path) -> None:
    """ssh-keygen prints the same fingerprint of the same key."""
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True
    )
    shown = base64.b64decode((tmp_path / "key.pub").read_text().split()[1])
    words = why_not(Known(), shown, 0.0)
    assert words
    assert "`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`" in words
    listed = subprocess.run(
        ["ssh-keygen", "-lf", str(tmp_path / "key.pub")], check=True, capture_output=True, text=True
    )
    assert listed.stdout.split()[1] in words
