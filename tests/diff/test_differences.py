"""What is a difference to Kea, and what is another way to write the same."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.diff import ABSENT, differences, literal_differences

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


def shown(wanted: dict[str, Any], running: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the differences by path."""
    return {
        ".".join(map(str, difference.path)): (difference.wanted, difference.actual)
        for difference in differences(wanted, running)
    }


@pytest.mark.parametrize(
    ("wanted", "running", "differing"),
    [
        # what Kea leaves out, and what it fills in
        ({"authoritative": False}, {}, {}),
        ({"relay": {"ip-addresses": []}}, {}, {}),
        ({"relay": {"ip-addresses": ["a"]}}, {}, {"relay": ({"ip-addresses": ["a"]}, ABSENT)}),
        ({"authoritative": True}, {}, {"authoritative": (True, ABSENT)}),
        ({}, {"authoritative": True}, {"authoritative": (ABSENT, True)}),
        ({}, {"next-server": "0.0.0.0", "boot-file-name": "", "option-def": []}, {}),
        ({"valid-lifetime": 9}, {"valid-lifetime": 9, "max-valid-lifetime": 9}, {}),
        (
            {"valid-lifetime": 9},
            {"valid-lifetime": 9, "max-valid-lifetime": 8},
            {"max-valid-lifetime": (ABSENT, 8)},
        ),
        # the revision is not compared, other remarks are
        ({"user-context": {"keaprov": {"a": 1}}}, {"user-context": {"keaprov": 2}}, {}),
        (
            {"user-context": {"by": "us"}},
            {"user-context": {"by": "hand", "keaprov": 2}},
            {"user-context.by": ("us", "hand")},
        ),
        # Kea turns the queue off by itself
        (
            {"dhcp-queue-control": {"enable-queue": True, "capacity": 5}},
            {"dhcp-queue-control": {"enable-queue": False, "capacity": 6}},
            {"dhcp-queue-control.capacity": (5, 6)},
        ),
        # the data of an option whose type is empty is not shown
        (
            {"option-data": [{"code": 80, "data": "x"}]},
            {"option-data": [{"space": "dhcp4", "code": 80, "csv-format": False, "data": ""}]},
            {},
        ),
        (
            {"option-data": [{"code": 80, "data": "x"}]},
            {"option-data": [{"space": "dhcp4", "code": 80, "csv-format": True, "data": ""}]},
            {"option-data.dhcp4.80.data": ("x", "")},
        ),
        # lists: elements by name, their order where it matters
        ({"interfaces-config": {"interfaces": ["b", "a"]}},
         {"interfaces-config": {"interfaces": ["a", "b"]}}, {}),
        (
            {"client-classes": [{"name": "a"}, {"name": "b"}]},
            {"client-classes": [{"name": "b"}, {"name": "a"}]},
            {"client-classes": (["a", "b"], ["b", "a"])},
        ),
        (
            {"client-classes": [{"name": "a"}]},
            {"client-classes": [{"name": "b"}, {"name": "a"}]},
            {"client-classes.b": (ABSENT, {"name": "b"})},
        ),
        ({"option-def": [{"code": 1, "name": "a"}, {"code": 2, "name": "b"}]},
         {"option-def": [{"code": 2, "name": "b", "space": "dhcp4"},
                         {"code": 1, "name": "a", "space": "dhcp4"}]}, {}),
        # parameters of hooks: what the library fills in does not differ; lists have positions
        (
            {"hooks-libraries": [{"library": "a.so", "parameters": {"x": [{"y": 1}], "z": 1}}]},
            {"hooks-libraries": [{"library": "a.so",
                                  "parameters": {"x": [{"y": 2, "w": 1}], "v": 1}}]},
            {
                "hooks-libraries.a.so.parameters.x.0.y": (1, 2),
                "hooks-libraries.a.so.parameters.z": (1, ABSENT),
            },
        ),
        (
            {"hooks-libraries": [{"library": "a.so", "parameters": {"x": [{"y": 1}]}}]},
            {"hooks-libraries": [{"library": "a.so", "parameters": {"x": [{"y": 1}, {"y": 2}]}}]},
            {"hooks-libraries.a.so.parameters.x": ([{"y": 1}], [{"y": 1}, {"y": 2}])},
        ),
        # values of another type
        ({"valid-lifetime": 1}, {"valid-lifetime": True}, {"valid-lifetime": (1, True)}),
        ({"loggers": "x"}, {"loggers": []}, {"loggers": ("x", [])}),
        ({"loggers": [1]}, {"loggers": [{"name": "a"}]}, {"loggers": ([1], [{"name": "a"}])}),
    ],
)  # fmt: skip
def test_what_differs(
    wanted: dict[str, Any], running: dict[str, Any], differing: dict[str, tuple[Any, Any]]
) -> None:
    assert shown(wanted, running) == differing


def test_a_subnet_inherits_from_what_is_around_it() -> None:
    """Kea returns inherited values in each subnet: the nearest counts."""
    network = {"name": "n", "renew-timer": 7, "subnet4": [{"id": 1, "subnet": "10.1.0.0/24"}]}
    wanted = {"renew-timer": 5, "rebind-timer": 9, "shared-networks": [network]}

    def running(**subnet: int) -> dict[str, Any]:
        inside = [{"id": 1, "subnet": "10.1.0.0/24", **subnet}]
        return {**wanted, "shared-networks": [{**network, "rebind-timer": 9, "subnet4": inside}]}

    assert shown(wanted, running(**{"renew-timer": 7, "rebind-timer": 9})) == {}
    path = "shared-networks.n.subnet4.1.renew-timer"
    assert shown(wanted, running(**{"renew-timer": 5})) == {path: (ABSENT, 5)}


def test_what_is_written_counts_whatever_kea_fills_in() -> None:
    wanted = {"comment": "a", "renew-timer": 5, "subnet4": [{"id": 1, "reservations": []}]}
    pools = [{"pool": "a - b"}]
    actual = {"renew-timer": 5, "next-server": "0.0.0.0", "subnet4": [{"id": 1, "pools": pools}]}
    only = {("next-server",): "0.0.0.0", ("subnet4", "1", "pools"): [{"pool": "a-b"}]}
    there = literal_differences(wanted, actual)
    assert {difference.path: difference.actual for difference in there} == only
    back = literal_differences(actual, wanted)
    assert {difference.path: difference.wanted for difference in back} == only
    assert list(literal_differences(wanted, wanted)) == []
