"""Files of Kea's to import: what people run, in old and new spellings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from keaprov import importing, render
from keaprov.cli import main
from keaprov.importing import Imported, Options, original
from keaprov.model import Site

OLD = """\
// by hand
{
  "Dhcp4": {
    "interfaces-config": {"interfaces": ["eth0"], "service-sockets-retry-wait-time": 3000},
    "control-socket": {"socket-type": "unix", "socket-name": "/tmp/kea"},
    "lease-database": {"type": "memfile", "name": "/srv/leases.csv"},
    "reservation-mode": "out-of-pool", "next-server": "",
    "dhcp-ddns": {"enable-updates": false, "ncr-protocol": "udp",
                  "qualifying-suffix": "a.example.org", "replace-client-name": true},
    "client-classes": [
      {"name": "phones", "test": "member('KNOWN')", "only-if-required": true}],
    "option-data": [{"code": 6, "data": "192.0.2.53"}],
    "subnet4": [
      {"subnet": "192.0.2.0/24", "pools": [
         {"pool": "192.0.2.100-192.0.2.199"},
         {"pool": "192.0.2.208/28", "client-class": "phones"}],
       "option-data": [{"name": "routers", "data": "192.0.2.1"}],
       <?include "RESERVATIONS"?> },
      {"id": 7, "subnet": "198.51.100.0/25", "relay": {"ip-address": "198.51.100.1"},
       "option-data": [{"name": "routers", "data": "198.51.100.1"}],
       "require-client-classes": ["phones"], },
    ],
    "shared-networks": [{"name": "n", "subnet4": [
      {"id": 0, "subnet": "203.0.113.0/25", "ddns-use-conflict-resolution": false,
       "option-data": [{"name": "routers", "data": "203.0.113.1"}]}]}]
  },
  "Logging": {"loggers": [
    {"name": "kea-dhcp4", "severity": "INFO",
     "output_options": [{"output": "/var/log/x.log"}]},
    {"name": "kea-dhcp6", "output_options": [{"output": "stdout"}]}]},
  "Dhcp6": {"valid-lifetime": 4000}
}
"""
RESERVATIONS = '"reservations": [{"hw-address": "02:00:00:00:00:01", "ip-address": "192.0.2.9"}]'


def relationship(name: str, **changed: Any) -> dict[str, Any]:
    peers = [
        {"name": "a", "url": "http://192.0.2.2:8006/", "role": "primary"},
        {"name": "b", "url": "http://192.0.2.3:8006/", "role": "standby", "auto-failover": True},
    ]
    base = {"this-server-name": name, "mode": "hot-standby", "peers": peers}
    return {**base, "sync-page-limit": 500, **changed}


def pair(name: str, relationships: Any = None, **changed: Any) -> dict[str, Any]:
    listed = [relationship(name)] if relationships is None else relationships
    return {
        "interfaces-config": {"interfaces": [f"eth-{name}"]},
        "hooks-libraries": [
            {"library": "/usr/lib/kea/libdhcp_flex_id.so",
             "parameters": {"identifier-expression": "relay4[1].hex", "replace-client-id": False}},
            {"library": "libdhcp_lease_cmds.so"},
            {"library": "libdhcp_ha.so", "parameters": {"high-availability": listed}},
        ],
        "subnet4": [{"id": 1, "subnet": "192.0.2.0/24"}],
        **changed,
    }  # fmt: skip


def agent(address: str, **changed: Any) -> dict[str, Any]:
    client = {"user": "ops", "password": "pa55-of-the-agent"}
    return {
        "http-host": address,
        "http-port": 8001,
        "authentication": {"type": "basic", "clients": [client]},
        **changed,
    }


def written(folder: Path, *bodies: dict[str, Any]) -> list[Path]:
    """Write each body into a file of Kea's; return the files."""
    paths = []
    for number, body in enumerate(bodies):
        path = folder / f"kea-{number}.conf"
        key = "Control-agent" if "http-host" in body else "Dhcp4"
        path.write_text(json.dumps({key: body}))
        paths.append(path)
    return paths


def old(folder: Path) -> list[Path]:
    (folder / "reservations.json").write_text(RESERVATIONS)
    path = folder / "kea-dhcp4.conf"
    path.write_text(OLD.replace("RESERVATIONS", str(folder / "reservations.json")))
    return [path]


def run(out: Path, files: list[Path], *words: str) -> Result:
    words = ("import", "kea", *map(str, files), "--out", str(out), *words)
    return CliRunner().invoke(main, words, catch_exceptions=False)


def imported(files: list[Path], **addresses: str) -> Imported:
    originals, problems = original.read(files)
    assert problems == []
    result = importing.kea(originals, Options(addresses=addresses))
    assert isinstance(result, Imported), result
    return result


def _pools(name: str) -> list[dict[str, Any]]:
    """Return subnets with whatever a scope may have, with this name in it."""
    options = [
        {"name": "domain-name-servers", "csv-format": False, "data": "C0 00 02 35"},
        {"code": 224, "csv-format": False, "data": "0x0a0b"},
    ]
    rows = [
        {"hw-address": "0x020000000001", "ip-address": "192.0.2.9", "hostname": name},
        {"client-id": "'text'", "ip-address": "192.0.2.10", "option-data": options},
    ]
    rows += [{"duid": f"0001{n:04}", "ip-address": f"192.0.2.{n}"} for n in range(20, 40)]
    pools = [{"pool": "192.0.2.100 - 192.0.2.199", "option-data": options[:1]}]
    return [
        {"id": 3, "subnet": "192.0.2.0/24", "interface": "eth0", "comment": name,
         "user-context": {"n": [name]}, "reservations": rows, "pools": pools},
        {"id": 1, "subnet": "198.51.100.0/24", "next-server": "", "colour": "blue"},
    ]  # fmt: skip


INPUTS: dict[str, list[dict[str, Any]]] = {
    "pair": [pair("a"), pair("b", **{"server-tag": "b"}), agent("192.0.2.2"), agent("192.0.2.3")],
    "load-balancing": [pair("a", [relationship("a", mode="load-balancing")])],
    "two relationships": [pair("a", [relationship("a"), relationship("a")])],
    "http socket": [
        pair("a", **{"control-sockets": [{"socket-type": "http", "socket-port": 8004}]})
    ],
    "http socket with remarks": [
        pair("a", **{"control-sockets": [{
            "socket-type": "http", "socket-port": 8004, "comment": "c",
            "authentication": {"type": "basic", "comment": "c", "clients": [
                {"user": "u", "password": " p ", "user-context": {"of": "u"}, "comment": "c"},
            ]},
        }]})
    ],
    "differing": [
        pair("b", **{"valid-lifetime": 500, "subnet4": _pools("b")}),
        pair("a", **{"valid-lifetime": 400, "subnet4": _pools("a")}),
    ],
    "scopes": [
        pair("a", **{
            "option-def": [{"name": "boss", "code": 241, "type": "ipv4-address", "array": True}],
            "client-classes": [{"name": "x", "test": "member('KNOWN')",
                                "next-server": "192.0.2.4"}],
            "shared-networks": [{"name": "n", "interface": "eth1", "subnet4": _pools("a")}],
            "subnet4": [],
            "dhcp-ddns": {"enable-updates": True, "ncr-protocol": "udp", "sender-ip": ""},
            "ddns-conflict-resolution-mode": "No-Check-With-DHCID",
            "hosts-databases": [{"type": "mysql", "name": "kea", "password": "pa55"}],
            "lease-database": {"type": "memfile", "name": "/srv/x.csv", "lfc-interval": 0},
        })
    ],
}  # fmt: skip
NAMES = ("old", *INPUTS)


def files(name: str, folder: Path) -> list[Path]:
    """Write the files of one of `NAMES`; return them."""
    return old(folder) if name == "old" else written(folder, *INPUTS[name])


def body_of(site: Site) -> Any:
    """Return the site's ``Dhcp4`` map as plain JSON values."""
    return json.loads(render.write(site.dhcp4))
