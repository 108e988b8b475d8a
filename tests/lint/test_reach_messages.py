"""Masks, routes, routers and DNS of clients: what each message says, and where it stands."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint import lookups, reach
from tests.lint.reports import reports

Json = dict[str, Any]
SUBNET = {"id": 1, "subnet": "10.0.0.0/24"}
POOLS = {"pools": [{"pool": "10.0.0.10-10.0.0.19"}]}
MAC = "00:11:22:33:44:55"


def options(**values: str) -> Json:
    return {
        "option-data": [
            {"name": name.replace("_", "-"), "data": data} for name, data in values.items()
        ]
    }


def of_host(keys: Json) -> Json:
    return {"subnet4": [{**SUBNET, "reservations": [{"duid": "01"}, {"hw-address": MAC, **keys}]}]}


def in_class(keys: Json, subnet: Json = SUBNET) -> Json:
    return {"client-classes": [{"name": "a", **keys}], "subnet4": [subnet]}


MASK = options(subnet_mask="255.255.0.0")
BROADCAST = options(broadcast_address="10.0.0.127")


@pytest.mark.parametrize(
    ("body", "where", "words", "other"),
    [
        ({"subnet4": [{**SUBNET, **MASK}]}, "subnet4[0].option-data[0].data",
         "255.255.0.0 is not the mask of 10.0.0.0/24", "255.255.255.0"),
        ({"subnet4": [{**SUBNET, **BROADCAST}]}, "subnet4[0].option-data[0].data",
         "10.0.0.127 is not the broadcast address of 10.0.0.0/24", "10.0.0.255"),
        ({"subnet4": [SUBNET], **MASK}, "option-data[0].data",
         "255.255.0.0 is not the mask of 10.0.0.0/24", "255.255.255.0"),
        (of_host(MASK), "subnet4[0].reservations[1].option-data[0].data",
         "255.255.0.0 is not the mask of 10.0.0.0/24", "255.255.255.0"),
        (in_class(MASK), "client-classes[0].option-data[0].data",
         "255.255.0.0 is the mask of no subnet", ""),
        (in_class(BROADCAST), "client-classes[0].option-data[0].data",
         "10.0.0.127 is the broadcast address of no subnet", ""),
    ],
)  # fmt: skip
def test_a_wrong_mask(body: Json, where: str, words: str, other: str) -> None:
    """RFC 2132, 3.3 and 5.3."""
    hint = f"Leave the option out, or write {other}." if other else "Leave the option out."
    assert reports((reach.contradicting_mask,), body) == [("KP520", where, words, hint)]


@pytest.mark.parametrize(
    ("length", "hint"),
    [
        (24, "Leave the option out, or write 255.255.255.0."),
        (25, "Leave the option out."),
    ],
)
def test_a_global_mask_has_one_message(length: int, hint: str) -> None:
    """The cure of one subnet is not a mistake in another."""
    second = {"id": 2, "subnet": f"10.0.1.0/{length}"}
    lines = reports((reach.contradicting_mask,), {"subnet4": [SUBNET, second], **MASK})
    assert [(line[1], line[3]) for line in lines] == [("option-data[0].data", hint)]


@pytest.mark.parametrize(
    "keys",
    [
        options(subnet_mask="255.255.255.0", broadcast_address="10.0.0.255"),
        options(subnet_mask="255.255.255.255", broadcast_address="255.255.255.255"),
        {"option-data": [{**MASK["option-data"][0], "never-send": True}]},
        {"option-data": [{**MASK["option-data"][0], "client-classes": ["a"]}]},
        {**MASK, "subnet": "x"},
    ],
)
def test_a_right_mask(keys: Json) -> None:
    assert reports((reach.contradicting_mask,), {"subnet4": [{**SUBNET, **keys}]}) == []


def test_the_mask_of_a_class_fits_one_subnet() -> None:
    wide = {"id": 2, "subnet": "10.1.0.0/16"}
    body = {"client-classes": [{"name": "a", **MASK}], "subnet4": [SUBNET, wide]}
    assert reports((reach.contradicting_mask,), body) == []
    body["subnet4"][1] = {"id": 2, "subnet": "x"}
    assert reports((reach.contradicting_mask,), body) == []
    assert reports((reach.contradicting_mask,), {**in_class(MASK), "config-control": {}}) == []


AWAY = "10.0.0.0/8 - 10.0.0.2"
ROUTES = options(classless_static_route=AWAY)
BOTH = options(routers="10.0.0.1, 10.0.0.9", classless_static_route=AWAY)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"subnet4": [{**SUBNET, **BOTH}]}, "subnet4[0].option-data[1]"),
        ({"subnet4": [{**SUBNET, **options(routers="10.0.0.1")}], **ROUTES}, "option-data[0]"),
        (in_class(BOTH), "client-classes[0].option-data[1]"),
        (in_class(ROUTES, {**SUBNET, **options(routers="10.0.0.1")}),
         "client-classes[0].option-data[0]"),
        (of_host(BOTH), "subnet4[0].reservations[1].option-data[1]"),
        ({**of_host(ROUTES), **options(routers="10.0.0.1")},
         "subnet4[0].reservations[1].option-data[0]"),
        ({"reservations": [{"hw-address": MAC, **ROUTES}],
          "subnet4": [{**SUBNET, **options(routers="10.0.0.1")}]},
         "reservations[0].option-data[0]"),
    ],
)  # fmt: skip
def test_routes_without_a_default_route(body: Json, where: str) -> None:
    """RFC 3442: a client that gets routes ignores routers."""
    message = "no default route: clients ignore routers if they get these routes"
    wanted = ("KP521", f"{where}.data", message, "Add 0.0.0.0/0 - 10.0.0.1.")
    assert reports((reach.no_default_route,), body) == [wanted]


def test_the_default_route_in_the_form_of_the_option() -> None:
    routes = {"option-data": [{"code": 121, "csv-format": False, "data": "080A0A000002"}]}
    subnet = {**SUBNET, **options(routers="10.0.0.1")}
    other = {"id": 2, "subnet": "10.0.1.0/24", **options(routers="10.0.1.1")}
    for subnets, more in (
        ([subnet], ""),
        ([subnet, other], ", or write the routes in each subnet"),
    ):
        lines = reports((reach.no_default_route,), {"subnet4": subnets, **routes})
        assert [line[3] for line in lines] == [f"Add 000A000001 (0.0.0.0/0 - 10.0.0.1){more}."]


@pytest.mark.parametrize(
    "keys",
    [
        ROUTES,
        options(routers="10.0.0.1"),
        options(routers="10.0.0.1", classless_static_route=f"{AWAY}, 0.0.0.0/0 - 10.0.0.1"),
        options(routers="10.0.0.1", classless_static_route="x"),
        options(routers="10.0.0.1", classless_static_route=""),
        {"option-data": [BOTH["option-data"][0],
                         {**BOTH["option-data"][1], "never-send": True}]},
        {"option-data": [{**BOTH["option-data"][0], "never-send": True},
                         BOTH["option-data"][1]]},
    ],
)  # fmt: skip
def test_routes_that_are_right(keys: Json) -> None:
    assert reports((reach.no_default_route,), {"subnet4": [{**SUBNET, **keys}]}) == []


BARE = {**SUBNET, **POOLS}
ROUTER = options(routers="10.0.0.1")
DNS = options(domain_name_servers="10.0.0.2")
ALL = options(routers="10.0.0.1", domain_name_servers="10.0.0.2")
MEANT = "If none is meant, write the option with never-send: true."


@pytest.mark.parametrize(
    ("body", "names", "wanted"),
    [
        ({"subnet4": [BARE]}, "router and no DNS server", "routers and domain-name-servers"),
        ({"subnet4": [{**BARE, **ROUTER}]}, "DNS server", "domain-name-servers"),
        ({"subnet4": [{**BARE, **DNS}]}, "router", "routers"),
        ({"subnet4": [{**BARE, **DNS}], **in_class(DNS, BARE), **DNS}, "router", "routers"),
        (in_class(DNS, BARE), "router", "routers"),
        ({"subnet4": [BARE], "hooks-libraries": [{"library": "libdhcp_ha.so"}]},
         "router and no DNS server", "routers and domain-name-servers"),
        ({"subnet4": [{**SUBNET, "pools": [{"pool": "10.0.0.1-10.0.0.2", **DNS}]}]},
         "router", "routers"),
    ],
)  # fmt: skip
def test_clients_that_reach_nothing(body: Json, names: str, wanted: str) -> None:
    lines = reports((reach.nothing_to_reach,), body)
    message = f"clients of 10.0.0.0/24 get no {names}"
    assert lines == [("KP522", "subnet4[0]", message, f"Set {wanted}. {MEANT}")]


@pytest.mark.parametrize(
    "body",
    [
        {"subnet4": [SUBNET]},
        {"subnet4": [{**BARE, **ALL}]},
        {"subnet4": [BARE], **ALL},
        {"subnet4": [{**BARE, **options(classless_static_route=AWAY, v4_dnr="1, a.example.")}]},
        in_class(ALL, BARE),
        {"subnet4": [{**BARE, "reservations": [{"duid": "01", **ALL}]}]},
        {"subnet4": [BARE], "config-control": {}},
        *({"subnet4": [BARE], "hooks-libraries": [{"library": library}]}
          for library in ("libdhcp_flex_option.so", "libdhcp_radius.so", "libdhcp_user_chk.so",
                          "own.so")),
        {"subnet4": [{**BARE, "options": []}]},
        {"subnet4": [{**BARE, "routers": "10.0.0.1", "domain-name-servers": "10.0.0.2"}]},
        {"subnet4": [{**BARE, "gateway": "10.0.0.1", "dns": "10.0.0.2"}]},
        {"subnet4": [{**BARE, **options(gateway="10.0.0.1", dns="10.0.0.2")}]},
    ],
)  # fmt: skip
def test_clients_that_may_reach_something(body: Json) -> None:
    assert reports((reach.nothing_to_reach,), body) == []


@pytest.mark.parametrize(
    ("count", "names"),
    [
        (2, "10.0.1.0/24, 10.0.2.0/24"),
        (3, "10.0.1.0/24, 10.0.2.0/24, 10.0.3.0/24"),
        (4, "10.0.1.0/24, 10.0.2.0/24, 10.0.3.0/24 and 1 more"),
    ],
)
def test_many_subnets(count: int, names: str) -> None:
    subnets = [{**BARE, "subnet": f"10.0.{number}.0/24", **DNS} for number in range(1, count + 1)]
    (line,) = reports((reach.nothing_to_reach,), {"subnet4": subnets})
    assert line[1:3] == ("subnet4[0]", f"clients of {names} get no router")


def rows(*entries: Json, **more: Any) -> Json:
    keys = {key.replace("_", "-"): value for key, value in more.items()}
    return {"subnet4": [{**SUBNET, **POOLS, "reservations": list(entries)}], **keys}


FLEX = (
    "Add {library: libdhcp_flex_id.so, parameters: {identifier-expression: …}} to hooks-libraries."
)


@pytest.mark.parametrize(
    ("body", "code", "where", "message", "hint"),
    [
        ({"reservations": [{"duid": "01"}], "subnet4": [SUBNET]}, "KP421", "reservations",
         "Kea ignores the global reservations: no subnet has reservations-global: true",
         "Set reservations-global: true, or move the reservations into their subnets."),
        (rows({"duid": "01"}, reservations_in_subnet=False), "KP421", "subnet4[0].reservations",
         "Kea ignores the reservations of 10.0.0.0/24: its reservations-in-subnet is false",
         "Set reservations-in-subnet: true, or move them to the global reservations."),
        (rows({"duid": "01"}, host_reservation_identifiers=["hw-address"]), "KP422",
         "subnet4[0].reservations[0].duid", "Kea does not look for reservations by duid",
         "Set host-reservation-identifiers: [hw-address, duid]."),
        (rows({"duid": "01"}, {"duid": "02"}, {"duid": "03"},
              host_reservation_identifiers=["hw-address"]), "KP422",
         "subnet4[0].reservations[0].duid",
         "Kea does not look for reservations by duid (and 2 more)",
         "Set host-reservation-identifiers: [hw-address, duid]."),
        (rows({"flex-id": "01"}, host_reservation_identifiers=["flex-id"]), "KP422",
         "subnet4[0].reservations[0].flex-id",
         "nothing makes a flex-id to compare with this one", FLEX),
        (rows({"flex-id": "01"}, {"flex-id": "02"}, host_reservation_identifiers=["auto"]), "KP422",
         "subnet4[0].reservations[0].flex-id",
         "nothing makes a flex-id to compare with this one (and 1 more)", FLEX),
        (rows({"duid": "01", "ip-address": "10.0.0.10"}, reservations_out_of_pool=True), "KP423",
         "subnet4[0].pools[0].pool",
         "Kea ignores the reserved address 10.0.0.10: it is inside the pool, and "
         "reservations-out-of-pool is true",
         "Move it out of the pool, or set reservations-out-of-pool: false."),
        (rows({"duid": "01", "ip-address": "10.0.0.10"}, {"duid": "02", "ip-address": "10.0.0.19"},
              {"duid": "03", "ip-address": "10.0.0.20"}, reservations_out_of_pool=True), "KP423",
         "subnet4[0].pools[0].pool",
         "Kea ignores the reserved address 10.0.0.10 and 1 more: they are inside the pool, and "
         "reservations-out-of-pool is true",
         "Move it out of the pool, or set reservations-out-of-pool: false."),
        ({"reservations": [{"duid": "01", "ip-address": "10.0.1.5"}, {"duid": "02"},
                           {"duid": "03", "ip-address": "10.0.0.5"},
                           {"duid": "04", "ip-address": "10.0.9.5"}],
          "subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "reservations-global": True},
                      {"id": 2, "subnet": "10.0.1.0/24"}]}, "KP421",
         "reservations[0].ip-address",
         "Kea ignores the global reservation of 10.0.1.5 and 1 more: no subnet with "
         "reservations-global: true has the address",
         "Reserve it in its subnet, or set reservations-global: true in the subnet that has the "
         "address."),
    ],
)  # fmt: skip
def test_reservations_that_kea_does_not_look_up(
    body: Json, code: str, where: str, message: str, hint: str
) -> None:
    """Kea ARM, Host Reservations in DHCPv4."""
    assert reports(lookups.RULES, body) == [(code, where, message, hint)]


@pytest.mark.parametrize(
    "body",
    [
        {"reservations": [{"duid": "01"}], "subnet4": [{**SUBNET, "reservations-global": True}]},
        {"reservations": [{"duid": "01"}]},
        {"reservations": [], "subnet4": [SUBNET]},
        {"reservations": [{"duid": "01"}], "subnet4": [SUBNET],
         "early-global-reservations-lookup": True},
        *(rows({kind: "01"}) for kind in ("hw-address", "duid", "circuit-id", "client-id")),
        rows({"duid": "01"}, host_reservation_identifiers=[]),
        rows({"duid": "01", "ip-address": "10.0.0.9"}, reservations_out_of_pool=True),
        rows({"duid": "01", "ip-address": "10.0.0.10"}),
    ],
)  # fmt: skip
def test_reservations_that_kea_looks_up(body: Json) -> None:
    assert reports(lookups.RULES, body) == []
