"""Reservations: who they are for, addresses, names; messages, places and cures."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint import hosts, reservations
from tests.lint.reports import Report, reports

MAC = "00:11:22:33:44:55"
HOST = {"hw-address": MAC, "ip-address": "10.0.0.5"}
ROW = "subnet4[0].reservations[0]"
NO_ADDRESS = "Write an IPv4 address, as 172.20.10.5."
ADDRESS = "Reserve an address of the subnet, or move the reservation to the subnet of its address."
OCTETS = "Write octets as 00:11:22:aa:bb:cc, or 'text' in single quotes."
IDENTIFIER = (
    "Write the identifier as Kea reads it: octets as 00:11:22:aa:bb:cc, or 'text' in quotes."
)
KINDS = "Give one of hw-address, duid, circuit-id, client-id, flex-id."


def body(*rows: dict[str, Any], prefix: str = "10.0.0.0/24", **more: Any) -> dict[str, Any]:
    """Return a body with a subnet that has these reservations."""
    return {"subnet4": [{"id": 1, "subnet": prefix, "reservations": list(rows), **more}]}


def of_rows(*rows: dict[str, Any], **more: Any) -> list[Report]:
    return reports(reservations.RULES, body(*rows, **more))


@pytest.mark.parametrize(
    ("address", "message", "hint"),
    [
        ("10.0.1.5", "the reserved address 10.0.1.5 is not inside 10.0.0.0/24", ADDRESS),
        ("9.255.255.255", "the reserved address 9.255.255.255 is not inside 10.0.0.0/24", ADDRESS),
        ("x", "'x' is not an IPv4 address", NO_ADDRESS),
        ("", "'' is not an IPv4 address", NO_ADDRESS),
        ("10.0.0.256", "'10.0.0.256' is not an IPv4 address", NO_ADDRESS),
        ("10.0.0.05", "'10.0.0.05' is not an IPv4 address", "Write 10.0.0.5."),
        ("010.000.000.255", "'010.000.000.255' is not an IPv4 address", "Write 10.0.0.255."),
        ("010.0.0.256", "'010.0.0.256' is not an IPv4 address", NO_ADDRESS),
        ("10.0.0.5/24", "'10.0.0.5/24' is not an IPv4 address", "Write 10.0.0.5."),
        (
            "10.0.0.5/255.255.255.0",
            "'10.0.0.5/255.255.255.0' is not an IPv4 address",
            "Write 10.0.0.5.",
        ),
        ("#REF!", "'#REF!' is not an IPv4 address", NO_ADDRESS),
        ("10.0.0", "'10.0.0' is not an IPv4 address", NO_ADDRESS),
        ("10.0.0.05.1", "'10.0.0.05.1' is not an IPv4 address", NO_ADDRESS),
        ("10.0.0.0x", "'10.0.0.0x' is not an IPv4 address", NO_ADDRESS),
    ],
)
def test_a_wrong_address(address: str, message: str, hint: str) -> None:
    lines = of_rows({**HOST, "ip-address": address})
    assert lines == [("KP405", f"{ROW}.ip-address", message, hint)]


@pytest.mark.parametrize("address", ["0.0.0.0", "255.255.255.255"])
@pytest.mark.parametrize("others", [[], [{"hw-address": "02:00:00:00:00:09"}]])
def test_an_address_of_no_host(address: str, others: list[Any]) -> None:
    """Host::setIPv4Reservation refuses both, whatever the subnet is."""
    rows = [*others, {**HOST, "ip-address": address}]
    hint = "Write an IPv4 address, as 172.20.10.5, or leave ip-address out."
    of_all = body(*rows, prefix="0.0.0.0/0")
    for given, where in ((of_all, ROW[:-2]), ({"reservations": rows}, "reservations[")):
        lines = [line for line in reports(reservations.RULES, given) if line[0] == "KP405"]
        path = f"{where}{len(others)}].ip-address"
        assert lines == [("KP405", path, f"{address} is not an address of a host", hint)]


@pytest.mark.parametrize("address", ["10.0.0.0", "10.0.0.5", "10.0.0.255"])
def test_a_right_address(address: str) -> None:
    assert of_rows({**HOST, "ip-address": address}) == []
    assert reports(reservations.RULES, {"reservations": [{**HOST, "ip-address": address}]}) == []


@pytest.mark.parametrize(
    ("row", "key", "message", "hint"),
    [
        ({"hostname": "a"}, "", "the reservation does not say who it is for", KINDS),
        ({"hw-address": MAC, "duid": "01"}, "duid",
         "hw-address and duid: a reservation has one identifier", "Make it two reservations."),
        ({"duid": "01", "flex-id": "01"}, "flex-id",
         "duid and flex-id: a reservation has one identifier", "Make it two reservations."),
        ({"hw-address": "zz"}, "hw-address", "'zz' is not a valid hw-address", OCTETS),
        ({"hw-address": "1,12233E+09"}, "hw-address", "'1,12233E+09' is not a valid hw-address",
         "A spreadsheet made it a number: give the column the format Text, and export again."),
        ({"hw-address": "00" * 21}, "hw-address",
         "21 octets: hw-address has at most 20", IDENTIFIER),
        ({"duid": "0102"}, "duid", "2 octets: duid has at least 3", IDENTIFIER),
        ({"duid": "1"}, "duid", "1 octet: duid has at least 3", IDENTIFIER),
        ({"duid": "00" * 131}, "duid", "131 octets: duid has at most 130", IDENTIFIER),
        ({"client-id": "01" * 256}, "client-id",
         "256 octets: client-id has at most 255", IDENTIFIER),
        ({"circuit-id": "01" * 129}, "circuit-id",
         "129 octets: circuit-id has at most 128", IDENTIFIER),
        ({"flex-id": f"'{'a' * 129}'"}, "flex-id",
         "129 octets: flex-id has at most 128", IDENTIFIER),
    ],
)  # fmt: skip
def test_a_wrong_identifier(row: dict[str, Any], key: str, message: str, hint: str) -> None:
    where = f"{ROW}.{key}" if key else ROW
    lines = [line for line in of_rows(row) if line[0] == "KP412"]
    assert lines == [("KP412", where, message, hint)]


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        ({"hw-address": MAC, "client-id": ""}, ["KP434 client-id"]),
        ({"hw-address": MAC, "client-id": "", "duid": ""}, ["KP434 client-id", "KP434 duid"]),
        ({"client-id": "01:02", "circuit-id": ""}, ["KP434 circuit-id"]),
        ({"client-id": "01:02", "hw-address": ""}, ["KP412 client-id"]),
        ({"client-id": "", "hw-address": ""}, ["KP412 client-id"]),
        ({"client-id": "", "duid": "000102", "hw-address": ""}, ["KP412 duid", "KP434 client-id"]),
        ({"client-id": ""}, ["KP412 client-id"]),
        ({"duid": "", "hw-address": "zz"}, ["KP412 hw-address", "KP434 duid"]),
    ],
)
def test_an_empty_identifier_beside_another(row: dict[str, Any], codes: list[str]) -> None:
    """HostReservationParser::parseInternal reads the keys in the order of the alphabet."""
    lines = [(code, where.rpartition(".")[2]) for code, where, *_ in of_rows(row)]
    assert sorted(f"{code} {key}" for code, key in lines) == codes


@pytest.mark.parametrize(
    ("kind", "most"),
    [("hw-address", 20), ("duid", 130), ("client-id", 255), ("circuit-id", 128), ("flex-id", 128)],
)
def test_the_longest_identifier(kind: str, most: int) -> None:
    """Host::getIdentifierMaxLength of Kea."""
    assert of_rows({kind: "02" * most}) == []


@pytest.mark.parametrize("row", [{"mac": MAC}, {"hw-address": 5}, {"mac-address": MAC}])
def test_what_the_schema_says(row: dict[str, Any]) -> None:
    assert of_rows(row) == []


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("00:11:22:33:44:55", "001122334455"),
        ("0:1:a", "00010a"),
        ("0 1 A", "00010a"),
        ("0:1 2", None),
        ("001:02", None),
        ("0A0b", "0a0b"),
        ("0x0A0b", "0a0b"),
        ("a0b", "0a0b"),
        ("0x", None),
        ("a", "0a"),
        (" 0a", None),
        ("0a ", None),
        ("0a:0b\t", None),
        ("'ab'", "6162"),
        (" \t'ab'\n", "6162"),
        ("' a b '", "612062"),
        ("'  '", None),
        ("\r'ab'", None),
        ("'a", None),
        ("''", None),
        ("'", None),
        ("'é'", "c3a9"),
        ("'\ud800'", "eda080"),
        ("", None),
        ("xy", None),
        ("0X0a", None),
    ],
)
def test_the_octets_of_an_identifier(text: str, octets: str | None) -> None:
    """Kea ARM, Host Reservations: hexadecimal digits, with colons or spaces, or a quoted text."""
    assert hosts.octets(text) == octets


@pytest.mark.parametrize(
    ("second", "wanted"),
    [
        (HOST, [("hw-address", f"{MAC} has a reservation in this subnet already"),
                ("ip-address", "10.0.0.5 is reserved in this subnet already")]),
        ({"hw-address": "0:11:22:33:44:55"},
         [("hw-address", "0:11:22:33:44:55 has a reservation in this subnet already")]),
        ({"duid": "01", "ip-address": "10.0.0.5"},
         [("ip-address", "10.0.0.5 is reserved in this subnet already")]),
        ({"client-id": "001122334455"}, []),
    ],
)  # fmt: skip
def test_twice_in_a_subnet(second: dict[str, Any], wanted: list[tuple[str, str]]) -> None:
    lines = reports((reservations.twice_in_a_subnet,), body(HOST, second))
    assert lines == [
        ("KP413", f"subnet4[0].reservations[1].{key}", message, "Keep one of the two.")
        for key, message in wanted
    ]


def test_an_address_may_come_twice_if_kea_is_told_so() -> None:
    """Kea ARM, Multiple Reservations for the Same IP: ip-reservations-unique is true by default."""
    rows = body(HOST, {"duid": "01", "ip-address": "10.0.0.5"})
    rule = (reservations.twice_in_a_subnet,)
    assert len(reports(rule, {**rows, "ip-reservations-unique": True})) == 1
    assert reports(rule, {**rows, "ip-reservations-unique": False}) == []


def test_twice_in_a_site() -> None:
    moved = "Remove one of the two, unless the client moves between these subnets."
    first = {"hw-address": MAC, "hostname": "Printer"}
    second = {"hw-address": "02:11:22:33:44:55", "hostname": "printer"}
    subnet = {"id": 2, "subnet": "10.0.1.0/24", "reservations": [first, second]}
    rows = body(first)
    rows["subnet4"].append(subnet)
    rule = (reservations.twice_in_the_site,)
    place = "subnet4[1].reservations"
    words = "the host name printer is reserved for another client too"
    assert reports(rule, rows) == [
        ("KP414", f"{place}[0].hw-address", f"{MAC} has a reservation in 10.0.0.0/24 too", moved),
        ("KP414", f"{place}[1].hostname", f"{words} (10.0.0.0/24)", moved),
    ]
    rows = {"reservations": [first], "subnet4": [{**subnet, "reservations": [second]}]}
    assert reports(rule, rows) == [
        ("KP414", "subnet4[0].reservations[0].hostname",
         f"{words} (the global reservations)", moved),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a_b", None),
        ("a-b.example.", None),
        ("-a", ""),
        ("a-", ""),
        ("a..b", ""),
        ("a" * 64, ""),
        ("a b", ""),
        ("bücher", "xn--bcher-kva"),
        ("bücher.a.fößchen.", "xn--bcher-kva.a.xn--fsschen-90a."),
        ("bücher.größe.a", "xn--bcher-kva.xn--grsse-kua.a"),
        ("Bücher", "xn--bcher-kva"),
        ("bücher." + "ü" * 63, ""),
        ("xn--bücher", ""),
        (".bücher", ""),
        (".".join(["a" * 63] * 3 + ["a" * 62]), None),
        (".".join(["a" * 63] * 3 + ["a" * 63]), ""),
    ],
)
def test_host_names(name: str, form: str | None) -> None:
    """RFC 1123, 2.1; RFC 5891 for letters that are not ASCII."""
    hint = (
        f"Write {form}." if form else "Use letters, digits and hyphens, 63 in each label at most."
    )
    message = f"{name!r} is not a host name"
    wanted = [] if form is None else [("KP418", f"{ROW}.hostname", message, hint)]
    assert of_rows({"hw-address": MAC, "hostname": name}) == wanted


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        ("00:11:22:33:44", "has 5 octets, a MAC address six"),
        ("00:00:00:00:00:00", "is zero: no client has it"),
        ("00:00:00:00:00:00:00", "is zero: no client has it"),
        ("ff:ff:ff:ff:ff:ff", "is the broadcast address: no client has it"),
        ("01:00:5e:00:00:01", "is a group address: no client has it"),
        ("0f:00:00:00:00:00", "is a group address: no client has it"),
        ("00:00:00:00:00:01", ""),
        ("fe:ff:ff:ff:ff:ff", ""),
        ("03:00:5e:00:00:01:02", ""),
        ("01:00:5e:00:00:01:02:03", ""),
    ],
)
def test_hardware_addresses(address: str, wrong: str) -> None:
    """IEEE 802, 8.2: the lowest bit of the first octet marks a group."""
    message = f"the hw-address {address} {wrong}"
    hint = "Write the address of the client's interface."
    wanted = [("KP428", f"{ROW}.hw-address", message, hint)] if wrong else []
    assert of_rows({"hw-address": address}) == wanted


def test_a_client_identifier_is_not_a_hardware_address() -> None:
    """``show ip dhcp binding`` of Cisco lists 0100.1122.3344.55: 01 for Ethernet, and the MAC."""
    message = "the hw-address 01:00:11:22:33:44:55 is a client identifier: "
    message += "a MAC address has six octets"
    hint = "Write 00:11:22:33:44:55, or name the key client-id."
    wanted = [("KP428", f"{ROW}.hw-address", message, hint)]
    assert of_rows({"hw-address": "01:00:11:22:33:44:55"}) == wanted


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("bücher.example", "Write xn--bcher-kva.example."),
        (f"{'a' * 64}.example",
         "Use letters, digits and dashes; each label has at most 63 characters."),
        (f"{'a' * 63}.example.", ""),
        ("a.example b.example", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_domains_of_clients(name: str, hint: str) -> None:
    """RFC 1035, 2.3.4, and RFC 5891: what Kea sends is what is written."""
    option = {"name": "domain-name", "data": name}
    by_code = {"code": 15, "data": name}
    network = {"name": "n", "ddns-qualifying-suffix": name, "option-data": [by_code]}
    body = {"ddns-qualifying-suffix": name, "option-data": [option], "shared-networks": [network]}
    places = ["ddns-qualifying-suffix", "option-data[0].data"]
    places += [f"shared-networks[0].{place}" for place in places]
    message = f"{name!r} is not a name of a domain"
    wanted = [("KP418", place, message, hint) for place in places] if hint else []
    assert reports(reservations.RULES, body) == wanted
    octets = {"code": 15, "data": "62fc", "csv-format": False}
    assert reports(reservations.RULES, {"option-data": [octets]}) == []
