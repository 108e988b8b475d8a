"""Kea's expressions (Kea ARM, Using Expressions in Classification): one parser for all of them.

A client class's `test` is a condition, its `template-test` a value; hook libraries take both. The
grammar is Kea 3.0.3's (src/lib/eval/lexer.ll, parser.yy, eval_context.cc), for DHCPv4.
"""

from keaprov.expression.parser import Parsed, parse
from keaprov.expression.reader import Kind, Member
from keaprov.expression.tokens import Fault, place

__all__ = ["Fault", "Kind", "Member", "Parsed", "parse", "place"]
