"""What a deploy issues for a site: decided once, signed for each host, whole with the last one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from keaprov import issuing, load_site, render
from keaprov.certificates.reading import certificates, names, now, trusts, wrong
from keaprov.errors import CertificateError, SecretError
from keaprov.model import Site
from keaprov.model.names import TLS
from keaprov.render import dhcp4_body
from keaprov.wanted import Earlier, wanted_of
from tests.certificates import AT, DAY, pki, request
from tests.deploying import LAB


def load(folder: Path, tls: str) -> Site:
    text = (LAB / "site.yaml").read_text()
    (folder / "site.yaml").write_text(text.replace("\nntp:", f"\ntls: {tls}\nntp:"))
    return load_site(folder / "site.yaml")


def csr() -> str:
    return request(ec.generate_private_key(ec.SECP256R1()))


GENERATE = "{generate: true, passphrase: {env: PASSPHRASE}}"


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSPHRASE", "of the tests")


def test_an_issue_is_whole_with_the_last_servers_certificate(tmp_path: Path) -> None:
    site = issuing.for_deploy(load(tmp_path, GENERATE), AT)
    assert site.tls
    assert (site.tls.issue, site.tls.reason) == ("20260501", "no certificates were issued yet")
    made = {}
    for server in site.servers:
        assert load(tmp_path, GENERATE).tls != site.tls
        assert issuing.expected(site, server)[1] == ""
        made[server.name] = issuing.sign(site, server, csr(), AT)
        issuing.keep(site, server, *made[server.name], AT)
        assert issuing.expected(site, server) == made[server.name]
    whole = load(tmp_path, GENERATE)
    assert issuing.for_deploy(whole, AT) is whole
    assert whole.tls
    assert (whole.tls.issue, dict(whole.tls.certs)) == (
        site.tls.issue,
        {name: cert for name, (_, cert) in made.items()},
    )
    renewed = issuing.for_deploy(whole, AT + 70 * DAY)
    assert renewed.tls
    assert renewed.tls.issue == "20260710"
    assert render.revision(renewed) != render.revision(whole)  # so it is a change like any other


def test_a_certificate_is_for_an_ipv6_address(tmp_path: Path) -> None:
    site = issuing.for_deploy(load(tmp_path, GENERATE), AT)
    primary = replace(site.servers[0], address="2001:db8::67")
    trust, cert = issuing.sign(site, primary, csr(), AT)
    (leaf,) = certificates(cert)
    assert names(leaf) == {primary.name, "2001:db8::67"}
    assert not [*wrong(trust, cert, None, (primary.name, "2001:db8::67"), AT)]


def test_a_host_that_lost_its_key_gets_another_certificate_of_the_same_issue(
    tmp_path: Path,
) -> None:
    site = issuing.for_deploy(load(tmp_path, GENERATE), AT)
    for server in site.servers:
        issuing.keep(site, server, *issuing.sign(site, server, csr(), AT), AT)
    whole = load(tmp_path, GENERATE)
    server = whole.servers[1]
    trust, cert = issuing.sign(whole, server, csr(), AT)
    issuing.keep(whole, server, trust, cert, AT)
    again = load(tmp_path, GENERATE)
    assert again.tls and whole.tls
    assert again.tls.issue == whole.tls.issue
    assert again.tls.certs["dhcp2"] == cert != whole.tls.certs["dhcp2"]
    assert trusts(trust, again.tls.certs["dhcp1"], AT)


def test_the_files_are_the_same_on_both_servers(tmp_path: Path) -> None:
    site = load(tmp_path, GENERATE)
    texts = [render.dhcp4(site, server) for server in site.servers]
    assert (
        texts[0].replace('"this-server-name": "dhcp1"', '"this-server-name": "dhcp2"') == texts[1]
    )
    for words in ('"url": "https://10.60.1.67:8005/"', '"require-client-certs": true'):
        assert words in texts[0]
    agent = render.agent(site, site.servers[0])
    assert '"cert-required": false' in agent
    assert '/key.pem"' in agent
    without = load(tmp_path, "{generate: true, api: false}")
    assert "cert" not in render.agent(without, without.servers[0])
    assert wanted_of(site, site.servers[0]).cert_file.endswith("/cert.pem")


def test_kea_dhcp4s_own_api_speaks_https(tmp_path: Path) -> None:
    load(tmp_path, GENERATE)
    path = tmp_path / "site.yaml"
    path.write_text(path.read_text().replace("control-agent:", "api:"))
    site = load_site(path)
    assert site.tls
    (server, _) = site.servers
    _, api = dhcp4_body.own(site, server)["control-sockets"]
    assert api["socket-type"] == "https"
    assert api["cert-required"] is False
    assert {key: api[key] for key in TLS} == site.tls.files
    path.write_text(path.read_text().replace("true, pass", "true, api: false, pass"))
    _, api = dhcp4_body.own(load_site(path), server)["control-sockets"]
    assert api["socket-type"] == "http"
    assert "cert-file" not in api


def earlier(text: str) -> Earlier:
    return Earlier("r1", text, json.loads(text)["Dhcp4"])


def test_an_earlier_revision_has_its_own_certificate(tmp_path: Path) -> None:
    site = load(tmp_path, GENERATE)
    plain = load_site(LAB / "site.yaml")
    server = site.servers[0]
    text = render.dhcp4(plain, plain.servers[0])
    assert wanted_of(site, server, earlier(text)).cert_file == ""
    text = render.dhcp4(site, server)
    wanted = wanted_of(plain, plain.servers[0], earlier(text))
    assert wanted.cert_file == wanted_of(site, server).cert_file
    assert wanted.ha_port == 8005


def test_a_pki_of_the_sites_own(tmp_path: Path) -> None:
    entries = []
    for name, address in (("dhcp1", "10.60.1.67"), ("dhcp2", "10.60.1.68")):
        own = pki(name, address, at=now())
        for part in ("ca", "cert", "key"):
            (tmp_path / f"{name}.{part}").write_text(getattr(own, part))
        files = f"ca: {name}.ca, cert: {name}.cert, private-key: {{file: {name}.key}}"
        entries.append(f"{name}: {{{files}}}")
    text = f"{{servers: {{{', '.join(entries)}}}}}"
    site = load(tmp_path, text)
    assert issuing.for_deploy(site) is site
    assert site.tls
    assert site.tls.issue.startswith("own-")
    assert certificates(issuing.expected(site, site.servers[0])[1])
    first = site.tls.issue
    other = pki("dhcp2", "10.60.1.68", at=now())
    for part in ("ca", "cert", "key"):
        (tmp_path / f"dhcp2.{part}").write_text(getattr(other, part))
    again = load(tmp_path, text)
    assert again.tls
    assert again.tls.issue != first
    with pytest.raises(CertificateError, match="no authority of its own"):
        issuing.begin_change(site, AT)


def test_a_passphrase_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = issuing.for_deploy(load(tmp_path, GENERATE), AT)
    monkeypatch.delenv("PASSPHRASE")
    with pytest.raises(SecretError, match=r"tls\.passphrase: the environment variable PASSPHRASE"):
        issuing.sign(site, site.servers[0], csr(), AT)
    assert not (tmp_path / "authority").exists()
    assert replace(site, tls=None).failover_files == {}
