"""Files of other programs, by their text: dhcpd.conf, dnsmasq.conf, lease files, tables, and more.

Such a text is neither YAML nor JSON, or is one long string of YAML. What matters is what it is, not
where it stops being YAML.
"""

from __future__ import annotations

import re

from keaprov.errors import Mark, Problem

_START = "`keaprov init DIR` writes a site file to fill in."
_HEAD = 65536
"""Characters that are read: a program shows itself at the beginning of its file."""
_IMPORT = "`keaprov import dhcpd dhcpd.conf --out DIR` writes a site of it"
_BINDINGS = (
    "Write a table of the clients that keep their address (hw-address,ip-address), and name it as "
    "`reservations: {csv: FILE}`: 0100.1122.3344.55 is the MAC address 00:11:22:33:44:55."
)
_WINDOWS = (
    "Write the reservations as a table, by PowerShell: Get-DhcpServerv4Scope | "
    "Get-DhcpServerv4Reservation | Export-Csv reservations.csv"
)
_COLUMNS = frozenset(
    ("hw-address", "mac", "mac-address", "ip-address", "ip", "hostname", "name", "subnet", "vlan")
)
"""Columns of tables of reservations; two of them show that a text is one."""
_KINDS = (
    (r"lease\s+[0-9.]+\s*\{", "these are the leases of ISC dhcpd", f"{_IMPORT}, with --leases."),
    (r"subnet\s+[0-9.]+\s+netmask\s|(?:default|max)-lease-time\s+[0-9]+\s*;|option\s+[\w.-]+\s.*;"
     r"|shared-network\s+\S+\s*\{|host\s+\S+\s*\{",
     "this is the configuration of ISC dhcpd", f"{_IMPORT}."),
    (r"dhcp-(?:range|host|option|boot)=", "this is the configuration of dnsmasq", _START),
    (r"address,hwaddr,client_id,", "this is a lease file of Kea",
     "Check its configuration: kea-dhcp4.conf."),
    (r"(?:\S*[#>] ?show ip dhcp (?:snooping )?binding|Bindings from all pools"
     r"|IP address\s+Client-ID/|MacAddress\s+IpAddress\s"
     r"|[0-9]+(?:\.[0-9]+){3}\s+[0-9a-f]{4}(?:\.[0-9a-f]{2,4}){2,}\s)",
     "these are the bindings of a router or switch", _BINDINGS),
    (r"ip dhcp (?:pool|excluded-address)\b|ip helper-address\s",
     "this is the configuration of a router or switch", _START),
    (r"dhcp server \S+ (?:scope|add|set|v4)\s",
     "this is a dump of Windows' DHCP (netsh)", _WINDOWS),
    (r"/ip (?:pool|dhcp-server)\b", "this is an export of RouterOS", _START),
    (r"-----BEGIN [A-Z ]+-----", "this is a certificate or a key", _START),
    (r"<(?:\?xml|!DOCTYPE|html)", "this is XML or HTML", _START),
    (r"(?:from [\w.]+ )?import \w+", "this is a program in Python", "Give the site file itself."),
)  # fmt: skip
_PATTERNS = [
    (re.compile(rf"^[ \t]*(?:{pattern})", re.MULTILINE | re.IGNORECASE), words, hint)
    for pattern, words, hint in _KINDS
]
_OURS = re.compile(r"^(?:site|servers|dhcp4):|\"(?:Dhcp4|Control-agent)\"", re.MULTILINE)
"""What a site file has, or Kea's own: it is broken, not foreign."""
_SECTION = re.compile(
    r"(?:\s|[#;][^\n]*\n)*"
    r"\[[\w.:-]+\][ \t]*\r?\n[ \t]*[\w.-]+(?:[ \t=]|\r?\n|\Z)"
)


def program(text: str, file: str, start: str = _START) -> Problem | None:
    """Return whose file a text is; None if it is not known. The text is not a map.

    `start` says how to begin, if nothing of the file can be used.
    """
    text = text[:_HEAD]
    if _OURS.search(text):
        return None
    for pattern, words, hint in _PATTERNS:
        if match := pattern.search(text):
            hint = start if hint == _START else hint
            return _problem(words, hint, file, text.count("\n", 0, match.start()) + 1)
    if _SECTION.match(text):
        return _problem("this is an INI file, such as an inventory of Ansible", start, file, 1)
    names = {name.strip(' "').lower() for name in re.split("[,;\t]", text.partition("\n")[0])}
    if len(names & _COLUMNS) > 1:
        hint = "Name it in a site file, as `reservations: {csv: FILE}`."
        return _problem("this is a table of reservations", hint, file, 1)
    return None


def _problem(words: str, hint: str, file: str, line: int) -> Problem:
    return Problem("KP207", words, Mark(file, line, 1), hint=hint)
