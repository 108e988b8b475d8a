"""The parameters of hook libraries: types, what has to be there, what contradicts itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from keaprov.errors import Severity
from keaprov.lint import hooks, limits
from keaprov.site import check_text
from tests.lint.reports import reports

Parameters = dict[str, Any]
KEY = {
    "query-type": "DHCPREQUEST",
    "response-type": "DHCPACK",
    "start-event": "a",
    "stop-event": "b",
}


def alarm(low: int = 5, answer: str = "DHCPACK", high: int = 9) -> Parameters:
    key = {**KEY, "response-type": answer}
    return {"duration-key": key, "high-water-ms": high, "low-water-ms": low}


def flex(**entry: Any) -> Parameters:
    return {"options": [{"name": "routers", "add": "'a'"} | entry]}


def sub(*entries: Parameters, **option: Any) -> Parameters:
    return {"options": [{"name": "dhcp-agent-options", **option, "sub-options": list(entries)}]}


def errors_of(library: str, parameters: Any, **body: Any) -> list[str]:
    """Return the errors about a library's parameters: the code, the last key, the words."""
    hook = {"library": f"libdhcp_{library}.so"}
    given = hook if parameters is None else {**hook, "parameters": parameters}
    text = json.dumps({"Dhcp4": {"hooks-libraries": [given], **body}}).encode()
    checked = check_text(text, "kea-dhcp4.conf", Path())
    return [
        f"{problem.code} {problem.path[-1]}: {problem.message}"
        for problem in checked.problems
        if problem.severity is Severity.ERROR
    ]


RIGHT: tuple[tuple[str, Any], ...] = (
    ("flex_id", {"identifier-expression": ""}),
    ("flex_id", {"identifier-expression": "relay4[1].hex", "further": 1}),
    ("flex_option", {"options": []}),
    ("flex_option", flex()),
    ("flex_option", flex(code=3)),
    ("flex_option", {"options": [{"code": 224, "remove": "option[1].exists"}]}),
    ("flex_option", sub({"code": 2, "add": "'a'"}, {"name": "circuit-id", "supersede": "'b'"})),
    ("flex_option", sub({"code": 2, "add": "'a'", "space": "mine"}, name="routers")),
    ("run_script", {"name": "/usr/share/kea/scripts/a.sh", "sync": True}),
    ("lease_cmds", None),
    ("lease_cmds", {"binding-variables": [{"name": "a", "expression": "'a'", "source": "query"}]}),
    ("lease_query", {"requesters": ["192.0.2.1", "192.0.2.2"]}),
    ("legal_log", None),
    ("legal_log", {"path": "/var/log/kea", "time-unit": "month", "count": 0}),
    ("legal_log", {"type": "syslog", "facility": "local1", "path": 5}),
    ("limits", None),
    ("perfmon", {"alarms": [alarm(), alarm(answer="*")]}),
    ("perfmon", {"alarms": [alarm(high=9223372036854775)]}),
    ("ping_check", {"min-ping-requests": 1, "ping-cltt-secs": 0}),
    ("radius", {"accounting": {"peer-updates": True}, "realm": 5}),
    ("host_cache", {"host-cache": {"maximum": 1000000000}}),
    ("class_cmds", {"anything": 1}),
)
WRONG: tuple[tuple[str, Any, str, str], ...] = (
    ("flex_id", None, "KP713", "0: libdhcp_flex_id.so does not load without the parameter"),
    ("flex_id", {}, "KP713", "0: "),
    ("flex_id", {"identifier-expression": 5}, "KP204", "identifier-expression: 5 is not text"),
    (
        "flex_id",
        {"identifier-expression": "", "replace-client-id": 1},
        "KP204",
        "replace-client-id: 1 is not true or false",
    ),
    ("flex_option", None, "KP713", "0: "),
    ("flex_option", flex(name="router"), "KP714", "name: no option 'router' in the space dhcp4"),
    ("flex_option", flex(code=4), "KP714", "code: routers has the code 3"),
    (
        "flex_option",
        flex(name="tftp-servers", space="vendor-4491"),
        "KP714",
        "name: no option 'tftp-servers' in the space vendor-4491",
    ),
    ("flex_option", flex(code=256), "KP204", "code: 256 is more than 255"),
    ("flex_option", flex(space="a b"), "KP714", "space: 'a b' is not a name of an option space"),
    ("flex_option", flex(remove="option[1].exists"), "KP714", "remove: add and remove exclude"),
    ("flex_option", flex(actoin="'a'"), "KP201", "actoin: unknown key"),
    ("flex_option", {"options": [{"name": "routers"}]}, "KP714", "0: an entry without an action"),
    (
        "flex_option",
        {"options": [{"add": "'a'"}]},
        "KP714",
        "0: which option it is about is missing",
    ),
    ("flex_option", {"options": [{"code": 0, "add": "'a'"}]}, "KP714", "code: 0 is padding"),
    (
        "flex_option",
        {"options": [{"code": 224, "csv-format": True, "add": "'a'"}]},
        "KP714",
        "code: no option 224 in the space dhcp4",
    ),
    ("flex_option", sub({"code": 2, "add": "'a'"}, add="'a'"), "KP714", "add: sub-options and add"),
    (
        "flex_option",
        sub({"code": 2, "add": "'a'"}, name="routers"),
        "KP714",
        "0: the option space of this sub-option is unknown",
    ),
    (
        "flex_option",
        sub({"code": 2, "add": "'a'"}, {"name": "remote-id", "add": "'b'"}),
        "KP714",
        "1: sub-option 2 of option 82 comes twice",
    ),
    ("flex_option", sub({"code": 2}), "KP714", "0: an entry without an action"),
    (
        "flex_option",
        sub({"name": "x", "add": "'a'"}),
        "KP714",
        "name: no option 'x' in the space dh",
    ),
    ("lease_query", {"requesters": "192.0.2.1"}, "KP204", 'requesters: "192.0.2.1" is not a list'),
    ("lease_query", {"requesters": []}, "KP204", "requesters: 0 entries, at least 1 wanted"),
    ("lease_query", {"requesters": ["::1"]}, "KP204", '0: "::1" is not an IPv4 address'),
    (
        "lease_query",
        {"requesters": ["192.0.2.1", "192.0.2.1"]},
        "KP715",
        "1: 192.0.2.1 comes twice",
    ),
    (
        "lease_query",
        {"requesters": ["192.0.2.1"], "advanced": {"active-query-enabled": True}},
        "KP204",
        "active-query-enabled: true is not false",
    ),
    ("legal_log", {"time-unit": "hour"}, "KP204", 'time-unit: "hour" is not one of second, day'),
    ("legal_log", {"path": "/tmp"}, "KP715", "path: legal_log writes in /var/log/kea only"),
    (
        "legal_log",
        {"type": "mysql"},
        "KP715",
        "type: mysql needs the hook library libdhcp_mysql.so",
    ),
    ("limits", {}, "KP715", "parameters: libdhcp_limits.so takes no parameters"),
    ("limits", {"a": 1}, "KP715", "parameters: libdhcp_limits.so takes no parameters"),
    (
        "perfmon",
        {"alarms": [alarm(high=9223372036854776)]},
        "KP204",
        "high-water-ms: 9223372036854",
    ),
    ("perfmon", {"alarms": [alarm(9)]}, "KP715", "low-water-ms: low-water-ms 9 is not less than"),
    (
        "perfmon",
        {"alarms": [alarm(answer="DHCPOFFER")]},
        "KP715",
        "response-type: DHCPOFFER does not answer DHCPREQUEST",
    ),
    (
        "perfmon",
        {"alarms": [alarm(), alarm(1)]},
        "KP715",
        "duration-key: a second alarm for the same",
    ),
    ("perfmon", {"alarms": [{}]}, "KP202", "duration-key: is missing"),
    ("perfmon", {"interval-width-secs": 4294967296}, "KP204", "interval-width-secs: 4294967296 is"),
    ("ping_check", {"min-ping-requests": 0}, "KP204", "min-ping-requests: 0 is less than 1"),
    ("ping_check", {"reply_timeout": 5}, "KP201", "reply_timeout: unknown key"),
    ("radius", {"access": {"peer-updates": True}}, "KP201", "peer-updates: unknown key"),
    ("radius", {"access": {"servers": [{"name": "a"}]}}, "KP202", "secret: is missing"),
    ("run_script", {"sync": False}, "KP713", "0: "),
    ("run_script", {"name": "/a", "sync": "yes"}, "KP204", 'sync: "yes" is not true or false'),
    ("host_cache", {"host-cache": {"maximum": 1000000001}}, "KP204", "maximum: 1000000001 is more"),
    ("lease_cmds", {"binding-variables": [{"name": "a"}]}, "KP202", "expression: is missing"),
)


@pytest.mark.parametrize(("library", "parameters"), RIGHT)
def test_parameters_with_which_a_library_loads(library: str, parameters: Any) -> None:
    assert errors_of(library, parameters) == []


@pytest.mark.parametrize(("library", "parameters", "code", "words"), WRONG)
def test_parameters_with_which_a_library_does_not_load(
    library: str, parameters: Any, code: str, words: str
) -> None:
    errors = errors_of(library, parameters)
    assert any(error.startswith(f"{code} {words}") for error in errors), errors
    assert len(errors) == len(set(errors))


def test_a_definition_of_the_file_counts() -> None:
    own = {"name": "own", "code": 230, "type": "string"}
    assert errors_of("flex_option", flex(name="own"), **{"option-def": [own]}) == []
    assert errors_of("flex_option", flex(name="own")) != []


@pytest.mark.parametrize(("number", "several"), [(0, True), (1, False)])
def test_an_alarm_of_all_subnets(number: int, several: bool) -> None:
    """No subnet-id says the same as 0."""
    other = alarm()
    other["duration-key"] = {**other["duration-key"], "subnet-id": number}
    assert bool(errors_of("perfmon", {"alarms": [alarm(), other]})) is several


def test_a_sub_option_may_be_a_vendors() -> None:
    option = {"name": "tftp-servers", "space": "vendor-4491", "add": "'a'"}
    assert errors_of("flex_option", sub(option, name="vivso-suboptions")) == []


@pytest.mark.parametrize(("library", "once"), [("radius", True), ("run_script", False)])
def test_a_library_that_loads_once(library: str, once: bool) -> None:
    parameters = {"name": "/usr/share/kea/scripts/a.sh"} if library == "run_script" else {}
    hook = {"library": f"libdhcp_{library}.so", "parameters": parameters}
    text = json.dumps({"Dhcp4": {"hooks-libraries": [hook, hook]}}).encode()
    problems = check_text(text, "kea-dhcp4.conf", Path()).problems
    where = [problem.path[2:] for problem in problems if problem.code == "KP715"]
    assert where == ([(1, "library")] if once else [])


@pytest.mark.parametrize("threads", [True, False])
def test_bulk_queries_need_threads(threads: bool) -> None:
    parameters = {"requesters": ["192.0.2.1"], "advanced": {"bulk-query-enabled": True}}
    body = {"multi-threading": {"enable-multi-threading": threads}}
    errors = errors_of("lease_query", parameters, **body)
    assert [error[:5] for error in errors] == [] if threads else ["KP715"]


def test_a_site_is_checked_alike() -> None:
    hook = {"library": "libdhcp_ping_check.so", "parameters": {"reply-timeout": 0}}
    text = json.dumps({"site": "s", "dhcp4": {"hooks-libraries": [hook]}}).encode()
    problems = check_text(text, "site.yaml", Path()).problems
    where = ("dhcp4", "hooks-libraries", 0, "parameters", "reply-timeout")
    assert where in {problem.path for problem in problems}


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"address-limit": 2, "rate-limit": "100 packets per second"}, ""),
        ({"address-limit": 2.5}, "address-limit: '2.5' is not a number of leases"),
        ({"prefix-limit": -1}, "prefix-limit: '-1' is not a number of leases"),
        ({"rate-limit": "fast"}, "rate-limit: 'fast' is not a rate"),
        ({"rate-limit": "5 packets per fortnight"}, "rate-limit: '5 packets per fortnight' is"),
        ([], "limits: limits are a map"),
    ],
)
@pytest.mark.parametrize("where", ["subnet4", "client-classes"])
def test_limits(limits: Any, words: str, where: str) -> None:
    """tests/differential/test_start.py starts a real Kea with the same."""
    entry = {"id": 1, "subnet": "192.0.2.0/24"} if where == "subnet4" else {"name": "one"}
    body = {where: [{**entry, "user-context": {"limits": limits}}]}
    errors = errors_of("limits", None, **body)
    assert [error[: len(f"KP716 {words}")] for error in errors] == [f"KP716 {words}"] * bool(words)
    assert errors_of("bootp", None, **body) == []


def test_limits_have_a_code_of_their_own() -> None:
    assert limits.RULES[0].code == "KP716"


@pytest.mark.parametrize("value", [{}, [], None, 1.5, True, {"a": [1]}, "x"])
@pytest.mark.parametrize(
    ("library", "parameters"), [entry for entry in RIGHT if isinstance(entry[1], dict)]
)
def test_values_of_any_form(library: str, parameters: Parameters, value: Any) -> None:
    """Whatever stands in place of a value, at any depth, there is no traceback."""
    for changed in replaced(parameters, value):
        errors_of(library, changed)


def replaced(part: Any, value: Any) -> Iterator[Any]:
    """Yield a value with each of its parts replaced in turn."""
    yield value
    if isinstance(part, dict):
        for key, inner in part.items():
            yield from ({**part, key: other} for other in replaced(inner, value))
    elif isinstance(part, list):
        for index, inner in enumerate(part):
            yield from (
                [*part[:index], other, *part[index + 1 :]] for other in replaced(inner, value)
            )


@pytest.mark.parametrize(
    ("library", "unique", "times"),
    [
        ("libdhcp_host_cache.so", False, 1),
        ("libdhcp_host_cache.so", True, 0),
        ("libdhcp_radius.so", False, 0),
    ],
)
def test_one_reservation_of_an_address(library: str, unique: bool, times: int) -> None:
    """SetIPReservationsUnique of the cache refuses it, and of radius only where the cache is."""
    body = {"ip-reservations-unique": unique, "hooks-libraries": [{"library": library}]}
    lines = [line for line in reports(hooks.RULES, body) if "unique" in line[2]]
    message = f"{library} does not work with ip-reservations-unique: false"
    hint = "Leave ip-reservations-unique out, or the library."
    assert lines == [("KP715", "hooks-libraries[0].library", message, hint)] * times


SCRIPT = "/usr/share/kea/scripts"


@pytest.mark.parametrize(
    ("library", "parameters", "key"),
    [
        ("run_script", {"name": "/bin/true"}, "name"),
        ("run_script", {"name": "/"}, "name"),
        ("run_script", {"name": f"{SCRIPT}/"}, "name"),
        ("run_script", {"name": ""}, "name"),
        ("run_script", {"name": f" {SCRIPT}/a.sh"}, "name"),
        ("run_script", {"name": f"{SCRIPT}/a.sh"}, ""),
        ("run_script", {"name": "a.sh"}, ""),
        ("legal_log", {"prerotate": "/bin/true"}, "prerotate"),
        ("legal_log", {"postrotate": "/bin/true"}, "postrotate"),
        ("legal_log", {"prerotate": "", "postrotate": f"{SCRIPT}/a.sh"}, ""),
        ("legal_log", {"type": "syslog", "prerotate": "/bin/true"}, ""),
    ],
)
def test_the_directory_of_scripts(library: str, parameters: dict[str, str], key: str) -> None:
    """HookLibraryScriptsChecker takes this directory, or none."""
    hook = {"library": f"libdhcp_{library}.so", "parameters": parameters}
    lines = [ln for ln in reports(hooks.RULES, {"hooks-libraries": [hook]}) if SCRIPT in ln[2]]
    where = f"hooks-libraries[0].parameters.{key}"
    assert [line[:2] for line in lines] == ([("KP715", where)] if key else [])
