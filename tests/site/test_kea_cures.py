"""What a cure for Kea's own file shows is JSON, in Kea's own forms."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from keaprov.site import check_file
from keaprov.source import parse_relaxed

MISTAKES = [
    ('"interfaces-config": "ens18"', '"interfaces-config": {"dhcp-socket-type": "…", '),
    ('"gateway": "10.0.0.1"', '"option-data": [{"name": "routers", "data": "…"}]'),
    (
        '"option-data": {"routers": "10.0.0.1"}',
        '"option-data": [{"name": "routers", "data": "172.20.10.254"}]',
    ),
    ('"option-data": [{"routers": "10.0.0.1"}]', '{"name": "routers", "data": "…"}'),
    ('"hooks-libraries": "libdhcp_ha.so"', '[{"library": "libdhcp_flex_id.so"}]'),
    ('"client-classes": "phones"', '[{"name": "phones", "test": "…"}]'),
    ('"client-classes": {"name": "a"}', '[{"name": "phones", "test": "…"}]'),
    ('"shared-networks": {"name": "a"}', '[{"name": "floor-1", "subnet4": [{"id": 10, "subnet": '),
    ('"reservations": {"csv": "r.csv"}', '[{"hw-address": "00:11:22:33:44:55", "ip-address": '),
    ('"reservations": ["00:11:22:33:44:55"]', '{"hw-address": "00:11:22:33:44:55", '),
    ('"loggers": {"name": "kea-dhcp4"}', '"loggers": [{"name": "…", …}]'),
    ('"control-socket": "/run/kea/x"', '"control-socket": {"socket-type": "…", …}'),
]
OF_A_SUBNET = [
    ('"pools": "10.0.0.10 - 10.0.0.20"', '"pools": [{"pool": "10.0.0.10 - 10.0.0.20"}]'),
    ('"pools": ["10.0.0.10 - 10.0.0.20"]', '{"pool": "10.0.0.10 - 10.0.0.20"}'),
    ('"pools": [{"start": "10.0.0.10", "end": "10.0.0.20"}]', '"pool": "10.0.0.10 - 10.0.0.20"'),
    ('"relay": "10.0.0.1"', '"relay": {"ip-addresses": ["10.0.0.1"]}'),
    ('"relay": {"ip-address": "10.0.0.1"}', '"ip-addresses": ["…"]'),
    ('"vlan": 5', '"user-context": {"vlan": "…"}'),
    ('"client-classes": "x"', '"client-classes": ["x"]'),
]


def hints(folder: Path, dhcp4: str) -> list[str]:
    path = folder / "kea-dhcp4.conf"
    path.write_text(f'{{"Dhcp4": {{{dhcp4}}}}}')
    return [problem.hint for problem in check_file(path).problems]


@pytest.mark.parametrize(
    ("written", "cure"),
    [
        *MISTAKES,
        *((f'"subnet4": [{{"id": 1, "subnet": "10.0.0.0/24", {written}}}]', cure)
          for written, cure in OF_A_SUBNET),
    ],
)  # fmt: skip
def test_a_cure_of_keas_own_file_is_in_its_form(written: str, cure: str, tmp_path: Path) -> None:
    given = hints(tmp_path, written)
    assert any(f"`{cure}" in hint for hint in given), given
    for snippet in re.findall("`([^`]*)`", " ".join(given)):
        if not snippet.startswith("keaprov "):
            text = snippet if snippet[0] in "{[" else f"{{{snippet}}}"
            whole = re.sub(", …(?=[]}])", "", text)
            assert parse_relaxed(whole, "x.json").problems == ()
            assert json.loads(whole)


def test_a_cure_of_a_site_file_is_in_the_sites_form(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(
        "site: labo\nservers: {dhcp1: {address: 10.0.0.1, interfaces: [ens18]}}\n"
        "dhcp4: {gateway: 10.0.0.1}\n"
    )
    (problem,) = check_file(tmp_path / "site.yaml").problems
    assert "`option-data: {routers: …}`" in problem.hint


def test_thousands_of_different_cures_are_not_all_written_anew(tmp_path: Path) -> None:
    pools = ", ".join(
        f'"10.{n // 250}.{n % 250}.1 - 10.{n // 250}.{n % 250}.9"' for n in range(2000)
    )
    given = hints(tmp_path, f'"subnet4": [{{"id": 1, "subnet": "10.0.0.0/8", "pools": [{pools}]}}]')
    assert sum('"pool"' in hint for hint in given) == 1000
    assert sum("{pool: " in hint for hint in given) == 1000
