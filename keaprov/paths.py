"""Where things are on an Enterprise Linux host: ISC's packages of Kea, dnf, chrony, firewalld."""

from __future__ import annotations

KEA_DIR = "/etc/kea"
BACKUP_DIR = "/etc/kea/bkp"
DHCP4_CONF = "/etc/kea/kea-dhcp4.conf"
AGENT_CONF = "/etc/kea/kea-ctrl-agent.conf"
USER_FILE = "/etc/kea/kea-api-user"
PASSWORD_FILE = "/etc/kea/kea-api-password"  # noqa: S105 - a path
TLS_DIR = "/etc/kea/tls"
"""A directory for each issue of certificates; in it `TRUST`, `CERT` and `KEY`, on every server."""
TRUST, CERT, KEY = "trust.pem", "cert.pem", "key.pem"
SOCKET_DIR = "/var/run/kea"
CONTROL_SOCKET = "/var/run/kea/kea4-ctrl-socket"
LEASE_DIR = "/var/lib/kea"
LOG_DIR = "/var/log/kea"
HOOK_DIR = "/usr/lib64/kea/hooks"
SCRIPT_DIR = "/usr/share/kea/scripts"
STATE_DIR = "/var/lib/keaprov"
RUNNING = "/var/lib/keaprov/running.json"
"""Which revision the running configuration of a hash was proven to be."""
READ_ONLY = "/usr/libexec/keaprov-read-only"
"""What a user with read-only access may run as root (`keaprov.control.read_only`)."""
ORIGINAL = "original"
"""The revision by which a server's configuration from before keaprov is known."""
STAGED = ".staged"
"""Suffix of the file beside the active one that waits for its turn."""
DROP_INS = {
    unit: f"/etc/systemd/system/{unit}.service.d/keaprov.conf"
    for unit in ("kea-dhcp4", "kea-ctrl-agent")
}
"""The file of keaprov's own that hardens a unit (systemd.unit(5), drop-in)."""

CHRONY_CONF = "/etc/chrony.conf"
EPEL_REPOS = "/etc/yum.repos.d/epel*.repo"
ISC_REPO = "/etc/yum.repos.d/isc-kea.repo"
ISC_KEY = "/etc/pki/rpm-gpg/RPM-GPG-KEY-isc-kea"
FORMER_REPO = "/etc/yum.repos.d/isc-kea-former.repo"
FORMER_KEY = "/etc/pki/rpm-gpg/RPM-GPG-KEY-isc-kea-former"
"""The repository of the series before an upgrade, and its key: a closed gate needs its packages."""
FIREWALLD_SERVICES = "/etc/firewalld/services"

PACKAGES = ("chrony", "firewalld", "isc-kea-common")
"""What every server needs besides the packages of its series of Kea (`keaprov.series`)."""
DISTRIBUTIONS_KEA = ("kea-libs", "kea", "kea-hooks", "kea-devel")
"""Packages of Kea from the distribution or EPEL, which have the same files as ISC's.

The others need the first one.
"""
OTHER_CLOCKS = ("ntpd", "ntpsec", "openntpd", "systemd-timesyncd")
"""Units that set the clock, and that must not run beside chronyd."""
OTHER_DAEMONS = ("kea-dhcp6", "kea-dhcp-ddns")
"""Units of the distribution's packages of Kea that a site does not have."""
UNITS = ("chronyd", "firewalld", "kea-ctrl-agent", "kea-dhcp4", *OTHER_CLOCKS, *OTHER_DAEMONS)
NOT_UPDATED = ("kea", "kea-*", "isc-kea*")
"""What an update of the system leaves alone: Kea's own packages, which the roll-out installs."""


BLANKS = " \t\n"
"""What Kea takes away around a name, and no other white space (trim in str.cc)."""


def base_name(file: object) -> str:
    """Return a file's name without its directories: Kea 3.0 has a fixed directory for each kind.

    Kea takes the blanks around a name away (PathChecker::validatePath in filesystem.cc).
    """
    return str(file).strip(BLANKS).rpartition("/")[2]
