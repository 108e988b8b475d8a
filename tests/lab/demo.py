"""``make demo``: two bare hosts become a pair, clients get leases, the standby takes over.

Every step is named and timed; the demo fails when a lease is not what the site says.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keaprov import Site, load_site
from tests.lab import lab
from tests.lab.shell import LabError, plainly, until

ROOT = Path(__file__).parents[2]
INVENTORY = ROOT / "inventories/lab/inventory.py"
VLANS = {"user": 10, "voice": 60}
STARTED = time.monotonic()


def tell(text: str) -> None:
    """Say something, with the seconds since the demo began."""
    print(f"{time.monotonic() - STARTED:6.1f} s  {text}", flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Name a step, and say at its end how long it took."""
    print(f"\n== {title}", flush=True)
    started = time.monotonic()
    yield
    print(f"== done in {time.monotonic() - started:.1f} s", flush=True)


def deploy() -> int:
    """Run the deploy as a user does, showing each operation; return how many changed something."""
    command = [str(Path(sys.executable).with_name("pyinfra")), str(INVENTORY), "deploy.py", "-y"]
    print(f"$ pyinfra {INVENTORY.relative_to(ROOT)} deploy.py -y", flush=True)
    changed = 0
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if "Starting operation: " in line:
                tell(line.partition("Starting operation: ")[2].strip())
            elif re.search(r"\] (gate|Gate|Refused|Error)", line):
                tell(f"  {line.strip()}")
            elif "] Success" in line:
                changed += 1
    if running.returncode:
        raise LabError("demo: the deploy failed; run the command above to see all it says")
    return changed


def lease(vlan: str) -> dict[str, object]:
    """Let the VLAN's client (busybox udhcpc) take a lease."""
    done = lab.run_in(vlan, "lease")
    if done.returncode:
        raise LabError(f"demo: no lease in {vlan}: {done.stderr.strip()}")
    held: dict[str, object] = json.loads(done.stdout)
    return held


def check(site: Site, vlan: str, held: dict[str, object]) -> None:
    """Compare a lease with the site; LabError if they differ."""
    subnet = next(subnet for subnet in site.dhcp4["subnet4"] if subnet["id"] == VLANS[vlan])
    entries = [*site.dhcp4["option-data"], *subnet["option-data"]]
    options = {entry["name"]: entry["data"] for entry in entries}
    expected = {
        "router": options["routers"].split(", "),
        "dns": options["domain-name-servers"].split(", "),
        "ntpsrv": options["ntp-servers"].split(", "),
        "domain": options["domain-name"],
    }
    lifetime = site.dhcp4["valid-lifetime"]
    received = {key: held.get(key) for key in expected}
    network = subnet["subnet"].rpartition(".")[0]
    # Kea gives the rest of the lifetime of a young lease (Kea ARM, lease caching)
    lasts = 0.75 * lifetime <= int(str(held["lease"])) <= lifetime
    if received != expected or not lasts or not str(held["ip"]).startswith(network):
        raise LabError(f"demo: wrong lease in {vlan}: {held}, the site says {expected}")
    tell(f"{vlan}: {held['ip']}/{held['mask']} from {held['serverid']}")
    router, dns, ntp = (listed(held[key]) for key in ("router", "dns", "ntpsrv"))
    tell(f"  router {router}; DNS {dns}; NTP {ntp}; domain {held['domain']}")


def listed(values: object) -> str:
    """Return addresses of a lease as a person writes them."""
    return ", ".join(map(str, values)) if isinstance(values, list) else str(values)


def in_words(states: list[str]) -> str:
    """Return the states of both servers in words."""
    return listed([state or "no answer" for state in states])


def states() -> list[str]:
    """Return both servers' HA states, "" for one that does not answer."""
    return [state(name) for name in ("dhcp1", "dhcp2")]


def state(name: str) -> str:
    """Return a server's HA state, "" when it does not answer."""
    ask = 'echo \'{"command":"status-get"}\' | socat -t5 - UNIX-CONNECT:/run/kea/kea4-ctrl-socket'
    try:
        answer = json.loads(lab.execute(name, "sh", "-c", ask).stdout)
        servers = answer["arguments"]["high-availability"][0]["ha-servers"]
    except (LabError, ValueError, KeyError, IndexError):
        return ""
    return str(servers["local"]["state"])


def take_over(site: Site) -> None:
    """Cut the primary's power and wait for a client to be served by the standby."""
    standby = site.servers[1].address
    lab.power_cut("dhcp1")
    tell("dhcp1: power cut")
    cut = time.monotonic()

    def served() -> bool:
        done = lab.run_in("user", "lease")
        return done.returncode == 0 and json.loads(done.stdout)["serverid"] == standby

    until(served, "a lease from the standby", 90)
    tell(f"user: served by dhcp2, {time.monotonic() - cut:.1f} s after the cut")
    tell(f"states: {in_words(states())}")
    check(site, "voice", lease("voice"))


def main() -> int:
    """Run the demo."""
    site = load_site(INVENTORY.with_name("site.yaml"))
    with step("The lab: two bare hosts, a router with two VLANs, packages, time"):
        lab.up()
        lab.reset()
    with step("The deploy: from bare hosts to a hot-standby pair"):
        changed = deploy()
        tell(f"{changed} operations changed something; states: {in_words(states())}")
    with step("The proof: a real DHCP client in each VLAN"):
        for vlan in VLANS:
            check(site, vlan, lease(vlan))
    with step("The same again: nothing to change"):
        if deploy():
            raise LabError("demo: the second run changed something")
    with step("The take-over: the primary loses its power"):
        take_over(site)
    with step("The return: dhcp1 boots, both in hot-standby"):
        lab.boot("dhcp1")
        until(lambda: states() == ["hot-standby"] * 2, "hot-standby", 120)
        tell(f"states: {in_words(states())}")
        for vlan in VLANS:
            check(site, vlan, lease(vlan))
    print("\nThe lab is still up: python3 -m tests.lab exec dhcp1, make lab-down")
    return 0


if __name__ == "__main__":
    with plainly():
        sys.exit(main())
