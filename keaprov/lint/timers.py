"""Rules about times (RFC 2131, 4.4.5; Kea ARM, DHCPv4 Server)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from keaprov.lint.config import Config, Scope
from keaprov.lint.rule import Finding, error, warning
from keaprov.model.names import VALID_LIFETIME


def _number(raw: Mapping[str, Any], key: str) -> float | None:
    """Return a number, None if there is none.

    What the schema refuses is NaN, which is neither less nor more than anything.
    """
    if key not in raw:
        return None
    value = raw[key]
    good = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if good and 0 <= value < 2**32 else math.nan


@warning("KP601", "Choose renew-timer < rebind-timer < valid-lifetime, as 900, 1800 and 3600.")
def renew_rebind_valid(config: Config) -> Iterator[Finding]:
    """``renew-timer`` < ``rebind-timer`` < ``valid-lifetime``, in each scope with what it inherits.

    Without any, ``valid-lifetime`` is 7200. A client renews, then asks anybody, then loses its
    lease. Kea takes any order, and leaves out of its answers the times that make no sense
    (Dhcpv4Srv::setTeeTimes).
    """
    for scope, raw in _inheriting(config, _ORDER):
        if scope.kind == "class":
            continue
        times = {key: _number({"valid-lifetime": VALID_LIFETIME, **raw}, key) for key in _ORDER}
        for first, second in _pairs(times):
            early, late = times[first], times[second]
            key = second if second in scope.raw else first
            if early is not None and late is not None and early >= late and key in scope.raw:
                message = f"{first} {early:g} is not less than {second} {late:g}"
                usual = "" if "valid-lifetime" in raw or second != "valid-lifetime" else _USUAL
                yield Finding(message + usual, (*scope.path, key))


_ORDER = ("renew-timer", "rebind-timer", "valid-lifetime")
_USUAL = " (Kea's default)"


def _pairs(times: dict[str, float | None]) -> Iterator[tuple[str, str]]:
    """Yield the times that follow each other."""
    given = [key for key in _ORDER if times[key] is not None]
    yield from itertools.pairwise(given)


@warning("KP605")
def extreme_lifetimes(config: Config) -> Iterator[Finding]:
    """A lease lives a minute at least, and not for ever.

    With less, clients ask all the time, and a short failure of the servers takes them offline. An
    infinite lease (4294967295 s) never gives its address back.
    """
    for scope in _setting(config, ("valid-lifetime", "max-valid-lifetime")):
        for key in ("valid-lifetime", "max-valid-lifetime"):
            seconds = _number(scope.raw, key)
            if seconds is not None and seconds < 60 and key == "valid-lifetime":
                message = f"{key} {seconds:g}: clients renew every {seconds / 2:g} s"
                yield Finding(message, (*scope.path, key), "3600 to 86400 seconds are usual.")
            elif seconds == 0xFFFFFFFF:
                message = f"{key} {seconds:.0f} is infinite: the address never becomes free"
                hint = "Reserve the address, or write a number of seconds."
                yield Finding(message, (*scope.path, key), hint)


@error("KP602", "Choose min-valid-lifetime <= valid-lifetime <= max-valid-lifetime.")
def lifetimes(config: Config) -> Iterator[Finding]:
    """``min-valid-lifetime`` <= ``valid-lifetime`` <= ``max-valid-lifetime``, inherited ones too.

    Without any, ``valid-lifetime`` is 7200.
    """
    usual = {"valid-lifetime": VALID_LIFETIME}
    for scope, raw in _inheriting(config, _LIFETIMES):
        values = raw if scope.kind == "class" else {**usual, **raw}
        low, valid, high = (_number(values, key) for key in _LIFETIMES)
        own = next(key for key in _LIFETIMES if key in scope.raw)
        if low is not None and valid is not None and low > valid:
            message = f"min-valid-lifetime {low:g} is more than valid-lifetime {valid:g}"
            yield Finding(message, (*scope.path, own))
        elif high is not None and valid is not None and valid > high:
            message = f"valid-lifetime {valid:g} is more than max-valid-lifetime {high:g}"
            yield Finding(message, (*scope.path, own))
        elif (
            low is not None and high is not None and (low > high or (valid is None and low <= high))
        ):
            message = f"min-valid-lifetime {low:g} and max-valid-lifetime {high:g}"
            yield Finding(f"{message} need a valid-lifetime between", (*scope.path, own))


_LIFETIMES = ("min-valid-lifetime", "valid-lifetime", "max-valid-lifetime")


def _setting(config: Config, keys: Iterable[str]) -> list[Scope]:
    """Return the scopes that have a value for some of these keys."""
    wanted = frozenset(keys)
    return [scope for scope in config.scopes if not wanted.isdisjoint(scope.raw)]


def _inheriting(config: Config, keys: Iterable[str]) -> Iterator[tuple[Scope, dict[str, Any]]]:
    """Yield the scopes that set some of these keys, with what holds in them, inherited or not."""
    scopes = _setting(config, keys)
    shared = dict(config.shared_networks)
    homes = {subnet.path: subnet.shared for subnet in config.subnets} if scopes else {}
    for scope in scopes:
        if scope.kind == "pool":
            continue
        if scope.kind == "class":
            yield scope, dict(scope.raw)
            continue
        home = homes.get(scope.path)
        yield scope, {**config.dhcp4, **(shared[home] if home else {}), **scope.raw}


@error("KP603", "Choose t1-percent < t2-percent, as 0.5 and 0.875.")
def percents(config: Config) -> Iterator[Finding]:
    """``t1-percent`` is less than ``t2-percent``, where the times are calculated from them.

    That is where ``calculate-tee-times`` is true; by default it is false. Without them they are 0.5
    and 0.875.
    """
    usual = {"t1-percent": 0.5, "t2-percent": 0.875}
    for scope, raw in _inheriting(config, (*usual, "calculate-tee-times")):
        own = [key for key in usual if key in scope.raw]
        if scope.kind == "class" or raw.get("calculate-tee-times") is not True:
            continue
        first, second = (_number({**usual, **raw}, key) for key in usual)
        decides = own or ["calculate-tee-times"] * ("calculate-tee-times" in scope.raw)
        if decides and first is not None and second is not None and first >= second:
            message = f"t1-percent {first:g} is not less than t2-percent {second:g}"
            yield Finding(message, (*scope.path, decides[0]))


_OF_DNS = ("ddns-ttl", "ddns-ttl-percent", "ddns-ttl-min", "ddns-ttl-max")


@error("KP604", "Keep either ddns-ttl, or ddns-ttl-percent with its bounds.")
def dns_lifetimes(config: Config) -> Iterator[Finding]:
    """The lifetime of DNS records is fixed, a share of the lease, or bounded: not two of these."""
    pairs = (("ddns-ttl", "ddns-ttl-percent"), ("ddns-ttl", "ddns-ttl-min"))
    for scope in _setting(config, _OF_DNS):
        for first, second in (*pairs, ("ddns-ttl", "ddns-ttl-max")):
            if None not in (_number(scope.raw, first), _number(scope.raw, second)):
                yield Finding(f"{first} and {second} exclude each other", (*scope.path, second))
        low, high = (_number(scope.raw, key) for key in ("ddns-ttl-min", "ddns-ttl-max"))
        if low is not None and high is not None and low > high:
            message = f"ddns-ttl-min {low:g} is more than ddns-ttl-max {high:g}"
            yield Finding(message, (*scope.path, "ddns-ttl-min"))


RULES = (renew_rebind_valid, extreme_lifetimes, lifetimes, percents, dns_lifetimes)
