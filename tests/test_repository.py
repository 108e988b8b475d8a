"""How a host reaches the vendor's packages: addresses of the environment, credentials, the file."""

from __future__ import annotations

import configparser
import json
from pathlib import Path
from typing import Any

import pytest

from keaprov import load_site, repository
from keaprov.errors import SecretError
from keaprov.model import Site
from keaprov.observation import observe_request

FINGERPRINT = "AB" * 20


def site_with(folder: Path, **given: Any) -> Site:
    server = {"role": "primary", "address": "10.60.1.67", "interfaces": ["ens18"]}
    document = {
        "site": "labo",
        "kea": {"repository": {"fingerprint": FINGERPRINT, **given}},
        "servers": {"dhcp1": server},
        "dhcp4": {"subnet4": [{"id": 1, "subnet": "172.20.10.0/24"}]},
    }
    path = folder / "site.json"
    path.write_text(json.dumps(document))
    return load_site(path)


def read_by_dnf(text: str) -> dict[str, dict[str, str]]:
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    return {name: dict(parser[name]) for name in parser.sections()}


def test_an_address_in_the_site_file_needs_no_secret(tmp_path: Path) -> None:
    site = site_with(tmp_path, url="https://mirror.example.org/kea/")
    sections = read_by_dnf(repository.text(site, "10"))
    assert sections["isc-kea"]["baseurl"] == "https://mirror.example.org/kea/rpm/el/10/$basearch"
    assert sections["isc-kea-noarch"]["baseurl"].endswith("/kea/rpm/el/10/noarch")
    assert "username" not in sections["isc-kea"]
    assert repository.mode(site) == "644"
    key = "https://mirror.example.org/kea/gpg.ABABABABABABABAB.key"
    assert repository.key_access(site) == repository.Access(key, key)


@pytest.mark.parametrize("source", ["env", "file"])
def test_user_and_password_are_settings_of_their_own(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = "https://lab%40x:p%40s%2Fs:%25@mirror.example.org:8443/kea/"
    monkeypatch.setenv("MIRROR", value)
    (tmp_path / "mirror").write_text(f"{value}\n")
    site = site_with(tmp_path, url={source: "MIRROR" if source == "env" else "mirror"})
    sections = read_by_dnf(repository.text(site, "9"))
    assert len(sections) == 2
    for section in sections.values():
        assert section["baseurl"].startswith("https://mirror.example.org:8443/kea/rpm/el/9/")
        assert (section["username"], section["password"]) == ("lab@x", "p@s/s:%")
    assert repository.mode(site) == "600"
    key = repository.key_access(site)
    assert key.url == "https://mirror.example.org:8443/kea/gpg.ABABABABABABABAB.key"
    assert (key.user, key.password, key.private) == ("lab@x", "p@s/s:%", True)
    shown = "{env: MIRROR}" if source == "env" else f"{{file: {tmp_path}/mirror}}"
    assert key.shown == f"{shown}/gpg.ABABABABABABABAB.key"
    assert "p@s" not in repr(key)
    assert "mirror.example" not in repr(key)
    assert "p%40" not in repr(site)


def test_a_token_in_the_path_stays_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIRROR", "https://dl.example.org/t0ken/isc/kea-3-0")
    site = site_with(tmp_path, url={"env": "MIRROR"})
    assert repository.access(site).url == "https://dl.example.org/t0ken/isc/kea-3-0"
    assert "username" not in repository.text(site)
    assert repository.mode(site) == "600"


def test_a_key_has_an_address_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "https://u:p@keys.example.org/isc.key")
    site = site_with(tmp_path, **{"key-url": {"env": "KEY"}})
    key = repository.key_access(site)
    assert (key.url, key.user, key.private) == ("https://keys.example.org/isc.key", "u", True)
    assert repository.mode(site) == "644"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "the environment variable MIRROR is not set or empty"),
        ("ftp://u:Xyzzy@h/x", "{env: MIRROR} does not hold an address such as https://USER:PASS"),
        ("Xyzzy", "{env: MIRROR} does not hold an address"),
        ("https://u:Xyzzy@h/a b", "{env: MIRROR} does not hold an address"),
        ("https://h/x\nXyzzy", "{env: MIRROR} does not hold an address"),
        ("https://u:Xyzzy%0Agpgcheck=0@h/x", "dnf cannot take the user or password in"),
        ("https://u:Xyzzy%24basearch@h/x", "dnf cannot take the user or password in"),
        ("https://u:Xyzzy%5Cx@h/x", "dnf cannot take the user or password in"),
        ("https://:Xyzzy@h/x", "dnf cannot take the user or password in"),
    ],
)
def test_an_address_that_cannot_be_used_ends_with_words(
    value: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIRROR", value)
    site = site_with(tmp_path, url={"env": "MIRROR"})
    with pytest.raises(SecretError) as caught:
        repository.text(site)
    assert str(caught.value).startswith("kea.repository.url: ")
    assert words in str(caught.value)
    assert "Xyzzy" not in str(caught.value)


def test_a_status_needs_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MIRROR", raising=False)
    site = site_with(tmp_path, url={"env": "MIRROR"})
    request = observe_request(site, site.servers[0], updates=False, secret=False)
    assert request["repository"] is None
    with pytest.raises(SecretError):
        observe_request(site, site.servers[0], updates=False)
