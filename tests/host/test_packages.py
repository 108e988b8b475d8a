"""look_packages.py: what rpm and gpg say of Kea's packages, in their own words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.host.loading import Host

PIN = "FF9410EE3E59A784E96BA5810DBE5C78F5B7ADD7"
KEY = {"file": "/key", "fingerprint": PIN}
SIGNED = """\
isc-kea-common 3.0.3-isc1 EdDSA/SHA512, Thu Nov 26 05:50:28 2026, Key ID 0dbe5c78f5b7add7
isc-kea-dhcp4 3.0.3-isc1 RSA/SHA256, Thu Nov 26 05:50:28 2026, Key ID 00000000f5b7add8
isc-kea-hooks 3.0.3-isc1 """
KEYS = f"""\
pub:-:255:22:0DBE5C78F5B7ADD7:1735689600:::-:::scSC:::::ed25519:::0:
fpr:::::::::{PIN}:
sub:-:255:22:00000000F5B7ADD8:1735689600:::::s:
pub:-:255:22:1111111111111111:1735689600:::-:::scSC:::::ed25519:::0:
sub:-:255:22:2222222222222222:1735689600:::::s:
"""
VERIFIED = """\
.....U...    /usr/sbin/kea-lfc
S.5....T.    /usr/sbin/kea-admin
S.5....T.  c /etc/kea/kea-dhcp4.conf
.......T.    /usr/sbin/kea-dhcp4
missing     /usr/lib64/kea/hooks/libdhcp_flex_id.so
missing   d /usr/share/doc/kea/README
missing   c /etc/kea/keactrl.conf
missing     /root/x (Permission denied)
"""


def look(host: Host, verify: str, listed: str = SIGNED, keys: str = KEYS) -> dict[str, Any]:
    body = f"case $1 in\n-qa) cat <<'E'\n{listed}\nE\n;;\n*) {verify}\n;;\nesac"
    host.command("rpm", body)
    host.command("gpg", f"cat <<'E'\n{keys}E")
    return dict(host.module("look_packages").verified(KEY))


def test_what_rpm_reports_is_read(host: Host) -> None:
    report = look(host, f"cat <<'E'\n{VERIFIED}E\nexit 5")
    assert report == {
        "signers": {
            "isc-kea-common": "0DBE5C78F5B7ADD7",
            "isc-kea-dhcp4": "00000000F5B7ADD8",
            "isc-kea-hooks": "",
        },
        "keys": ["0DBE5C78F5B7ADD7", "00000000F5B7ADD8"],
        "changed": [
            {"path": "/usr/sbin/kea-lfc", "tests": "U"},
            {"path": "/usr/sbin/kea-admin", "tests": "S5T"},
            {"path": "/usr/lib64/kea/hooks/libdhcp_flex_id.so", "tests": "missing"},
            {"path": "/root/x", "tests": "missing"},
        ],
        "number": 4,
        "error": None,
    }
    verify = "rpm -V --nodeps --noscripts isc-kea-common isc-kea-dhcp4 isc-kea-hooks"
    assert verify in host.calls()


def test_a_long_list_is_counted(host: Host) -> None:
    report = look(host, 'for n in $(seq 30); do echo "missing     /$n"; done; exit 30')
    assert (len(report["changed"]), report["number"]) == (20, 30)


@pytest.mark.parametrize("keys", ["", KEYS.partition("pub:-:255:22:1111")[2]])
def test_a_file_without_the_pinned_key_gives_no_keys(host: Host, keys: str) -> None:
    assert look(host, "exit 0", keys=keys)["keys"] == []


def test_why_rpm_cannot_tell(host: Host) -> None:
    report = look(host, "echo 'error: rpmdb: BDB0113 Thread died' >&2; exit 1")
    assert report["error"] == "error: rpmdb: BDB0113 Thread died"


def test_a_host_without_kea_has_nothing_to_verify(host: Host) -> None:
    report = look(host, "exit 1", listed="")
    assert report == {"signers": {}, "keys": [], "changed": [], "number": 0, "error": None}
    assert all(not call.startswith("rpm -V") for call in host.calls())


def test_packages_are_verified_only_if_somebody_asks(host: Host) -> None:
    host.command("rpm")
    signs = host.module("look_signs").signs
    assert signs({"log": "", "leases": "", "packages": None})["packages"] is None
    assert host.calls() == []
    assert signs({"log": "", "leases": "", "packages": KEY})["packages"]["signers"] == {}
