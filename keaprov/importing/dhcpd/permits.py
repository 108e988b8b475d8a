"""Who may have an address of a pool: dhcpd's allow and deny as Kea's classes of a pool.

With an allow list a client has to be in it; with a deny list it must not be in that one; with both,
both hold (dhcpd.conf(5), Address pools).
"""

from __future__ import annotations

from collections.abc import Sequence

from keaprov.importing.dhcpd.classes import Classes
from keaprov.importing.dhcpd.kea_tests import joined, proved
from keaprov.importing.dhcpd.lexer import Kind
from keaprov.importing.dhcpd.tree import Statement, Untranslatable

KNOWN, UNKNOWN = "KNOWN", "UNKNOWN"
_EVERYBODY = "ALL"
_NOBODY = ""
_CLIENTS = {
    "known-clients": KNOWN,
    "known clients": KNOWN,
    "unknown-clients": UNKNOWN,
    "unknown clients": UNKNOWN,
    "all clients": _EVERYBODY,
    "dynamic bootp clients": _NOBODY,
}


class Guards:
    """The classes that guard pools, by their tests; `made` are those that a site has to define."""

    def __init__(self, classes: Classes) -> None:
        self.classes = classes
        self.made: dict[str, str] = {}
        self.asks_known = False

    def names(self, permits: Sequence[Statement], known_only: bool) -> list[str]:
        """Return the classes that may use a pool, none if everybody may.

        Raises Untranslatable if Kea cannot say it: then the pool is for nobody.
        """
        allowed = [self._who(statement) for statement in permits if statement.head == "allow"]
        denied = [self._who(statement) for statement in permits if statement.head == "deny"]
        denied = list(dict.fromkeys(name for name in denied if name != _NOBODY))
        if allowed and not any(allowed):
            raise Untranslatable("only clients of BOOTP may use the pool")
        if _EVERYBODY in denied:
            raise Untranslatable("no client may use the pool")
        allowed = list(dict.fromkeys(name for name in allowed if name != _NOBODY))
        if _EVERYBODY in allowed:
            allowed = []
        if known_only and KNOWN in allowed:
            allowed = [KNOWN]  # of those who may, unknown clients get nothing
        elif known_only:
            if not allowed and not denied:
                allowed = [KNOWN]
            else:
                return self._guard(allowed, denied, [f"member('{KNOWN}')"])
        self.asks_known |= bool({KNOWN, UNKNOWN} & {*allowed, *denied})
        if not denied:
            return allowed
        return self._guard(allowed, denied, [])

    def _guard(self, allowed: list[str], denied: list[str], more: list[str]) -> list[str]:
        self.asks_known |= bool(more)
        either = [joined("or", [f"member('{name}')" for name in allowed])] if allowed else []
        test = joined("and", [*more, *either, *(f"not member('{name}')" for name in denied)])
        words = [*(["known"] if more else []), *allowed, *(f"not-{name}" for name in denied)]
        if test not in self.made:
            self.made[proved(test)] = self.classes.unique("+".join(words))
        return [self.made[test]]

    def _who(self, statement: Statement) -> str:
        words = statement.words[1:]
        text = " ".join(token.text.lower() for token in words)
        if text in _CLIENTS:
            return _CLIENTS[text]
        if len(words) == 3 and text.startswith("members of ") and words[2].kind is Kind.STRING:
            if words[2].text in self.classes.names:
                return words[2].text
            raise Untranslatable(f"the site has no class {words[2].text!r}")
        raise Untranslatable("Kea has no class of these clients")
