"""The lab's two hosts (docs/lab.md), reached through loopback ports."""

import os
from pathlib import Path

from keaprov import inventory

state = Path(os.environ.get("KEAPROV_LAB_STATE", "/run/keaprov-lab"))
pair = inventory.load(
    Path(__file__).with_name("site.yaml"),
    ssh={
        "ssh_hostname": "127.0.0.1",
        "ssh_user": "root",
        "ssh_key": str(state / "id_ed25519"),
        "ssh_known_hosts_file": str(state / "known_hosts"),
        "ssh_strict_host_key_checking": "yes",
        "dhcp1": {"ssh_port": 2201},
        "dhcp2": {"ssh_port": 2202},
    },
)
servers, primary, standby = pair.servers, pair.primary, pair.standby
