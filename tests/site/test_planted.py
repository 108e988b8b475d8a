"""Many mistakes in one file, all of them in one run; and the tutorial as it was printed."""

from __future__ import annotations

from pathlib import Path

from keaprov.site import check_file

TWENTY = """\
site: labo
sevrers: {}
kea: {series: 3}
servers:
  dhcp1: {role: primary, address: 10.60.1.67, interfaces: [ens18]}
  dhcp2: {role: standby, address: 10.60.1.67, interfaces: []}
failover: {port: 8000, max-respnse-delay: 5000}
api: {password: formation}
dhcp4:
  options-data: []
  renew-timer: 2000
  rebind-timer: 1000
  max-valid-lifetime: 60
  lease-database: {type: memfile, name: /srv/leases.csv}
  subnet4:
    - subnet: 172.20.10.0/24
      pools: [172.20.10.130 - 172.20.10.254]
      option-data: {routers: 172.20.10.254, infra.labo: sam.lan, domain-name-servers: 172.20.21.300}
      reservations:
        - {hw-address: bc:24:11:29:11:09, ip-address: 10.60.1.53}
        - {hw-address: bc:24:11:29:11:09, ip-address: 172.20.10.9}
    - {id: 2, subnet: 172.20.10.128/25, client-class: phnes}
    - {id: 2, subnet: 172.20.60.0/24, pools: [172.20.60.100 172.20.60.199]}
"""


def test_twenty_mistakes(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(TWENTY)
    checked = check_file(path)
    assert checked.site is None
    assert [f"{problem.mark.line} {problem.code}" for problem in checked.problems] == [
        "2 KP201", "3 KP204", "6 KP303", "6 KP204", "7 KP304", "7 KP306", "8 KP204", "10 KP201",
        "12 KP601", "13 KP602", "14 KP701", "16 KP401", "17 KP404", "18 KP501", "18 KP502",
        "20 KP405", "21 KP413", "22 KP407", "22 KP711", "22 KP802", "23 KP401", "23 KP403",
    ]  # fmt: skip


AS_PRINTED = """\
{
  "Dhcp4": {
    "authoritative": true,
    "interfaces-config": {"interfaces": ["ens18"]},
    "lease-database": {"type": "memfile", "name": "/var/lib/kea/dhcp4.leases"},
    "options-data": [{"name": "ntp-servers", "data": "10.20.2.254"}],
    "control-socket": {"socket-type": "unix", "socket-name": "/run/kea/ctrl-socket"},
    "subnet4": [
      {
        "id": 1,
        "subnet": "172.20.10.0/24",
        "pools": [{"pool": "172.20.10.130 - 172.20.10.254"}],
        "option-data": [
          {"name": "routers", "data": "172.20.10.254"},
          {"name": "infra.labo", "data": "sam.lan"}
        ],
        "reservations": [{"hw-address": "bc:24:11:29:11:09", "ip-address": "10.60.1.53"}]
      },
      {"subnet": "172.20.60.0/24", "pools": [{"pool": "172.20.60.100 172.20.60.199"}]}
    ],
    "loggers": [
      {"name": "kea-dhcp4", "output_options": [{"output": "/var/log/kea-dhcp4.log"}]}
    ]
  },
  "Control-agent": {
    "http-host": "172.20.23.67",
    "control-sockets": {
      "dhcp4": {"socket-type": "unix", "socket-name": "/run/kea/ctrl-socket"}
    },
    "authentication": {
      "type": "basic", "realm": "kea-control-agent",
      "clients": [{"user": "admin", "password": "formation"}]
    }
  }
}
"""


def test_the_tutorial_as_printed(tmp_path: Path) -> None:
    path = tmp_path / "tutorial.conf"
    path.write_text(AS_PRINTED)
    checked = check_file(path)
    assert [f"{problem.mark.line} {problem.code}" for problem in checked.problems] == [
        "6 KP201",  # options-data
        "7 KP712",  # a socket where another build has it
        "12 KP404",  # the gateway in the pool
        "15 KP501",  # infra.labo
        "17 KP405",  # a foreign reservation
        "19 KP401",  # no id
        "19 KP403",  # no dash
        "22 KP702",  # a logger without severity: Kea does not start
        "22 KP711",  # output_options, an old name
        "22 KP701",  # a log elsewhere
        "25 KP206",  # two daemons in one file
        "28 KP712",  # the agent's socket
        "32 KP901",  # a password in clear
    ]
