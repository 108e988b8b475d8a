"""The formats of texts that the schemas name: addresses, networks, and what JSON can hold."""

from __future__ import annotations

import ipaddress
from socket import AF_INET, inet_pton

from jsonschema import FormatChecker

from keaprov.schema.grammar import is_json

CHECKER = FormatChecker(formats=())
NAMES = {
    "ipv4": "an IPv4 address",
    "ip-network": "an IPv4 or IPv6 network",
    "ip": "an IP address",
    "ipv4-of-a-host": "an IPv4 address of a host",
    "json": "what JSON can hold: its numbers are finite, and whole ones have 64 bits",
}


@CHECKER.checks("ipv4", raises=(OSError, ValueError))
def _is_address(value: object) -> bool:
    return not isinstance(value, str) or bool(inet_pton(AF_INET, value))


@CHECKER.checks("ip-network", raises=ValueError)
def _is_network(value: object) -> bool:
    return not isinstance(value, str) or bool(ipaddress.ip_network(value))


@CHECKER.checks("ip", raises=ValueError)
def _is_any_address(value: object) -> bool:
    return not isinstance(value, str) or bool(ipaddress.ip_address(value))


@CHECKER.checks("ipv4-of-a-host", raises=(OSError, ValueError))
def _is_address_of_a_host(value: object) -> bool:
    return value != "255.255.255.255" and _is_address(value)


CHECKER.checks("json")(is_json)
