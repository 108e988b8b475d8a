"""When a deploy issues certificates, and the three steps in which an authority changes."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from keaprov.certificates.authority import Authority, signed
from keaprov.certificates.reading import certificates, trusts
from keaprov.certificates.renewal import Issue, Issued, due, following
from keaprov.certificates.store import Store
from keaprov.errors import CertificateError
from tests.certificates import AT, DAY, authority, pki, request

SERVERS = {"dhcp1": ("dhcp1", "10.60.1.67"), "dhcp2": ("dhcp2", "10.60.1.68")}


def good() -> Issued:
    signer = authority()
    certs = {name: pki(*wanted, signer=signer).cert for name, wanted in SERVERS.items()}
    return Issued("20260501", signer.cert, certs, signer.cert)


@pytest.mark.parametrize(("days", "reason"), [(0, ""), (59, ""), (61, "ends on 2026-07-30")])
def test_a_certificate_is_renewed_in_its_last_third(days: int, reason: str) -> None:
    issue = due(good(), SERVERS, AT + days * DAY)
    assert (issue.reason if issue else "") == (reason and f"the certificate of dhcp1 {reason}")


def test_a_server_with_another_address_gets_another_certificate() -> None:
    issue = due(good(), {**SERVERS, "dhcp2": ("dhcp2", "10.60.1.99")}, AT)
    assert issue
    assert issue.reason == "the certificate of dhcp2 is not for 10.60.1.99"


def test_names_of_issues() -> None:
    assert following("", AT) == "20260501"
    assert following("20260430", AT) == "20260501"
    assert following("20260501", AT) == "20260501-2"
    assert following("20260501-9", AT) == "20260501-10"


def make(store: Store, issue: Issue, passphrase: str = "") -> dict[str, str]:
    """Issue as a deploy does; return the servers' certificates."""
    new = issue.by_successor or issue.promote
    signer: Authority = store.successor() if new else store.authority("labo", passphrase, AT)
    trust, made = issue.trust or signer.cert, {}
    for name, wanted in SERVERS.items():
        csr = request(ec.generate_private_key(ec.SECP256R1()))
        made[name] = signed(signer, passphrase, csr, wanted, AT, 90)
        store.keep(issue, name, trust, made[name])
    return made


def test_every_step_of_a_change_is_trusted_by_the_step_before_and_after(tmp_path: Path) -> None:
    store, steps = Store(tmp_path / "authority"), []
    first = due(store.issued(SERVERS), SERVERS, AT)
    assert first
    make(store, first)
    store.complete(first)
    assert due(store.issued(SERVERS), SERVERS, AT) is None
    steps.append(store.issued(SERVERS))
    store.begin_change("labo", "", AT)
    for number in "123":
        issue = due(store.issued(SERVERS), SERVERS, AT)
        assert issue
        assert f"({number} of 3)" in issue.reason
        make(store, issue)
        assert store.issued(SERVERS) == steps[-1] or number == "1"  # not before it is whole
        store.complete(issue)
        steps.append(store.issued(SERVERS))
    assert due(store.issued(SERVERS), SERVERS, AT) is None
    for before, after in pairwise(steps):
        for old, new in ((before, after), (after, before)):
            assert trusts(old.trust, new.certs["dhcp1"], AT)
    assert not trusts(steps[-1].trust, steps[0].certs["dhcp1"], AT)
    assert not trusts(steps[0].trust, steps[-1].certs["dhcp1"], AT)
    assert steps[-1].successor == ""
    assert len(certificates(steps[1].trust)) == 2


def test_the_last_step_can_be_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    first = due(store.issued(SERVERS), SERVERS, AT)
    assert first
    make(store, first)
    store.complete(first)
    store.begin_change("labo", "", AT)
    for _ in range(2):
        issue = due(store.issued(SERVERS), SERVERS, AT)
        assert issue
        make(store, issue)
        store.complete(issue)
    written = Store._write
    for stop in range(1, 4):
        count = 0

        def failing(self: Store, name: str, text: str, mode: int, stop: int = stop) -> None:
            nonlocal count
            count += 1
            if count == stop:
                raise CertificateError("killed")
            written(self, name, text, mode)

        issue = due(store.issued(SERVERS), SERVERS, AT)
        assert issue
        make(store, issue)
        monkeypatch.setattr(Store, "_write", failing)
        with pytest.raises(CertificateError):
            store.complete(issue)
        monkeypatch.setattr(Store, "_write", written)
    issue = due(store.issued(SERVERS), SERVERS, AT)
    assert issue
    make(store, issue)
    store.complete(issue)
    assert due(store.issued(SERVERS), SERVERS, AT) is None


def test_the_key_is_the_owners_alone_and_encrypted(tmp_path: Path) -> None:
    store = Store(tmp_path / "authority")
    made = store.authority("labo", "open sesame", AT)
    key = tmp_path / "authority/authority.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert "ENCRYPTED" in key.read_text()
    assert "PRIVATE" not in repr(made)
    csr = request(ec.generate_private_key(ec.SECP256R1()))
    assert signed(made, "open sesame", csr, SERVERS["dhcp1"], AT, 90)
    with pytest.raises(CertificateError, match="passphrase does not open"):
        signed(made, "wrong", csr, SERVERS["dhcp1"], AT, 90)
    with pytest.raises(CertificateError, match=r"give tls\.passphrase"):
        signed(made, "", csr, SERVERS["dhcp1"], AT, 90)
    with pytest.raises(CertificateError, match="not one"):
        signed(made, "open sesame", "nonsense", SERVERS["dhcp1"], AT, 90)


def test_a_second_change_waits_for_the_first(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(CertificateError, match="the first deploy makes it"):
        store.begin_change("labo", "", AT)
    store.authority("labo", "", AT)
    store.begin_change("labo", "", AT)
    with pytest.raises(CertificateError, match="changes already"):
        store.begin_change("labo", "", AT)


def test_a_directory_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "issue").write_text("../../etc\n")
    with pytest.raises(CertificateError, match="does not name an issue"):
        Store(tmp_path).issued(SERVERS)
    (tmp_path / "file").write_text("x")
    with pytest.raises(CertificateError, match="Not a directory"):
        Store(tmp_path / "file").issued(SERVERS)
