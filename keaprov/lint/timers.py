"""Rules about times (RFC 2131, 4.4.5; Kea ARM, DHCPv4 Server)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keaprov.lint.plan import Plan
from keaprov.lint.rule import Finding, error, warning


def _number(raw: Mapping[str, Any], key: str) -> float | None:
    value = raw.get(key)
    good = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if good else None


@warning("KP601")
def renew_rebind_valid(plan: Plan) -> Iterator[Finding]:
    """``renew-timer`` < ``rebind-timer`` < ``valid-lifetime``, in each scope with what it inherits.

    A client renews, then asks anybody, then loses its lease. Kea takes any order, and leaves out
    of its answers the times that make no sense.
    """
    for scope in plan.scopes:
        if scope.kind in ("class", "pool"):
            continue
        times = {
            key: _number({**plan.dhcp4, **scope.raw}, key)
            for key in ("renew-timer", "rebind-timer", "valid-lifetime")
        }
        for first, second in (("renew-timer", "rebind-timer"), ("rebind-timer", "valid-lifetime")):
            early, late = times[first], times[second]
            key = second if second in scope.raw else first
            if early is not None and late is not None and early >= late and key in scope.raw:
                yield Finding(
                    f"{first} {early} is not less than {second} {late}", (*scope.path, key)
                )


@error("KP602")
def lifetimes(plan: Plan) -> Iterator[Finding]:
    """``min-valid-lifetime`` <= ``valid-lifetime`` <= ``max-valid-lifetime``."""
    for scope in plan.scopes:
        low, usual, high = (
            _number(scope.raw, key)
            for key in ("min-valid-lifetime", "valid-lifetime", "max-valid-lifetime")
        )
        if low is not None and high is not None and low > high:
            where = (*scope.path, "min-valid-lifetime")
            yield Finding(f"min-valid-lifetime {low} is more than max-valid-lifetime {high}", where)
        elif usual is not None and low is not None and usual < low:
            where = (*scope.path, "valid-lifetime")
            yield Finding(f"valid-lifetime {usual} is less than min-valid-lifetime {low}", where)
        elif usual is not None and high is not None and usual > high:
            where = (*scope.path, "valid-lifetime")
            yield Finding(f"valid-lifetime {usual} is more than max-valid-lifetime {high}", where)


@error("KP603")
def percents(plan: Plan) -> Iterator[Finding]:
    """``t1-percent`` is less than ``t2-percent``."""
    for scope in plan.scopes:
        first, second = (_number(scope.raw, key) for key in ("t1-percent", "t2-percent"))
        if first is not None and second is not None and first >= second:
            where = (*scope.path, "t1-percent")
            yield Finding(f"t1-percent {first} is not less than t2-percent {second}", where)


RULES = (renew_rebind_valid, lifetimes, percents)
