"""Times and lifetimes: order, bounds, messages and places (RFC 2131, 4.4.5; Kea ARM)."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint import timers
from tests.lint.reports import Report, reports

SUBNET = {"id": 1, "subnet": "10.0.0.0/24"}
ORDER = "Choose renew-timer < rebind-timer < valid-lifetime, as 900, 1800 and 3600."
LIFETIMES = "Choose min-valid-lifetime <= valid-lifetime <= max-valid-lifetime."
PERCENTS = "Choose t1-percent < t2-percent, as 0.5 and 0.875."
DNS = "Keep either ddns-ttl, or ddns-ttl-percent with its bounds."
CALCULATED = {"calculate-tee-times": True}


def given(keys: dict[str, Any]) -> dict[str, Any]:
    return {key.replace("_", "-"): value for key, value in keys.items()}


def of_scope(**keys: Any) -> list[Report]:
    """Return the reports about a subnet with these keys, with their places in it."""
    lines = reports(timers.RULES, {"subnet4": [{**SUBNET, **given(keys)}]})
    return [
        (code, where.removeprefix("subnet4[0]."), message, hint)
        for code, where, message, hint in lines
    ]


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ({"renew_timer": 900, "rebind_timer": 900},
         ("KP601", "rebind-timer", "renew-timer 900 is not less than rebind-timer 900", ORDER)),
        ({"renew_timer": 901, "rebind_timer": 900},
         ("KP601", "rebind-timer", "renew-timer 901 is not less than rebind-timer 900", ORDER)),
        ({"rebind_timer": 7200},
         ("KP601", "rebind-timer",
          "rebind-timer 7200 is not less than valid-lifetime 7200 (Kea's default)", ORDER)),
        ({"renew_timer": 7200},
         ("KP601", "renew-timer",
          "renew-timer 7200 is not less than valid-lifetime 7200 (Kea's default)", ORDER)),
        ({"renew_timer": 600, "valid_lifetime": 600},
         ("KP601", "valid-lifetime", "renew-timer 600 is not less than valid-lifetime 600", ORDER)),
        ({"valid_lifetime": 59},
         ("KP605", "valid-lifetime", "valid-lifetime 59: clients renew every 29.5 s",
          "3600 to 86400 seconds are usual.")),
        ({"valid_lifetime": 4294967295},
         ("KP605", "valid-lifetime",
          "valid-lifetime 4294967295 is infinite: the address never becomes free",
          "Reserve the address, or write a number of seconds.")),
        ({"max_valid_lifetime": 4294967295},
         ("KP605", "max-valid-lifetime",
          "max-valid-lifetime 4294967295 is infinite: the address never becomes free",
          "Reserve the address, or write a number of seconds.")),
        ({"min_valid_lifetime": 7201},
         ("KP602", "min-valid-lifetime",
          "min-valid-lifetime 7201 is more than valid-lifetime 7200", LIFETIMES)),
        ({"max_valid_lifetime": 7199},
         ("KP602", "max-valid-lifetime",
          "valid-lifetime 7200 is more than max-valid-lifetime 7199", LIFETIMES)),
        ({"min_valid_lifetime": 61, "valid_lifetime": 60},
         ("KP602", "min-valid-lifetime",
          "min-valid-lifetime 61 is more than valid-lifetime 60", LIFETIMES)),
        ({"t1_percent": 0.5, "t2_percent": 0.5, **CALCULATED},
         ("KP603", "t1-percent", "t1-percent 0.5 is not less than t2-percent 0.5", PERCENTS)),
        ({"t1_percent": 0.875, **CALCULATED},
         ("KP603", "t1-percent", "t1-percent 0.875 is not less than t2-percent 0.875", PERCENTS)),
        ({"t2_percent": 0.5, **CALCULATED},
         ("KP603", "t2-percent", "t1-percent 0.5 is not less than t2-percent 0.5", PERCENTS)),
        ({"ddns_ttl": 1, "ddns_ttl_percent": 0.5},
         ("KP604", "ddns-ttl-percent", "ddns-ttl and ddns-ttl-percent exclude each other", DNS)),
        ({"ddns_ttl": 1, "ddns_ttl_min": 1},
         ("KP604", "ddns-ttl-min", "ddns-ttl and ddns-ttl-min exclude each other", DNS)),
        ({"ddns_ttl": 1, "ddns_ttl_max": 1},
         ("KP604", "ddns-ttl-max", "ddns-ttl and ddns-ttl-max exclude each other", DNS)),
        ({"ddns_ttl_min": 2, "ddns_ttl_max": 1},
         ("KP604", "ddns-ttl-min", "ddns-ttl-min 2 is more than ddns-ttl-max 1", DNS)),
    ],
)  # fmt: skip
def test_a_wrong_time(keys: dict[str, Any], wanted: Report) -> None:
    """Without valid-lifetime Kea takes 7200 s (Kea ARM, DHCPv4 Server)."""
    assert of_scope(**keys) == [wanted]


@pytest.mark.parametrize(
    "keys",
    [
        {"renew_timer": 899, "rebind_timer": 900, "valid_lifetime": 901},
        {"renew_timer": 7199},
        {"rebind_timer": 7199},
        {"valid_lifetime": 60},
        {"max_valid_lifetime": 4294967294},
        {"min_valid_lifetime": 7200, "max_valid_lifetime": 7200},
        {"min_valid_lifetime": 60, "valid_lifetime": 60, "max_valid_lifetime": 60},
        {"t1_percent": 0.9, "t2_percent": 0.1},
        {"t1_percent": 0.9, "calculate_tee_times": False},
        {"t1_percent": 0.4, "t2_percent": 0.5, **CALCULATED},
        {"t1_percent": 0.874, **CALCULATED},
        {"ddns_ttl_percent": 0.5, "ddns_ttl_min": 1, "ddns_ttl_max": 1},
        {"ddns_ttl": 1},
        {"renew_timer": True, "rebind_timer": "1"},
    ],
)
def test_right_times(keys: dict[str, Any]) -> None:
    assert of_scope(**keys) == []


@pytest.mark.parametrize(
    ("outer", "inner", "where"),
    [
        ({"rebind_timer": 900}, {"renew_timer": 900}, "subnet4[0].renew-timer"),
        ({"renew_timer": 900}, {"rebind_timer": 900}, "subnet4[0].rebind-timer"),
        ({"renew_timer": 900, "rebind_timer": 900}, {}, "rebind-timer"),
        ({"valid_lifetime": 60}, {"min_valid_lifetime": 61}, "subnet4[0].min-valid-lifetime"),
        ({"max_valid_lifetime": 9000}, {"valid_lifetime": 9001}, "subnet4[0].valid-lifetime"),
        (CALCULATED, {"t1_percent": 0.9}, "subnet4[0].t1-percent"),
        ({"t1_percent": 0.9}, CALCULATED, "subnet4[0].calculate-tee-times"),
    ],
)
def test_a_scope_inherits(outer: dict[str, Any], inner: dict[str, Any], where: str) -> None:
    """Kea ARM, DHCPv4 Server: a subnet has the values of its shared network, then global ones."""
    lines = reports(timers.RULES, {**given(outer), "subnet4": [{**SUBNET, **given(inner)}]})
    assert [line[1] for line in lines] == [where]
    if where.startswith("subnet4"):
        network = {"name": "n", **given(outer), "subnet4": [{**SUBNET, **given(inner)}]}
        lines = reports(timers.RULES, {"shared-networks": [network]})
        assert [line[1] for line in lines] == [f"shared-networks[0].{where}"]


@pytest.mark.parametrize("refused", [-1, 2**32, "60", None, True])
def test_a_time_that_the_schema_refuses_is_named_once(refused: Any) -> None:
    for bounds in ({"min_valid_lifetime": 60}, {"max_valid_lifetime": 60}, {"renew_timer": 60}):
        assert of_scope(valid_lifetime=refused, **bounds) == []
    assert of_scope(rebind_timer=refused, renew_timer=60, valid_lifetime=600) == []
    assert of_scope(ddns_ttl_min=refused, ddns_ttl_max=60) == []
    bounds = {"min-valid-lifetime": 100, "max-valid-lifetime": refused}
    assert reports(timers.RULES, {"client-classes": [{"name": "a", **bounds}]}) == []


def test_times_of_pools_do_not_count() -> None:
    pool = {"pool": "10.0.0.1-10.0.0.9", "renew-timer": 9000, "min-valid-lifetime": 9000}
    assert of_scope(pools=[pool]) == []


def test_a_class_inherits_nothing() -> None:
    """Kea ARM, Configuring Classes: lifetimes of a class count as they stand there."""
    body = {"min-valid-lifetime": 100, "client-classes": [{"name": "a", "valid-lifetime": 60}]}
    assert reports(timers.RULES, body) == []
    bounds = {"min-valid-lifetime": 100, "max-valid-lifetime": 200}
    message = "min-valid-lifetime 100 and max-valid-lifetime 200 need a valid-lifetime between"
    assert reports(timers.RULES, {"client-classes": [{"name": "a", **bounds}]}) == [
        ("KP602", "client-classes[0].min-valid-lifetime", message, LIFETIMES),
    ]
    percents = {"t1-percent": 0.9, "renew-timer": 9000, **CALCULATED}
    assert reports(timers.RULES, {"client-classes": [{"name": "a", **percents}]}) == []
