"""TLS on a running pair: turned on, renewed, its authority changed, turned off."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from keaprov.certificates.authority import Authority, signed
from keaprov.certificates.reading import now
from keaprov.certificates.store import Store
from tests.certificates import authority, chain, pki
from tests.deploy.test_interrupted import killed_at
from tests.deploying import HOSTS, Work, ask, await_pair, ha_state, on, pid, sh
from tests.faults import asking
from tests.lab import lab
from tests.lab.capture import capturing
from tests.lab.shell import until
from tests.lab.watching import watching

pytestmark = pytest.mark.lab

TLS = "tls: {generate: true, passphrase: {env: PASSPHRASE}}\n"
PASSPHRASE = {"PASSPHRASE": "of the tests"}
OWN = """\
tls:
  servers:
    dhcp1: {ca: ca.pem, cert: dhcp1.pem, private-key: {file: dhcp1.key}}
    dhcp2: {ca: ca.pem, cert: dhcp2.pem, private-key: {env: DHCP2_KEY}}
"""
ADDRESSES = {"dhcp1": "10.60.1.67", "dhcp2": "10.60.1.68"}


@pytest.fixture(scope="module")
def tls_work(_deployed_once: None, tmp_path_factory: pytest.TempPathFactory) -> Work:
    """The pair without TLS, and a site file that each test changes further."""
    lab.restore("deployed")
    await_pair()
    return Work(tmp_path_factory.mktemp("tls"))


@dataclass(frozen=True)
class OwnPki:
    """The site's own PKI: a root, and the authority below it that signs the servers."""

    root: str
    signer: Authority

    def written(self, work: Work) -> dict[str, str]:
        """Write the files of `OWN`, with new keys; return what the environment has of them."""
        (work.folder / "ca.pem").write_text(self.root)
        servers = {host: pki(host, ADDRESSES[host], at=now(), signer=self.signer) for host in HOSTS}
        for host, files in servers.items():
            (work.folder / f"{host}.pem").write_text(files.cert + files.ca)
        (work.folder / "dhcp1.key").write_text(servers["dhcp1"].key)
        return {"DHCP2_KEY": servers["dhcp2"].key}


@pytest.fixture(scope="module")
def own_pki() -> OwnPki:
    return OwnPki(*chain(now()))


def issue(host: str) -> str:
    """Return the name of the issue that the HA hook of a server runs, "" without TLS."""
    hooks = ask(host, "config-get")["Dhcp4"]["hooks-libraries"]
    (ha,) = [hook for hook in hooks if hook["library"].endswith("libdhcp_ha.so")]
    cert = str(ha["parameters"]["high-availability"][0].get("cert-file", ""))
    return Path(cert).parent.name


def subject(host: str) -> str:
    """Return the issuer and the serial number of the certificate that a server shows its peer."""
    files = f"/etc/kea/tls/{issue(host)}"
    client = f"openssl s_client -connect {ADDRESSES[host]}:8005 "
    client += f"-cert {files}/cert.pem -key {files}/key.pem"
    return sh(host, f"{client} </dev/null 2>/dev/null | openssl x509 -noout -issuer -serial")


@contextmanager
def served(most: float) -> Iterator[None]:
    """Hold that clients are served through a roll-out, and the pair is whole at its end.

    `most` is the longest silence of a client, in seconds.
    """
    with asking(most=most), watching() as watched:
        yield
    await_pair(20)
    assert watched.unserved() < most
    assert not {sample.state for sample in watched.samples} & {"terminated"}


class TestARunningPair:
    """One pair through every change, in this order."""

    @pytest.mark.fault(
        "TLS is turned on on a running pair", "the turns follow each other without a gate between"
    )
    def test_on(self, tls_work: Work) -> None:
        tls_work.site(("\nntp:", f"\n{TLS}\nntp:"))
        with capturing() as captured, served(12):
            output = tls_work.deploy(env=PASSPHRASE)
        assert captured.clear, "without TLS the capture reads heartbeats, so its silence counts"
        assert "no certificates were issued yet" in output
        assert issue("dhcp1") == issue("dhcp2") != ""
        for host in HOSTS:
            files = f"/etc/kea/tls/{issue(host)}"
            assert on(host, "stat", "-c", "%U %G %a", f"{files}/key.pem") == "root kea 640\n"
        tls_work.no_change(env=PASSPHRASE)

    def test_no_clear_text_is_on_the_wire(self, tls_work: Work) -> None:
        tls_work.site(("valid-lifetime: 28800", "valid-lifetime: 28700"))
        secret = on("dhcp1", "cat", "/etc/kea/kea-api-password").split()[0]
        basic = b64encode(f"admin:{secret}".encode()).decode()
        with capturing(secret, basic) as captured:
            tls_work.deploy(env=PASSPHRASE)
            api(tls_work)
            drill(tls_work)
        assert (captured.clear, captured.lost) == ([], 0)
        assert captured.packets > 200
        assert captured.tls > 0.5 * captured.packets

    @pytest.mark.fault("a certificate is renewed", "a rolling restart with a hand-over")
    def test_renewed(self, tls_work: Work) -> None:
        before = {host: (issue(host), subject(host)) for host in HOSTS}
        tls_work.site(("{generate: true, pass", "{generate: true, days: 1, pass"))
        forget_last_issue(tls_work)
        with served(5):
            output = tls_work.deploy(env=PASSPHRASE)
        assert "is missing" in output
        assert "it answers clients while dhcp1 restarts" in output
        for host in HOSTS:
            assert issue(host) != before[host][0]
            assert subject(host) != before[host][1]

    @pytest.mark.fault("the authority changes", "in three deploys; the servers hear each other")
    def test_another_authority(self, tls_work: Work) -> None:
        verb(tls_work, "authority", "--change")
        for step in "123":
            with served(5):
                output = tls_work.deploy(env=PASSPHRASE)
            assert f"the authority changes ({step} of 3)" in output
            assert "it answers clients while dhcp1 restarts" in output

    @pytest.mark.fault(
        "one server trusts another authority: split brain",
        "named by status; the deploy places the right one",
    )
    def test_a_wrong_authority(self, tls_work: Work) -> None:
        trust = f"/etc/kea/tls/{issue('dhcp2')}/trust.pem"
        other = authority(now()).cert
        assert lab.execute("dhcp2", "sh", "-c", f"cat >{trust}", stdin=other).returncode == 0
        sh("dhcp2", "systemctl restart kea-dhcp4")
        until(lambda: ha_state("dhcp2") == "partner-down", "dhcp2 hears nobody", 60)
        output = verb(tls_work, "status", code=3)
        assert "it does not trust the authority of its peer's certificate. Run the deploy" in output
        with served(12):
            tls_work.deploy(env=PASSPHRASE)
        assert "TLS; its certificate ends in " in verb(tls_work, "status")

    @pytest.mark.fault(
        "the certificates end on a running pair",
        "named by status; the next deploy renews them",
    )
    def test_ended_certificates(self, tls_work: Work) -> None:
        end = now() + timedelta(seconds=20)
        for host in HOSTS:
            let_end(tls_work, host, end)
            sh(host, "systemctl restart kea-dhcp4")
            await_pair(15)
        until(lambda: now() > end, "the certificates have ended", 20)
        output = verb(tls_work, "status", code=3)
        assert "its certificate ended on" in output
        assert "Run the deploy: it renews it" in output
        sh("dhcp2", "systemctl restart kea-dhcp4")
        until(lambda: ha_state("dhcp2") == "partner-down", "dhcp2 hears nobody", 60)
        with served(12):
            tls_work.deploy(env=PASSPHRASE)
        verb(tls_work, "status")

    def test_a_certificate_that_is_not_valid_yet(self, tls_work: Work) -> None:
        """As if the clock of the machine that deploys had been ahead."""
        kept = sh("dhcp2", f"cat /etc/kea/tls/{issue('dhcp2')}/cert.pem")
        let_end(tls_work, "dhcp2", now() + timedelta(days=3))
        output = verb(tls_work, "status", code=3)
        assert "its certificate is not valid before" in output
        assert "Check the clock of dhcp2, and that of the machine that deploys" in output
        put(tls_work, "dhcp2", kept)
        verb(tls_work, "status")

    @pytest.mark.fault(
        "TLS is turned off on a running pair", "the turns follow each other without a gate between"
    )
    def test_off(self, tls_work: Work) -> None:
        text = (tls_work.folder / "site.yaml").read_text()
        (tls_work.folder / "site.yaml").write_text(re.sub(r"tls: \{.*\}\n", "", text))
        with served(12):
            tls_work.deploy()
        assert issue("dhcp1") == issue("dhcp2") == ""
        tls_work.no_change()

    @pytest.mark.fault(
        "TLS by the site's own PKI is turned on, the run is killed between the turns",
        "the rerun goes on from there",
    )
    def test_own_pki_interrupted(
        self, tls_work: Work, own_pki: OwnPki, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, text in own_pki.written(tls_work).items():
            monkeypatch.setenv(name, text)
        tls_work.site(("\nntp:", f"\n{OWN}\nntp:"))
        before = pid("dhcp2")
        with served(20):
            killed_at(tls_work, "the standby restarted", lambda: pid("dhcp2") != before)
            tls_work.deploy()
        assert issue("dhcp1") == issue("dhcp2") != ""
        tls_work.no_change()

    @pytest.mark.fault(
        "the site's own certificates are renewed, and the API moves from the agent to kea-dhcp4",
        "a rolling restart with a hand-over",
    )
    def test_own_pki_renewed(self, tls_work: Work, own_pki: OwnPki) -> None:
        before = {host: subject(host) for host in HOSTS}
        api(tls_work)
        keys = own_pki.written(tls_work)
        tls_work.site(("control-agent:\n", "api:\n"))
        with served(5):
            output = tls_work.deploy(env=keys)
        assert "it answers clients while dhcp1 restarts" in output
        assert "kea-dhcp4" in sh("dhcp1", "ss -tlnpH 'sport = 8000'")
        api(tls_work)
        assert all(subject(host) != before[host] for host in HOSTS)


def forget_last_issue(work: Work) -> None:
    """Take the certificate of dhcp1 away, so that the next deploy issues others."""
    (last,) = (work.folder / "authority/issue").read_text().split()
    (work.folder / f"authority/{last}/dhcp1.pem").unlink()


def let_end(work: Work, host: str, end: datetime) -> None:
    """Give a server a certificate of its authority that ends at a time; Kea has to read it yet."""
    name = issue(host)
    csr = sh(host, f"openssl req -new -key /etc/kea/tls/{name}/key.pem -subj /CN=any")
    signer = Store(work.folder / "authority").authority("labo", PASSPHRASE["PASSPHRASE"], now())
    names, day = (host, ADDRESSES[host]), timedelta(days=1)
    put(work, host, signed(signer, PASSPHRASE["PASSPHRASE"], csr, names, end - day, 1))


def put(work: Work, host: str, cert: str) -> None:
    """Put a certificate in the place of a server's, here and on the host."""
    name = issue(host)
    (work.folder / f"authority/{name}/{host}.pem").write_text(cert)
    write = f"cat >/etc/kea/tls/{name}/cert.pem"
    assert lab.execute(host, "sh", "-c", write, stdin=cert).returncode == 0


def verb(work: Work, *words: str, code: int = 0) -> str:
    """Run a verb on the site that has to end with this code; return what it printed."""
    config = work.folder / "ssh"
    config.write_text(lab.ssh_config())
    name, *options = words
    reach = [] if name == "authority" else ["--ssh-config", str(config)]
    program = str(Path(sys.executable).with_name("keaprov"))
    done = subprocess.run(
        [program, name, *options, *reach, str(work.folder / "site.yaml")],
        capture_output=True,
        text=True,
        env={**os.environ, **PASSPHRASE},
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def drill(work: Work) -> None:
    """Rehearse a failover."""
    verb(work, "drill", "--way", "hand-over", "--yes")


def api(work: Work) -> None:
    """Ask the API of dhcp1 from dhcp2, over https."""
    secret = on("dhcp1", "cat", "/etc/kea/kea-api-password").split()[0]
    body = '{"command": "version-get", "service": ["dhcp4"]}'
    trust = f"--cacert /etc/kea/tls/{issue('dhcp2')}/trust.pem"
    curl = f"curl -sS {trust} -u admin:{secret} -H 'Content-Type: application/json' -d '{body}'"
    assert '"result": 0' in sh("dhcp2", f"{curl} https://10.60.1.67:8000/")
