"""Ask the running firewalld, and reload it without the loss of what others opened or forbade."""

from __future__ import annotations

import json
from typing import Any

import shell

MARK = "keaprov-"
BUS = "org.fedoraproject.FirewallD1"
PATH = "/org/fedoraproject/FirewallD1"
PARTS = {
    "services": "--add-service",
    "ports": "--add-port",
    "protocols": "--add-protocol",
    "source_ports": "--add-source-port",
    "icmp_blocks": "--add-icmp-block",
    "sources": "--add-source",
    "rules_str": "--add-rich-rule",
}
"""What a zone may have in the running configuration only, and firewall-cmd's option for it.

A reload itself keeps interfaces, the entries of ipsets and direct rules (fw.py, reload).
"""
AT_ONCE = 200
"""Values in one command: a list of bans may be longer than a command line."""


def is_ours(name: str) -> bool:
    """Whether keaprov has made a service, or a rule, which names such a service."""
    return name.startswith(MARK) or f'service name="{MARK}' in name


def call(interface: str, method: str, *words: str) -> Any:
    """Return what the running firewalld answers, None if it does not."""
    signature = ("s", *words) if words else ()
    done = shell.run("busctl", "--json=short", "call", BUS, PATH, interface, method, *signature)
    if done.returncode:
        return None
    try:
        return json.loads(done.stdout)["data"][0]
    except (ValueError, LookupError, TypeError):
        return None


def zone(name: str) -> dict[str, list[str]] | None:
    """Return the `PARTS` of a zone as it runs; None if firewalld does not answer."""
    settings = call(f"{BUS}.zone", "getZoneSettings2", name)
    if not isinstance(settings, dict):
        return None
    return {
        part: ["/".join(value) if isinstance(value, list) else str(value) for value in values]
        for part in PARTS
        for values in [settings.get(part, {}).get("data", [])]
    }


def zone_of(interface: str) -> str:
    """Return the zone that an interface is bound to, "" if it is bound to none."""
    return call(f"{BUS}.zone", "getZoneOfInterface", interface) or ""


def ports_of(service: str) -> list[str]:
    """Return the ports of a service as the running firewalld knows it: ``8005/tcp``."""
    settings = call(BUS, "getServiceSettings2", service)
    ports = settings.get("ports", {}).get("data", []) if isinstance(settings, dict) else []
    return sorted("/".join(port) for port in ports)


def zones() -> dict[str, dict[str, list[str]]]:
    """Return the `PARTS` of every zone as it runs."""
    running = {name: zone(name) for name in call(f"{BUS}.zone", "getZones") or []}
    return {name: parts for name, parts in running.items() if parts is not None}


def reload() -> str:
    """Reload firewalld, restore what only the running zones had; return what failed, "" if none.

    What keaprov itself opened is as its permanent configuration says after a reload.
    """
    before = zones()
    done = shell.run("firewall-cmd", "--reload")
    if done.returncode:
        return shell.words(done)
    failed = []
    for name, parts in before.items():
        after = zone(name) or {}
        for part, option in PARTS.items():
            known = after.get(part, [])
            lost = [value for value in parts[part] if value not in known and not is_ours(value)]
            for start in range(0, len(lost), AT_ONCE):
                options = [f"{option}={value}" for value in lost[start : start + AT_ONCE]]
                done = shell.run("firewall-cmd", f"--zone={name}", *options)
                if done.returncode:
                    failed.append(f"zone {name}: {shell.words(done)}")
    return "\n".join(failed)
