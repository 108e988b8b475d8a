"""A real kea-dhcp4 serves its API by the certificates that keaprov issues."""

from __future__ import annotations

from pathlib import Path

import pytest

from keaprov import paths
from keaprov.certificates.reading import now
from keaprov.control import Agent, Api, trusting
from keaprov.errors import Refused, Unreachable
from keaprov.model import ManagementApi, Server, Site, Tls
from keaprov.render import dhcp4_body
from tests.certificates import authority, pki
from tests.differential.daemon import daemon_in
from tests.lab import network
from tests.lab.workshop import workshop

pytestmark = pytest.mark.lab

SERVER = Server("dhcp1", "127.0.0.1", ("lo",))
SITE = Site("labo", (SERVER,), {}, api=ManagementApi(port=8123), tls=Tls("20260501"))
URL = "https://127.0.0.1:8123/"


def test_kea_serves_https_and_asks_for_the_password() -> None:
    own = pki("dhcp1", "127.0.0.1", at=now())
    _, socket = dhcp4_body.own(SITE, SERVER)["control-sockets"]
    with workshop() as shop:
        put(shop.root, paths.USER_FILE, "admin\n")
        put(shop.root, paths.PASSWORD_FILE, "of-the-tests\n")
        assert SITE.tls
        texts = (own.ca, own.cert, own.key)
        for file, text in zip(SITE.tls.files.values(), texts, strict=True):
            put(shop.root, file, text)
        with daemon_in(shop, socket), network.within(shop.netns):
            password = "of-the-tests"
            kea = Api(Agent(URL, "admin", password, trusting(own.ca)))
            assert kea.ask("config-get")["Dhcp4"]["control-sockets"][1]["socket-type"] == "https"
            with pytest.raises(Refused, match="does not take this user and password"):
                Api(Agent(URL, "admin", "another", trusting(own.ca))).ask("version-get")
            with pytest.raises(Unreachable, match="certificate verify failed"):
                other = trusting(authority(now()).cert)
                Api(Agent(URL, "admin", password, other)).ask("version-get")
            with pytest.raises(Unreachable, match="does not answer"):
                Api(Agent(URL.replace("https", "http"), "admin", password)).ask("version-get")


def put(root: Path, path: str, text: str) -> None:
    """Write a file of the workshop's."""
    file = root / path.removeprefix("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
