"""rehearse.py: what the repositories have to offer, also for the way back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.host.loading import Host

KEY = "pub:::::::::\\nfpr:::::::::ABCD:"
SHOWS = f"printf '{KEY}\\n'"


def rehearsed(
    host: Host, offers: str, gpg: str = SHOWS, then: str = "", rpmkeys: str = "", **more: Any
) -> dict[str, Any]:
    host.command("curl", f"cp ${{10}} {host.root}/curlrc; echo key > $8")
    host.command("gpg", gpg)
    host.command("rpmkeys", rpmkeys)
    host.command("dnf", f'printf "{offers}"\n{then}')
    request = {
        "repository": "[isc-kea]\ngpgkey=file://@key@\n",
        "url": "https://vendor",
        "release": "9",
        "key": {"url": "https://vendor/key", "shown": "SHOWN", "user": "", "password": ""},
        "private": False,
        "fingerprint": "ABCD",
        "version": "",
        "vendor": ["isc-kea-dhcp4"],
        "distribution": [],
        "library": False,
    }
    return dict(host.module("rehearse").main({**request, **more}))


def test_the_key_comes_back_if_all_is_offered(host: Host) -> None:
    assert rehearsed(host, "isc-kea-dhcp4 3.0.2-isc2\\n") == {
        "refusal": None,
        "key": "key\n",
        "epel": "",
    }


@pytest.mark.parametrize("offered", [True, False])
def test_the_installed_version_has_to_be_offered_still(host: Host, offered: bool) -> None:
    before = "isc-kea-dhcp4 3.0.1-isc1\\n" if offered else ""
    report = rehearsed(
        host,
        f"isc-kea-dhcp4 3.0.2-isc2\\n{before}",
        version="3.0.2",
        installed=["isc-kea-dhcp4-3.0.1-isc1"],
    )
    assert "isc-kea-dhcp4-3.0.1-isc1" in host.calls()[-1]
    expected = (
        "the installed version isc-kea-dhcp4-3.0.1-isc1 is no longer offered by https://vendor, so "
        "an upgrade could not be rolled back. Keep it available (a mirror or local repository) and "
        "run the deploy again"
    )
    assert report["refusal"] == (None if offered else expected)


@pytest.mark.parametrize("offered", [True, False])
def test_packages_of_the_distribution_have_to_be_offered_for_the_way_back(
    host: Host, offered: bool
) -> None:
    condition = "*disableexcludes*" if offered else "never"
    report = rehearsed(
        host,
        f"isc-kea-dhcp4 3.0.2\\n$(case $* in {condition}) echo kea 2.6.3-1.el9 ;; esac)",
        installed=["kea-2.6.3-1.el9"],
        former=True,
    )
    call = next(call for call in host.calls() if "disableexcludes" in call)
    assert "setopt=reposdir" not in call, "it asks this host's own repositories"
    if offered:
        assert report["refusal"] is None
    else:
        assert (
            "kea-2.6.3-1.el9 is no longer offered by the enabled repositories, so an upgrade"
            in (report["refusal"])
        )


def test_a_version_that_is_missing_is_refused(host: Host) -> None:
    report = rehearsed(host, "isc-kea-dhcp4 3.0.2-isc2\\n", version="3.0.9")
    assert report["refusal"].startswith("isc-kea-dhcp4 3.0.9 is missing: https://vendor offers")


def test_a_key_that_is_not_pinned_is_refused(host: Host) -> None:
    report = rehearsed(host, "", fingerprint="OTHER")
    assert "its fingerprint is ABCD, wanted OTHER" in report["refusal"]


def test_dnf_reads_the_file_that_the_deploy_will_write(host: Host) -> None:
    host.command("keep", f"cp -p ${{1#--setopt=reposdir=}}/vendor.repo {host.root}/kept")
    keep = "for word; do case $word in *=reposdir=*) keep $word;; esac; done"
    assert rehearsed(host, "isc-kea-dhcp4 3.0.2-isc2\\n", then=keep)["refusal"] is None
    text = (host.root / "kept").read_text()
    assert text.startswith("[isc-kea]\ngpgkey=file:///")
    assert "@" not in text
    assert (host.root / "kept").stat().st_mode & 0o777 == 0o600


SECRET = {
    "key": {
        "url": "https://h/Xyzzy1/key",
        "shown": "{env: R}",
        "user": "u",
        "password": 'X"\\zzy2',
    },
    "url": "{env: R}",
    "repository": "baseurl=https://h/Xyzzy1\npassword=Xyzzy2\n",
    "private": True,
}


def test_the_credentials_of_a_key_reach_curl_by_a_file_alone(host: Host) -> None:
    kept = host.root / "kept"
    host.command("gpg", SHOWS)
    host.command("rpmkeys")
    host.command("dnf", "printf 'isc-kea-dhcp4 3.0.2-isc2\\n'")
    host.command("curl", f"echo key > $8; cp -p ${{10}} {kept}")
    request = {"release": "9", "fingerprint": "ABCD", "version": "", "distribution": []}
    vendor = {"vendor": ["isc-kea-dhcp4"], "library": False}
    assert host.module("rehearse").main({**request, **vendor, **SECRET})["refusal"] is None
    assert kept.read_text() == 'url = "https://h/Xyzzy1/key"\nuser = "u:X\\"\\\\zzy2"\n'
    assert kept.stat().st_mode & 0o777 == 0o600
    assert not any("zzy" in call for call in host.calls())


@pytest.mark.parametrize("failing", ["curl", "gpg", "dnf", "version"])
def test_no_refusal_shows_an_address_that_is_a_secret(host: Host, failing: str) -> None:
    words = "echo 'no https://cdn/Xyzzy1?x=1 for https://u:Xyzzy2@h/' >&2; exit 1"
    host.command("curl", words if failing == "curl" else "echo key > $8")
    host.command("gpg", "exit 1" if failing == "gpg" else SHOWS)
    host.command("rpmkeys")
    host.command("dnf", words if failing == "dnf" else "printf 'isc-kea-dhcp4 3.0.2-isc2\\n'")
    request = {"release": "9", "fingerprint": "ABCD", "version": "3.0.9", "distribution": []}
    vendor = {"vendor": ["isc-kea-dhcp4"], "library": False}
    report = host.module("rehearse").main({**request, **vendor, **SECRET})
    assert "{env: R}" in report["refusal"]
    assert "zzy" not in report["refusal"]
    assert "cdn" not in report["refusal"]


KEA_ONLY = "isc-kea-dhcp4 3.0.2-isc2"
MISSING = (
    "the package log4cplus is missing: neither the enabled repositories nor the vendor's offer it. "
    "EPEL has it, and the enabled repositories do not offer epel-release.\nEnable EPEL: dnf "
    "install https://dl.fedoraproject.org/pub/epel/epel-release-latest-10.noarch.rpm (or enable a "
    "mirror of EPEL)"
)
DISABLED = "the package log4cplus is missing: epel-release is installed, but EPEL's repository is "


@pytest.mark.parametrize(
    ("enabled", "vendor", "installed", "epel", "refusal"),
    [
        ("epel-release 10-1", KEA_ONLY, "", "epel-release", ""),
        ("oracle-epel-release-el10 1-1", KEA_ONLY, "", "oracle-epel-release-el10", ""),
        ("epel-release 10-1\nlog4cplus 2-1", KEA_ONLY, "", "", ""),
        ("log4cplus 2-1", KEA_ONLY, "", "", ""),
        ("", f"{KEA_ONLY}\nlog4cplus 2-1", "", "", ""),
        ("", KEA_ONLY, "", "", MISSING),
        ("epel-release 10-1", KEA_ONLY, "epel-release", "", DISABLED),
    ],
)
def test_epel_is_enabled_only_where_the_library_is_nowhere_else(
    host: Host, enabled: str, vendor: str, installed: str, epel: str, refusal: str
) -> None:
    host.command("rpm", f"[ $2 = '{installed}' ]")
    offers = f"$(case $* in *reposdir*) echo '{vendor}' ;; *) echo '{enabled}' ;; esac)\n"
    report = rehearsed(host, offers, release="10", library=True)
    assert report["epel"] == epel
    assert (report["refusal"] or "").startswith(refusal)
    assert bool(report["refusal"]) == bool(refusal)


def test_a_host_without_gpg(host: Host) -> None:
    refusal = rehearsed(host, "", gpg="exit 127")["refusal"]
    assert refusal.startswith("gpg is missing on this host: install gnupg2")


@pytest.mark.parametrize(
    "words",
    [
        "warning: Signature not supported. Hash algorithm SHA1 not available.\\n"
        "error: key: key 1 import failed.",
        "error: Certificate 9F4BCD42: Policy rejects 9F4BCD42: SHA1 is not considered secure",
    ],
)
def test_a_key_that_the_crypto_policy_forbids(host: Host, words: str) -> None:
    """What rpm 4.16 of release 9 says, and rpm 4.19 of release 10."""
    refusal = rehearsed(host, "", rpmkeys=f"printf '{words}' >&2; exit 1")["refusal"]
    assert refusal.startswith("rpm does not take the vendor's signing key: ")
    assert "SHA1" in refusal
    assert "(update-crypto-policies --show)" in refusal
    assert not any(call.startswith("dnf") and "isc-kea" in call for call in host.calls())


BY_PROXY = """[main]
gpgcheck=1
proxy = http://proxy.example:3128
proxy_username=deploy
proxy_password=a"b\\c %d
sslcacert=/etc/pki/our.pem
sslverify=False
"""


@pytest.mark.parametrize(
    ("conf", "curlrc"),
    [
        ("[main]\ngpgcheck=1\n", ""),
        ("[main]\nproxy=_none_\nproxy_username=x\n", ""),
        ("not a configuration", ""),
        (
            BY_PROXY,
            'proxy = "http://proxy.example:3128"\ncacert = "/etc/pki/our.pem"\n'
            'proxy-user = "deploy:a\\"b\\\\c %d"\nproxy-anyauth\ninsecure\n',
        ),
    ],
)
def test_the_key_comes_the_way_that_dnf_goes(
    host: Host, monkeypatch: pytest.MonkeyPatch, conf: str, curlrc: str
) -> None:
    (host.root / "dnf.conf").write_text(conf)
    monkeypatch.setattr(host.module("dnf_conf"), "CONF", str(host.root / "dnf.conf"))
    assert rehearsed(host, "isc-kea-dhcp4 3.0.2-isc2\n")["refusal"] is None
    assert (host.root / "curlrc").read_text() == 'url = "https://vendor/key"\n' + curlrc
    assert "deploy" not in "".join(host.calls()), "no password in the process list"


def test_packages_that_dnf_excludes_are_named(host: Host) -> None:
    report = rehearsed(host, "$(case $* in *disableexcludes*) echo isc-kea-dhcp4 3.0.2 ;; esac)")
    assert report["refusal"].startswith("dnf leaves isc-kea-dhcp4 out on this host: exclude in ")
    report = rehearsed(host, "")
    assert report["refusal"].startswith("the package isc-kea-dhcp4 is missing: https://vendor")
