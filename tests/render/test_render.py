"""The rendered files: their order, what differs between servers, what keaprov adds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from keaprov import load_site, render
from keaprov.model import Failover, ManagementApi, Role, Server, Site

PAIR = Site(
    name="labo",
    servers=(
        Server("dhcp1", "10.0.0.1", ("ens18",), Role.PRIMARY),
        Server("dhcp2", "10.0.0.2", ("ens18",), Role.STANDBY),
    ),
    dhcp4={"t1-percent": 1.0, "hostname-char-set": "[^ä]", "subnet4": []},
    failover=Failover(),
)
EXAMPLE = Path(__file__).parents[2] / "inventories/example/site.yaml"


def test_both_files_differ_in_this_server_name_only() -> None:
    primary, standby = (render.dhcp4(PAIR, server).splitlines() for server in PAIR.servers)
    differing = [pair for pair in zip(primary, standby, strict=True) if pair[0] != pair[1]]
    assert [(line.strip(), other.strip()) for line, other in differing] == [
        ('"this-server-name": "dhcp1"', '"this-server-name": "dhcp2"')
    ]


def test_the_same_site_gives_the_same_bytes_whatever_its_order() -> None:
    reordered = replace(PAIR, dhcp4=dict(reversed(list(PAIR.dhcp4.items()))))
    assert render.dhcp4(reordered, PAIR.servers[0]) == render.dhcp4(PAIR, PAIR.servers[0])


def test_the_revision_changes_with_anything_that_reaches_kea() -> None:
    revisions = {
        render.revision(site)
        for site in (
            PAIR,
            replace(PAIR, dhcp4={**PAIR.dhcp4, "valid-lifetime": 1}),
            replace(PAIR, failover=Failover(port=8006)),
            replace(PAIR, servers=(PAIR.servers[0], replace(PAIR.servers[1], address="10.0.0.3"))),
            replace(PAIR, servers=(PAIR.servers[0], replace(PAIR.servers[1], interfaces=("b",)))),
        )
    }
    assert len(revisions) == 5
    assert render.revision(replace(PAIR, update=False)) == render.revision(PAIR)


def test_keas_grammar_is_kept() -> None:
    text = render.dhcp4(PAIR, PAIR.servers[0])
    assert '"t1-percent": 1.0' in text
    assert '"[^ä]"' in text
    body = json.loads(text)["Dhcp4"]
    assert [hook["library"] for hook in body["hooks-libraries"]] == [
        "libdhcp_lease_cmds.so",
        "libdhcp_stat_cmds.so",
        "libdhcp_subnet_cmds.so",
        "libdhcp_class_cmds.so",
        "libdhcp_host_cmds.so",
        "libdhcp_ha.so",
    ]
    body = json.loads(render.dhcp4(replace(PAIR, live=False), PAIR.servers[0]))["Dhcp4"]
    assert [hook["library"] for hook in body["hooks-libraries"]] == [
        "libdhcp_lease_cmds.so",
        "libdhcp_stat_cmds.so",
        "libdhcp_ha.so",
    ]
    assert body["control-socket"]["socket-name"] == "kea4-ctrl-socket"


def test_the_sites_own_hooks_come_first_and_its_context_stays() -> None:
    own = {"hooks-libraries": [{"library": "libdhcp_flex_id.so"}], "user-context": {"by": "me"}}
    body = json.loads(render.dhcp4(replace(PAIR, dhcp4=own), PAIR.servers[0]))["Dhcp4"]
    assert body["hooks-libraries"][0] == {"library": "libdhcp_flex_id.so"}
    assert body["user-context"]["by"] == "me"
    assert body["user-context"]["keaprov"]["revision"] == render.revision(replace(PAIR, dhcp4=own))


@pytest.mark.parametrize(
    ("written", "rendered"),
    [
        ({}, (120, 5000)),
        ({"service-sockets-max-retries": 3}, (3, 5000)),
        ({"service-sockets-retry-wait-time": 1000}, (120, 1000)),
        ({"service-sockets-max-retries": 0}, (0, None)),
    ],
)
def test_kea_opens_sockets_again_unless_the_site_sets_otherwise(
    written: dict[str, int], rendered: tuple[int, int | None]
) -> None:
    site = replace(PAIR, dhcp4={"interfaces-config": written})
    interfaces = json.loads(render.dhcp4(site, PAIR.servers[0]))["Dhcp4"]["interfaces-config"]
    assert interfaces["interfaces"] == ["ens18"]
    assert rendered == (
        interfaces["service-sockets-max-retries"],
        interfaces.get("service-sockets-retry-wait-time"),
    )


def test_a_standalone_server_has_no_ha() -> None:
    alone = replace(PAIR, servers=PAIR.servers[:1], failover=None)
    assert "libdhcp_ha" not in render.dhcp4(alone, alone.servers[0])


def test_the_daemons_api_names_files_of_user_and_password_only() -> None:
    """As Kea 3.2 wants it: no user or password in the configuration, no open socket."""
    site = load_site(EXAMPLE)
    body = json.loads(render.dhcp4(site, site.servers[1]))["Dhcp4"]
    assert "control-socket" not in body
    unix, http = body["control-sockets"]
    assert unix == {"socket-type": "unix", "socket-name": "kea4-ctrl-socket"}
    assert (http["socket-type"], http["socket-address"], http["socket-port"]) == (
        "http", "10.60.1.68", 8000,
    )  # fmt: skip
    login = http["authentication"]
    assert (login["type"], login["directory"]) == ("basic", "/etc/kea")
    assert login["clients"] == [{"user-file": "kea-api-user", "password-file": "kea-api-password"}]
    with pytest.raises(ValueError, match="no control-agent"):
        render.agent(site, site.servers[1])


def test_the_agent_names_the_passwords_file_only() -> None:
    example = load_site(EXAMPLE)
    site = replace(example, api=ManagementApi(by_agent=True))
    assert "control-sockets" not in json.loads(render.dhcp4(site, site.servers[1]))["Dhcp4"]
    agent = json.loads(render.agent(site, site.servers[1]))["Control-agent"]
    assert agent["http-host"] == "10.60.1.68"
    assert agent["authentication"]["clients"] == [
        {"user": "admin", "password-file": "kea-api-password"}
    ]
    with pytest.raises(ValueError, match="no control-agent"):
        render.agent(PAIR, PAIR.servers[0])


def test_equal_sites_that_are_written_differently_are_rendered_each() -> None:
    texts = {
        render.dhcp4(replace(PAIR, dhcp4={"cache-threshold": value}), PAIR.servers[0])
        for value in (1, 1.0)
    }
    assert len(texts) == 2


def test_a_server_of_another_site_is_refused() -> None:
    foreign = replace(PAIR.servers[0], address="10.9.9.9")
    site = replace(PAIR, api=ManagementApi(by_agent=True))
    for write in (render.dhcp4, render.agent):
        with pytest.raises(ValueError, match="dhcp1 is not a server of the site labo"):
            write(site, foreign)
