"""Boot files and the server that has them: where the message stands, and what names a server."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint import boot
from tests.lint.reports import reports

SUBNET = {"id": 1, "subnet": "10.0.0.0/24"}
HOST = {"hw-address": "00:11:22:33:44:55"}
NAMED: dict[str, Any] = {"boot-file-name": "a.efi"}
OPTION: dict[str, Any] = {"option-data": [{"name": "boot-file-name", "data": "a.efi"}]}
BY_CODE: dict[str, Any] = {"option-data": [{"code": 67, "data": "a.efi"}]}
TFTP: dict[str, Any] = {"option-data": [{"name": "tftp-server-name", "data": "tftp.example"}]}
ADDRESSES: dict[str, Any] = {"option-data": [{"code": 150, "csv-format": False, "data": "0a"}]}
SERVER: dict[str, Any] = {"next-server": "10.0.0.9"}


def in_subnet(**keys: Any) -> dict[str, Any]:
    return {"subnet4": [{**SUBNET, **keys}]}


def in_class(**keys: Any) -> dict[str, Any]:
    return {"client-classes": [{"name": "b"}, {"name": "a", **keys}]}


def in_network(subnet: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return {"shared-networks": [{"name": "n", "subnet4": [{**SUBNET, **subnet}], **keys}]}


def of_host(**keys: Any) -> dict[str, Any]:
    return in_subnet(reservations=[HOST, {**HOST, **keys}])


@pytest.mark.parametrize(
    ("where", "body"),
    [
        ("boot-file-name", {**NAMED, **in_subnet()}),
        ("option-data[0].data", {**OPTION, **in_subnet()}),
        ("subnet4[0].boot-file-name", in_subnet(**NAMED)),
        ("subnet4[0].option-data[0].data", in_subnet(**OPTION)),
        ("subnet4[0].option-data[0].data", in_subnet(**BY_CODE)),
        ("shared-networks[0].boot-file-name", in_network({}, **NAMED)),
        ("shared-networks[0].subnet4[0].boot-file-name", in_network(NAMED)),
        ("client-classes[1].boot-file-name", {**in_class(**NAMED), **in_subnet()}),
        ("client-classes[1].option-data[0].data", {**in_class(**OPTION), **in_subnet()}),
        ("subnet4[0].reservations[1].boot-file-name", of_host(**NAMED)),
        ("subnet4[0].reservations[1].option-data[0].data", of_host(**OPTION)),
        ("reservations[0].boot-file-name", {"reservations": [{**HOST, **NAMED}], **in_subnet()}),
        ("boot-file-name", {**NAMED, **in_subnet(**{"next-server": "0.0.0.0"})}),
        ("boot-file-name", {**NAMED, **in_subnet(**{"next-server": "x"})}),
        ("boot-file-name", {**NAMED, **in_subnet(**{"server-hostname": ""})}),
        ("boot-file-name", {**NAMED, **in_subnet(), **in_class(**{"next-server": "0.0.0.0"})}),
        ("boot-file-name", {**NAMED, **of_host(**{"next-server": "0.0.0.0"})}),
        ("boot-file-name", {**NAMED, **of_host(**{"server-hostname": "b"})}),
    ],
)  # fmt: skip
def test_a_file_without_a_server(where: str, body: dict[str, Any]) -> None:
    """RFC 2131, section 2: siaddr is the server of the next step, 0.0.0.0 names none."""
    message = "clients do not learn which server has the boot file 'a.efi'"
    hint = "Set next-server to the address of the TFTP server."
    assert reports(boot.RULES, body) == [("KP523", where, message, hint)]


@pytest.mark.parametrize(
    "body",
    [
        {**NAMED, **SERVER, **in_subnet()},
        {**NAMED, **in_subnet(**SERVER)},
        {**NAMED, **in_subnet(**{"server-hostname": "b"})},
        {**NAMED, **in_subnet(**TFTP)},
        {**NAMED, **in_subnet(**ADDRESSES)},
        {**NAMED, **in_network({}, **SERVER)},
        in_network(NAMED, **TFTP),
        {**in_class(**NAMED), **in_subnet(**SERVER)},
        {**NAMED, **in_class(**SERVER), **in_subnet()},
        {**NAMED, **in_class(**{"server-hostname": "b"}), **in_subnet()},
        {**NAMED, **in_class(**TFTP), **in_subnet()},
        {**NAMED, **in_class(**ADDRESSES), **in_subnet()},
        {**NAMED, **of_host(**SERVER)},
        {**NAMED, **of_host(**TFTP)},
        of_host(**NAMED, **SERVER),
        {**of_host(**NAMED), **SERVER},
        {**of_host(**OPTION), **SERVER},
        {"reservations": [{**HOST, **NAMED}], **in_subnet(**SERVER)},
        {**NAMED},
        in_subnet(**{"boot-file-name": ""}),
        in_subnet(**{"boot-file-name": 5}),
        in_subnet(**{"boot-file-name": "http://10.0.0.9/a.efi"}),
        in_subnet(**{"option-data": [{"name": "boot-file-name", "data": "tftp://b/a.efi"}]}),
        in_subnet(**{"option-data": [{"name": "boot-file-name", "data": ""}]}),
        in_subnet(**{"option-data": [{**OPTION["option-data"][0], "never-send": True}]}),
        in_subnet(**{"option-data": [{**OPTION["option-data"][0], "csv-format": False}]}),
        in_subnet(**{"option-data": [{"name": "boot-file-name", "data": "a,b"}]}),
        of_host(),
    ],
)  # fmt: skip
def test_no_message(body: dict[str, Any]) -> None:
    assert reports(boot.RULES, body) == []


@pytest.mark.parametrize("text", [True, None])
def test_a_value_that_is_text_is_a_name(text: bool | None) -> None:
    option = {"name": "boot-file-name", "data": "a.efi", "csv-format": text}
    assert len(reports(boot.RULES, in_subnet(**{"option-data": [option]}))) == 1


def test_a_reservation_of_a_subnet_with_a_server() -> None:
    """A reservation has what its own subnet says, not what another one does."""
    other = {"id": 2, "subnet": "10.0.1.0/24", **SERVER}
    rows = [{**HOST, **NAMED}]
    body = {"subnet4": [{**SUBNET, "reservations": rows}, {**other, "reservations": rows}]}
    assert [line[1] for line in reports(boot.RULES, body)] == [
        "subnet4[0].reservations[0].boot-file-name"
    ]
    body = {"subnet4": [SUBNET, other], "reservations": rows}
    assert reports(boot.RULES, body) == []


@pytest.mark.parametrize(
    ("octets", "name"), [("612e656669", "a.efi"), ("0x612e65666900", "a.efi"), ("61:FF", "a\ufffd")]
)
def test_a_name_in_hexadecimal(octets: str, name: str) -> None:
    option = {"code": 67, "data": octets, "csv-format": False}
    message = f"clients do not learn which server has the boot file {name!r}"
    hint = "Set next-server to the address of the TFTP server."
    wanted = [("KP523", "subnet4[0].option-data[0].data", message, hint)]
    assert reports(boot.RULES, in_subnet(**{"option-data": [option]})) == wanted
