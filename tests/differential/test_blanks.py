"""Blanks around each text of a configuration: `check` takes what Kea takes, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from keaprov.errors import Severity
from keaprov.site import check_file
from tests.differential.judge import refusals
from tests.lab.workshop import workshop

pytestmark = pytest.mark.lab

BODY: dict[str, Any] = {
    "interfaces-config": {"interfaces": ["lo"], "dhcp-socket-type": "raw"},
    "control-sockets": [{"socket-type": "unix", "socket-name": "kea4-ctrl-socket"}],
    "lease-database": {"type": "memfile", "name": "leases.csv"},
    "host-reservation-identifiers": ["hw-address", "duid", "client-id", "circuit-id", "flex-id"],
    "dhcp-ddns": {"enable-updates": True, "server-ip": "127.0.0.1", "ncr-protocol": "UDP"},
    "ddns-replace-client-name": "never",
    "ddns-generated-prefix": "host",
    "ddns-qualifying-suffix": "example.org",
    "ddns-conflict-resolution-mode": "check-with-dhcid",
    "hostname-char-set": "[^A-Za-z0-9.-]",
    "hostname-char-replacement": "x",
    "server-tag": "tag",
    "next-server": "172.20.10.2",
    "server-hostname": "host",
    "boot-file-name": "file",
    "allocator": "iterative",
    "sanity-checks": {"lease-checks": "warn"},
    "option-def": [
        {"name": "mine", "code": 224, "type": "record", "record-types": "uint8, string"},
        {"name": "space-of-mine", "code": 225, "type": "empty", "encapsulate": "sub"},
        {"name": "first", "code": 1, "space": "sub", "type": "uint8"},
    ],
    "option-data": [
        {"name": "domain-name-servers", "data": "172.20.10.53, 172.20.11.53"},
        {"code": 15, "data": "example.org"},
        {"name": "mine", "data": "1, text"},
        {"name": "first", "space": "sub", "data": "7"},
        {"name": "ntp-servers", "data": "AC140A02", "csv-format": False},
    ],
    "client-classes": [
        {"name": "voip", "test": "option[60].hex == 'x'", "next-server": "172.20.10.3"},
        {"name": "late", "only-in-additional-list": True, "server-hostname": "h"},
    ],
    "loggers": [
        {
            "name": "kea-dhcp4",
            "severity": "INFO",
            "output-options": [{"output": "kea.log", "pattern": "%m"}],
        }
    ],
    "shared-networks": [
        {
            "name": "net",
            "relay": {"ip-addresses": ["172.20.11.254"]},
            "subnet4": [{"id": 2, "subnet": "172.20.11.0/24"}],
        }
    ],
    "reservations": [{"flex-id": "'text'", "hostname": "glob"}],
    "subnet4": [
        {
            "id": 1,
            "subnet": "172.20.10.0/24",
            "interface": "lo",
            "pools": [{"pool": "172.20.10.100 - 172.20.10.199"}, {"pool": "172.20.10.64/28"}],
            "relay": {"ip-addresses": ["172.20.10.254"]},
            "4o6-subnet": "2001:db8::/64",
            "client-classes": ["voip"],
            "evaluate-additional-classes": ["late"],
            "reservations": [
                {"hw-address": "02:00:00:00:00:01", "ip-address": "172.20.10.5"},
                {"duid": "01:02:03:04", "hostname": "name"},
                {"client-id": "01:02:03", "next-server": "172.20.10.4"},
                {"circuit-id": "'quoted'", "boot-file-name": "b", "client-classes": ["voip"]},
            ],
        }
    ],
}
LEFT = {
    ("next-server",),  # a value out of range in the global scope: stricter on purpose
    ("loggers", 0, "severity"),  # the same
    ("subnet4", 0, "interface"),  # which interfaces there are, only the host knows
}
BLANKS = (" {}", "{} ", "\t{}", "{}\t", "{}\n", "\n{}")


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the paths of the texts in a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        if isinstance(inner, (dict, list)):
            yield from leaves(inner, (*path, key))
        elif isinstance(inner, str):
            yield (*path, key)


def changed(body: dict[str, Any], path: tuple[Any, ...], form: str) -> dict[str, Any]:
    """Return the body with blanks around the text at a path."""
    body = deepcopy(body)
    part: Any = body
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = form.format(part[path[-1]])
    return body


def test_blanks_around_every_text(tmp_path: Path) -> None:
    forms = [(path, form) for path in leaves(BODY) for form in BLANKS]
    texts = [json.dumps({"Dhcp4": changed(BODY, path, form)}) for path, form in forms]
    with workshop() as shop:
        refused, *reasons = refusals(shop, [json.dumps({"Dhcp4": BODY}), *texts])
    assert not refused
    file, wrong = tmp_path / "kea-dhcp4.conf", []
    for (path, form), text, reason in zip(forms, texts, reasons, strict=True):
        file.write_text(text)
        problems = check_file(file).problems
        errors = [str(problem) for problem in problems if problem.severity is Severity.ERROR]
        if path in LEFT:
            continue
        if bool(errors) != bool(reason):
            wrong.append(f"{path} {form!r}: Kea: {reason[-120:]!r}, check: {errors}")
    assert not wrong, f"{len(wrong)} disagreements\n" + "\n".join(wrong)
