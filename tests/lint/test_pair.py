"""The pair of a site: servers, failover, TLS, the series of Kea; messages, places and cures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from keaprov.errors import dotted
from tests.lint.test_rules import GONE, OWN, TLS, problems

Changes = list[tuple[str, Any]]
LEAVE = "Leave it out."
HOOK = "Correct the value, or leave the key out: the HA hook then takes its default."
THREE = "Give trust-anchor, cert-file and key-file, or leave all three out."


@pytest.mark.parametrize(
    ("code", "where", "message", "hint", "changes"),
    [
        ("KP301", "servers.dhcp2.role",
         "both servers are primary: a hot-standby pair has one primary and one standby",
         "Change one of the two.", [("servers.dhcp2.role", "primary")]),
        ("KP301", "servers.dhcp1.role", "a single server is the primary",
         "Give one server `role: primary`, and the other `role: standby`.",
         [("servers.dhcp2", GONE), ("failover", GONE), ("servers.dhcp1.role", "standby")]),
        ("KP302", "failover", "two servers and no failover",
         "Add `failover: {}` for the defaults.", [("failover", GONE)]),
        ("KP302", "failover", "failover with one server",
         "Add the second server, or leave failover out.", [("servers.dhcp2", GONE)]),
        ("KP303", "servers.dhcp2.address", "both servers have one address",
         "Give each server the address of its own interface.",
         [("servers.dhcp2.address", "10.0.0.1")]),
        ("KP304", "failover.port", "failover and api share port 8000",
         "8005 and 8000 are usual.", [("failover.port", 8000)]),
        ("KP305", "failover.max-response-delay", "59999 is not a multiple of heartbeat-delay 2000",
         "Write a multiple of heartbeat-delay, such as five times its value.",
         [("failover.max-response-delay", 59999)]),
        ("KP306", "failover.state-machine",
         "keaprov takes no state-machine: a paused state would stop a rolling restart",
         "Leave it out: no state is paused by default.", [("failover.state-machine", {})]),
        ("KP306", "failover.sync-leases", "'yes' is not true or false", HOOK,
         [("failover.sync-leases", "yes")]),
        ("KP306", "failover.sync-timeout", "True is not a whole number", HOOK,
         [("failover.sync-timeout", True)]),
        ("KP306", "failover.sync-timeout", "-1 is not from 0 to 4294967295", HOOK,
         [("failover.sync-timeout", -1)]),
        ("KP306", "failover.sync-timeout", "4294967296 is not from 0 to 4294967295", HOOK,
         [("failover.sync-timeout", 4294967296)]),
        ("KP306", "failover.multi-threading.http-client-threads", "'1' is not a whole number", HOOK,
         [("failover.multi-threading", {"http-client-threads": "1"})]),
        ("KP306", "failover.multi-threading", "1 is not a map", HOOK,
         [("failover.multi-threading", 1)]),
        ("KP306", "failover.sync-timeuot", "the HA hook knows no 'sync-timeuot'",
         "Did you mean sync-timeout?", [("failover.sync-timeuot", 1)]),
        ("KP306", "failover.heartbeat-dely", "the HA hook knows no 'heartbeat-dely'",
         "Did you mean heartbeat-delay?", [("failover.heartbeat-dely", 1)]),
        ("KP306", "failover.multi-threading.x", "the HA hook knows no 'x'",
         "Known here: enable-multi-threading, http-dedicated-listener, http-listener-threads, "
         "http-client-threads, user-context, comment.", [("failover.multi-threading", {"x": 1})]),
        ("KP306", "failover.delayed-updates-limit", "delayed-updates-limit is 0 in hot-standby",
         LEAVE, [("failover.delayed-updates-limit", 1)]),
        ("KP307", "failover.key-file", "key-file is missing beside trust-anchor", THREE,
         [("failover.trust-anchor", "a"), ("failover.cert-file", "b")]),
        ("KP307", "failover.cert-file", "cert-file and key-file are missing beside trust-anchor",
         THREE, [("failover.trust-anchor", "a")]),
        ("KP307", "failover.trust-anchor", "trust-anchor is missing beside cert-file", THREE,
         [("failover.key-file", "a"), ("failover.cert-file", "b")]),
        *(("KP308", "dhcp4.hooks-libraries[0].library", f"keaprov adds {library} itself", LEAVE,
           [("dhcp4.hooks-libraries", [{"library": library}])])
          for library in ("libdhcp_ha.so", "libdhcp_lease_cmds.so", "libdhcp_stat_cmds.so",
                          "libdhcp_subnet_cmds.so", "libdhcp_class_cmds.so",
                          "libdhcp_host_cmds.so")),
        ("KP308", "dhcp4.interfaces-config.interfaces", "interfaces are set for each server",
         "Write them under servers.", [("dhcp4.interfaces-config", {"interfaces": ["*"]})]),
        ("KP308", "dhcp4.user-context.keaprov", "keaprov keeps its revision here",
         "Use another name.", [("dhcp4.user-context", {"keaprov": {}})]),
        ("KP704", "dhcp4.multi-threading.enable-multi-threading",
         "the HA listener needs Kea's multi-threading", "Leave it out: the default is true.",
         [("dhcp4.multi-threading", {"enable-multi-threading": False})]),
        *(("KP704", f"failover.multi-threading.{key}",
           f"without {key} the HA hook opens no listener, and the peers cannot connect",
           "Leave it out: the default is true.", [("failover.multi-threading", {key: False})])
          for key in ("enable-multi-threading", "http-dedicated-listener")),
        ("KP901", "dhcp4.lease-database.password", "a password in clear",
         "Write {env: NAME} or {file: PATH}, or let the database trust the host.",
         [("dhcp4.lease-database", {"type": "memfile", "password": "x"})]),
    ],
)  # fmt: skip
def test_a_wrong_pair(
    tmp_path: Path, code: str, where: str, message: str, hint: str, changes: Changes
) -> None:
    """Kea ARM, High Availability hook: one primary, one standby; the values that it takes."""
    assert (code, where, message, hint) in lines(tmp_path, changes)


def lines(folder: Path, changes: Changes) -> list[tuple[str, str, str, str]]:
    return [
        (problem.code, dotted(problem.path), problem.message, problem.hint)
        for problem in problems(folder, *changes)
    ]


@pytest.mark.parametrize(
    "changes",
    [
        [("failover.max-response-delay", 50000)],
        [("failover.sync-timeout", 0), ("failover.sync-page-limit", 4294967295)],
        [("failover.delayed-updates-limit", 0)],
        [("failover.user-context", {"own": 1})],
        [("failover.multi-threading", {"http-client-threads": 0, "comment": "c"})],
        [("dhcp4.multi-threading", {"enable-multi-threading": True})],
        [("dhcp4.user-context", {"own": {}})],
        [("failover", GONE), ("servers.dhcp2", GONE)],
        [("servers.dhcp1", {"role": "standby", "address": "10.0.0.1", "interfaces": ["a"]}),
         ("servers.dhcp2", {"role": "primary", "address": "10.0.0.2", "interfaces": ["a"]})],
    ],
)  # fmt: skip
def test_a_right_pair(tmp_path: Path, changes: Changes) -> None:
    assert lines(tmp_path, changes) == []


def without_pair(**tls: Any) -> Changes:
    return [("failover", GONE), ("servers.dhcp2", GONE), ("tls", {**TLS, **tls})]


@pytest.mark.parametrize(
    ("code", "where", "message", "hint", "changes"),
    [
        *(("KP341", f"failover.{key}", f"tls and failover.{key} exclude each other",
           "Remove it: keaprov sets it from tls.", [("tls", TLS), (f"failover.{key}", value)])
          for key, value in (("trust-anchor", "a"), ("cert-file", "a"), ("key-file", "a"),
                             ("require-client-certs", True))),
        ("KP341", "tls.servers", "dhcp2 has no certificate",
         "Add dhcp2 with its ca, cert and private-key.", [("tls", {"servers": {"dhcp1": OWN}})]),
        ("KP341", "tls.servers.dhcp3", "the site has no server dhcp3", "Remove it.",
         [("tls", {"servers": {"dhcp1": OWN, "dhcp3": OWN}})]),
        ("KP344", "tls", "the authority's key is not encrypted",
         "Add passphrase: {env: NAME} before the first deploy, and keep it apart.",
         [("tls", {"generate": True})]),
        ("KP345", "tls", "nothing of this site uses TLS", "Remove tls, or add api.",
         without_pair(api=False)),
        ("KP345", "tls", "nothing of this site uses TLS", "Remove tls, or add api.",
         [*without_pair(), ("api", GONE)]),
    ],
)  # fmt: skip
def test_certificates_of_a_site(
    tmp_path: Path, code: str, where: str, message: str, hint: str, changes: Changes
) -> None:
    assert (code, where, message, hint) in lines(tmp_path, changes)


@pytest.mark.parametrize("changes", [[("tls", TLS)], without_pair()])
def test_certificates_that_are_used(tmp_path: Path, changes: Changes) -> None:
    assert lines(tmp_path, changes) == []


@pytest.mark.parametrize("part", ["ca", "cert"])
def test_a_certificate_that_cannot_be_read(tmp_path: Path, part: str) -> None:
    own = {"servers": {"dhcp1": {**OWN, part: "no"}, "dhcp2": OWN}}
    (problem,) = [each for each in problems(tmp_path, ("tls", own)) if each.code == "KP342"]
    assert dotted(problem.path) == f"tls.servers.dhcp1.{part}"
    assert "no" in problem.message
    assert problem.hint == "The name is relative to the site file."


def test_an_authority_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    own = {**TLS, "directory": "file"}
    (problem,) = [each for each in problems(tmp_path, ("tls", own)) if each.code == "KP342"]
    assert dotted(problem.path) == "tls"
    assert problem.message
    assert problem.hint == "Correct tls.directory, or the rights of the directory."
