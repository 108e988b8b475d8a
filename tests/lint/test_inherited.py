"""What clients of a scope get: options by name, code or octets, the innermost scope first."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint.config import Config, Scope
from keaprov.lint.forms import address
from keaprov.lint.inherited import (
    Option,
    anywhere,
    chain,
    client_chains,
    in_effect,
    options_of,
    options_of_reservations,
    pool_chains,
    value,
)

ROUTERS = 3
PATH = ("dhcp4", "option-data", 0)


def option(**raw: Any) -> Option:
    return Option(PATH, {key.replace("_", "-"): entry for key, entry in raw.items()}, ROUTERS)


@pytest.mark.parametrize(
    ("raw", "addresses"),
    [
        ({"data": "10.0.0.1"}, ["10.0.0.1"]),
        ({"data": "10.0.0.1 ,10.0.0.2"}, ["10.0.0.1", "10.0.0.2"]),
        ({"data": "x, 10.0.0.2"}, ["10.0.0.2"]),
        ({"data": ""}, []),
        ({}, []),
        ({"data": 5}, []),
        ({"data": "0a000001", "csv_format": False}, ["10.0.0.1"]),
        ({"data": "0a0000010a000002", "csv_format": False}, ["10.0.0.1", "10.0.0.2"]),
        ({"data": "0a0000010a0000", "csv_format": False}, ["10.0.0.1"]),
        ({"data": "0a0000", "csv_format": False}, []),
        ({"data": "10.0.0.1", "csv_format": False}, []),
        ({"data": "0a000001", "csv_format": True}, []),
    ],
)
def test_addresses(raw: dict[str, Any], addresses: list[str]) -> None:
    """RFC 2132, 3.5: four octets for each."""
    assert list(option(**raw).addresses) == [address(text) for text in addresses]


@pytest.mark.parametrize(
    ("raw", "default"),
    [
        ({"data": "0.0.0.0/0 - 10.0.0.1"}, True),
        ({"data": "10.0.0.0/8 - 10.0.0.1, 0.0.0.0/0-10.0.0.1"}, True),
        ({"data": "10.0.0.0/8 - 10.0.0.1"}, False),
        ({"data": "10.0.0.0/10 - 10.0.0.1"}, False),
        ({"data": ""}, False),
        ({"data": "000a000001", "csv_format": False}, True),
        ({"data": "080a0a000001000a000001", "csv_format": False}, True),
        ({"data": "080a0a000001", "csv_format": False}, False),
        ({"data": "090a000a000001000a000001", "csv_format": False}, True),
        ({"data": "100a000a00000100", "csv_format": False}, True),
        ({"data": "200a0000000a000001", "csv_format": False}, False),
        ({"data": "", "csv_format": False}, False),
    ],
)
def test_a_default_route(raw: dict[str, Any], default: bool) -> None:
    """RFC 3442: the width of the mask, its significant octets, the router."""
    assert option(**raw).has_default_route is default


def test_whether_an_option_is_sent_and_to_whom() -> None:
    assert option().sent
    assert option(never_send=False).sent
    assert not option(never_send=True).sent
    assert not option(client_classes=[]).guarded
    assert option(client_classes=["a"]).guarded


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        *(({"name": name}, code) for name, code in (
            ("subnet-mask", 1), ("routers", 3), ("time-servers", 4), ("name-servers", 5),
            ("domain-name-servers", 6), ("log-servers", 7), ("broadcast-address", 28),
            ("ntp-servers", 42), ("netbios-name-servers", 44), ("tftp-server-name", 66),
            ("boot-file-name", 67), ("classless-static-route", 121), ("v4-dnr", 162))),
        ({"code": 3}, 3),
        ({"code": 200}, 200),
        ({"name": "mine", "code": 200}, 200),
        ({"name": 5, "code": 3}, 3),
        ({"name": "routers", "space": "dhcp4"}, 3),
        ({"name": "routers", "space": "own"}, None),
        ({"name": "mine"}, None),
        ({"code": "3"}, None),
    ],
)  # fmt: skip
def test_options_of_a_scope(entry: dict[str, Any], code: int | None) -> None:
    """RFC 2132; RFC 3442 for 121, RFC 9463 for 162."""
    config = Config({"option-data": [{}, entry]})
    options = options_of(config, Scope(config.root, config.dhcp4, "global"))
    assert list(options) == ([] if code is None else [code])
    for written in options.values():
        assert [(each.path, each.code) for each in written] == [(("dhcp4", "option-data", 1), code)]


def entry(data: str, **more: Any) -> dict[str, Any]:
    return {"name": "routers", "data": data, **more}


FIRST, SECOND, THIRD, FOURTH = ("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4")
GUARDED = {"client-classes": ["a"]}


@pytest.mark.parametrize(
    ("pool", "subnet", "network", "everywhere", "wanted"),
    [
        ([FIRST], [SECOND], [THIRD], [FOURTH], [FIRST]),
        ([], [SECOND], [THIRD], [FOURTH], [SECOND]),
        ([], [], [THIRD], [FOURTH], [THIRD]),
        ([], [], [], [FOURTH], [FOURTH]),
        ([], [], [], [], []),
        ([FIRST, SECOND], [THIRD], [], [], [FIRST, SECOND]),
    ],
)
def test_the_innermost_scope_decides(
    pool: list[str], subnet: list[str], network: list[str], everywhere: list[str], wanted: list[str]
) -> None:
    """Kea ARM, DHCPv4 Server: pool, subnet, shared network, global scope."""
    config = nested(*([entry(text) for text in texts] for texts in
                      (pool, subnet, network, everywhere)))  # fmt: skip
    scopes = [*client_chains(config, config.subnets[0])][-1]
    assert [scope.kind for scope in scopes] == ["pool", "subnet", "shared", "global"]
    assert [option.data for option in in_effect(config, scopes, ROUTERS)] == wanted
    assert in_effect(config, scopes, 6) == []


def nested(*options: list[dict[str, Any]]) -> Config:
    """Return a configuration with options of a pool, a subnet, a shared network, and global."""
    pool, subnet, network, everywhere = ({"option-data": given} for given in options)
    subnets = [{"subnet": "10.0.0.0/24", "pools": [{"pool": "x", **pool}], **subnet}]
    return Config({"shared-networks": [{"subnet4": subnets, **network}], **everywhere})


def test_an_option_for_some_classes_comes_beside_others() -> None:
    config = nested([entry(FIRST, **GUARDED)], [entry(SECOND)], [entry(THIRD)], [])
    scopes = [*client_chains(config, config.subnets[0])][-1]
    assert [option.data for option in in_effect(config, scopes, ROUTERS)] == [FIRST, SECOND]
    config = nested([entry(FIRST, **GUARDED), entry(SECOND)], [entry(THIRD)], [], [])
    scopes = [*client_chains(config, config.subnets[0])][-1]
    assert [option.data for option in in_effect(config, scopes, ROUTERS)] == [FIRST, SECOND]


def test_chains_of_pools_and_clients() -> None:
    plain, special = {"pool": "x"}, {"pool": "y", "option-data": []}
    for pools, of_pools, of_clients in (
        ([], [], ["subnet"]),
        ([plain], ["subnet"], ["subnet"]),
        ([special], ["pool"], ["subnet", "pool"]),
        ([plain, special], ["subnet", "pool"], ["subnet", "pool"]),
    ):
        config = Config({"subnet4": [{"subnet": "10.0.0.0/24", "pools": pools}]})
        subnet = config.subnets[0]
        assert [scopes[0].kind for scopes in pool_chains(config, subnet)] == of_pools
        assert [scopes[0].kind for scopes in client_chains(config, subnet)] == of_clients
        assert [scope.kind for scope in chain(config, subnet)] == ["subnet", "global"]


def test_the_chain_of_each_shared_network_is_its_own() -> None:
    networks = [{"name": name, "subnet4": [{"subnet": "10.0.0.0/24"}]} for name in ("a", "b")]
    config = Config({"shared-networks": networks, "subnet4": [{"subnet": "10.0.1.0/24"}]})
    names = [
        [scope.raw.get("name") for scope in chain(config, subnet)] for subnet in config.subnets
    ]
    assert names == [[None, None], [None, "a", None], [None, "b", None]]
    assert [scope.path for scope in chain(config, config.subnets[2])] == [
        ("dhcp4", "shared-networks", 1, "subnet4", 0),
        ("dhcp4", "shared-networks", 1),
        ("dhcp4",),
    ]


def test_options_of_classes_and_reservations() -> None:
    host = {"hw-address": "00:11:22:33:44:55", "option-data": [entry(FIRST)]}
    rows = [{"duid": "01"}, host]
    config = Config({"subnet4": [{"subnet": "10.0.0.0/24", "reservations": rows}]})
    ((subnet, path, raw, options),) = options_of_reservations(config)
    assert subnet is config.subnets[0]
    assert path == ("dhcp4", "subnet4", 0, "reservations", 1)
    assert raw == host
    assert [each.path for each in options[ROUTERS]] == [(*path, "option-data", 0)]
    assert anywhere(config, ROUTERS)
    assert not anywhere(config, 6)
    config = Config({"client-classes": [{"name": "b"}, {"option-data": [entry(FIRST)]}]})
    assert anywhere(config, ROUTERS)
    assert not anywhere(config, 6)
    assert not anywhere(Config({"option-data": [entry(FIRST)]}), ROUTERS)


def test_a_value_is_that_of_the_innermost_scope() -> None:
    scopes = tuple(Scope((), raw, "") for raw in ({}, {"a": False}, {"a": True, "b": 1}))
    assert value(scopes, "a") is False
    assert value(scopes, "b") == 1
    assert value(scopes, "c") is None
    assert value(scopes, "c", 5) == 5
