"""What keaprov adds to a site's own values, as a whole: API, TLS, loggers, hooks, keys of one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from keaprov import render
from keaprov.model import Failover, ManagementApi, Role, Server, Site, Tls

PRIMARY = Server("dhcp1", "10.0.0.1", ("ens18",), Role.PRIMARY)
STANDBY = Server("dhcp2", "10.0.0.2", ("ens18", "ens19"), Role.STANDBY)
PAIR = Site(name="labo", servers=(PRIMARY, STANDBY), dhcp4={}, failover=Failover(port=8005))
TLS = Tls("20260501")
FILES = {
    "trust-anchor": "/etc/kea/tls/20260501/trust.pem",
    "cert-file": "/etc/kea/tls/20260501/cert.pem",
    "key-file": "/etc/kea/tls/20260501/key.pem",
}


def body(site: Site, server: Server = PRIMARY) -> Any:
    return json.loads(render.dhcp4(site, server))["Dhcp4"]


def test_a_pair_without_values_of_its_own() -> None:
    made = body(PAIR, STANDBY)
    revision = render.revision(PAIR)
    assert len(revision) == 16
    (ha,) = made["hooks-libraries"].pop()["parameters"]["high-availability"]
    assert made == {
        "control-socket": {"socket-type": "unix", "socket-name": "kea4-ctrl-socket"},
        "interfaces-config": {
            "interfaces": ["ens18", "ens19"],
            "service-sockets-max-retries": 120,
            "service-sockets-retry-wait-time": 5000,
        },
        "lease-database": {"type": "memfile", "persist": True, "lfc-interval": 3600},
        "loggers": [
            {
                "name": "kea-dhcp4",
                "severity": "INFO",
                "output-options": [
                    {"output": "kea-dhcp4.log", "maxsize": 10485760, "maxver": 8, "flush": True}
                ],
            }
        ],
        "sanity-checks": {"lease-checks": "fix"},
        "user-context": {"keaprov": {"site": "labo", "revision": revision}},
        "hooks-libraries": [
            {"library": f"libdhcp_{name}_cmds.so"}
            for name in ("lease", "stat", "subnet", "class", "host")
        ],
    }
    delays = Failover()
    peer = {"auto-failover": True}
    assert ha == {
        "this-server-name": "dhcp2",
        "mode": "hot-standby",
        "heartbeat-delay": delays.heartbeat_delay,
        "max-response-delay": delays.max_response_delay,
        "max-ack-delay": delays.max_ack_delay,
        "max-unacked-clients": delays.max_unacked_clients,
        "peers": [
            {"name": "dhcp1", "url": "http://10.0.0.1:8005/", "role": "primary", **peer},
            {"name": "dhcp2", "url": "http://10.0.0.2:8005/", "role": "standby", **peer},
        ],
    }


@pytest.mark.parametrize(
    ("written", "checks"),
    [
        ({}, {"lease-checks": "fix"}),
        ({"sanity-checks": {"lease-checks": "warn"}}, {"lease-checks": "warn"}),
        (
            {"sanity-checks": {"extended-info-checks": "fix"}},
            {"lease-checks": "fix", "extended-info-checks": "fix"},
        ),
        ({"sanity-checks": {}}, {}),
    ],
)
def test_leases_follow_their_subnet_unless_the_site_says_otherwise(
    written: dict[str, Any], checks: dict[str, str]
) -> None:
    assert body(replace(PAIR, dhcp4=written))["sanity-checks"] == checks


def test_what_the_site_writes_stays() -> None:
    own = {
        "loggers": [{"name": "kea-dhcp4", "severity": "DEBUG"}],
        "lease-database": {"type": "mysql", "name": "kea"},
    }
    made = body(replace(PAIR, dhcp4=own))
    assert {key: made[key] for key in own} == own


def test_the_peers_prove_who_they_are() -> None:
    made = body(replace(PAIR, tls=TLS))
    (ha,) = made["hooks-libraries"][-1]["parameters"]["high-availability"]
    assert ha["require-client-certs"] is True
    assert {key: ha[key] for key in FILES} == FILES
    assert [peer["url"][:8] for peer in ha["peers"]] == ["https://"] * 2


@pytest.mark.parametrize(
    ("tls", "kind", "secured"),
    [
        (None, "http", {}),
        (replace(TLS, api=False), "http", {}),
        (TLS, "https", {**FILES, "cert-required": False}),
    ],
)
def test_the_api_of_the_daemon(tls: Tls | None, kind: str, secured: dict[str, Any]) -> None:
    made = body(replace(PAIR, api=ManagementApi(port=8001, user="ops"), tls=tls), STANDBY)
    assert "control-socket" not in made
    assert made["control-sockets"] == [
        {"socket-type": "unix", "socket-name": "kea4-ctrl-socket"},
        {
            "socket-type": kind,
            **secured,
            "socket-address": "10.0.0.2",
            "socket-port": 8001,
            "authentication": {
                "type": "basic",
                "realm": "kea-dhcp4",
                "directory": "/etc/kea",
                "clients": [{"user-file": "kea-api-user", "password-file": "kea-api-password"}],
            },
        },
    ]


@pytest.mark.parametrize(
    ("tls", "secured"),
    [
        (None, {}),
        (replace(TLS, api=False), {}),
        (TLS, {**FILES, "cert-required": False}),
    ],
)
def test_the_api_of_the_agent(tls: Tls | None, secured: dict[str, Any]) -> None:
    api = ManagementApi(port=8001, user="ops", by_agent=True)
    text = render.agent(replace(PAIR, api=api, tls=tls), STANDBY)
    assert text.endswith("}\n")
    assert json.loads(text) == {
        "Control-agent": {
            "http-host": "10.0.0.2",
            "http-port": 8001,
            **secured,
            "control-sockets": {
                "dhcp4": {"socket-type": "unix", "socket-name": "kea4-ctrl-socket"}
            },
            "authentication": {
                "type": "basic",
                "realm": "kea-control-agent",
                "directory": "/etc/kea",
                "clients": [{"user": "ops", "password-file": "kea-api-password"}],
            },
            "loggers": [
                {
                    "name": "kea-ctrl-agent",
                    "severity": "INFO",
                    "output-options": [
                        {
                            "output": "kea-ctrl-agent.log",
                            "maxsize": 10485760,
                            "maxver": 8,
                            "flush": True,
                        }
                    ],
                }
            ],
        }
    }


def test_keys_of_one_server() -> None:
    """The other server has the site's value, or none."""
    own = replace(PRIMARY, dhcp4={"server-tag": "a", "valid-lifetime": 9})
    site = replace(PAIR, servers=(own, STANDBY), dhcp4={"valid-lifetime": 5})
    first, second = body(site, own), body(site, STANDBY)
    assert (first["server-tag"], first["valid-lifetime"]) == ("a", 9)
    assert ("server-tag" in second, second["valid-lifetime"]) == (False, 5)


@pytest.mark.parametrize("servers", [(PRIMARY,), (PRIMARY, STANDBY)])
@pytest.mark.parametrize("failover", [None, Failover()])
def test_ha_is_for_a_pair(servers: tuple[Server, ...], failover: Failover | None) -> None:
    libraries = [
        hook["library"]
        for hook in body(replace(PAIR, servers=servers, failover=failover))["hooks-libraries"]
    ]
    assert ("libdhcp_ha.so" in libraries) is bool(failover and len(servers) == 2)
