"""Rules about the pair: servers, roles, the HA hook (Kea ARM, High Availability hook)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from keaprov.lint.config import Config, as_map
from keaprov.lint.rule import Finding, error, warning
from keaprov.model.names import FAILOVER, HA, LEASE_CMDS, LIVE_CMDS, STAT_CMDS, TLS
from keaprov.words import did_you_mean

RELATIONSHIP: dict[str, type | tuple[type, ...]] = {
    "delayed-updates-limit": int,
    "max-rejected-lease-updates": int,
    "send-lease-updates": bool,
    "sync-leases": bool,
    "sync-timeout": int,
    "sync-page-limit": int,
    "wait-backup-ack": bool,
    "restrict-commands": bool,
    "require-client-certs": bool,
    "trust-anchor": str,
    "cert-file": str,
    "key-file": str,
    "multi-threading": dict,
    "user-context": dict,
    "comment": str,
}
"""Keys of the hook's relationship map that a site may set, beside those that keaprov models."""
_THREADS = {
    "enable-multi-threading": bool,
    "http-dedicated-listener": bool,
    "http-listener-threads": int,
    "http-client-threads": int,
    "user-context": dict,
    "comment": str,
}


@error("KP301", "Give one server `role: primary`, and the other `role: standby`.")
def roles(config: Config) -> Iterator[Finding]:
    """A pair has one primary and one standby; a single server is the primary."""
    servers = config.site.servers if config.site else ()
    counts = Counter(server.role.value for server in servers)
    if len(servers) == 2 and counts != {"primary": 1, "standby": 1}:
        message = f"both servers are {next(iter(counts))}"
        message += ": a hot-standby pair has one primary and one standby"
        yield Finding(message, ("servers", servers[1].name, "role"), "Change one of the two.")
    if len(servers) == 1 and counts["standby"]:
        yield Finding("a single server is the primary", ("servers", servers[0].name, "role"))


@error("KP302")
def failover(config: Config) -> Iterator[Finding]:
    """Two servers need ``failover``; one server has none."""
    if config.site is None:
        return
    if len(config.site.servers) == 2 and not config.site.failover:
        hint = "Add `failover: {}` for the defaults."
        yield Finding("two servers and no failover", ("failover",), hint)
    if len(config.site.servers) == 1 and config.site.failover:
        hint = "Add the second server, or leave failover out."
        yield Finding("failover with one server", ("failover",), hint)


@error("KP303", "Give each server the address of its own interface.")
def addresses(config: Config) -> Iterator[Finding]:
    """The two servers have addresses of their own."""
    servers = config.site.servers if config.site else ()
    if len(servers) == 2 and servers[0].address == servers[1].address:
        yield Finding("both servers have one address", ("servers", servers[1].name, "address"))


@error("KP304")
def ports(config: Config) -> Iterator[Finding]:
    """The management API and the HA listener bind one address, so their ports differ."""
    site = config.site
    if site and site.failover and site.api:
        port = site.failover.port
        if port == site.api.port:
            message = f"failover and {site.api.key} share port {port}"
            yield Finding(message, ("failover", "port"), "8005 and 8000 are usual.")


@warning("KP305", "Write a multiple of heartbeat-delay, such as five times its value.")
def delays(config: Config) -> Iterator[Finding]:
    """``max-response-delay`` is a multiple of ``heartbeat-delay``: it is counted in heartbeats."""
    ha = config.site.failover if config.site else None
    if not ha or ha.max_response_delay <= ha.heartbeat_delay:
        return  # KP313
    if ha.max_response_delay % max(ha.heartbeat_delay, 1):
        message = f"{ha.max_response_delay} is not a multiple of heartbeat-delay"
        where = ("failover", "max-response-delay")
        yield Finding(f"{message} {ha.heartbeat_delay}", where)


@error(
    "KP306",
    "Correct the value, or leave the key out: the HA hook then takes its default.",
    stricter=True,
)
def relationship(config: Config) -> Iterator[Finding]:
    """``failover`` has only keys that the HA hook knows: the hook ignores others silently."""
    ha = config.site.failover if config.site else None
    for key, value in (ha.extra if ha else {}).items():
        yield from _known(key, value, RELATIONSHIP, ("failover",), FAILOVER)
        if key == "multi-threading" and isinstance(value, dict):
            for inner, threads in value.items():
                yield from _known(inner, threads, _THREADS, ("failover", key), ())
    if ha and as_map(ha.extra).get("delayed-updates-limit", 0) != 0:
        message = "delayed-updates-limit is 0 in hot-standby"
        yield Finding(message, ("failover", "delayed-updates-limit"), "Leave it out.")


def _known(
    key: str, value: Any, known: Any, path: tuple[str, ...], more: tuple[str, ...]
) -> Iterator[Finding]:
    if key in ("mode", "this-server-name", "peers"):
        return  # the schema says so
    if key == "state-machine":
        message = "keaprov takes no state-machine: a paused state would stop a rolling restart"
        yield Finding(message, (*path, key), "Leave it out: no state is paused by default.")
    elif key not in known:
        names = [*more, *known]
        hint = did_you_mean(key, names) or f"Known here: {', '.join(names)}."
        yield Finding(f"the HA hook knows no {key!r}", (*path, key), hint)
    elif not isinstance(value, known[key]) or (known[key] is int and isinstance(value, bool)):
        kinds = {int: "a whole number", bool: "true or false", str: "text", dict: "a map"}
        yield Finding(f"{value!r} is not {kinds[known[key]]}", (*path, key))
    elif known[key] is int and not 0 <= value <= 4294967295:
        yield Finding(f"{value} is not from 0 to 4294967295", (*path, key))


@error("KP307", "Give trust-anchor, cert-file and key-file, or leave all three out.")
def tls(config: Config) -> Iterator[Finding]:
    """TLS between the peers needs trust-anchor, cert-file and key-file: all three, or none."""
    ha = config.site.failover if config.site else None
    given = [key for key in TLS if ha and key in ha.extra]
    missing = [key for key in TLS if key not in given]
    if given and missing:
        verb = "are" if len(missing) > 1 else "is"
        message = f"{' and '.join(missing)} {verb} missing beside {given[0]}"
        yield Finding(message, ("failover", missing[0]))


@error("KP308")
def owned(config: Config) -> Iterator[Finding]:
    """The site file does not set what keaprov sets: its hooks, the interfaces, its revision.

    keaprov adds the hooks HA, lease_cmds and stat_cmds and, unless `live: false`, also subnet_cmds,
    class_cmds and host_cmds.
    """
    if config.site is None:
        return
    for path, _, library in config.hooks:
        if library in (HA, LEASE_CMDS, STAT_CMDS, *(LIVE_CMDS if config.site.live else ())):
            yield Finding(f"keaprov adds {library} itself", (*path, "library"), "Leave it out.")
    if "interfaces" in as_map(config.dhcp4.get("interfaces-config")):
        where = (*config.root, "interfaces-config", "interfaces")
        yield Finding("interfaces are set for each server", where, "Write them under servers.")
    if "keaprov" in as_map(config.dhcp4.get("user-context")):
        where = (*config.root, "user-context", "keaprov")
        yield Finding("keaprov keeps its revision here", where, "Use another name.")


RULES = (roles, failover, addresses, ports, delays, relationship, tls, owned)
