"""The HA hook in one of Kea's own files: messages, places, cures (Kea ARM, High Availability)."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint import peers, relationships
from tests.lint.reports import Report, reports

Json = dict[str, Any]
HOOK = "hooks-libraries[0].parameters.high-availability[0]"
URL = "Write it so: http://192.0.2.1:8005/ or http://[2001:db8::1]:8005/"
TLS = {"trust-anchor": "a", "cert-file": "b", "key-file": "c"}
ALL_THREE = "Give trust-anchor, cert-file, key-file: all three, or none of them."
STANDBY = "hot-standby has one primary and one standby, and backups."


def peer(name: str, role: str, **keys: Any) -> Json:
    return {"name": name, "role": role, "url": "http://192.0.2.1:8005/"} | dashed(keys)


def dashed(keys: Json) -> Json:
    return {key.replace("_", "-"): value for key, value in keys.items()}


PAIR = [peer("a", "primary"), peer("b", "standby")]


def body(*relations: Json, **more: Any) -> Json:
    """Return a body with the HA hook that has these relationships."""
    parameters = {"high-availability": list(relations)}
    return {"hooks-libraries": [{"library": "libdhcp_ha.so", "parameters": parameters}]} | more


def relation(*members: Json, **keys: Any) -> Json:
    usual = {"this-server-name": "a", "mode": "hot-standby", "peers": list(members or PAIR)}
    return usual | dashed(keys)


def of_relation(*members: Json, **keys: Any) -> list[Report]:
    """Return the reports about a relationship, with their places in it."""
    lines = reports(relationships.RULES, body(relation(*members, **keys)))
    assert all(line[1].startswith(HOOK) for line in lines)
    return [(code, where[len(HOOK) + 1 :], message, hint) for code, where, message, hint in lines]


@pytest.mark.parametrize(
    ("members", "keys", "wanted"),
    [
        ((peer("a", "primary"), peer("a", "standby")), {},
         ("KP321", "peers[1].name", "a second peer 'a'", "Give each peer a name of its own.")),
        ((), {"this_server_name": "c"},
         ("KP321", "this-server-name", "no peer is named 'c'", "Write one of a, b.")),
        ((PAIR[0],), {}, ("KP322", "peers", "no peer is the standby", STANDBY)),
        ((*PAIR, peer("c", "standby")), {},
         ("KP322", "peers", "2 peers are the standby", STANDBY)),
        ((*PAIR, peer("c", "secondary")), {},
         ("KP322", "peers[2].role", "hot-standby has no secondary", STANDBY)),
        ((peer("a", "primary"), peer("b", "secondary"), peer("c", "standby")),
         {"mode": "load-balancing"},
         ("KP322", "peers[2].role", "load-balancing has no standby",
          "load-balancing has one primary and one secondary, and backups.")),
        ((peer("a", "backup"),), {"mode": "passive-backup"},
         ("KP322", "peers", "no peer is the primary",
          "passive-backup has one primary, and backups.")),
        ((peer("a", "primary"), peer("b", "standby")), {"mode": "passive-backup"},
         ("KP322", "peers[1].role", "passive-backup has no standby",
          "passive-backup has one primary, and backups.")),
        ((), {"wait_backup_ack": True},
         ("KP323", "wait-backup-ack", "hot-standby does not wait for its backups",
          "Leave it out.")),
        ((), {"delayed_updates_limit": 1},
         ("KP323", "delayed-updates-limit", "delayed-updates-limit is 0 in hot-standby",
          "Leave it out.")),
        ((peer("a", "primary"),), {"mode": "passive-backup", "delayed_updates_limit": 1},
         ("KP323", "delayed-updates-limit", "delayed-updates-limit is 0 in passive-backup",
          "Leave it out.")),
        ((peer("a", "primary"), peer("b", "secondary")),
         {"mode": "load-balancing", "wait_backup_ack": True},
         ("KP323", "wait-backup-ack", "load-balancing does not wait for its backups",
          "Leave it out.")),
        ((PAIR[0], peer("b", "standby", url="http:/b")), {},
         ("KP324", "peers[1].url", "'http:/b' is not the url of a peer", URL)),
        ((PAIR[0], peer("b", "standby", url="http://192.0.2.1:65536/")), {},
         ("KP324", "peers[1].url", "'http://192.0.2.1:65536/' is not the url of a peer", URL)),
        ((PAIR[0], peer("b", "standby", url="http://b.example:80/")), {},
         ("KP324", "peers[1].url", "'b.example' is not an IP address", URL)),
        ((PAIR[0], peer("b", "standby", url="https://192.0.2.1:80/")), {},
         ("KP324", "peers[1].url", "https without TLS",
          "Give trust-anchor, cert-file, key-file, or write http.")),
        ((PAIR[0], peer("b", "standby", trust_anchor="a")), {},
         ("KP325", "peers[1]", "cert-file is missing or empty beside the others", ALL_THREE)),
        ((PAIR[0], peer("b", "standby", key_file="")), TLS,
         ("KP325", "peers[1]", "key-file is missing or empty beside the others", ALL_THREE)),
        ((), {"state_machine": {"states": [{"state": "ready"}, {"state": "waiting"},
                                           {"state": "ready"}]}},
         ("KP326", "state-machine.states[2].state", "a second entry for ready",
          "Keep one of them.")),
    ],
)  # fmt: skip
def test_a_wrong_relationship(members: tuple[Json, ...], keys: Json, wanted: Report) -> None:
    assert of_relation(*members, **keys) == [wanted]


@pytest.mark.parametrize(
    ("members", "keys"),
    [
        ((), {"delayed_updates_limit": 0, "wait_backup_ack": False}),
        ((*PAIR, peer("c", "backup"), peer("d", "backup")), {}),
        ((peer("a", "primary"),), {"mode": "passive-backup", "wait_backup_ack": True}),
        ((peer("a", "primary"), peer("b", "secondary")),
         {"mode": "load-balancing", "delayed_updates_limit": 1}),
        ((), {"mode": "x", "wait_backup_ack": True, "delayed_updates_limit": 1}),
        ((), {"this_server_name": " "}),
    ],
)  # fmt: skip
def test_a_right_relationship(members: tuple[Json, ...], keys: Json) -> None:
    assert of_relation(*members, **keys) == []


@pytest.mark.parametrize(
    ("port", "good"),
    [("0", True), ("80", True), ("65535", True), ("65536", False), ("00080", True),
     ("0000000080", True), ("+80", True), ("+0080", True), ("+65535", True), ("+65536", False),
     ("-80", False), ("+", False), ("++80", False), (" 80", False), ("80 ", False), ("0x50", False),
     ("100000", False), ("x", False), ("", False), ("\u0664", False)],
)  # fmt: skip
def test_ports_of_peers(port: str, good: bool) -> None:
    """RFC 3986, 3.2.3: decimal digits, to Kea also behind a plus; RFC 9293 for their 16 bits."""
    lines = of_relation(PAIR[0], peer("b", "standby", url=f"http://192.0.2.1:{port}/"))
    assert [line[0] for line in lines] == ([] if good else ["KP324"])


@pytest.mark.parametrize("url", ["https://192.0.2.1:80/", "https://[2001:db8::1]/"])
def test_tls_of_the_relationship_or_of_the_peer(url: str) -> None:
    assert of_relation(PAIR[0], peer("b", "standby", url=url), **TLS) == []
    assert of_relation(PAIR[0], peer("b", "standby", url=url, **TLS)) == []


def test_several_relationships_are_hot_standby() -> None:
    other = relation(peer("c", "primary"), peer("d", "secondary"), this_server_name="c",
                     mode="load-balancing")  # fmt: skip
    where = "hooks-libraries[0].parameters.high-availability[1].mode"
    assert reports(relationships.RULES, body(relation(), other)) == [
        ("KP321", where, "several relationships are for hot-standby only", "Write hot-standby."),
    ]


def test_a_relationship_without_peers() -> None:
    hollow = {"this-server-name": "a", "mode": "hot-standby"}
    assert reports(relationships.RULES, body(hollow)) == [
        ("KP321", f"{HOOK}.this-server-name", "no peer is named 'a'", "Add the peers."),
    ]


MEMFILE = "each server keeps its leases in memfile, and does not send them to its peer"
DEFAULT = "Leave send-lease-updates out: the default is true."
QUIET = {"send-lease-updates": False}


@pytest.mark.parametrize(
    ("database", "place"),
    [
        ({}, "memfile"),
        ({"type": "memfile"}, "memfile"),
        ({"type": "mysql"}, "mysql on its own host"),
        *(({"type": "mysql", "host": host}, "mysql on its own host")
          for host in ("", "localhost", "127.0.0.1", "::1")),
        ({"type": "mysql", "host": "192.0.2.9"}, ""),
    ],
)  # fmt: skip
def test_who_keeps_leases_sends_them(database: Json, place: str) -> None:
    """Kea ARM, Load Balancing and Hot Standby: a shared database needs no updates."""
    more = {"lease-database": database}
    lines = reports(peers.RULES, body(relation(**QUIET), **more))
    message = f"each server keeps its leases in {place}, and does not send them to its peer"
    wanted = ("KP310", f"{HOOK}.send-lease-updates", message, DEFAULT)
    assert lines == ([wanted] if place else [])
    lines = reports(peers.RULES, body(relation(), **more))
    message = "both servers keep their leases in this database, and send them to each other"
    hint = "Set send-lease-updates and sync-leases to false if they share the database."
    assert lines == ([] if place else [("KP311", "lease-database.host", message, hint)])


def test_leases_that_a_restart_loses() -> None:
    for database in ({"persist": False}, {"type": "memfile", "persist": False}):
        more = {"lease-database": database}
        assert reports(peers.RULES, body(relation(), relation(), **more)) == [
            ("KP312", "lease-database.persist", "a restart loses all leases",
             "Leave it out: the default is true."),
        ]  # fmt: skip
        assert reports(peers.RULES, more) == []
    more = {"lease-database": {"type": "mysql", "persist": False}}
    assert [line[0] for line in reports(peers.RULES, body(relation(), **more))] == []


@pytest.mark.parametrize(
    ("heartbeat", "response", "good"),
    [(10000, 10000, False), (10000, 10001, True), (10000, 9999, False), (None, 10000, False),
     (None, 10001, True), (60000, None, False), (59999, None, True), (None, None, True)],
)  # fmt: skip
def test_delays(heartbeat: int | None, response: int | None, good: bool) -> None:
    """Kea ARM, Hot-Standby Configuration: 10000 and 60000 ms if they are not set."""
    keys = {"heartbeat-delay": heartbeat, "max-response-delay": response}
    given = {key: value for key, value in keys.items() if value is not None}
    message = f"max-response-delay {response or 60000} is not longer than heartbeat-delay"
    wanted = ("KP313", f"{HOOK}.max-response-delay", f"{message} {heartbeat or 10000}",
              "Make it five times the heartbeat-delay.")  # fmt: skip
    assert reports(peers.RULES, body(relation(**given))) == ([] if good else [wanted])


@pytest.mark.parametrize(("mode", "judged"), [("hot-standby", True), ("load-balancing", True),
                                              ("passive-backup", False)])  # fmt: skip
def test_modes_in_which_a_peer_takes_over(mode: str, judged: bool) -> None:
    lines = reports(peers.RULES, body(relation(mode=mode, **QUIET)))
    assert [line[:3] for line in lines] == (
        [("KP310", f"{HOOK}.send-lease-updates", MEMFILE)] if judged else []
    )
