"""Options whose data Kea does not show: a change of them is found, and goes by a restart."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.diff import differences
from keaprov.ha.live import Live, live
from keaprov.ha.unshown import unshown_change


def body(*options: dict[str, Any], **more: Any) -> dict[str, Any]:
    subnet = {"id": 1, "subnet": "10.1.0.0/24", "option-data": list(options)}
    return {"subnet4": [subnet], **more}


def option(data: str, **naming: Any) -> dict[str, Any]:
    return {**(naming or {"code": 43}), "csv-format": False, "data": data}


EMPTY = {"option-def": [{"code": 230, "name": "own", "type": "empty", "encapsulate": "e"}]}


@pytest.mark.parametrize("naming", [{"code": 43}, {"name": "dhcp-agent-options"}, {"code": 122}])
def test_other_data_is_found(naming: dict[str, Any]) -> None:
    before, after = (body(option(data, **naming)) for data in ("0104C0A80101", "0104C0A80102"))
    assert unshown_change(before, after) == f"option {next(iter(naming.values()))}"
    assert "only a restart proves the change" in str(live(before, after))
    assert unshown_change(before, before) == ""


def test_a_definition_of_ones_own() -> None:
    before, after = (body(option(data, code=230), **EMPTY) for data in ("0101AA", "0101BB"))
    assert unshown_change(before, after) == "option 230"
    shown = {"option-def": [{**EMPTY["option-def"][0], "type": "binary"}]}
    assert unshown_change(body(option("0101AA", code=230), **shown), body(**shown)) == ""


def test_an_option_that_comes_or_goes_and_one_that_is_shown_go_live() -> None:
    assert isinstance(live(body(), body(option("0104C0A80101"))), Live)
    assert isinstance(live(body(option("0104C0A80101")), body()), Live)
    assert isinstance(live(body(option("61", code=60)), body(option("62", code=60))), Live)


def test_what_kea_does_not_show_is_no_difference() -> None:
    running = body({"code": 43, "csv-format": False, "data": "", "space": "dhcp4",
                    "name": "vendor-encapsulated-options"})  # fmt: skip
    assert list(differences(body(option("0104C0A80101")), running)) == []
    shown = body({"code": 60, "csv-format": False, "data": "61", "space": "dhcp4"})
    assert list(differences(body(option("62", code=60)), shown))
