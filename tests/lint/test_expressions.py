"""Expressions of client classes and hook libraries: where they are looked for, and how judged."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.errors import Problem, dotted
from keaprov.lint import lint_dhcp4


def problems(body: dict[str, Any], code: str) -> list[Problem]:
    """Return the problems with a code that the rules find in a ``Dhcp4`` body."""
    return [problem for problem in lint_dhcp4(body) if problem.code == code]


def classes(*tests: tuple[str, str]) -> dict[str, Any]:
    """Return a body with client classes of these names and tests."""
    return {"client-classes": [{"name": name, "test": test} for name, test in tests]}


def test_a_fault_names_its_column_and_its_cure() -> None:
    [problem] = problems(classes(("phones", "option[60].text = 'phone'")), "KP810")
    assert problem.message == "column 17: '=' has no meaning here"
    assert problem.hint == "Write == to compare two values."
    assert dotted(problem.path) == "Dhcp4.client-classes[0].test"


def test_options_of_the_site_have_names() -> None:
    body = classes(("a", "option[mine].exists and option[dhcp-agent-options].exists"))
    assert len(problems(body, "KP810")) == 1
    own = {"name": "mine", "code": 224, "type": "string"}
    assert problems({**body, "option-def": [own]}, "KP810") == []
    assert problems({**body, "option-def": [{**own, "space": "other"}]}, "KP810")
    body["client-classes"][0]["option-def"] = [own]
    assert problems(body, "KP810"), "a class's own definition does not count for a test"


@pytest.mark.parametrize(
    ("test", "message", "hint"),
    [
        ("member('b')", "column 8: the class 'b' is not defined before this test", "Move"),
        ("member('c')", "column 8: there is no class 'c'", "Define 'c' above"),
        ("member('know')", "column 8: there is no class 'know'", "Define"),
        ("member('KNOW')", "column 8: there is no class 'KNOW'", "Did you mean KNOWN?"),
        ("member('a')", "column 8: the class 'a' is not defined before this test", "Move"),
        ("member('HA_')", "column 8: there is no class 'HA_'", "Define"),
        ("member('SPAWN_x_y')", "column 8: there is no class 'SPAWN_x_y'", "Define"),
    ],
)
def test_a_test_asks_for_earlier_classes(test: str, message: str, hint: str) -> None:
    [problem] = problems(classes(("a", test), ("b", "option[60].exists")), "KP801")
    assert problem.message == message
    assert hint in problem.hint


def test_classes_that_a_test_may_ask_for() -> None:
    names = ("a", "ALL", "KNOWN", "UNKNOWN", "BOOTP", "HA_x", "AFTER_x", "EXTERNAL_x")
    test = " or ".join(f"member('{name}')" for name in (*names, "VENDOR_CLASS_x"))
    assert problems(classes(("a", "option[60].exists"), ("b", test)), "KP801") == []


def test_an_unknown_class_is_reported_once() -> None:
    rows = [
        {"hw-address": f"02:00:00:00:00:{n:02}", "client-classes": ["staff"]} for n in range(27)
    ]
    [problem] = problems(
        {"subnet4": [{"id": 1, "subnet": "192.0.2.0/24", "reservations": rows}]}, "KP802"
    )
    assert problem.message == "there is no class 'staff'; 27 places use it"


HOOKS: list[tuple[str, dict[str, Any], str]] = [
    ("flex_id", {"identifier-expression": "@"}, "identifier-expression"),
    ("ddns_tuning", {"hostname-expr": "@"}, "hostname-expr"),
    ("legal_log", {"request-parser-format": "@"}, "request-parser-format"),
    ("legal_log", {"response-parser-format": "@"}, "response-parser-format"),
    ("lease_cmds", {"binding-variables": [{"expression": "@"}]}, "binding-variables[0].expression"),
    ("flex_option", {"options": [{"add": "@"}]}, "options[0].add"),
    ("flex_option", {"options": [{}, {"supersede": "@"}]}, "options[1].supersede"),
    ("flex_option", {"options": [{"sub-options": [{"add": "@"}]}]},
     "options[0].sub-options[0].add"),
    ("radius", {"access": {"attributes": [{"expr": "@"}]}}, "access.attributes[0].expr"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "parameters", "where"), HOOKS)
def test_the_expressions_of_hooks(name: str, parameters: dict[str, Any], where: str) -> None:
    def judged(text: str, code: str = "KP810") -> list[str]:
        hook = {"library": f"libdhcp_{name}.so", "parameters": _filled(parameters, text)}
        body = {"hooks-libraries": [hook]}
        return [dotted(problem.path) for problem in problems(body, code)]

    place = f"Dhcp4.hooks-libraries[0].parameters.{where}"
    assert judged("concat(relay4[1].hex, 'a')") == []
    assert judged("relay4[1].exists") == [place]
    assert judged("relay4[1].hexx") == [place]
    may_be_empty = name not in ("flex_option", "lease_cmds")
    assert judged("") == ([] if may_be_empty else [place])
    assert judged("ifelse(member('x'), 'a', 'b')", "KP801") == []
    assert judged("ifelse(member('x'), 'a', 'b')", "KP802") == [place]


def _filled(value: Any, text: str) -> Any:
    if isinstance(value, dict):
        return {key: _filled(inner, text) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, text) for inner in value]
    return text


def test_what_flex_option_removes_is_a_condition() -> None:
    def judged(text: str) -> int:
        parameters = {"options": [{"code": 67, "remove": text}]}
        hook = {"library": "libdhcp_flex_option.so", "parameters": parameters}
        return len(problems({"hooks-libraries": [hook]}, "KP810"))

    assert [judged("option[60].exists"), judged("option[60].hex")] == [0, 1]


def test_a_subnet_has_an_expression_for_hostnames() -> None:
    subnet = {"subnet": "192.0.2.0/24", "user-context": {"ddns-tuning": {"hostname-expr": "'a"}}}
    body: dict[str, Any] = {"subnet4": [subnet]}
    assert problems(body, "KP810") == [], "without the library it is only a comment"
    body["hooks-libraries"] = [{"library": "libdhcp_ddns_tuning.so"}]
    [problem] = problems(body, "KP810")
    assert dotted(problem.path) == "Dhcp4.subnet4[0].user-context.ddns-tuning.hostname-expr"


@pytest.mark.parametrize("wrong", [1, None, [], {"a": 1}, [1], [{"add": 1}], [{"sub-options": 1}]])
def test_parameters_of_a_wrong_form_are_not_for_this_rule(wrong: Any) -> None:
    for parameters in (wrong, {"options": wrong}):
        hook = {"library": "libdhcp_flex_option.so", "parameters": parameters}
        assert problems({"hooks-libraries": [hook]}, "KP810") == []
