"""A host makes its key, which stays there, and places what was signed; old issues go."""

from __future__ import annotations

import grp
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509

from keaprov.certificates.authority import signed
from keaprov.certificates.reading import wrong
from tests.certificates import AT, authority, pki
from tests.host.loading import Host

NAMES = ("dhcp1", "10.60.1.67")


@pytest.fixture(autouse=True)
def kea_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have this test's own group be kea's, and its user be root."""
    monkeypatch.setattr(grp, "getgrnam", lambda name: SimpleNamespace(gr_gid=os.getgid()))
    chown, fchown = os.chown, os.fchown
    monkeypatch.setattr(os, "chown", lambda path, uid, gid, **how: chown(path, -1, gid, **how))
    monkeypatch.setattr(os, "fchown", lambda handle, uid, gid: fchown(handle, -1, gid))


def requested(host: Host, issue: str = "20260501") -> str:
    given: dict[str, Any] = {
        "directory": str(host.root / "tls"), "issue": issue, "name": "dhcp1", "key": "key.pem",
    }  # fmt: skip
    report: dict[str, str] = host.module("request_certificate").main(given)
    assert set(report) == {"request"}
    return report["request"]


def put(
    host: Host, trust: str, cert: str, issue: str = "20260501", *, new: bool = True
) -> list[str]:
    files = [{"name": "trust.pem", "content": trust}, {"name": "cert.pem", "content": cert}]
    given: dict[str, Any] = {
        "directory": str(host.root / "tls"), "issue": issue, "files": files, "new": new,
        "kept_by": [f"{host.root}/*.conf", f"{host.root}/bkp/.*"],
    }  # fmt: skip
    removed: list[str] = host.module("place_certificates").main(given)["removed"]
    return removed


def test_a_key_is_made_here_and_its_certificate_fits(host: Host) -> None:
    signer, request = authority(), requested(host)
    key = host.root / "tls/20260501/key.pem"
    assert key.stat().st_mode & 0o777 == 0o640
    assert key.parent.stat().st_mode & 0o777 == 0o750
    assert "PRIVATE" not in request
    assert x509.load_pem_x509_csr(request.encode()).is_signature_valid
    cert = signed(signer, "", request, NAMES, AT, 90)
    assert list(wrong(signer.cert, cert, key.read_text(), NAMES, AT)) == []
    put(host, signer.cert, cert)
    assert key.with_name("cert.pem").read_text() == cert


def test_an_interrupted_run_goes_on_with_the_same_key(host: Host) -> None:
    requested(host)
    key = (host.root / "tls/20260501/key.pem").read_text()
    requested(host)
    assert (host.root / "tls/20260501/key.pem").read_text() == key
    requested(host, "20260502")
    assert (host.root / "tls/20260502/key.pem").read_text() != key


def test_issues_that_no_configuration_names_are_removed(host: Host) -> None:
    own = pki()
    for issue in ("20260501", "20260502", "20260503", "20260503-2"):
        requested(host, issue)
    tls = host.root / "tls"
    (host.root / "kea-dhcp4.conf").write_text(f'"cert-file": "{tls}/20260503/cert.pem"')
    (host.root / "bkp").mkdir()
    (host.root / "bkp/.kea-dhcp4.conf.proven").write_text(f'"{tls}/20260501/cert.pem"')
    assert put(host, own.ca, own.cert, "20260504") == ["20260502", "20260503-2"]
    assert sorted(path.name for path in tls.iterdir()) == ["20260501", "20260503", "20260504"]


def test_another_authority_does_not_replace_one_that_may_be_in_use(host: Host) -> None:
    first, second = pki(), pki()
    put(host, first.ca, first.cert)
    with pytest.raises(SystemExit, match="another authority"):
        put(host, second.ca, second.cert)
    assert (host.root / "tls/20260501/trust.pem").read_text() == first.ca
    put(host, first.ca, first.cert)
    put(host, second.ca, second.cert, new=False)  # it is known whose it is: it is repaired
    assert (host.root / "tls/20260501/trust.pem").read_text() == second.ca


def test_a_missing_program_is_named(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(host.module("shell").ENVIRONMENT, "PATH", "/none")
    with pytest.raises(SystemExit, match="install the package openssl"):
        requested(host)


def test_what_is_observed(host: Host) -> None:
    look = host.module("look_certificates")
    names = {"trust": "trust.pem", "cert": "cert.pem", "key": "key.pem"}
    assert look.certificates({"directory": str(host.root / "none"), **names}) == {}
    own = pki()
    requested(host)
    put(host, own.ca, own.cert)
    report = look.certificates({"directory": str(host.root / "tls"), **names})["20260501"]
    assert (report["trust"], report["cert"]) == (own.ca, own.cert)
    key = Path(host.root / "tls/20260501/key.pem")
    assert report["key"] is (os.getuid() == 0)
    key.chmod(0o644)
    assert look.guarded(str(key)) is False
