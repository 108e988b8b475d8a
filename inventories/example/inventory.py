"""The site's hosts for pyinfra: every list here is a group."""

from pathlib import Path

from keaprov import inventory

pair = inventory.load(
    Path(__file__).with_name("site.yaml"),
    ssh={"ssh_user": "rocky", "_sudo": True, "ssh_strict_host_key_checking": "yes"},
    clients={},  # hosts in client VLANs and their interface, as {"pc1": "eth0"}: each takes a lease
)
servers, primary, standby = pair.servers, pair.primary, pair.standby
clients = pair.clients
