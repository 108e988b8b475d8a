"""rehearse.py: what the repositories have to offer, also for the way back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.host.loading import Host

KEY = "pub:::::::::\\nfpr:::::::::ABCD:"
SHOWS = f"printf '{KEY}\\n'"


def rehearsed(host: Host, offers: str, gpg: str = SHOWS, **more: Any) -> dict[str, Any]:
    host.command("curl", "echo key > $7")
    host.command("gpg", gpg)
    host.command("dnf", f"printf '{offers}'")
    request = {
        "url": "https://vendor",
        "release": "9",
        "key_url": "https://vendor/key",
        "fingerprint": "ABCD",
        "version": "",
        "vendor": ["isc-kea-dhcp4"],
        "distribution": [],
    }
    return dict(host.module("rehearse").main({**request, **more}))


def test_the_key_comes_back_if_all_is_offered(host: Host) -> None:
    assert rehearsed(host, "isc-kea-dhcp4 3.0.2-isc2\\n") == {"refusal": None, "key": "key\n"}


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


def test_a_version_that_is_missing_is_refused(host: Host) -> None:
    report = rehearsed(host, "isc-kea-dhcp4 3.0.2-isc2\\n", version="3.0.9")
    assert report["refusal"].startswith("isc-kea-dhcp4 3.0.9 is missing: https://vendor offers")


def test_a_key_that_is_not_pinned_is_refused(host: Host) -> None:
    report = rehearsed(host, "", fingerprint="OTHER")
    assert "its fingerprint is ABCD, wanted OTHER" in report["refusal"]


@pytest.mark.parametrize("release", ["9", "10"])
def test_the_packages_are_those_of_the_release(host: Host, release: str) -> None:
    rehearsed(host, "isc-kea-dhcp4 3.0.2-isc2\\n", release=release)
    call = "".join(host.calls())
    assert f"=keaprov-arch,https://vendor/rpm/el/{release}/$basearch" in call
    assert f"=keaprov-noarch,https://vendor/rpm/el/{release}/noarch" in call


def test_epel_that_is_not_offered_is_named_with_the_command_that_installs_it(host: Host) -> None:
    report = rehearsed(
        host, "chrony 4.6-1\\n", release="10", distribution=["chrony", "epel-release"]
    )
    assert report["refusal"].startswith("the package epel-release is missing")
    assert report["refusal"].endswith("epel/epel-release-latest-10.noarch.rpm")


def test_a_host_without_gpg(host: Host) -> None:
    refusal = rehearsed(host, "", gpg="exit 127")["refusal"]
    assert refusal.startswith("gpg is missing on this host: install gnupg2")
