"""What is a difference to Kea, and what is another way to write the same."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.diff import ABSENT, differences

RUNNING: dict[str, Any] = {
    "valid-lifetime": 600,
    "control-sockets": [{"socket-type": "unix", "socket-name": "/var/run/kea/s"}],
    "user-context": {"keaprov": {"revision": "1"}},
    "authoritative": False,
    "option-data": [],
    "hooks-libraries": [{"library": "a.so", "parameters": {"x": [{"y": 1, "filled": "in"}]}}],
    "subnet4": [
        {
            "id": 1,
            "subnet": "10.1.0.0/24",
            "valid-lifetime": 600,
            "min-valid-lifetime": 600,
            "relay": {"ip-addresses": []},
            "pools": [{"pool": "10.1.0.5-10.1.0.9", "option-data": []}],
            "option-data": [
                {
                    "space": "dhcp4", "code": 3, "name": "routers", "data": "10.1.0.1",
                    "csv-format": True, "always-send": False, "never-send": False,
                }
            ],
            "reservations": [{"hw-address": "bc:24:11:29:11:09", "hostname": ""}],
        }
    ],
}  # fmt: skip
WANTED: dict[str, Any] = {
    "valid-lifetime": 600,
    "control-socket": {"socket-type": "unix", "socket-name": "s"},
    "user-context": {"keaprov": {"revision": "2"}},
    "hooks-libraries": [{"library": "/usr/lib/a.so", "parameters": {"x": [{"y": 1}]}}],
    "subnet4": [
        {
            "id": 1,
            "comment": "c",
            "subnet": "10.1.0.0/24",
            "pools": [{"pool": "10.1.0.5 - 10.1.0.9"}],
            "option-data": [{"code": 3, "data": "10.1.0.1"}],
            "reservations": [{"hw-address": "BC-24-11-29-11-9"}],
        }
    ],
}


def differences_of(**subnet: Any) -> list[tuple[str, Any, Any]]:
    """Return the differences if the running subnet differs like this."""
    running = {**RUNNING, "subnet4": [{**RUNNING["subnet4"][0], **subnet}]}
    return [
        (".".join(str(step) for step in difference.path), difference.wanted, difference.actual)
        for difference in differences(WANTED, running)
    ]


def test_another_way_to_write_the_same_is_no_difference() -> None:
    assert differences_of() == []


@pytest.mark.parametrize(
    ("subnet", "path", "wanted", "running"),
    [
        ({"valid-lifetime": 5}, "subnet4.1.valid-lifetime", ABSENT, 5),
        ({"subnet": "10.1.0.0/25"}, "subnet4.1.subnet", "10.1.0.0/24", "10.1.0.0/25"),
        ({"relay": {"ip-addresses": ["1.1.1.1"]}}, "subnet4.1.relay", ABSENT, ...),
        ({"user-context": {"by": "hand"}}, "subnet4.1.user-context", ABSENT, {"by": "hand"}),
        ({"pools": []}, "subnet4.1.pools.10.1.0.5-10.1.0.9", ..., ABSENT),
        ({"option-data": []}, "subnet4.1.option-data.dhcp4.3", ..., ABSENT),
    ],
)
def test_a_difference(subnet: dict[str, Any], path: str, wanted: Any, running: Any) -> None:
    differing = {name: values for name, *values in differences_of(**subnet)}
    assert wanted in (..., differing[path][0])
    assert running in (..., differing[path][1])


def test_a_subnet_too_many_and_the_order_of_hooks() -> None:
    more = {**RUNNING, "subnet4": [*RUNNING["subnet4"], {"id": 2, "subnet": "10.2.0.0/24"}]}
    assert [difference.path for difference in differences(WANTED, more)] == [("subnet4", "2")]
    hooks = [{"library": "a.so"}, {"library": "b.so"}]
    swapped = differences({"hooks-libraries": hooks}, {"hooks-libraries": hooks[::-1]})
    assert [difference.path for difference in swapped] == [("hooks-libraries",)]


@pytest.mark.parametrize(
    "option",
    [
        {"code": 150, "csv-format": False, "data": "c0000205"},
        {"code": 150, "data": "C0:00:2:05"},
        {"code": 150, "data": "0xC0000205"},
        {"code": 150, "name": "mine", "data": "c0 00 02 05"},
    ],
)
def test_hexadecimal_digits_differ_by_their_octets(option: dict[str, Any]) -> None:
    kept = {
        "space": "dhcp4", "code": 150, "csv-format": False, "data": "C0000205",
        "always-send": False, "never-send": False,
    }  # fmt: skip
    assert not list(differences({"option-data": [option]}, {"option-data": [kept]}))
    other = {**kept, "data": "C0000206"}
    assert list(differences({"option-data": [option]}, {"option-data": [other]}))
