"""The site's hosts for pyinfra: every list here is a group."""

from pathlib import Path

from keaprov import inventory

pair = inventory.load(
    Path(__file__).with_name("site.yaml"),
    ssh={"ssh_user": "rocky", "_sudo": True, "ssh_strict_host_key_checking": "yes"},
)
servers, primary, standby = pair.servers, pair.primary, pair.standby
