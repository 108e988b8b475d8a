"""What phpIPAM exports, in the shape of its API: subnets of two sections, a pool, a reservation."""

from __future__ import annotations

from typing import Any

PHPIPAM: dict[str, list[Any]] = {
    "subnets": [
        {"id": "2", "subnet": "10.10.0.0", "mask": "16", "sectionId": "1", "vlanId": None,
         "masterSubnetId": "0", "isFolder": "0", "vrfId": None, "description": "all"},
        {"id": "3", "subnet": "10.10.1.0", "mask": "24", "sectionId": "1", "vlanId": "5",
         "masterSubnetId": "2", "isFolder": "0", "vrfId": "0", "description": "Users"},
        {"id": "4", "subnet": "10.20.1.0", "mask": "24", "sectionId": "9", "vlanId": "0",
         "masterSubnetId": "0", "isFolder": "0", "vrfId": None, "description": "other"},
        {"id": "5", "subnet": "", "mask": "", "sectionId": "1", "masterSubnetId": "0",
         "isFolder": "1", "description": "a folder"},
    ],
    "addresses": [
        {"id": "1", "subnetId": "3", "ip": "10.10.1.254", "is_gateway": "1", "tag": "2"},
        {"id": "2", "subnetId": "3", "ip": "10.10.1.11", "is_gateway": "0", "tag": "4"},
        {"id": "3", "subnetId": "3", "ip": "10.10.1.10", "is_gateway": "0", "tag": "4"},
        {"id": "4", "subnetId": "3", "ip": "10.10.1.20", "is_gateway": "0", "tag": "4"},
        {"id": "5", "subnetId": "3", "ip": "10.10.1.5", "tag": "4", "mac": "02-00-00-00-00-01",
         "hostname": "printer"},
        {"id": "6", "subnetId": "3", "ip": "10.10.1.6", "tag": "2", "mac": "02-00-00-00-00-02"},
        {"id": "7", "subnetId": "4", "ip": "10.20.1.6", "tag": "4", "mac": "wrong"},
    ],
    "vlans": [{"vlanId": "5", "number": "10", "name": "User"}],
}  # fmt: skip
