"""From a site file's values to a `Site`: tolerant, since the schema says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from keaprov import ip, model
from keaprov import series as kea_series
from keaprov.model.names import FAILOVER
from keaprov.site.normal import of_server
from keaprov.source import expanded


def build(raw: Any, dhcp4: Any, source: str, folder: Path) -> model.Site:
    """Make a `Site` of what is well formed in `raw`; the rest takes its default.

    `dhcp4` is the block in Kea's own forms; file names of secrets are relative to `folder`.
    """
    top = _map(raw)
    servers = _servers(top.get("servers"))
    return model.Site(
        name=_text(top.get("site")),
        servers=servers,
        dhcp4=_map(dhcp4),
        kea=_kea(_map(top.get("kea")), folder),
        failover=_failover(_map(top.get("failover"))) if "failover" in top else None,
        api=_api(top, folder),
        ntp=model.Ntp(
            _texts(_map(top.get("ntp")), "pools"), _texts(_map(top.get("ntp")), "servers")
        ),
        firewall=_firewall(_map(top.get("firewall"))),
        tls=_tls(_map(top["tls"]), servers, folder) if "tls" in top else None,
        update=top.get("update", True) is not False,
        live=top.get("live", True) is not False,
        source=source,
    )


def _servers(raw: Any) -> tuple[model.Server, ...]:
    return tuple(_server(str(name), _map(server)) for name, server in _map(raw).items())


def _server(name: str, raw: Mapping[str, Any]) -> model.Server:
    return model.Server(
        name=name,
        address=ip.canonical(_text(raw.get("address"))),
        interfaces=_texts(raw, "interfaces"),
        role=_role(raw.get("role", "primary")),
        dhcp4=of_server(raw),
        dhcp_address=_text(raw.get("dhcp-address")) or None,
    )


def _tls(
    raw: Mapping[str, Any], servers: tuple[model.Server, ...], folder: Path
) -> model.Tls | None:
    from keaprov.site.tls import tls  # loads cryptography, a tenth of the time of a small check

    return tls(raw, servers, folder)


def _role(value: Any) -> model.Role:
    return model.Role.STANDBY if value == "standby" else model.Role.PRIMARY


def _kea(raw: Mapping[str, Any], folder: Path) -> model.Kea:
    series = _text(raw.get("series")) or kea_series.DEFAULT
    usual = model.Repository.of_series(series)
    given = _map(raw.get("repository"))
    url = _address(given.get("url"), folder) or usual.url
    fingerprint = "".join(_text(given.get("fingerprint")).split()).upper() or usual.fingerprint
    key_url = _address(given.get("key-url"), folder)
    if key_url is None and isinstance(url, str):
        key_url = model.Repository.key_of(url, fingerprint)
    return model.Kea(
        series,
        _text(raw.get("version")) or None,
        model.Repository(url, key_url, fingerprint),
        raw.get("hardening") is True,
    )


def _address(value: Any, folder: Path) -> str | model.Secret | None:
    """Return an address, or where it is read; None if there is none."""
    if isinstance(value, Mapping):
        return _secret(value, folder)
    return _text(value).rstrip("/") or None


def _secret(value: Mapping[str, Any], folder: Path) -> model.Secret:
    file = _text(value.get("file"))
    return model.Secret(
        env=_text(value.get("env")) or None,
        file=str((folder / expanded(file)).absolute()) if file else None,
    )


def _failover(raw: Mapping[str, Any]) -> model.Failover:
    usual = model.Failover()
    return model.Failover(
        port=_number(raw, "port", usual.port),
        heartbeat_delay=_number(raw, "heartbeat-delay", usual.heartbeat_delay),
        max_response_delay=_number(raw, "max-response-delay", usual.max_response_delay),
        max_ack_delay=_number(raw, "max-ack-delay", usual.max_ack_delay),
        max_unacked_clients=_number(raw, "max-unacked-clients", usual.max_unacked_clients),
        extra={key: raw[key] for key in raw if key not in FAILOVER},
    )


def _api(top: Mapping[str, Any], folder: Path) -> model.ManagementApi | None:
    key = next((key for key in ("api", "control-agent") if key in top), None)
    if key is None:
        return None
    raw, usual = _map(top[key]), model.ManagementApi()
    password = _map(raw.get("password"))
    generated = password.get("generate") is True or "password" not in raw
    return model.ManagementApi(
        port=_number(raw, "port", usual.port),
        user=_text(raw.get("user")) or usual.user,
        password=replace(_secret(password, folder), generate=generated),
        by_agent=key == "control-agent",
    )


def _firewall(raw: Mapping[str, Any]) -> model.Firewall:
    sources = tuple(map(ip.canonical, _texts(raw, "management")))
    return model.Firewall(_text(raw.get("zone")) or "public", sources)


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
