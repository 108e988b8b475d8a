"""packaging.py, rpms.py: packages take the place of others, and go back; files stay as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.host.loading import Host

EPELS = ["kea-libs", "kea"]
BEFORE = ["kea-libs-2.6.3-1.el9", "kea-2.6.3-1.el9"]
ISCS = ["isc-kea-dhcp4-3.0.3-isc1", "isc-kea-hooks-3.0.3-isc1"]
REQUEST: dict[str, Any] = {"swap": EPELS, "packages": ISCS, "packages_before": BEFORE}
DNF = "dnf -y -q --setopt=exit_on_lock=True"
QUIET = "--setopt=tsflags=noscripts"
ALL = "--disableexcludes=all"


def installed(host: Host, *packages: str) -> None:
    lines = "\\n".join(f"{name} 1-1" for name in packages)
    host.command("rpm", f"printf '{lines}\\n'")


def acts(host: Host) -> list[str]:
    return [call for call in host.calls() if call.startswith(("dnf ", "systemctl "))]


@pytest.fixture
def conf(host: Host) -> Path:
    path = host.root / "kea-dhcp4.conf"
    path.write_text("mine")
    path.chmod(0o640)
    return path


def test_the_swap_runs_no_scripts(host: Host, conf: Path) -> None:
    installed(host, *EPELS)
    host.command("dnf")
    host.command("systemctl")
    assert host.module("packaging").install(REQUEST, [str(conf)]) is None
    assert acts(host) == [
        f"{DNF} swap --allowerasing {QUIET} kea-libs {ISCS[0]}",
        f"{DNF} install {QUIET} {ISCS[1]}",
        "systemctl daemon-reload",
    ]


def test_the_rest_of_an_interrupted_swap(host: Host, conf: Path) -> None:
    installed(host, "isc-kea-dhcp4")
    host.command("dnf")
    host.command("systemctl")
    assert host.module("packaging").install(REQUEST, [str(conf)]) is None
    assert acts(host)[0] == f"{DNF} install {QUIET} {' '.join(ISCS)}"


@pytest.mark.parametrize("step", ["swap", "install"])
def test_dnfs_words_come_back(host: Host, conf: Path, step: str) -> None:
    installed(host, *EPELS)
    host.command("dnf", f'case "$*" in *" {step} "*) echo no such luck >&2; exit 1 ;; esac')
    host.command("systemctl")
    words = host.module("packaging").install(REQUEST, [str(conf)])
    assert words.startswith("dnf cannot")
    assert words.endswith(": no such luck")
    assert "systemctl daemon-reload" not in acts(host)


@pytest.mark.parametrize("code", [0, 1])
def test_a_configuration_stays_as_it_is(host: Host, conf: Path, code: int) -> None:
    missing = conf.with_name("kea-ctrl-agent.conf")
    installed(host, *EPELS)
    host.command("systemctl")
    host.command("dnf", f"mv {conf} {conf}.rpmsave 2>/dev/null; echo default >{conf}; exit {code}")
    host.module("packaging").install(REQUEST, [str(conf), str(missing)])
    assert conf.read_text() == "mine"
    assert conf.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in conf.parent.glob("*.conf*")] == [conf.name]


def test_a_saved_file_of_somebody_else_stays(host: Host, conf: Path) -> None:
    saved = conf.with_name(f"{conf.name}.rpmsave")
    saved.write_text("somebody's")
    installed(host, *EPELS)
    host.command("systemctl")
    host.command("dnf")
    host.module("packaging").install(REQUEST, [str(conf)])
    assert saved.read_text() == "somebody's"


def test_the_packages_from_before_come_back_although_they_are_excluded(
    host: Host, conf: Path
) -> None:
    installed(host, "isc-kea-admin", "isc-kea-common", "isc-kea-dhcp4")
    host.command("dnf")
    host.command("systemctl")
    assert host.module("packaging").reinstall(REQUEST, [str(conf)], BEFORE[:1]) is None
    assert acts(host) == [
        f"{DNF} swap --allowerasing {QUIET} {ALL} isc-kea-common {BEFORE[0]}",
        f"{DNF} install {QUIET} {ALL} {BEFORE[1]}",
        "systemctl daemon-reload",
    ]


def test_nothing_comes_back_where_nothing_went(host: Host, conf: Path) -> None:
    assert host.module("packaging").reinstall(REQUEST, [str(conf)], []) is None
    assert host.calls() == []


def test_an_upgrade_within_iscs_packages_has_its_scripts(host: Host, conf: Path) -> None:
    host.command("dnf")
    request = {"packages": ISCS, "erase": ["isc-kea-ctrl-agent"]}
    assert host.module("packaging").install(request, [str(conf)]) is None
    assert acts(host) == [f"{DNF} install --allowerasing {' '.join(ISCS)}"]


@pytest.mark.parametrize(
    ("left", "stay"),
    [
        ({".carried": "mine", ".rpmsave": "mine"}, set()),
        ({".carried": "mine", ".rpmsave": "somebody's"}, {".rpmsave"}),
        ({".rpmsave": "mine"}, {".rpmsave"}),
        ({".carried": "mine"}, set()),
    ],
)
def test_what_an_interrupted_swap_left_is_removed(
    host: Host, conf: Path, left: dict[str, str], stay: set[str]
) -> None:
    for suffix, text in left.items():
        conf.with_name(conf.name + suffix).write_text(text)
    host.module("packaging").forget([str(conf)])
    assert {path.suffix for path in conf.parent.glob("*.conf.*")} == stay
    assert conf.read_text() == "mine"
