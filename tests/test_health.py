"""A pair's health in words, its problems, and the exit code of `keaprov status`."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from keaprov import load_site, paths
from keaprov.certificates.reading import now
from keaprov.cli import main
from keaprov.cli.status import all_lines, lines
from keaprov.drill import DrillReport, Event
from keaprov.errors import Unreachable
from keaprov.ha.observed import File, Placed, Running
from keaprov.ha.states import State
from keaprov.health import Health, assess, meanings, site_health
from keaprov.health.meanings import HOT_STANDBY, MEANINGS, Meaning
from keaprov.page import status_page
from tests.certificates import DAY, Pki, authority, pki
from tests.ha.observations import DOWN, REVISION, UP, ha, kea, server

SITE = load_site(Path(__file__).parents[1] / "inventories/lab/site.yaml")
ROWS = {
    "result-set": {
        "columns": ["subnet-id", "total-addresses", "assigned-addresses"],
        "rows": [[10, 124, 62], [60, 100, 0]],
    }
}
SERVES = kea(relationship=replace(ha(), scopes=("dhcp1",)))


def health_of(
    a: dict[str, Any] | None = None, b: dict[str, Any] | None = None, **more: Any
) -> Health:
    observed = {"dhcp1": server(**{"kea": SERVES, **(a or {})}), "dhcp2": server(**(b or {}))}
    return assess(
        SITE, observed, more.get("drift", {}), {"dhcp1": ROWS}, more.get("unreachable", {})
    )


def state(which: State, **more: Any) -> dict[str, Any]:
    return {"kea": kea(relationship=replace(ha(which), **more))}


def test_a_healthy_pair() -> None:
    status = health_of()
    assert status.healthy
    text = "\n".join(lines(status, explain=True))
    assert text.startswith("labo: healthy\n")
    assert "dhcp1  primary, hot-standby: serves" in text
    assert "dhcp2  standby, hot-standby: ready (no scopes while the primary serves)" in text
    assert [server.serves for server in status.servers] == [True, False]
    assert "172.20.10.0/24  ##########..........  62/124  User" in text
    assert status.leases == 62
    assert "unknown, last changed" not in text
    after = "for max-response-delay (10 s)"
    assert f"next: It answers every client; its standby takes over if it is silent {after}" in text
    assert f"takes over if its primary is silent {after}" in text
    assert "do: Nothing" in text
    assert list(status.all_troubles()) == []


MASKED = replace(UP, masked=True, enabled=False)


@pytest.mark.parametrize(
    ("name", "unit", "troubled", "words"),
    [
        ("kea-dhcp4", replace(UP, enabled=False), False, "not enabled: it does not start with its"),
        ("kea-dhcp4", replace(UP, enabled=False, fixed=True), False, "systemctl revert kea-dhcp4"),
        ("kea-ctrl-agent", replace(UP, enabled=False), False, "Run the deploy: it enables it"),
        ("kea-dhcp4", MASKED, False, "kea-dhcp4 is masked: if it ends, nothing starts it again"),
        ("chronyd", DOWN, False, "chronyd is inactive. Run the deploy: it starts it"),
        ("firewalld", replace(DOWN, masked=True), False, "firewalld is inactive and masked. Find"),
        ("kea-dhcp4", replace(DOWN, masked=True), True, "systemctl unmask kea-dhcp4, and run the"),
        ("kea-ctrl-agent", replace(DOWN, masked=True), True, "kea-ctrl-agent is inactive and mask"),
    ],
)
def test_units_that_would_not_start_again(name: str, unit: Any, troubled: bool, words: str) -> None:
    own = health_of(b={"units": {**server().units, name: unit}}).servers[1]
    sentences, others = own.troubles, own.warnings
    if not troubled:
        sentences, others = others, sentences
    assert len([sentence for sentence in sentences if words in sentence]) == 1
    assert [sentence for sentence in others if name in sentence] == []


def test_a_server_that_cannot_write_leases_does_not_serve() -> None:
    mib = 1 << 20
    for free, read_only, serves, words in (
        (100, (), True, ""),
        (31, (), True, "the disk is full: 31 MiB are free for /var/lib/kea, 32 MiB are needed. Ma"),
        (31, ("/etc/kea",), True, "the file system of /etc/kea is read-only. Find out why (dmesg"),
        (100, ("/var/lib/kea",), False, "/var/lib/kea is on a read-only file system"),
        (0, (), False, "the disk of /var/lib/kea is full: kea-dhcp4 gives no leases"),
    ):
        disk = {"/etc/kea": 8 * mib, "/var/lib/kea": free * mib}
        status = health_of({"disk": disk, "read_only": read_only})
        own = status.servers[0]
        assert (own.serves, status.healthy) == (serves, serves)
        assert (own.meaning == meanings.UNWRITTEN) == (not serves)
        sentences = [*own.troubles, *own.warnings]
        assert any(words in sentence for sentence in sentences) if words else not sentences
        assert len([words for words in sentences if "/var/lib/kea" in words]) <= 1


def test_a_lease_file_that_kea_cannot_open_is_a_warning() -> None:
    status = health_of(b={"foreign_leases": ("/var/lib/kea/kea-leases4.csv",)})
    assert status.healthy
    (warning,) = status.servers[1].warnings
    assert warning.startswith("user kea cannot open /var/lib/kea/kea-leases4.csv: the next start")


def by_tls(own: Pki, trust: str = "", **more: Any) -> dict[str, Any]:
    """Return what a server with a certificate of keaprov's has."""
    issues = {"20260501": Placed(trust or own.ca, own.cert, more.pop("key", True))}
    file = "/etc/kea/tls/20260501/cert.pem"
    return {"certificates": issues, "kea": replace(kea(), cert_file=file), **more}


def certificate_words(a: dict[str, Any], b: dict[str, Any]) -> list[str]:
    status = health_of({**a, "kea": replace(a["kea"], ha=SERVES.ha)}, b)
    own = [*status.servers[0].troubles, *status.servers[0].warnings]
    return [sentence for sentence in own if "certificate" in sentence or "TLS" in sentence]


def test_certificates() -> None:
    at = now()
    signer = authority(at)
    good = [pki(name, signer=signer, at=at) for name in ("dhcp1", "dhcp2")]
    peer = by_tls(good[1])
    assert certificate_words(by_tls(good[0]), peer) == []
    ended = pki("dhcp1", signer=signer, at=at - 91 * DAY)
    (words,) = certificate_words(by_tls(ended), peer)
    assert words.startswith("its certificate ended on ")
    (words,) = certificate_words(by_tls(pki("dhcp1", signer=signer, at=at + 2 * DAY)), peer)
    assert "is not valid before" in words
    assert "Check the clock of dhcp1" in words
    (words,) = certificate_words(by_tls(good[0], ahead=-7200.0), peer)
    assert "Check the clock of dhcp1" in words
    (words,) = certificate_words(by_tls(good[0], authority(at).cert), peer)
    assert "does not trust the authority of its peer's certificate" in words
    (words,) = certificate_words(by_tls(good[0]), {})
    assert "its peer does not" in words
    (words,) = certificate_words(by_tls(good[0], key=False), peer)
    assert "missing or not as they have to be. Run the deploy" in words
    (words,) = certificate_words(by_tls(pki("dhcp1", signer=signer, at=at - 70 * DAY)), peer)
    assert words.startswith("its certificate ends in 19 days")
    old = authority(at - 3600 * DAY)
    pair = [by_tls(pki(name, signer=old, at=at)) for name in ("dhcp1", "dhcp2")]
    (words,) = certificate_words(pair[0], pair[1])
    assert "the authority of its certificate ends on" in words
    text = "\n".join(lines(health_of(by_tls(good[0]), peer), explain=False))
    assert "TLS; its certificate ends in 89 days" in text


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ({}, {"kea": kea(None), "units": {"kea-dhcp4": DOWN}}, "kea-dhcp4 is not running"),
        (state(State.PARTNER_DOWN), state(State.PARTNER_DOWN), "split brain: both serve"),
        ({}, state(State.SYNCING), "fetching its peer's leases"),
        (state(State.TERMINATED), {}, "lease replication stopped"),
        (state(State.TERMINATED), {}, "run the deploy: it brings the pair back"),
        ({}, state(State.HOT_STANDBY, scopes=("dhcp1",)), "somebody has given it scopes"),
        ({}, state(State.HOT_STANDBY, in_touch=False), "! its peer is not heard. Check the peer"),
        ({}, state(State.HOT_STANDBY, direct=State.WAITING), "! its peer is in waiting. Check"),
        (state(State.HOT_STANDBY), {}, "! it has no scopes: it answers no client. Run the deploy"),
        ({"kea": kea("", SERVES.ha)}, {}, "! kea-dhcp4 runs an unknown configuration. Run keaprov"),
        ({}, state(State.HOT_STANDBY, age=30), "last heartbeat is 30 s old"),
        ({}, state(State.HOT_STANDBY, skew=-40), "clock differs by -40 s"),
        ({}, {"kea": replace(kea(), disabled="by the command dhcp-disable")}, "Send dhcp-enable"),
        ({}, {"kea": kea(None)}, "kea-dhcp4 runs, but does not answer on its control socket"),
        ({"kea": Running("3.0.3", REVISION, None, None)}, {}, "its HA hook is not loaded"),
        ({}, state(State.LOAD_BALANCING), "in a state that no hot-standby pair has"),
        ({}, {"ahead": -0.04, "kea": kea(None)}, "clock +0.0 s"),
        ({}, {"ahead": 5.0}, "the clocks are 5.0 s apart"),
        (
            {},
            {"packages": {"isc-kea-dhcp4": "3.0.2"}},
            "! Kea's versions differ: dhcp1 has 3.0.3-isc1, dhcp2 has 3.0.2. Pin kea.version",
        ),
        ({}, {"packages": {}}, "dhcp2 has no Kea installed"),
        (
            {},
            {"packages": {}, "rpm_error": "rpm's database cannot be read"},
            "! rpm's database cannot be read. Run rpm -qa on this host",
        ),
        ({}, {"units": {"kea-dhcp4": UP, "kea-ctrl-agent": DOWN}}, "kea-ctrl-agent is inactive"),
    ],
)
def test_what_is_not_fine(a: dict[str, Any], b: dict[str, Any], expected: str) -> None:
    status = health_of(a, b)
    assert not status.healthy
    text = "\n".join(lines(status, explain=True))
    assert "NOT HEALTHY" in text
    assert expected in text


def test_a_hand_over_is_named_apart_from_scopes_that_somebody_gave() -> None:
    serving = state(State.HOT_STANDBY, scopes=("dhcp1",))
    status = health_of(b={**serving, "handover": True})
    text = "\n".join(lines(status, explain=True))
    assert "dhcp2  standby, hot-standby: serves for its primary: a hand-over on purpose" in text
    assert "! it serves in a hand-over while its primary restarts. Wait: the scopes go back" in text
    assert "next: It gives the scopes back by itself as soon as the primary is back" in text
    assert "do: Wait" in text
    assert "somebody" not in text
    assert [server.handover for server in status.servers] == [False, True]
    assert json.loads(json.dumps(asdict(status)))["servers"][1]["handover"] is True
    assert "<dt>hand-over</dt><dd>under way</dd>" in status_page([status])
    by_hand = health_of(b=serving)
    text = "\n".join(lines(by_hand, explain=True))
    assert "dhcp2  standby, hot-standby: serves beside its primary: somebody has given it" in text
    assert "do: Run the deploy: it takes the scopes back" in text
    assert "hand-over" not in text + status_page([by_hand])


def test_a_peer_that_answers_directly_is_heard_although_the_hook_does_not_know_it_yet() -> None:
    late = state(State.HOT_STANDBY, in_touch=False, peer=State.READY, age=30)
    late["kea"] = replace(late["kea"], ha=replace(late["kea"].ha, direct=State.HOT_STANDBY))
    assert health_of(b=late).healthy


def test_closed_sockets_are_not_healthy_and_say_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = replace(SERVES, sockets=("the interface dum0 is down",))
    status = health_of({"kea": closed})
    text = "\n".join(lines(status, explain=True))
    assert "dhcp1  primary, hot-standby: runs, but receives no DHCP packets: an " in text
    words = "! kea-dhcp4 receives no DHCP packets: the interface dum0 is down. Bring the interface"
    assert words in text
    assert not status.servers[0].serves
    monkeypatch.setattr("keaprov.cli.status.judge", lambda *_, **__: [status])
    done = CliRunner().invoke(main, ["status", SITE.source])
    assert (done.exit_code, words in done.output) == (3, True)
    monkeypatch.setattr("keaprov.cli.status.judge", lambda *_, **__: [health_of()])
    assert CliRunner().invoke(main, ["status", SITE.source]).exit_code == 0


def test_a_daemon_that_died_is_shown_with_its_last_words() -> None:
    died = replace(DOWN, active="failed", words="first\nlast")
    status = health_of({"kea": kea(None), "units": {"kea-dhcp4": died}})
    text = "\n".join(lines(status, explain=True))
    shown = "    ! kea-dhcp4 ended unexpectedly; its last words:\n        first\n        last"
    assert shown in text
    assert "dhcp1  primary, failed: kea-dhcp4 ended unexpectedly" in text


def test_split_brain_is_a_trouble_of_the_pair() -> None:
    status = health_of(state(State.PARTNER_DOWN, scopes=("dhcp1",)), state(State.PARTNER_DOWN))
    (words,) = status.troubles
    assert words.startswith("split brain: both serve the same pools")
    assert words.endswith("they heal when they hear each other")


def test_an_unreachable_server_is_named_once() -> None:
    status = site_health(
        SITE, {"dhcp1": Unreachable("dhcp1: no route"), "dhcp2": Unreachable("lost")}
    )
    assert list(status.all_troubles()) == ["dhcp1: no route", "dhcp2: lost"]


def test_drift_and_unreachable_servers() -> None:
    status = health_of(drift={"dhcp1": ("its file is not the site's",)})
    assert not status.healthy
    drift = "drift: its file is not the site's. Run keaprov diff to see it, then the deploy"
    assert list(status.all_troubles()) == [f"dhcp1: {drift}"]
    text = "\n".join(lines(status, explain=False))
    assert text.count("differs from its site") == text.count("no drift") == 1
    status = health_of(unreachable={"dhcp2": "no route"})
    assert "dhcp2  unreachable: no route" in "\n".join(lines(status, explain=False))
    assert not assess(SITE, {}, {}, {}, {"dhcp1": "x", "dhcp2": "y"}).healthy


def test_when_it_was_started_and_last_changed() -> None:
    conf = File("640", "root", "kea", 86400.0)
    text = "\n".join(lines(health_of({"files": {paths.DHCP4_CONF: conf}}), explain=False))
    assert "unit active, since 1970-01-01 00:16:40Z" in text
    assert f"revision {REVISION}, last changed 1970-01-02 00:00:00Z, no drift" in text


def test_several_sites_end_in_one_line_about_all() -> None:
    well, sick = health_of(), replace(health_of(drift={"dhcp1": ("x",)}), site="branch")
    text = "\n".join(all_lines([well, sick], explain=False))
    assert text.startswith("labo: healthy\n")
    assert "\n\nbranch: NOT HEALTHY\n" in text
    assert text.endswith("\n\n2 sites, not healthy: branch")
    assert "\n".join(all_lines([well, well], explain=False)).endswith("2 sites, all healthy")
    assert "<title>2 sites, 1 not healthy</title>" in status_page([well, sick])


def test_a_drill_survives_its_json() -> None:
    drill = DrillReport("labo", 0.5, [Event(0.5, "a & b")], silence=None, lost=1, failed="x")
    assert DrillReport.from_json(json.loads(json.dumps(asdict(drill)))) == drill


def test_every_state_that_is_not_fine_says_what_to_do() -> None:
    others = [value for value in vars(meanings).values() if isinstance(value, Meaning)]
    assert len(others) > 8
    for meaning in (*MEANINGS.values(), *HOT_STANDBY.values(), *others):
        assert meaning.words
        assert meaning.next
        assert meaning.do


def test_a_standalone_server() -> None:
    site = replace(SITE, servers=SITE.servers[:1], failover=None)
    alone = server(kea=Running("3.0.3", REVISION, None, None))
    status = assess(site, {"dhcp1": alone}, {}, {}, {})
    assert status.healthy
    text = "\n".join(lines(status, explain=True))
    assert "dhcp1  standalone: serves" in text
    assert "the site has no second server" in text
    assert "172.20.10.0/24  ....................  no figures  User" in text


def test_the_page_is_complete_and_needs_no_network() -> None:
    status = replace(health_of(drift={"dhcp1": ("<script>",)}), unreachable={"dhcp9": "no <route>"})
    drill = DrillReport("labo", 0.5, [Event(0.5, "a & b")], silence=1.25)
    text = status_page([status], {"labo": drill})
    texts, opened = [], []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attributes: Any) -> None:
            assert not {"src", "href"} & {name for name, _ in attributes}
            if tag not in ("meta",):
                opened.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert opened.pop() == tag

        def handle_data(self, data: str) -> None:
            texts.append(data)

    reader = Reader()
    reader.feed(text)
    reader.close()
    assert opened == []
    words = " ".join(texts)
    assert "labo:" in words
    assert "not healthy" in words
    assert "drift: <script>" in words
    assert "unreachable: no <route>" in words
    assert "62/124" in words
    assert "Last drill, 1970-01-01 00:00:00Z: 1.2 s without an offer at the longest, 0 " in words
    assert "a & b" in words
    assert 'style="width: 50.0%"' in text
    assert "://" not in text
