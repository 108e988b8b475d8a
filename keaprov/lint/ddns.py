"""A rule about DNS updates (Kea ARM, "DDNS for DHCPv4")."""

from __future__ import annotations

from collections.abc import Iterator

from keaprov.lint.config import Config, as_map
from keaprov.lint.rule import Finding, warning

_USUAL = {
    "ddns-send-updates": None,
    "ddns-override-no-update": False,
    "ddns-override-client-update": False,
    "ddns-update-on-renew": False,
    "ddns-qualifying-suffix": "",
    "ddns-ttl": None,
    "ddns-ttl-percent": None,
    "ddns-ttl-min": None,
    "ddns-ttl-max": None,
    "ddns-conflict-resolution-mode": "check-with-dhcid",
    "ddns-use-conflict-resolution": True,
}
"""Keys that matter for updates, with the value that asks for nothing."""


@warning("KP710")
def nothing_updates(config: Config) -> Iterator[Finding]:
    """``ddns-`` parameters need ``dhcp-ddns: {enable-updates: true}``, which is false by default.

    Without it Kea sends no request to kea-dhcp-ddns, whatever else is set. Write ``enable-updates:
    false`` if you mean it: then the rule is silent. One message for the whole configuration.
    """
    control = as_map(config.dhcp4.get("dhcp-ddns"))
    enabled = control.get("enable-updates")
    if enabled is False:
        return
    if enabled is True:
        yield from _switched_off(config)
        return
    hint = "Add dhcp-ddns: {enable-updates: true}, or false if no updates are meant."
    for scope in config.scopes:
        for key, usual in _USUAL.items() if not _USUAL.keys().isdisjoint(scope.raw) else ():
            if key in scope.raw and scope.raw[key] not in (usual, None):
                if key == "ddns-send-updates" and scope.raw[key] is not True:
                    continue
                message = f"{key} is set, and nothing updates DNS: enable-updates is not set"
                yield Finding(message, (*scope.path, key), hint)
                return


def _switched_off(config: Config) -> Iterator[Finding]:
    """Yield a finding if no scope sends the updates that are enabled."""
    sending = [scope.raw.get("ddns-send-updates") for scope in config.scopes]
    if config.dhcp4.get("ddns-send-updates") is False and True not in sending:
        message = "updates are enabled, and no scope sends any: ddns-send-updates is false"
        where = (*config.root, "ddns-send-updates")
        yield Finding(message, where, "Leave it out: the default is true.")


RULES = (nothing_updates,)
