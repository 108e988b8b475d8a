"""The configuration in a host's file, in the spelling of Kea 3.0, whoever wrote it."""

from __future__ import annotations

import json

import pytest

from keaprov.importing import written


def test_keaprovs_own_file_comes_back_as_it_is() -> None:
    body = {"user-context": {"keaprov": {"site": "s"}}, "next-server": ""}
    assert written.dhcp4(json.dumps({"Dhcp4": body})) == body


def test_a_file_by_hand_is_in_the_spelling_of_today() -> None:
    text = """{ // by hand
      "Dhcp4": {
        "next-server": "",
        "subnet4": [{"subnet": "192.0.2.0/24"}], # no id
        "loggers": [{"name": "kea-dhcp4", "output_options": [{"output": "x.log"}]}],
      }
    }"""
    assert written.dhcp4(text) == {
        "subnet4": [{"id": 1, "subnet": "192.0.2.0/24"}],
        "loggers": [{"name": "kea-dhcp4", "output-options": [{"output": "x.log"}]}],
    }


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"Dhcp6": {}}', '{"Dhcp4": []}', '{"Dhcp4": {<?include "/etc/passwd"?>}}'],
)
def test_what_cannot_be_read_is_none(text: str) -> None:
    assert written.dhcp4(text) is None
