"""Kea as people install it by hand, on the lab's bare hosts: nothing is keaprov's.

It follows the tutorial's steps, with its mistakes corrected: packages by dnf, files by an editor,
ports by firewall-cmd, then systemctl.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tests.deploying import HOSTS, sh
from tests.lab import lab
from tests.lab.keys import ISC
from tests.lab.shell import until
from tests.lab.topology import PACKAGES, server

VENDOR = f"http://{PACKAGES}/public/isc"
REPOSITORY = f"{VENDOR}/kea-3-0"
SITE = f"""site: labo
kea:
  repository:
    url: {REPOSITORY}
    fingerprint: {ISC.fingerprint}
ntp: {{pools: [10.20.2.254]}}
"""
"""What the files of another DHCP server do not say; the rest of a site is imported."""
EPEL = ""
"""In place of a repository of ISC's: Kea is from EPEL."""
VLANS = (10, 40, 50, 60)
HOOKS = "/usr/lib64/kea/hooks"


@dataclass(frozen=True)
class Made:
    """What differs between one installation by hand and another.

    `names` are the servers' names in the pair, the primary's first; `ids` the ids of the subnets.
    `tags` are the servers' tags, if they have any. `source` is a repository of ISC's, or `EPEL`.
    """

    names: tuple[str, ...] = ("dhcp1", "dhcp2")
    ids: tuple[int, ...] = (1, 2, 3, 4)
    ha_port: int = 8005
    socket: str = "/var/run/kea/ctrl-socket"
    leases: str = "/var/lib/kea/dhcp4.leases"
    hooks: tuple[str, ...] = ("libdhcp_lease_cmds.so",)
    tags: tuple[str, ...] = ()
    source: str = "kea-3-0"

    def dhcp4(self, index: int) -> dict[str, Any]:
        """Return the ``Dhcp4`` map of a server, by its place in `names`."""
        hooks: list[dict[str, Any]] = [{"library": f"{HOOKS}/{name}"} for name in self.hooks]
        if len(self.names) > 1:
            relationship = self._relationship(index)
            hooks.append({
                "library": f"{HOOKS}/libdhcp_ha.so",
                "parameters": {"high-availability": [relationship]},
            })  # fmt: skip
        return {
            **({"server-tag": self.tags[index]} if self.tags else {}),
            "authoritative": True,
            "interfaces-config": {"interfaces": ["ens18"]},
            "control-socket": {"socket-type": "unix", "socket-name": self.socket},
            "valid-lifetime": 28800,
            "renew-timer": 900,
            "rebind-timer": 1800,
            "lease-database": {
                "type": "memfile",
                "persist": True,
                "name": self.leases,
                "lfc-interval": 28800,
            },
            "hooks-libraries": hooks,
            "option-data": [
                {"name": "ntp-servers", "data": "10.20.2.254"},
                {"name": "time-offset", "data": "0"},
                {"name": "domain-name-servers", "data": "172.20.21.53, 172.20.23.53"},
            ],
            "subnet4": [
                _subnet(number, vlan) for number, vlan in zip(self.ids, VLANS, strict=True)
            ],
            "loggers": [
                {
                    "name": "kea-dhcp4",
                    "output-options": [{"output": "/var/log/kea/kea-dhcp4.log"}],
                    "severity": "INFO",
                }
            ],
        }

    def _relationship(self, index: int) -> dict[str, Any]:
        roles = zip(self.names, HOSTS, ("primary", "standby"), strict=True)
        return {
            "this-server-name": self.names[index],
            "mode": "hot-standby",
            "heartbeat-delay": 500,
            "max-response-delay": 10000,
            "max-ack-delay": 2000,
            "max-unacked-clients": 0,
            "peers": [
                {
                    "name": name,
                    "url": f"http://{server(host).address}:{self.ha_port}/",
                    "role": role,
                    "auto-failover": True,
                }
                for name, host, role in roles
            ],
        }

    def agent(self, index: int) -> dict[str, Any]:
        """Return the ``Control-agent`` map of a server."""
        return {
            "http-host": server(HOSTS[index]).address,
            "http-port": 8000,
            "control-sockets": {"dhcp4": {"socket-type": "unix", "socket-name": self.socket}},
            "authentication": {
                "type": "basic",
                "realm": "kea-control-agent",
                "clients": [{"user": "admin", "password": "formation"}],
            },
        }

    def install(self) -> None:
        """Install Kea on the servers, start it, and wait until a pair is in hot-standby."""
        with ThreadPoolExecutor() as threads:
            list(threads.map(self._install, range(len(self.names))))
        self.await_pair()

    def await_pair(self) -> None:
        """Wait until the servers of a pair are in hot-standby."""
        if len(self.names) > 1:
            until(lambda: all(map(self._in_hot_standby, HOSTS)), "hot-standby by hand", 60)

    def _install(self, index: int) -> None:
        host = HOSTS[index]
        packages = "kea kea-hooks"
        if self.source != EPEL:
            packages = "isc-kea"
            write(host, f"/etc/yum.repos.d/isc-{self.source}.repo", repo_file(self.source))
        sh(host, f"dnf -qy install epel-release chrony firewalld && dnf -qy install {packages}")
        sh(host, "sed -i 's/^pool.*/pool 10.20.2.254 iburst/' /etc/chrony.conf")
        sh(host, "systemctl enable --now chronyd firewalld")
        ports = ("67/udp", "8000/tcp", f"{self.ha_port}/tcp")
        opened = " ".join(f"--add-port={port}" for port in ports)
        sh(host, f"firewall-cmd -q --permanent {opened} && firewall-cmd -q --reload")
        sh(host, "mkdir /etc/kea/bkp && cd /etc/kea && for name in kea-dhcp4 kea-ctrl-agent; do"
                 " mv $name.conf bkp/$name.conf.bkp; done")  # fmt: skip
        self._write(index)
        sh(host, "systemctl enable --now kea-dhcp4 && systemctl enable --now kea-ctrl-agent")

    def instead(self) -> None:
        """Have the servers that run Kea by hand run this; one that is not named here is stopped."""
        for index, host in enumerate(HOSTS):
            sh(host, "systemctl stop kea-dhcp4 kea-ctrl-agent")
            if index < len(self.names):
                self._write(index)
                sh(host, f"firewall-cmd -q --add-port={self.ha_port}/tcp")
            else:
                sh(host, "systemctl disable -q kea-dhcp4 kea-ctrl-agent")
        for host in HOSTS[: len(self.names)]:
            sh(host, "systemctl start kea-dhcp4 kea-ctrl-agent")
        self.await_pair()

    def _write(self, index: int) -> None:
        host = HOSTS[index]
        files = {
            "kea-dhcp4": {"Dhcp4": self.dhcp4(index)},
            "kea-ctrl-agent": {"Control-agent": self.agent(index)},
        }
        for name, whole in files.items():
            text = f"// {name} of {self.names[index]}\n{json.dumps(whole, indent=2)}\n"
            write(host, f"/etc/kea/{name}.conf", text)
            sh(host, f"chown root:kea /etc/kea/{name}.conf && chmod 640 /etc/kea/{name}.conf")
        test = "-T" if self.source == "kea-3-0" else "-t"  # -T of 2.6 fails with an HA listener
        sh(host, f"runuser -u kea -- kea-dhcp4 {test} /etc/kea/kea-dhcp4.conf")

    def _in_hot_standby(self, host: str) -> bool:
        try:
            servers = self.ask(host, "status-get")["high-availability"][0]["ha-servers"]
        except (AssertionError, KeyError, IndexError, ValueError):
            return False
        states = {servers["local"]["state"], servers["remote"]["last-state"]}
        return states == {"hot-standby"}

    def ask(self, host: str, command: str, **arguments: Any) -> Any:
        """Ask kea-dhcp4 on the socket that its file names; return the answer's arguments."""
        request = {"command": command, **({"arguments": arguments} if arguments else {})}
        script = f"socat -t5 - UNIX-CONNECT:{self.socket}"
        done = lab.execute(host, "sh", "-c", script, stdin=json.dumps(request))
        answer = json.loads(done.stdout or "{}")
        assert answer.get("result") == 0, f"{host}: {command}: {done.stdout}{done.stderr}"
        return answer.get("arguments")


def repo_file(name: str) -> str:
    """Return the file for /etc/yum.repos.d that names one of ISC's repositories."""
    return "".join(
        f"[isc-{name}-{part}]\nname=ISC {name} {part}\nbaseurl={VENDOR}/{name}/rpm/el/9/{part}\n"
        f"enabled=1\ngpgcheck=1\nrepo_gpgcheck=1\ngpgkey={VENDOR}/{name}/gpg.{ISC.key_id}.key\n\n"
        for part in ("$basearch", "noarch")
    )


def _subnet(number: int, vlan: int) -> dict[str, Any]:
    network = f"172.20.{vlan}"
    reserved = {"hw-address": "bc:24:11:29:11:09", "ip-address": "172.20.10.53", "hostname": "dns"}
    return {
        "id": number,
        "subnet": f"{network}.0/24",
        "pools": [{"pool": f"{network}.130 - {network}.253"}],
        "option-data": [
            {"name": "routers", "data": f"{network}.254"},
            {"name": "domain-name", "data": "infra.labo"},
        ],
        **({"reservations": [reserved]} if vlan == VLANS[0] else {}),
    }


def write(host: str, path: str, text: str) -> None:
    """Write a file on a host, as an editor does."""
    done = lab.execute(host, "sh", "-ec", f"cat > {path}", stdin=text)
    assert done.returncode == 0, done.stderr
