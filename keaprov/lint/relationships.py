"""Rules about the HA hook in one of Kea's own files; a site has `keaprov.lint.pair`.

Source: ha_config.cc (HAConfig::validate), ha_config_parser.cc and url.cc of Kea 3.0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from keaprov.errors import KeyPath
from keaprov.ip import is_address
from keaprov.lint.config import Config, Raw, as_map, maps
from keaprov.lint.rule import Finding, error
from keaprov.lint.sockets import tls_gap
from keaprov.model import peer_url
from keaprov.model.names import HA, TLS
from keaprov.paths import BLANKS

_PARTS = {
    "hot-standby": ("primary", "standby"),
    "load-balancing": ("primary", "secondary"),
    "passive-backup": ("primary",),
}
"""The roles that a mode has, once each; every mode has any number of backups."""
_ROLES = frozenset(("primary", "secondary", "standby", "backup"))


def hooks(config: Config) -> Iterator[tuple[KeyPath, Raw]]:
    """Yield the entries of the HA hook in one of Kea's own files, with their paths."""
    for path, hook, library in config.hooks:
        if config.site is None and library == HA:
            yield path, hook


def _relationships(config: Config) -> Iterator[tuple[KeyPath, Raw]]:
    for path, hook in hooks(config):
        given = as_map(hook.get("parameters")).get("high-availability")
        for index, relationship in maps(given):
            yield (*path, "parameters", "high-availability", index), relationship


def _peers(config: Config) -> Iterator[tuple[KeyPath, Raw, Raw]]:
    for path, relationship in _relationships(config):
        for index, peer in maps(relationship.get("peers")):
            yield (*path, "peers", index), peer, relationship


def _readable(relationship: Raw, key: str, known: frozenset[str] = frozenset()) -> bool:
    """Whether every peer has a text for a key, one of the known ones if there are any.

    If one has not, the schema says so, and what the relationship lacks may be what is meant there.
    """
    peers = relationship.get("peers", ())
    values = [as_map(peer).get(key) for peer in (peers if isinstance(peers, (list, tuple)) else ())]
    return all(isinstance(value, str) and (not known or value in known) for value in values)


@error("KP321")
def names(config: Config) -> Iterator[Finding]:
    """Each peer has a name of its own, and this server is one of them.

    A name is in one relationship only. Several relationships are for hot-standby only.
    """
    taken: set[str] = set()
    for path, peer, _ in _peers(config):
        name = peer.get("name")
        if isinstance(name, str) and name in taken:
            hint = "Give each peer a name of its own."
            yield Finding(f"a second peer {name!r}", (*path, "name"), hint)
        taken.add(str(name))
    relationships = list(_relationships(config))
    for path, relationship in relationships:
        own = relationship.get("this-server-name")
        own_name = own.strip(BLANKS) if isinstance(own, str) else ""
        peers = [str(peer.get("name")) for _, peer in maps(relationship.get("peers"))]
        if own_name and own_name not in peers and _readable(relationship, "name"):
            hint = f"Write one of {', '.join(peers)}." if peers else "Add the peers."
            yield Finding(f"no peer is named {own!r}", (*path, "this-server-name"), hint)
        other_mode = relationship.get("mode") in ("load-balancing", "passive-backup")
        if len(relationships) > 1 and other_mode:
            message = "several relationships are for hot-standby only"
            yield Finding(message, (*path, "mode"), "Write hot-standby.")


@error("KP322")
def roles(config: Config) -> Iterator[Finding]:
    """The peers have the roles of their mode: one primary and one standby in hot-standby.

    In load-balancing one primary and one secondary, in passive-backup one primary; in each of them
    any number of backups.
    """
    for path, relationship in _relationships(config):
        mode = str(relationship.get("mode"))
        wanted = _PARTS.get(mode)
        peers = list(maps(relationship.get("peers")))
        if wanted is None or not peers:
            continue
        count = Counter(str(peer.get("role")) for _, peer in peers)
        readable = _readable(relationship, "role", _ROLES)
        hint = f"{mode} has {' and '.join(f'one {role}' for role in wanted)}, and backups."
        for role in wanted:
            if not count[role] and readable:
                yield Finding(f"no peer is the {role}", (*path, "peers"), hint)
            elif count[role] > 1:
                yield Finding(f"{count[role]} peers are the {role}", (*path, "peers"), hint)
        for index, peer in peers:
            if str(peer.get("role")) in {"secondary", "standby"} - set(wanted):
                where = (*path, "peers", index, "role")
                yield Finding(f"{mode} has no {peer['role']}", where, hint)


@error("KP323")
def modes(config: Config) -> Iterator[Finding]:
    """Only passive-backup waits for backups; only load-balancing delays updates."""
    for path, relationship in _relationships(config):
        mode = relationship.get("mode")
        waits = relationship.get("wait-backup-ack") is True
        if waits and mode in ("hot-standby", "load-balancing"):
            message = f"{mode} does not wait for its backups"
            yield Finding(message, (*path, "wait-backup-ack"), "Leave it out.")
        limit = relationship.get("delayed-updates-limit")
        if isinstance(limit, int) and limit > 0 and mode in ("hot-standby", "passive-backup"):
            message = f"delayed-updates-limit is 0 in {mode}"
            yield Finding(message, (*path, "delayed-updates-limit"), "Leave it out.")


@error("KP324")
def urls(config: Config) -> Iterator[Finding]:
    """A peer's url has a literal address: the hook looks no name up."""
    hint = "Write it so: http://192.0.2.1:8005/ or http://[2001:db8::1]:8005/"
    for path, peer, relationship in _peers(config):
        text = peer.get("url")
        if not isinstance(text, str):
            continue
        url = peer_url.read(text)
        where = (*path, "url")
        if url is None:
            yield Finding(f"{text!r} is not the url of a peer", where, hint)
        elif not is_address(url.host):
            yield Finding(f"{url.host!r} is not an IP address", where, hint)
        elif url.scheme == "https" and not any(_tls(peer, relationship).values()):
            tls = f"Give {', '.join(TLS)}, or write http."
            yield Finding("https without TLS", where, tls)


@error("KP325")
def tls(config: Config) -> Iterator[Finding]:
    """A peer has trust-anchor, cert-file and key-file, its own or the relationship's, or none."""
    for path, peer, relationship in _peers(config):
        gap = tls_gap(_tls(peer, relationship))
        if gap:
            hint = f"Give {', '.join(TLS)}: all three, or none of them."
            yield Finding(f"{gap} is missing or empty beside the others", path, hint)


def _tls(peer: Raw, relationship: Raw) -> Raw:
    return {key: peer.get(key, relationship.get(key)) for key in TLS}


@error("KP326")
def states(config: Config) -> Iterator[Finding]:
    """A state of the state machine is configured once."""
    for path, relationship in _relationships(config):
        earlier: set[str] = set()
        for index, state in maps(as_map(relationship.get("state-machine")).get("states")):
            name = str(state.get("state"))
            if name in earlier:
                where = (*path, "state-machine", "states", index, "state")
                yield Finding(f"a second entry for {name}", where, "Keep one of them.")
            earlier.add(name)


RULES = (names, roles, modes, urls, tls, states)
