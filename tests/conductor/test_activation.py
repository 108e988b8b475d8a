"""The request by which a host takes its turn has everything that the server needs."""

from __future__ import annotations

import pytest

from keaprov.conductor.activation import activation, renaming
from keaprov.ha.plan import Need
from tests.conductor.world import CONF

AGENT = "/etc/kea/kea-ctrl-agent.conf"
NEED = Need(
    stage={CONF: "text"},
    restart=("kea-dhcp4",),
    retire=("kea-ctrl-agent",),
    upgrade=("isc-kea-dhcp4-3.0.4",),
    installed=("isc-kea-dhcp4-3.0.3",),
    reasons=("a reason",),
    update=("bash",),
    fresh=("fresh",),
    unproven=("/drop-in",),
    erase=("isc-kea-ctrl-agent",),
    swap=("kea-libs",),
)
ALWAYS = {"run": "r", "backup": "/etc/kea/bkp", "keep": 10, "active": [CONF, AGENT]}


@pytest.mark.parametrize("flag", [True, False])
def test_every_need_is_in_the_request(flag: bool) -> None:
    assert activation(NEED, "r", proven=flag, foreign=flag) == {
        **ALWAYS,
        "files": [CONF],
        "units": ["kea-dhcp4"],
        "retire": ["kea-ctrl-agent"],
        "fresh": ["fresh"],
        "unproven": ["/drop-in"],
        "packages": ["isc-kea-dhcp4-3.0.4"],
        "erase": ["isc-kea-ctrl-agent"],
        "swap": ["kea-libs"],
        "tests": [["/usr/sbin/kea-dhcp4", "-T", CONF]],
        "packages_before": ["isc-kea-dhcp4-3.0.3"],
        "update": {"exclude": ["kea", "kea-*", "isc-kea*"]},
        "proven": flag,
        "foreign": CONF if flag else "",
    }


def test_renaming_restarts_and_installs_nothing() -> None:
    lists = ("units", "retire", "fresh", "unproven", "packages", "packages_before")
    packages = ("erase", "swap", "tests")
    assert renaming(NEED, "r", proven=True) == {
        **ALWAYS,
        **{key: [] for key in (*lists, *packages)},
        "files": [CONF],
        "update": None,
        "proven": True,
        "foreign": "",
    }
