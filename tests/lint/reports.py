"""What rules report of the body of a ``Dhcp4`` map: code, place, message, cure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from keaprov.errors import dotted
from keaprov.lint.config import Config
from keaprov.lint.rule import Rule

Report = tuple[str, str, str, str]


def reports(rules: Iterable[Rule], body: dict[str, Any]) -> list[Report]:
    """Return the code, the place below ``Dhcp4``, the message and the cure of each problem."""
    config = Config(body, None, ("Dhcp4",))
    return [
        (problem.code, dotted(problem.path[1:]), problem.message, problem.hint)
        for rule in rules
        for problem in rule.problems(config)
    ]
