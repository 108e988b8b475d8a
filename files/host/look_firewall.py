"""Observe firewalld: what is permanent, what runs, and which zone has which interface."""

from __future__ import annotations

import glob
import json
import os
import re
from typing import Any

import reading
import shell

ROOT = "/etc/firewalld"
VENDOR = "/usr/lib/firewalld"
BUS = ("busctl", "--json=short", "call", "org.fedoraproject.FirewallD1")
ZONES = ("/org/fedoraproject/FirewallD1", "org.fedoraproject.FirewallD1.zone")


def firewall(zone: str, interfaces: list[str]) -> dict[str, object]:
    """Return a zone and keaprov's services; `error` says what cannot be read, "" if all can.

    `bound` has the zone of each interface, "" for one that is in no zone; it is there if
    firewalld runs, as `runtime` is.
    """
    paths = glob.glob(f"{ROOT}/services/keaprov-*.xml")
    permanent, error = permanent_zone(zone)
    report: dict[str, object] = {
        "services": {os.path.basename(path)[:-4]: reading.text(path) for path in paths},
        "permanent": permanent,
        "error": error,
    }
    settings = call("getZoneSettings2", zone)
    if isinstance(settings, dict):
        report["runtime"] = {
            "services": sorted(settings.get("services", {}).get("data", [])),
            "ports": sorted("/".join(port) for port in settings.get("ports", {}).get("data", [])),
            "rules": sorted(settings.get("rules_str", {}).get("data", [])),
        }
        report["bound"] = {name: call("getZoneOfInterface", name) or "" for name in interfaces}
    default = re.search(r"^DefaultZone=(\S+)", reading.quiet(f"{ROOT}/firewalld.conf"), re.M)
    report["default"] = default.group(1) if default else "public"
    return report


def call(method: str, name: str) -> Any:
    """Return what the running firewalld answers, None if it does not."""
    done = shell.run(*BUS, *ZONES, method, "s", name)
    if done.returncode:
        return None
    try:
        return json.loads(done.stdout)["data"][0]
    except (ValueError, LookupError, TypeError):
        return None


def permanent_zone(zone: str) -> tuple[dict[str, list[str]] | None, str]:
    """Return a zone as its file has it, and why it cannot be read, "" if it can."""
    import xml.etree.ElementTree as ElementTree  # a status goes without, and is the quicker for it

    import rich_rule

    for directory in (f"{ROOT}/zones", f"{VENDOR}/zones"):
        path = f"{directory}/{zone}.xml"
        source = reading.quiet(path)
        if not source:
            continue
        try:
            root = ElementTree.fromstring(source)
        except (ElementTree.ParseError, ValueError) as error:
            return None, f"{path} is not valid XML: {error}"
        return {
            "services": sorted(e.get("name", "") for e in root.findall("service")),
            "ports": sorted(f"{e.get('port')}/{e.get('protocol')}" for e in root.findall("port")),
            "rules": sorted(rich_rule.text(e) for e in root.findall("rule")),
            "interfaces": sorted(e.get("name", "") for e in root.findall("interface")),
        }, ""
    return None, ""
