"""Statements that a site does not need, and the reasons why it does not carry the others."""

from __future__ import annotations

from keaprov.importing.dhcpd.tree import Statement

_OFF = ("off", "false")
_ON = ("on", "true")
_NO_D2 = "keaprov does not manage Kea's DNS updates (D2)"
_NO_UPDATES = "Kea sends no DNS updates without D2"
_FILES = "keaprov sets Kea's files"
_ALREADY = "Kea does so"

_UNNEEDED: dict[tuple[str, str], str] = {
    ("ddns-update-style", "none"): _NO_UPDATES,
    ("ddns-update-style", "ad-hoc"): _NO_UPDATES,
    **{("ddns-updates", word): _NO_UPDATES for word in _OFF},
    **{("ping-check", word): "Kea pings no address before it offers it" for word in _OFF},
    **{("get-lease-hostnames", word): "Kea looks no names up" for word in _OFF},
    **{("update-static-leases", word): _NO_UPDATES for word in _OFF},
    **{("one-lease-per-client", word): "Kea ends no other lease of a client" for word in _OFF},
    **{("always-broadcast", word): _ALREADY for word in _OFF},
    ("allow", "booting"): _ALREADY,
    ("allow", "unknown-clients"): _ALREADY,
    ("allow", "duplicates"): _ALREADY,
    ("allow", "declines"): _ALREADY,
    ("deny", "bootp"): "Kea answers no BOOTP without its hook",
    ("ignore", "bootp"): "Kea answers no BOOTP without its hook",
    ("deny", "dynamic-bootp"): "Kea answers no BOOTP without its hook",
    ("ignore", "dynamic-bootp"): "Kea answers no BOOTP without its hook",
    ("deny", "leasequery"): "Kea answers no leasequery without its hook",
}
_FILE_WORDS = ("lease-file-name", "pid-file-name", "dhcpv6-lease-file-name", "dhcpv6-pid-file-name")

_BLOCKS = ("group", "host", "pool", "subnet", "shared-network", "class", "subclass")

_REASONS = {
    "key": "a site has no keys of OMAPI and of DNS updates",
    "zone": _NO_D2,
    "client-updates": _NO_D2,
    "do-forward-updates": _NO_D2,
    "do-reverse-updates": _NO_D2,
    "update-optimization": _NO_D2,
    "update-conflict-detection": _NO_D2,
    "update-static-leases": _NO_D2,
    "fqdn-reply": _NO_D2,
    "omapi-port": "Kea's API is the control agent, or its socket",
    "omapi-key": "Kea's API is the control agent, or its socket",
    "log-facility": "Kea logs into a file of its own",
    "ping-check": "Kea needs the hook libdhcp_ping_check.so for it",
    "ping-timeout": "Kea needs the hook libdhcp_ping_check.so for it",
    "on": "Kea runs no statements when a lease changes; it has the hook libdhcp_run_script.so",
    "execute": "Kea has the hook libdhcp_run_script.so instead",
    "set": "Kea has no variables",
    "define": "Kea has no variables",
    "switch": "Kea's classes have no switch",
    "log": "Kea's expressions do not log",
    "add": "Kea has no statement that puts a client into a class",
    "interface": "the interfaces of each server are in `servers`",
    "site-option-space": "Kea has no such key",
    "vendor-option-space": "a site has it in classes only",
    "failover": "a site's pair is one relationship for all pools",
    "subnet6": "a site has no DHCPv6",
    "pool6": "a site has no DHCPv6",
    "range6": "a site has no DHCPv6",
    "lease": "dhcpd has its leases in dhcpd.leases: --leases",
    "bootp": "Kea needs the hook libdhcp_bootp.so for it",
    "dynamic-bootp": "Kea needs the hook libdhcp_bootp.so for it",
    "leasequery": "Kea needs the hook libdhcp_lease_query.so for it",
    "local-port": "kea-dhcp4 has its port from its command line",
    "remote-port": "kea-dhcp4 has its port from its command line",
    "adaptive-lease-time-threshold": "Kea has it since 3.2: adaptive-lease-time-threshold",
    "one-lease-per-client": "Kea ends no other lease of a client",
    "server-identifier": "each server of a pair has an identifier of its own: its address",
    "vendor-class": "write it as a class with `match if`",
    "user-class": "write it as a class with `match if`",
    "elsif": "it has no if before it",
    "else": "it has no if before it",
}


def unneeded(statement: Statement) -> str | None:
    """Return why a site does not need a statement, None if it says something that matters."""
    texts = [token.text.lower() for token in statement.words]
    if statement.head in _FILE_WORDS:
        return _FILES
    if statement.head == "range" or statement.body is not None:
        return None
    return _UNNEEDED.get((texts[0], " ".join(texts[1:])))


def reason_of(statement: Statement) -> str:
    """Return why a site does not carry a statement."""
    head = statement.head
    if head == "lease" and statement.starts("lease", "limit"):
        return "Kea needs the hook libdhcp_limits.so for it"
    if head in ("allow", "deny", "ignore") and len(statement.words) == 2:
        head = statement.words[1].text.lower()
    if statement.body is not None and head in _BLOCKS:
        return "dhcpd refuses such a block in this place"
    if head.startswith("ddns-"):
        return _NO_D2
    if head.startswith("ldap-"):
        return "a site is a file"
    return _REASONS.get(head, "Kea has no counterpart, or keaprov knows none")
