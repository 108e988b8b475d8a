"""What a client is promised where reservation, pool, subnet, network and site differ."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pytest

from keaprov.model import Role, Server, Site
from keaprov.promise import broken_promises, identifiers, option_codes

MAC = "02:00:00:00:00:01"
SERVERS = (
    Server("dhcp1", "10.9.0.1", ("eth0",), Role.PRIMARY),
    Server("dhcp2", "10.9.0.2", ("eth0",), Role.STANDBY),
)
POOL = {"pool": "10.0.0.100 - 10.0.0.199"}


def router(last: int) -> dict[str, Any]:
    return {"option-data": [{"name": "routers", "data": f"10.0.0.{last}"}]}


def site(subnet: dict[str, Any], network: dict[str, Any] | None = None, **dhcp4: Any) -> Site:
    whole = {"id": 1, "subnet": "10.0.0.0/24", "pools": [POOL], **subnet}
    if network is None:
        return Site("s", SERVERS, {**dhcp4, "subnet4": [whole]})
    return Site("s", SERVERS, {**dhcp4, "shared-networks": [{**network, "subnet4": [whole]}]})


def number(seconds: int) -> str:
    return seconds.to_bytes(4, "big").hex()


def broken(
    made: Site, address: str = "10.0.0.100", known: bool = False, client: str = "", **options: str
) -> list[str]:
    """Return what an answer breaks; `options` are hexadecimal, by `o` and the code."""
    given = {"1": "ffffff00", **{key[1:]: value for key, value in options.items()}}
    answer = {"server": "10.9.0.1", "address": address, "options": given}
    return [str(promise) for promise in broken_promises(made, answer, MAC, client, known=known)]


SCOPES = ("site", "network", "subnet", "pool", "reservation")


@pytest.mark.parametrize("nearest", range(1, len(SCOPES) + 1))
def test_the_nearest_scope_counts(nearest: int) -> None:
    """Each of the scopes has a router of its own; those beyond the nearest have none."""
    own = [router(place) if place < nearest else {} for place in range(len(SCOPES))]
    whole, network, subnet, pool, reservation = own
    held = {"hw-address": MAC, "ip-address": "10.0.0.100", **reservation}
    subnet = {**subnet, "pools": [{**POOL, **pool}], "reservations": [held]}
    made = site(subnet, {"name": "n", **network}, **whole)
    assert broken(made, o3=IPv4Address(f"10.0.0.{nearest - 1}").packed.hex()) == []
    words = f"routers: promised 10.0.0.{nearest - 1}, given 10.0.0.9"
    assert broken(made, o3="0a000009") == [words]
    assert option_codes(
        site({**subnet, "pools": [{**POOL, **pool}]}, {"name": "n", **network}, **whole)
    ) == [3]


@pytest.mark.parametrize("key", ["valid-lifetime", "renew-timer", "rebind-timer"])
def test_times_are_inherited(key: str) -> None:
    code = {"valid-lifetime": "o51", "renew-timer": "o58", "rebind-timer": "o59"}[key]
    whole: dict[str, Any] = {key: 500}
    given: dict[str, Any] = {code: number(500)}
    nearer: dict[str, Any] = {code: number(400)}
    assert broken(site({}, **whole), **given) == []
    assert broken(site({key: 400}, **whole), **nearer) == []
    made = site({}, {"name": "n", key: 300}, **whole)
    assert broken(made, **given) == [f"{key}: promised 300, given 500"]


def test_a_mask_is_that_of_the_prefix() -> None:
    made = site({"subnet": "10.0.0.7/16"})
    assert broken(made, o1="ffff0000") == []
    assert broken(made) == ["subnet-mask: promised 255.255.0.0, given 255.255.255.0"]
    own = {"option-data": [{"name": "subnet-mask", "data": "255.0.0.0"}]}
    assert broken(site({"subnet": "10.0.0.0/16", **own}), o1="ffff0000") == []


def test_options_of_a_class_may_come_instead() -> None:
    classes: dict[str, Any] = {"client-classes": [{"name": "a", **router(2)}]}
    made = site(router(1), **classes)
    assert broken(made, o3="0a000009") == []


CACHED: dict[str, Any] = {"valid-lifetime": 1000}


@pytest.mark.parametrize(
    ("values", "seconds", "fits"),
    [
        ({}, 1000, True),
        ({}, 999, True),
        ({}, 750, True),
        ({}, 749, False),
        ({}, 1001, False),
        ({"cache-threshold": 0.5}, 500, True),
        ({"cache-threshold": 0.5}, 499, False),
        ({"cache-max-age": 100}, 900, True),
        ({"cache-max-age": 100}, 899, False),
        ({"cache-threshold": 0.0}, 1000, True),
        ({"cache-threshold": 0.0}, 999, False),
    ],
)
def test_a_client_with_a_lease_may_get_the_rest_of_it(
    values: dict[str, Any], seconds: int, fits: bool
) -> None:
    """Kea keeps a lease's lifetime for a quarter of it by default (Kea ARM, Lease Caching)."""
    for made in (site({}, **CACHED, **values), site({**CACHED, **values})):
        sentences = [] if fits else [f"valid-lifetime: promised 1000, given {seconds}"]
        assert broken(made, known=True, o51=number(seconds)) == sentences
        stranger = [] if seconds == 1000 else [f"valid-lifetime: promised 1000, given {seconds}"]
        assert broken(made, o51=number(seconds)) == stranger


def test_a_lifetime_that_is_missing_is_no_rest_of_a_lease() -> None:
    assert broken(site({}, **CACHED), known=True) == ["valid-lifetime: promised 1000, given none"]
    assert broken(site({}), known=True) == []


HELD = {"hw-address": MAC, "ip-address": "10.0.0.5"}
OTHER = {"client-id": "01:02", "ip-address": "10.0.0.6"}


@pytest.mark.parametrize(
    ("subnet", "dhcp4", "address", "sentences"),
    [
        ({"reservations": [OTHER, HELD]}, {}, "10.0.0.5", []),
        ({"reservations": [OTHER, HELD]}, {}, "10.0.0.100",
         ["address: promised 10.0.0.5 (reserved), given 10.0.0.100"]),
        ({"reservations": [HELD], "reservations-in-subnet": False}, {}, "10.0.0.100", []),
        ({"reservations": [HELD]}, {"reservations-in-subnet": False}, "10.0.0.100", []),
        ({}, {"reservations": [HELD]}, "10.0.0.100", []),
        ({}, {"reservations": [HELD], "reservations-global": True}, "10.0.0.100",
         ["address: promised 10.0.0.5 (reserved), given 10.0.0.100"]),
        ({"reservations": [{"hw-address": "02-00-00-00-00-1", "ip-address": "10.0.0.5"}]}, {},
         "10.0.0.5", []),
        ({"reservations": [{"hw-address": MAC}]}, {}, "10.0.0.100", []),
        ({"reservations": [{"hw-address": MAC}]}, {}, "10.0.0.7",
         ["address: promised one of the pools of 10.0.0.0/24, given 10.0.0.7"]),
        ({"reservations": [OTHER]}, {}, "10.0.0.6",
         ["address: promised not one that is reserved for somebody else, given 10.0.0.6"]),
        ({"pools": None}, {}, "10.0.0.100",
         ["address: promised one of the pools of 10.0.0.0/24, given 10.0.0.100"]),
        ({}, {}, "10.0.0.199", []),
        ({}, {}, "10.0.0.200",
         ["address: promised one of the pools of 10.0.0.0/24, given 10.0.0.200"]),
        ({}, {}, "10.0.1.1", ["address: promised one of the site's subnets, given 10.0.1.1"]),
    ],
)  # fmt: skip
def test_the_address(
    subnet: dict[str, Any], dhcp4: dict[str, Any], address: str, sentences: list[str]
) -> None:
    assert broken(site(subnet, **dhcp4), address) == sentences


def test_a_client_id_counts_too() -> None:
    made = site({"reservations": [OTHER]})
    assert broken(made, "10.0.0.6", client="01:02") == []
    words = ["address: promised 10.0.0.6 (reserved), given 10.0.0.100"]
    assert broken(made, client="01:02") == words
    assert broken(made, client="01:03") == []


def test_a_server_without_identifier() -> None:
    answer = {"server": "", "address": "10.0.0.100", "options": {"1": "ffffff00"}}
    (promise,) = broken_promises(site({}), answer, MAC)
    assert str(promise) == "server: promised 10.9.0.1 or 10.9.0.2, given none"


def test_an_identifier_of_a_shared_network() -> None:
    own = {"option-data": [{"name": "dhcp-server-identifier", "data": "10.0.0.5"}]}
    assert identifiers(site({}, {"name": "n", **own})) == ["10.9.0.1", "10.9.0.2", "10.0.0.5"]
