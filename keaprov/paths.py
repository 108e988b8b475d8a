"""Where things are on an Enterprise Linux host: ISC's packages of Kea, dnf, chrony, firewalld."""

from __future__ import annotations

KEA_DIR = "/etc/kea"
BACKUP_DIR = "/etc/kea/bkp"
DHCP4_CONF = "/etc/kea/kea-dhcp4.conf"
AGENT_CONF = "/etc/kea/kea-ctrl-agent.conf"
PASSWORD_FILE = "/etc/kea/kea-api-password"  # noqa: S105 - a path
SOCKET_DIR = "/var/run/kea"
CONTROL_SOCKET = "/var/run/kea/kea4-ctrl-socket"
LEASE_DIR = "/var/lib/kea"
LOG_DIR = "/var/log/kea"
HOOK_DIR = "/usr/lib64/kea/hooks"
STATE_DIR = "/var/lib/keaprov"
RUNNING = "/var/lib/keaprov/running.json"
"""Which revision the running configuration of a hash was proven to be."""
STAGED = ".staged"
"""Suffix of the file beside the active one that waits for its turn."""

CHRONY_CONF = "/etc/chrony.conf"
EPEL_REPOS = "/etc/yum.repos.d/epel*.repo"
ISC_REPO = "/etc/yum.repos.d/isc-kea.repo"
ISC_KEY = "/etc/pki/rpm-gpg/RPM-GPG-KEY-isc-kea"
FIREWALLD_SERVICES = "/etc/firewalld/services"

KEA_PACKAGES = ("isc-kea-dhcp4", "isc-kea-hooks", "isc-kea-ctrl-agent", "isc-kea-admin")
PACKAGES = ("chrony", "firewalld", "epel-release", "isc-kea-common", *KEA_PACKAGES)
UNITS = ("chronyd", "firewalld", "kea-ctrl-agent", "kea-dhcp4")
NOT_UPDATED = ("kea", "kea-*", "isc-kea*")
"""What an update of the system leaves alone: Kea's own packages, which the roll-out installs."""


def base_name(file: object) -> str:
    """Return a file's name without its directories: Kea 3.0 has a fixed directory for each kind."""
    return str(file).rpartition("/")[2]
