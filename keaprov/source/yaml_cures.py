"""What to do about a text that is not YAML: libyaml names a symptom, its cause is often before."""

from __future__ import annotations

import re
import unicodedata

import yaml

from keaprov.errors import Mark, Problem
from keaprov.source.document import one_break

_SEPARATORS = ("\x85", "\u2028", "\u2029")
"""They end a line of YAML 1.1, for libyaml too, and none of YAML 1.2."""
_CONFLICT = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)
_KEY = re.compile(r"\s*(?:- +)*(?P<key>[A-Za-z][\w-]*):(?P<value>[^\s:].*)$")
_ENTRY = re.compile(r"\s*-(?P<entry>[A-Za-z0-9\"'{\[].*)$")
_FLOW = re.compile(r"[{,]\s*(?P<key>[A-Za-z][\w-]*):(?P<value>[^\s,{}\[\]]+)")
_OCTETS = re.compile(r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,}$")
_BLANKS = re.compile("[^\\S \t]")
_ODD = re.compile("[^\\S \t\n]|\uff1a")
"""Blanks and a colon that are none of YAML's."""
_INDENT = "Indent with spaces: YAML allows no tabs there."
_QUOTE = "Put a value that holds ': ' in quotes, and check the indentation."


def separator(text: str, file: str) -> Problem | None:
    """Return a problem if a text has an invisible line separator.

    What is a comment, or one line, for a reader of the file would be two lines for libyaml.
    """
    at = separator_in(text)
    if at is None:
        return None
    before = one_break(text[:at]).split("\n")
    mark = Mark(file, len(before), len(before[-1]) + 1)
    message = f"not YAML: the invisible line separator {_code(text[at])} stands within a line"
    hint = f'Delete it, or write it as "\\u{ord(text[at]):04x}" in double quotes.'
    return Problem("KP103", message, mark, hint=hint)


def separator_in(text: str) -> int | None:
    """Return where the first invisible line separator of a text is, None if there is none."""
    if text.isascii():
        return None
    places = (text.find(mark) for mark in _SEPARATORS)
    return min((at for at in places if at >= 0), default=None)


def cure(message: str, text: str, mark: Mark, error: yaml.MarkedYAMLError) -> str:
    """Return what to do about a message of libyaml's at a place."""
    here = max(mark.line - 1, 0)
    text = one_break(text)
    near = text.split("\n")[: here + 1]
    line = near[here] if here < len(near) else ""
    before = line[: max(mark.column, 1)]
    if conflict := _CONFLICT.search(text):
        number = text.count("\n", 0, conflict.start()) + 1
        return f"Line {number} is the mark of a conflict of git: resolve the conflict."
    if "\t" in before and ("cannot start any token" in message or "tab character" in message):
        return _INDENT
    if "nesting depth" in message:
        return "A Kea configuration is never this deep: look for a bracket too many."
    if "cannot start any token" in message and before[-1:] in ("@", "`", "%"):
        return f"Put the value in quotes: without them it cannot start with {before[-1]}."
    if "mapping values are not allowed" in message or "expected ':'" in message:
        if mistake := _before(near[:-1] if near else [], line):
            return mistake
        if "mapping values" in message:
            return _QUOTE
    for number, written in ((here, near[here - 1] if here else ""), (here + 1, line)):
        if odd := _ODD.search(written):
            kind = "colon" if odd[0] == "\uff1a" else "blank"
            return f"Line {number} has the {kind} {_code(odd[0])}: write a plain one."
    if "unexpected ':'" in message and (pair := _FLOW.search(line)):
        written = f"{pair['key']}: {pair['value'][:60]}"
        return f"Write a blank after each colon of line {here + 1}: `{written}`."
    if "expected '-' indicator" in message:
        return "Indent this line as the keys of the entry above it, or begin an entry with `- `."
    if "unknown escape character" in message:
        return "Write the backslash twice, or put the value in single quotes."
    if "not allowed in this context" in message and before.strip()[-1:] in ("-", "?"):
        return (
            f"Put the value in quotes: without them it cannot start with `{before.strip()[-1]} `."
        )
    if "expected key" in message and before[:-1].rstrip()[-1:] in ("'", '"'):
        return "Put the whole value in quotes; within single quotes write '' for '."
    if "{{" in line or "{%" in line:
        return "This looks like a template: fill it in, and check the result."
    return _open(line, mark, error)


def _before(near: list[str], line: str) -> str:
    """Return the cure of a mistake on the last lines before, "" if there is none."""
    earlier = len(near)
    while earlier and (not near[earlier - 1].strip() or near[earlier - 1].lstrip()[0] == "#"):
        earlier -= 1
    for number, text in ((earlier, near[earlier - 1] if earlier else ""), (len(near) + 1, line)):
        if blank := _BLANKS.search(text):
            return f"Line {number} has the blank {_code(blank[0])}: write a plain one."
        if "<?include" in text:
            return f"Line {number}: Kea's includes are for files in JSON. Write the part out here."
        key = _KEY.match(text)
        if key and not _OCTETS.match(text.strip(" -")):
            written = f"{key['key']}: {key['value']}"
            return f"Line {number}: write a blank after the colon: `{written[:80]}`."
        if entry := _ENTRY.match(text):
            return f"Line {number}: write a blank after the dash: `- {entry['entry'][:80]}`."
    return ""


def _open(line: str, mark: Mark, error: yaml.MarkedYAMLError) -> str:
    """Return the cure of a bracket or a quote that is still open."""
    opened, context = error.context_mark, str(error.context)
    if opened and re.search("flow (sequence|mapping)", context):
        bracket = "[" if "sequence" in context else "{"
        if opened.line + 1 == mark.line and line[mark.column - 1 : mark.column + 1] == ": ":
            return f"Put a value that holds ': ' in quotes, or close the {bracket} before it."
        return f"The {bracket} of line {opened.line + 1} is still open: close it, or add a comma."
    if opened and "quoted scalar" in context and "end of stream" in str(error.problem):
        return f"The quote of line {opened.line + 1} is still open: close it."
    return "Check the indentation, quotes and brackets here and on the line before."


def _code(character: str) -> str:
    """Return a character's name: ``U+00A0 (NO-BREAK SPACE)``."""
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X}{f' ({name})' if name else ''}"
