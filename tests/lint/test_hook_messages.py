"""Parameters of hook libraries: the place of each message, and what its cure says."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint import flex_option, hooks
from tests.lint.reports import Report, reports
from tests.lint.test_hooks import alarm, flex, sub

Json = dict[str, Any]
RADIUS = "Keep one entry; access and accounting have their own lists of servers."
MANUAL = "Write its name in Kea's manual, or add an option-def."
SPACE = "Name the option space of the sub-option: `space: …`."
ACTION = "Add add, supersede or remove, with an expression."


def of_library(library: str, parameters: Any = None, **body: Any) -> list[Report]:
    """Return the reports about a library beside another one, with their places in the library."""
    hook = {"library": f"libdhcp_{library}.so"} | (
        {} if parameters is None else {"parameters": parameters}
    )
    keys = {key.replace("_", "-"): value for key, value in body.items()}
    lines = reports(
        (*flex_option.RULES, *hooks.RULES),
        {"hooks-libraries": [{"library": "libdhcp_bootp.so"}, hook], **keys},
    )
    head = "hooks-libraries[1]"
    assert all(line[1].startswith(head) for line in lines)
    return [
        (code, where.removeprefix(head).removeprefix(".parameters").removeprefix("."), words, hint)
        for code, where, words, hint in lines
    ]


@pytest.mark.parametrize(
    ("library", "name", "form"),
    [
        ("flex_id", "identifier-expression", "an expression"),
        ("flex_option", "options", "a list of options"),
        ("lease_query", "requesters", "a list of addresses"),
        ("run_script", "name", "the path of a script"),
    ],
)
def test_a_parameter_that_a_library_needs(library: str, name: str, form: str) -> None:
    """Kea ARM, Hook Libraries: the parameters that are mandatory."""
    message = f"libdhcp_{library}.so does not load without the parameter {name}"
    hint = f"Add parameters: {{{name}: …}}, {form} (Kea ARM, Hook Libraries)."
    for parameters in (None, {}, {"x": 1}):
        assert ("KP713", "", message, hint) in of_library(library, parameters)


@pytest.mark.parametrize(
    ("parameters", "where", "message", "hint"),
    [
        ({"options": [{"name": "x", "add": "'a'"}]}, "options[0].name",
         "no option 'x' in the space dhcp4", MANUAL),
        ({"options": [{"name": "router", "add": "'a'"}]}, "options[0].name",
         "no option 'router' in the space dhcp4", "Did you mean routers?"),
        ({"options": [{"add": "'a'"}]}, "options[0]", "which option it is about is missing",
         "Add its name, or its code."),
        (flex(space="a b"), "options[0].space", "'a b' is not a name of an option space",
         "Write letters, digits, - and _ only."),
        ({"options": [{"code": 224, "csv-format": True, "add": "'a'"}]}, "options[0].code",
         "no option 224 in the space dhcp4",
         "Define the option (option-def), or leave csv-format out."),
        (flex(code=4), "options[0].code", "routers has the code 3", "Write the name or the code."),
        ({"options": [{"code": 0, "add": "'a'"}]}, "options[0].code",
         "0 is padding, not an option", "Write the code of an option: 1 to 254."),
        ({"options": [{"code": 255, "add": "'a'"}]}, "options[0].code",
         "255 is the end of the options, not an option", "Write the code of an option: 1 to 254."),
        ({"options": [{"name": "routers"}]}, "options[0]", "an entry without an action", ACTION),
        (flex(remove="option[1].exists"), "options[0].remove", "add and remove exclude each other",
         "Write an entry for each."),
        (flex(supersede="'b'"), "options[0].supersede", "add and supersede exclude each other",
         "Write an entry for each."),
        (sub({"code": 2, "add": "'a'"}, remove="option[1].exists"), "options[0].remove",
         "sub-options and remove exclude each other",
         "Move remove into the sub-options, or leave these out."),
        (sub({"code": 2, "add": "'a'"}, name="routers"), "options[0].sub-options[0]",
         "the option space of this sub-option is unknown", SPACE),
        (sub({"code": 2, "add": "'a'"}, {"name": "remote-id", "add": "'b'"}),
         "options[0].sub-options[1]", "sub-option 2 of option 82 comes twice",
         "Keep one entry for each sub-option."),
        (sub({"code": 2}), "options[0].sub-options[0]", "an entry without an action", ACTION),
        (sub({"add": "'a'"}), "options[0].sub-options[0]", "which option it is about is missing",
         "Add its name, or its code."),
        (sub({"name": "x", "add": "'a'"}), "options[0].sub-options[0].name",
         "no option 'x' in the space dhcp-agent-options-space", MANUAL),
    ],
)  # fmt: skip
def test_an_option_of_flex_option(parameters: Json, where: str, message: str, hint: str) -> None:
    """Kea ARM, Flexible Option Actions; flex_option.cc."""
    assert of_library("flex_option", parameters) == [("KP714", where, message, hint)]


@pytest.mark.parametrize(
    "parameters",
    [
        {"options": [{"code": 1, "add": "'a'"}, {"code": 254, "remove": "option[1].exists"}]},
        {"options": [{"code": 0, "space": "own", "add": "'a'"}]},
        {"options": [{"code": 200, "csv-format": False, "add": "'a'"}]},
        sub({"code": 1, "add": "'a'"}, {"code": 2, "add": "'a'"}),
        {"options": [*sub({"code": 2, "add": "'a'"})["options"],
                     *sub({"code": 2, "space": "own", "add": "'a'"}, name="routers")["options"]]},
    ],
)  # fmt: skip
def test_right_options_of_flex_option(parameters: Json) -> None:
    assert of_library("flex_option", parameters) == []


def test_sub_options_of_an_unknown_option_are_not_compared() -> None:
    inner = {"code": 2, "space": "own", "add": "'a'"}
    lines = of_library("flex_option", sub(inner, inner, name="x"))
    assert lines == [("KP714", "options[0].name", "no option 'x' in the space dhcp4", MANUAL)]
    inner = {"name": "x", "space": "own", "add": "'a'"}
    lines = of_library("flex_option", sub(inner, inner))
    assert [line[2] for line in lines] == ["no option 'x' in the space own"] * 2


def test_a_sub_option_that_comes_in_two_entries() -> None:
    entries = [*sub({"code": 2, "add": "'a'"})["options"]] * 2
    assert of_library("flex_option", {"options": entries}) == [
        ("KP714", "options[1].sub-options[0]", "sub-option 2 of option 82 comes twice",
         "Keep one entry for each sub-option."),
    ]  # fmt: skip


def other_event(key: str) -> Json:
    changed = alarm()
    changed["duration-key"] = {**changed["duration-key"], key: "x"}
    return changed


@pytest.mark.parametrize(
    ("alarms", "where", "message", "hint"),
    [
        ([alarm(9)], "alarms[0].low-water-ms", "low-water-ms 9 is not less than high-water-ms 9",
         "An alarm ends below low-water-ms and begins above high-water-ms."),
        ([alarm(), alarm(1)], "alarms[1].duration-key", "a second alarm for the same",
         "Keep one alarm for each duration-key."),
        ([alarm(answer=""), alarm(answer="*")], "alarms[1].duration-key",
         "a second alarm for the same", "Keep one alarm for each duration-key."),
        ([alarm(answer="DHCPOFFER")], "alarms[0].duration-key.response-type",
         "DHCPOFFER does not answer DHCPREQUEST", "Write DHCPACK or DHCPNAK."),
    ],
)  # fmt: skip
def test_alarms(alarms: list[Json], where: str, message: str, hint: str) -> None:
    """Kea ARM, PerfMon; DurationKey::validateMessagePair."""
    assert of_library("perfmon", {"alarms": alarms}) == [("KP715", where, message, hint)]


@pytest.mark.parametrize(
    ("query", "answer", "good"),
    [
        ("DHCPDISCOVER", "DHCPOFFER", True),
        ("DHCPDISCOVER", "DHCPNAK", True),
        ("DHCPDISCOVER", "DHCPACK", False),
        ("DHCPREQUEST", "DHCPACK", True),
        ("DHCPREQUEST", "DHCPNAK", True),
        ("DHCPREQUEST", "DHCPOFFER", False),
        ("DHCPINFORM", "DHCPACK", True),
        ("DHCPINFORM", "DHCPNAK", False),
        ("*", "DHCPOFFER", True),
        ("DHCPINFORM", "*", True),
        ("DHCPINFORM", "", True),
    ],
)
def test_what_a_server_answers(query: str, answer: str, good: bool) -> None:
    """RFC 2131, section 3; Kea answers a DHCPDISCOVER with DHCPNAK as well."""
    asking = alarm(answer=answer)
    asking["duration-key"] = {**asking["duration-key"], "query-type": query}
    assert (of_library("perfmon", {"alarms": [asking]}) == []) is good


@pytest.mark.parametrize("key", ["start-event", "stop-event", "query-type", "response-type"])
def test_alarms_of_two_durations(key: str) -> None:
    lines = of_library("perfmon", {"alarms": [alarm(), other_event(key)]})
    assert "a second alarm for the same" not in {message for _, _, message, _ in lines}


THREADS = {"enable-multi-threading": False}


@pytest.mark.parametrize(
    ("library", "parameters", "body", "where", "message", "hint"),
    [
        ("lease_query", {"requesters": ["192.0.2.1", "192.0.2.2", "192.0.2.1"]}, {},
         "requesters[2]", "192.0.2.1 comes twice", "Write each address once."),
        ("lease_query", {"requesters": [], "advanced": {"bulk-query-enabled": True}},
         {"multi_threading": THREADS}, "advanced.bulk-query-enabled",
         "bulk lease queries need multi-threading",
         "Leave multi-threading on, or bulk-query-enabled out."),
        ("legal_log", {"type": "mysql"}, {}, "type",
         "mysql needs the hook library libdhcp_mysql.so",
         "Add {library: libdhcp_mysql.so} to hooks-libraries."),
        ("legal_log", {"path": "/tmp"}, {}, "path", "legal_log writes in /var/log/kea only",
         "Leave path out."),
        ("limits", {"a": 1}, {}, "", "libdhcp_limits.so takes no parameters",
         "Leave it out: limits stand in user-context of subnets and classes."),
    ],
)  # fmt: skip
def test_parameters_that_contradict(
    library: str, parameters: Json, body: Json, where: str, message: str, hint: str
) -> None:
    assert of_library(library, parameters, **body) == [("KP715", where, message, hint)]


@pytest.mark.parametrize(
    ("library", "parameters", "body"),
    [
        ("lease_query", {"requesters": [], "advanced": {"bulk-query-enabled": True}}, {}),
        ("lease_query", {"requesters": [], "advanced": {"bulk-query-enabled": False}},
         {"multi_threading": THREADS}),
        ("lease_query", {"requesters": []}, {"multi_threading": THREADS}),
        ("legal_log", {"type": "syslog", "path": "/tmp"}, {}),
        ("legal_log", {"path": "/var/log/kea"}, {}),
        ("legal_log", {"path": ""}, {}),
        ("radius", {}, {}),
    ],
)  # fmt: skip
def test_parameters_that_agree(library: str, parameters: Json, body: Json) -> None:
    assert of_library(library, parameters, **body) == []


def test_radius_loads_once() -> None:
    radius = {"library": "libdhcp_radius.so"}
    assert reports(hooks.RULES, {"hooks-libraries": [radius, {"library": "a.so"}, radius]}) == [
        ("KP715", "hooks-libraries[2].library", "libdhcp_radius.so loads once only", RADIUS),
    ]
