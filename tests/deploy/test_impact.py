"""What a change costs clients: counted by the running servers, refused, accepted by name."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.deploy.test_verbs import keaprov
from tests.deploying import HOSTS, Work, active, ask, lease, running, sh, subnets
from tests.faults import asking

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]

ONE = "Refused: 1 active lease loses its address (as dhcp1 counts)"
USER = "subnet 10 (172.20.10.0/24, VLAN User)"
VOICE = "subnet 60 (172.20.60.0/24, VLAN Voice)"
RESERVATIONS = "      reservations:\n"


def on_one_line(text: str) -> str:
    return " ".join(text.split())


def without_voice(text: str) -> str:
    return text[: text.index("    - id: 60")]


def reserved(entry: str) -> Callable[[str], str]:
    return lambda text: text.replace(RESERVATIONS, f"{RESERVATIONS}        - {entry}\n")


def test_what_costs_an_address_is_refused_and_nothing_changes(work: Work) -> None:
    user, _ = lease("user")["ip"], lease("voice")["ip"]
    hardware = ask("dhcp1", "lease4-get", **{"ip-address": user})["hw-address"]
    other = "02:00:00:00:00:99"
    changes: dict[str, Callable[[str], str]] = {
        f"{VOICE}: removed": without_voice,
        f"{USER}: no pool has the address": lambda text: text.replace("10.130 -", "10.240 -"),
        f"{USER}: the address is reserved for another client": reserved(
            f'{{hw-address: "{other}", ip-address: {user}}}'
        ),
        f"{USER}: its client has another address reserved": reserved(
            f'{{hw-address: "{hardware}", ip-address: 172.20.10.9}}'
        ),
    }
    path = work.folder / "site.yaml"
    text = path.read_text()
    before = {host: (running(host), active(host)) for host in HOSTS}
    for words, change in changes.items():
        path.write_text(change(text))
        done = work.run()
        assert done.returncode == 1, done.stdout
        assert ONE in on_one_line(done.stdout), done.stdout
        assert f"{words}" in on_one_line(done.stdout), done.stdout
        assert f"{words.split(':')[0]}" in on_one_line(done.stdout)
        assert "Traceback" not in done.stdout
    path.write_text(text.replace("20.60.", "20.61."))
    refusal = on_one_line(work.refused())
    assert ONE in refusal
    assert f"{VOICE}: renumbered to 172.20.61.0/24: 1 active lease loses its address" in refusal
    path.write_text(reserved(f'{{hw-address: "{hardware}", ip-address: 172.20.10.9}}')(text))
    dry = on_one_line(work.run("--dry").stdout)
    assert ONE in dry
    assert f"{USER}: its client has another address reserved: 1 active lease loses" in dry
    assert f"{user} {hardware}" in dry
    assert {host: (running(host), active(host)) for host in HOSTS} == before
    path.write_text(text)
    work.no_change()


def test_accepted_by_name_it_is_done(work: Work) -> None:
    lease("voice")
    path = work.folder / "site.yaml"
    path.write_text(without_voice(path.read_text()))
    done = keaprov(work, "plan")
    assert done.returncode == 1
    assert f"{VOICE}: removed: 1 active lease loses its address" in done.stdout
    match = re.search(r"--data (accept=(r[0-9a-f]{15}):1)\b", done.stdout)
    assert match, done.stdout
    wrong = {
        "accept=r000000000000000:1": "names another revision: this deploy brings",
        f"accept={match[2]}:0": "the change has grown since it was accepted: 1 active lease loses",
    }
    for given, words in wrong.items():
        assert words in on_one_line(work.refused("--data", given))
    assert subnets("dhcp1") == {10, 40, 50, 60}
    assert subnets("dhcp1") == {10, 40, 50, 60}
    assert "live: remove subnet 60" in work.deploy("--data", match[1])
    for host in HOSTS:
        assert subnets(host) == {10, 40, 50}
    refusal = on_one_line(work.refused("--data", match[1]))
    assert f"{match[1]} is not needed: no active lease loses its address" in refusal
    work.no_change()


def test_a_subnet_goes_before_a_rolling_restart(work: Work) -> None:
    path = work.folder / "site.yaml"
    text = path.read_text()
    path.write_text(text[: text.index("    - id: 50")] + text[text.index("    - id: 60") :])
    work.site(("rebind-timer: 1800", "rebind-timer: 1801"))
    with asking(most=4):
        output = on_one_line(work.deploy())
    removals = [output.index(f"[{host}] live: remove subnet 50") for host in HOSTS]
    assert removals[0] < removals[1] < output.index("turn: ")
    assert "it answers clients while dhcp1 restarts" in output
    for host in HOSTS:
        assert subnets(host) == {10, 40, 60}
        assert "REJECTED" not in sh(host, "cat /var/log/kea/kea-dhcp4.log")
    work.no_change()


def test_what_clients_see_at_renewal_is_told_and_done(work: Work) -> None:
    user = lease("user")["ip"]
    work.site(("domain-name: infra.labo}\n      res", "domain-name: new.labo}\n      res"))
    words = f"{USER}: domain-name: 1 active lease sees it at renewal"
    done = keaprov(work, "plan")
    assert (done.returncode, words in done.stdout) == (0, True), done.stdout
    text = on_one_line(work.deploy())
    assert words in text
    assert user in text


def test_the_way_back_is_counted_too(work: Work) -> None:
    first = ask("dhcp1", "config-get")["Dhcp4"]["user-context"]["keaprov"]["revision"]
    work.site(("172.20.10.130 -", "172.20.10.100 -"))
    work.deploy()
    assert lease("user", "-r", "172.20.10.101")["ip"] == "172.20.10.101"
    back = ("--data", f"revision={first}")
    refusal = on_one_line(work.refused(*back))
    assert ONE in refusal
    assert f"--data accept={first}:1." in refusal
    work.deploy(*back, "--data", f"accept={first}")
    assert lease("user")["ip"] != "172.20.10.101"
