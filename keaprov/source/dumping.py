"""Values as YAML text, so that a reader of YAML 1.2 gets the same values back."""

from __future__ import annotations

from typing import Any

import yaml

from keaprov.source.yaml12 import scalar
from keaprov.source.yaml_cures import separator_in

WIDEST = 92
"""Characters of a line, if its values can be folded."""


def dumped(value: Any, width: int = WIDEST) -> str:
    """Return a value as YAML: each map and list of plain values on one line.

    A text stands in quotes if YAML 1.2 would read another value; `width` is that of a line.
    """
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=width)


def flow(value: Any) -> str:
    """Return a value as YAML on one line: ``{vlan: User}``, ``[a, b]``."""
    text = yaml.dump(value, Dumper=_Flow, sort_keys=False, allow_unicode=True, width=float("inf"))
    return text.removesuffix("\n").removesuffix("\n...")


class _Dumper(yaml.SafeDumper):
    """Writes each map and list of plain values on one line, and quotes what YAML 1.2 would not."""

    flow_style: bool | None = None

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **{**settings, "default_flow_style": self.flow_style})

    def ignore_aliases(self, data: Any) -> bool:
        """Write a value again where it is repeated."""
        return True

    def text(self, value: str) -> yaml.ScalarNode:
        """Return a node for a text: in quotes if YAML 1.2 reads another value."""
        tag = "tag:yaml.org,2002:str"
        plain = scalar(value) == value and type(scalar(value)) is str
        style = None if plain and separator_in(value) is None else '"'
        return self.represent_scalar(tag, value, style=style)


class _Flow(_Dumper):
    flow_style = True


_Dumper.add_representer(str, _Dumper.text)
