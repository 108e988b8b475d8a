"""Observe firewalld: what keaprov opened, for good and now, and which zone has which interface."""

from __future__ import annotations

import glob
import os
import xml.etree.ElementTree as ElementTree
from typing import Any

import admission
import firewall_files
import firewalld_bus
import look_network
import reading
import rich_rule


def firewall(zone: str, interfaces: list[str]) -> dict[str, object]:
    """Return a zone and keaprov's services; `error` says what cannot be read, "" if all can.

    `bound` has the zone of each interface, "" for one that is in no zone: the running binding, or
    the permanent one while firewalld is down. `runtime` and `loaded` are there if firewalld runs.
    `elsewhere` has the other zones in which keaprov has opened something for good. What others
    opened is not reported.
    """
    paths = glob.glob(f"{firewall_files.ROOT}/services/{firewalld_bus.MARK}*.xml")
    services = {os.path.basename(path)[:-4]: reading.text(path) for path in paths}
    permanent, error = permanent_zone(zone)
    others = (name for name in firewall_files.own_names("zones") if name != zone)
    elsewhere = {name: permanent_zone(name)[0] for name in others}
    ssh = admission.report()
    report: dict[str, object] = {
        "services": services,
        "permanent": permanent,
        "error": error,
        "elsewhere": {
            name: opened
            for name, opened in elsewhere.items()
            if opened and (opened["services"] or opened["rules"])
        },
        "bound": {name: firewall_files.zone_of(name) for name in interfaces},
        "ssh": ssh,
        "managed": look_network.managed([*interfaces, str(ssh["interface"])]),
        "default": firewall_files.default_zone(),
    }
    settings = firewalld_bus.zone(zone)
    if settings is not None:
        report["runtime"] = {
            key: sorted(filter(firewalld_bus.is_ours, settings[part]))
            for key, part in (("services", "services"), ("rules", "rules_str"))
        }
        report["bound"] = {name: firewalld_bus.zone_of(name) for name in interfaces}
        report["loaded"] = {name: firewalld_bus.ports_of(name) for name in services}
    return report


def permanent_zone(zone: str) -> tuple[dict[str, list[str]] | None, str]:
    """Return what keaprov opened in a zone's file, and why it cannot be read, "" if it can."""
    path = firewall_files.path("zones", zone)
    if not path:
        return None, ""
    try:
        root = ElementTree.fromstring(reading.text(path))
    except (ElementTree.ParseError, ValueError) as error:
        return None, f"{path} is not valid XML: {error}"
    services = (each.get("name", "") for each in root.findall("service"))
    return {
        "services": sorted(filter(firewalld_bus.is_ours, services)),
        "rules": sorted(rich_rule.text(rule) for rule in root.findall("rule") if is_ours(rule)),
        "interfaces": sorted(each.get("name", "") for each in root.findall("interface")),
    }, ""


def is_ours(rule: Any) -> bool:
    """Whether a rule names a service of keaprov's."""
    return any(each.get("name", "").startswith(firewalld_bus.MARK) for each in rule.iter("service"))
