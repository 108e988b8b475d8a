"""An earlier configuration that a server keeps: it comes back whole, or with the reason."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import pytest

from keaprov import paths
from keaprov.conductor.kept import earlier
from keaprov.errors import ControlError, Refused
from keaprov.wanted import Earlier
from tests.conductor.hosts import Hosts
from tests.conductor.world import CONF

TEXT = '{"Dhcp4": {"valid-lifetime": 60}}'


def kept(text: str) -> dict[str, Any]:
    """Return the report of files/host/history.py."""
    packed = zlib.compress(text.encode(errors="surrogateescape"))
    return {"packed": base64.b64encode(packed).decode()}


def test_a_kept_configuration_comes_back_as_it_was() -> None:
    hosts = Hosts({"history": kept(TEXT)})
    configuration = earlier(hosts.channels["dhcp2"], "abc")
    assert configuration == Earlier("abc", TEXT, {"valid-lifetime": 60}, "")
    request = {"active": CONF, "directory": "/etc/kea/bkp", "revision": "abc"}
    assert hosts.calls == [("dhcp2", "history", request, 60.0)]


def test_the_configuration_from_before_keaprov_brings_its_agents_file() -> None:
    hosts = Hosts({"history": [kept(TEXT), kept("agent \udcff")]})
    configuration = earlier(hosts.channels["dhcp2"], paths.ORIGINAL)
    assert configuration.agent == "agent \udcff"
    assert hosts.calls[1][2]["active"] == "/etc/kea/kea-ctrl-agent.conf"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "dhcp2 keeps no configuration of revision abc"),
        ('{"Dhcp4": <?include "x"?>}', "dhcp2: the configuration of revision abc cannot be read"),
    ],
)
def test_one_that_is_not_there_or_cannot_be_read_is_refused(text: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        earlier(Hosts({"history": kept(text)}).channels["dhcp2"], "abc")
    assert str(refused.value).startswith(words)


def test_a_report_of_another_form_names_the_server() -> None:
    with pytest.raises(ControlError, match="dhcp2: the report of history"):
        earlier(Hosts({"history": {}}).channels["dhcp2"], "abc")
