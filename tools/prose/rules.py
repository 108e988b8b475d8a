"""The forbidden patterns of the project's English, each with what to write and why.

The English is that of a good manual page: subject, verb, object; present tense; "if" for
conditions; the words that operators use. A new pattern goes into `RULES`, with a sentence that it
forbids and one that it allows: tests/test_prose.py tries both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

START = r"(?:^|[.!;:|]\s+)"
"""Where a sentence starts in a text whose white space is single spaces."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern, what to write instead, why; `bad` matches the pattern, `good` does not."""

    pattern: str
    instead: str
    why: str
    bad: str
    good: str

    def matches(self, words: str) -> list[str]:
        """Return the places in a text, its white space single spaces, that are forbidden."""
        return [match[0] for match in re.finditer(self.pattern, words)]


RULES = (
    Rule(
        START + r"(?:Is|Are|Does|Did|Has|Had|Was|Were|Can|Could|Should)\b[^.?!]*,\s[^.?!]*\.",
        "if …, …",
        "a condition that starts with its verb reads as a question",
        "Does the standby alone answer, the primary comes first.",
        "If only the standby answers, the primary goes first.",
    ),
    Rule(
        START + r"(?:Refuses|Needs|Gets|Goes|Knows|Tells|Says|Reports|Runs|Comes|Gives)\b",
        "it refuses, keaprov refuses",
        "a sentence needs a subject",
        "Refuses unless the pair is healthy.",
        "The drill refuses unless the pair is healthy.",
    ),
    Rule(
        START + r"(?:Found|Told|Seen|Known|Kept|Compared|Asked|Meant)\s(?:is|are|was|were)\b",
        "this detects, we compared",
        "a participle is not a subject",
        "Found is so, too, what somebody changed.",
        "This also detects changes made by hand.",
    ),
    Rule(
        r"\b(?<!here )(?:is|are|was|were) no (?!longer\b|more\b|different\b|\w+er than\b)",
        "is not a",
        '"is no" is a riddle where "is not" is meant',
        "'x' is no IPv4 address",
        "'x' is not an IPv4 address; there is no route",
    ),
    Rule(
        r"\bwithout(?=[.;)])",
        "default: …",
        "a sentence does not end with a preposition that has lost its noun",
        "the server to query; every server without.",
        "the server to query (default: every server in SITE)",
    ),
    Rule(
        r", for (?:it|they|its|their|he|she)\b",
        "because",
        '"for" as a conjunction is the English of old books',
        "it stays enabled, for it starts with the host",
        "it stays enabled, because it starts with the host",
    ),
    Rule(
        r"\b(?:configurations?|changes?|leases?|versions?|ones?) of before\b",
        "previous",
        "operators say previous",
        "gets its configuration of before back",
        "is restored to its previous configuration",
    ),
    Rule(
        r"\bputs? (?:it |them |that |those )?right\b",
        "repair, restore, correct",
        "operators say repair",
        "it is put right",
        "keaprov repairs it",
    ),
    Rule(
        r"\bby turns\b",
        "a rolling restart, one server after the other",
        "operators know a rolling restart; a turn is one server's part of it",
        "the change goes by turns",
        "the change needs a rolling restart; each server has a turn",
    ),
    Rule(
        r"\brolling changes?\b",
        "a rolling restart",
        "one thing has one name",
        "a rolling change",
        "a rolling restart",
    ),
    Rule(
        r"\bcut off\b",
        "interrupted",
        "operators say interrupted",
        "an earlier run was cut off",
        "an earlier run was interrupted",
    ),
    Rule(
        r"\bs away\b",
        "differ by … s",
        "clocks differ, they are not away",
        "its peer's clock is 7 s away",
        "its peer's clock differs by 7 s",
    ),
    Rule(
        r"\b(?:told|said so|at a glance)\b",
        "reported, known, status",
        "a program reports; it does not tell or say",
        "nobody has to be told",
        "nobody needs the report",
    ),
    Rule(
        r"\b[Ll]ook(?:ed|s|ing)? at\b",
        "check, read, observe",
        '"look at" does not name what to do',
        "Look at the peer",
        "Check the peer",
    ),
    Rule(
        r"\b(?:is|are|was|were) over\b",
        "has ended",
        "operators say ended",
        "until the hand-over is over",
        "until the hand-over has ended",
    ),
    Rule(
        r"\b(?:comes?|came) of (?:it|this|that)\b",
        "result",
        "operators say result",
        "what came of it",
        "the result",
    ),
    Rule(
        r"\bas (?:it|they) should be\b|\b(?:what|that) is not fine\b",
        "healthy, in order, problems",
        "name the state",
        "everything is as it should be",
        "everything is healthy",
    ),
    Rule(
        r"\bpart(?:s|ed)? (?:ways|the pair)\b",
        "replication stopped, the servers do not reach each other",
        "name what happened",
        "leases part ways",
        "lease replication stopped",
    ),
    Rule(
        r"\bin vain\b|\b(?:nobody|no one) knows\b|\blets? (?:no|nobody)\b|\bis let in\b",
        "unanswered, unknown, does not allow",
        "operators say unknown, unanswered, authentication failed",
        "it runs what nobody knows",
        "it runs an unknown configuration",
    ),
)
