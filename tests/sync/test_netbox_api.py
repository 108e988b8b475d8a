"""NetBox's REST API: a real pynetbox against a stand-in for NetBox that serves its shapes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from keaprov.sync import netbox, netbox_api
from keaprov.sync.model import SourceError
from tests.sync.netbox import LISTS, TOKEN, served


def test_all_pages_of_all_lists_are_read() -> None:
    with served(LISTS) as url:
        lists = netbox_api.lists("netbox", url, TOKEN)
    assert {name: [raw["id"] for raw in objects] for name, objects in lists.items()} == {
        "prefixes": [1, 7, 8, 9],
        "ip-ranges": [3, 4, 5],
        "ip-addresses": [17, 18, 19, 20],
        "interfaces": [1],
        "vm-interfaces": [2],
    }


def test_the_api_and_an_export_mean_the_same() -> None:
    selection = netbox.Selection({"site": "labo"}, {}, {"routers": "gateway"})
    with served(LISTS) as url:
        by_api = netbox.answer("netbox", netbox_api.lists("netbox", url, TOKEN), selection)
    assert by_api == netbox.answer("netbox", LISTS, selection)


def test_addresses_of_a_role_and_of_a_tag_are_read() -> None:
    marks = {"routers": {"role": "hsrp"}, "time-servers": {"tag": "gateway"}}
    selection = netbox.Selection({"site": "labo"}, {}, {}, marks)
    with served(LISTS) as url:
        lists = netbox_api.lists("netbox", url, TOKEN, None, list(marks.values()))
    assert sorted({raw["id"] for raw in lists["ip-addresses"]}) == [17, 18, 19, 20, 21, 22, 23, 24]
    assert netbox.answer("netbox", lists, selection) == netbox.answer("netbox", LISTS, selection)


def test_a_tag_that_netbox_does_not_know_is_refused() -> None:
    with (
        served(LISTS) as url,
        pytest.raises(SourceError, match="HTTP 400: check the roles and tags of `options`"),
    ):
        netbox_api.lists("netbox", url, TOKEN, None, [{"tag": "gatewya"}])


@pytest.mark.parametrize(
    ("token", "replaced", "message"),
    [
        ("wrong", {}, "HTTP 403: check the token, and that it may view ipam and dcim objects"),
        (TOKEN, {"status": 404, "body": "{}"}, "HTTP 404: check the URL"),
        (TOKEN, {"status": 502, "body": "<html>"}, "HTTP 502"),
        (TOKEN, {"status": 200, "body": "<html>"}, "is not NetBox: its answer is not JSON"),
        (TOKEN, {"status": 200, "body": "[1]"}, "the answer is not NetBox's"),
        (TOKEN, {"next": "http://127.0.0.1:1/stolen"}, "refers to http://127.0.0.1:1/stolen"),
    ],
)
def test_a_bad_answer_ends_with_a_sentence(
    token: str, replaced: dict[str, Any], message: str
) -> None:
    with (
        served(LISTS, **replaced) as url,
        pytest.raises(SourceError, match=message.replace("?", r"\?")) as error,
    ):
        netbox_api.lists("netbox", url, token)
    assert TOKEN not in str(error.value)


def test_nothing_listens() -> None:
    with served(LISTS) as url:
        pass
    with pytest.raises(SourceError, match=f"netbox: {url} does not answer"):
        netbox_api.lists("netbox", url, TOKEN)


def test_an_endless_list_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(netbox_api, "MOST", 3)
    with served(LISTS) as url, pytest.raises(SourceError, match="more than 3 ip-addresses"):
        netbox_api.lists("netbox", url, TOKEN)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that no authority signed, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "netbox")])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = tmp_path / "netbox.pem"
    path.write_bytes(
        made.public_bytes(encoding)
        + key.private_bytes(encoding, form, serialization.NoEncryption())
    )
    return path


@pytest.mark.filterwarnings("ignore:.*ssl.SSLSocket")  # the stand-in's, after a broken handshake
def test_the_certificate_is_verified(certificate: Path) -> None:
    with served(LISTS, certificate=certificate) as url:
        with pytest.raises(SourceError, match=r"certificate not trusted.*give .* as ca-file"):
            netbox_api.lists("netbox", url, TOKEN)
        lists = netbox_api.lists("netbox", url, TOKEN, str(certificate))
    assert len(lists["prefixes"]) == 4


def test_a_certificate_of_an_authority_that_is_not_there() -> None:
    with pytest.raises(SourceError, match="ca-file"):
        netbox_api.lists("netbox", "https://127.0.0.1:1", TOKEN, "/nowhere/ca.pem")


def test_a_password_in_netrc_does_not_replace_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password mine")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with served(LISTS) as url:
        assert len(netbox_api.lists("netbox", url, TOKEN)["prefixes"]) == 4
