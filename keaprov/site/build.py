"""From a site file's values to a `Site`: tolerant, since the schema says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keaprov import model
from keaprov import series as kea_series
from keaprov.source import expanded


def build(raw: Any, dhcp4: Any, source: str, folder: Path) -> model.Site:
    """Make a `Site` of what is well formed in `raw`; the rest takes its default.

    `dhcp4` is the block in Kea's own forms; file names of secrets are relative to `folder`.
    """
    top = _map(raw)
    return model.Site(
        name=_text(top.get("site")),
        servers=_servers(top.get("servers")),
        dhcp4=_map(dhcp4),
        kea=_kea(_map(top.get("kea"))),
        failover=_failover(_map(top.get("failover"))) if "failover" in top else None,
        control_agent=_agent(_map(top["control-agent"]), folder)
        if "control-agent" in top
        else None,
        ntp=model.Ntp(
            _texts(_map(top.get("ntp")), "pools"), _texts(_map(top.get("ntp")), "servers")
        ),
        firewall=_firewall(_map(top.get("firewall"))),
        update=top.get("update", True) is not False,
        live=top.get("live", True) is not False,
        source=source,
    )


def _servers(raw: Any) -> tuple[model.Server, ...]:
    return tuple(_server(str(name), _map(server)) for name, server in _map(raw).items())


def _server(name: str, raw: Mapping[str, Any]) -> model.Server:
    return model.Server(
        name=name,
        address=_text(raw.get("address")),
        interfaces=_texts(raw, "interfaces"),
        role=_role(raw.get("role", "primary")),
    )


def _role(value: Any) -> model.Role:
    return model.Role.STANDBY if value == "standby" else model.Role.PRIMARY


def _kea(raw: Mapping[str, Any]) -> model.Kea:
    series = _text(raw.get("series")) or kea_series.DEFAULT
    usual = model.Repository.of_series(series)
    given = _map(raw.get("repository"))
    url = _text(given.get("url")).rstrip("/") or usual.url
    fingerprint = "".join(_text(given.get("fingerprint")).split()).upper() or usual.fingerprint
    key_url = _text(given.get("key-url")) or model.Repository.key_of(url, fingerprint)
    return model.Kea(
        series, _text(raw.get("version")) or None, model.Repository(url, key_url, fingerprint)
    )


def _failover(raw: Mapping[str, Any]) -> model.Failover:
    usual = model.Failover()
    return model.Failover(
        port=_number(raw, "port", usual.port),
        heartbeat_delay=_number(raw, "heartbeat-delay", usual.heartbeat_delay),
        max_response_delay=_number(raw, "max-response-delay", usual.max_response_delay),
        max_ack_delay=_number(raw, "max-ack-delay", usual.max_ack_delay),
        max_unacked_clients=_number(raw, "max-unacked-clients", usual.max_unacked_clients),
        extra={key: raw[key] for key in raw if key not in model.FAILOVER},
    )


def _agent(raw: Mapping[str, Any], folder: Path) -> model.ControlAgent:
    usual = model.ControlAgent()
    password = _map(raw.get("password"))
    file = _text(password.get("file"))
    secret = model.Secret(
        env=_text(password.get("env")) or None,
        file=str((folder / expanded(file)).absolute()) if file else None,
        generate=password.get("generate") is True or "password" not in raw,
    )
    return model.ControlAgent(
        _number(raw, "port", usual.port), _text(raw.get("user")) or usual.user, secret
    )


def _firewall(raw: Mapping[str, Any]) -> model.Firewall:
    return model.Firewall(_text(raw.get("zone")) or "public", _texts(raw, "management"))


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    values = raw.get(key)
    if not isinstance(values, list):
        return ()
    return tuple(value for value in values if isinstance(value, str))


def _number(raw: Mapping[str, Any], key: str, usual: int) -> int:
    value = raw.get(key, usual)
    return value if isinstance(value, int) and not isinstance(value, bool) else usual
