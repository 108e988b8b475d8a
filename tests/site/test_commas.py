"""Addresses with commas in place of dots: one problem each, and the rest is judged as meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from keaprov.site import check_file

SITE = """\
site: labo
x-empty: {{map: {{}}, list: []}}
servers: {{dhcp1: {{address: {address}, interfaces: [ens18]}}}}
dhcp4:
  option-data: {{domain-name-servers: 10.0.0.2}}
  subnet4:
    - {{id: 1, subnet: {subnet}, pools: {pools}, option-data: {{routers: {router}}},
       reservations: [{{hw-address: '02:00:00:00:00:01', ip-address: {reserved}, hostname: a}}]}}
"""
GOOD = {
    "address": "10.60.1.67",
    "subnet": "10.0.0.0/24",
    "pools": "[10.0.0.10 - 10.0.0.99]",
    "router": "10.0.0.1",
    "reserved": "10.0.0.5",
}


@pytest.mark.parametrize(
    ("key", "written", "meant"),
    [
        ("address", "10,60,1,67", "10.60.1.67"),
        ("subnet", "10,0,0,0/24", "10.0.0.0/24"),
        ("pools", "[10,0,0,10 - 10,0,0,99]", "10.0.0.10 - 10.0.0.99"),
        ("pools", "[{pool: 10,0,0,10 - 10,0,0,99}]", "10.0.0.10 - 10.0.0.99"),
        ("router", "10,0,0,1", "10.0.0.1"),
        ("router", "10, 0, 0, 1", "10.0.0.1"),
        ("reserved", "10,0,0,5", "10.0.0.5"),
    ],
)
def test_commas_in_an_address_are_one_problem(
    key: str, written: str, meant: str, tmp_path: Path
) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(SITE.format(**{**GOOD, key: written}))
    (problem,) = check_file(path).problems
    assert (problem.code, problem.hint) == ("KP204", f"Write dots: {meant}")
    assert written.strip("[{}]").removeprefix("pool: ") in problem.message


def test_the_address_that_is_meant_is_judged(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(SITE.format(**{**GOOD, "reserved": "192,168,0,5"}))
    assert [problem.code for problem in check_file(path).problems] == ["KP204"]
    path.write_text(SITE.format(**{**GOOD, "reserved": "300,0,0,5"}))
    assert len(check_file(path).problems) > 1


@pytest.mark.parametrize("data", ["[1,2,3,4]", "'1,2,3,4'", "{a: 1, '2': , '3': 4}"])
def test_lists_of_numbers_are_not_addresses(data: str, tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(SITE.format(**GOOD) + f"  user-context: {{x: {data}}}\n")
    assert check_file(path).problems == ()
