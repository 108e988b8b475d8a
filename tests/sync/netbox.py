"""A labelled stand-in for NetBox: its answers in the shape of its serializers, over local HTTP.

The shapes are those of netbox/ipam/api/serializers_ and dcim/api/serializers_ of NetBox 4.x; before
4.2 a prefix has ``site`` in place of ``scope``, and an interface only ``mac_address``.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

TOKEN = "0123456789abcdef0123456789abcdef01234567"
Object = dict[str, Any]


def _choice(value: str) -> Object:
    return {"value": value, "label": value.title()}


def _nested(slug: str | None) -> Object | None:
    return None if slug is None else {"id": 1, "url": "", "display": slug, "slug": slug}


def _tags(slugs: tuple[str, ...]) -> list[Object]:
    return [{"id": 1, "name": slug.title(), "slug": slug} for slug in slugs]


def prefix(
    id_: int,
    network: str,
    *,
    vlan: tuple[int, str] | None = None,
    status: str = "active",
    site: str | None = "labo",
    old: bool = False,
    vrf: tuple[int, str] | None = None,
    tags: tuple[str, ...] = ("dhcp",),
    **fields: Any,
) -> Object:
    """Return a prefix as NetBox 4.2 and later shows it; `old`: as versions before."""
    place: Object = {"scope_type": "dcim.site", "scope_id": 1, "scope": _nested(site)}
    return {
        "id": id_,
        "display": network,
        "family": {"value": 4, "label": "IPv4"},
        "prefix": network,
        "vrf": vrf and {"id": vrf[0], "name": vrf[1], "rd": None},
        **({"site": _nested(site)} if old else place),
        "tenant": None,
        "vlan": vlan and {"id": 900 + vlan[0], "vid": vlan[0], "name": vlan[1]},
        "status": _choice(status),
        "role": _nested("user"),
        "is_pool": False,
        "description": "",
        "tags": _tags(tags),
        "custom_fields": {"gateway": None, **fields},
    }


def ip_range(id_: int, first: str, last: str, status: str = "active", **more: Any) -> Object:
    """Return an IP range."""
    return {
        "id": id_,
        "start_address": f"{first}/24",
        "end_address": f"{last}/24",
        "vrf": None,
        "status": _choice(status),
        "role": _nested("dhcp"),
        "description": "",
        "tags": [],
        "custom_fields": {},
        **more,
    }


def address(id_: int, ip: str, interface: int | None = None, name: str = "", **more: Any) -> Object:
    """Return an IP address with the status DHCP, assigned to an interface of a device."""
    return {
        "id": id_,
        "address": f"{ip}/24",
        "vrf": None,
        "status": _choice("dhcp"),
        "role": None,
        "assigned_object_type": interface and "dcim.interface",
        "assigned_object_id": interface,
        "assigned_object": interface and {"id": interface, "name": "eth0"},
        "dns_name": name,
        "description": "",
        "tags": [],
        "custom_fields": {},
        **more,
    }


def gateway(id_: int, ip: str, role: str = "", tags: tuple[str, ...] = ()) -> Object:
    """Return an active IP address of a router, with a role and tags."""
    marks = {"role": _choice(role) if role else None, "tags": _tags(tags)}
    return {**address(id_, ip), **marks, "status": _choice("active")}


def interface(id_: int, *macs: str, primary: bool = True, old: bool = False) -> Object:
    """Return an interface; its first MAC address is the primary one unless `primary` is False."""
    objects = [{"id": 70 + at, "display": mac, "mac_address": mac} for at, mac in enumerate(macs)]
    main = objects[0] if objects and primary else None
    raw: Object = {"id": id_, "name": "eth0", "mac_address": main and main["mac_address"]}
    return raw if old else {**raw, "primary_mac_address": main, "mac_addresses": objects}


LISTS: dict[str, list[Object]] = {
    "prefixes": [
        prefix(1, "172.20.0.0/16", status="container"),
        prefix(7, "172.20.10.0/24", vlan=(10, "User"), gateway="172.20.10.254"),
        prefix(8, "172.20.20.0/24", vlan=(20, "Voice"), old=True),
        prefix(9, "172.20.90.0/24", vlan=(90, "Elsewhere"), site="other"),
    ],
    "ip-ranges": [
        ip_range(3, "172.20.10.100", "172.20.10.199"),
        ip_range(4, "172.20.90.100", "172.20.90.199"),
        ip_range(5, "172.20.20.100", "172.20.20.199", "deprecated"),
    ],
    "ip-addresses": [
        address(17, "172.20.10.5", 1, "printer.labo.example"),
        address(18, "172.20.20.5", 2, assigned_object_type="virtualization.vminterface"),
        address(19, "172.20.90.5", 1),
        address(20, "172.20.10.6"),
        gateway(21, "172.20.10.254", "hsrp"),
        gateway(22, "172.20.20.252", tags=("gateway",)),
        gateway(23, "172.20.20.253", tags=("gateway", "core")),
        gateway(24, "172.20.90.254", "hsrp", tags=("gateway",)),
    ],
    "interfaces": [interface(1, "02:00:00:00:00:01"), interface(5)],
    "vm-interfaces": [interface(2, "02:00:00:00:00:02", old=True)],
}
"""A site "labo" with two subnets, and a prefix of another site."""
_PATHS = {
    "/api/ipam/prefixes/": "prefixes",
    "/api/ipam/ip-ranges/": "ip-ranges",
    "/api/ipam/ip-addresses/": "ip-addresses",
    "/api/dcim/interfaces/": "interfaces",
    "/api/virtualization/interfaces/": "vm-interfaces",
}


def _passes(raw: Object, query: dict[str, list[str]]) -> bool:
    """Whether an object passes a request's filters; of the values of a filter, any is enough."""
    chosen = [key for key in ("role", "status") if key in query]
    choices = all((raw.get(key) or {}).get("value") in query[key] for key in chosen)
    ids = "id" not in query or str(raw["id"]) in query["id"]
    slugs = {tag["slug"] for tag in raw.get("tags", ())}
    return choices and ids and ("tag" not in query or bool(slugs & set(query["tag"])))


@contextmanager
def served(
    lists: dict[str, list[Object]],
    page: int = 2,
    certificate: Path | None = None,
    **replaced: Any,
) -> Iterator[str]:
    """Serve lists as NetBox does, `page` objects an answer; yield the URL.

    With `certificate`, a file with a certificate and its key, it is by https. `replaced` may have
    ``status`` and ``body``, to answer every request with, and ``next``, the URL of the next page in
    every answer.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = parse_qs(url.query)
            if self.headers.get("Authorization") != f"Token {TOKEN}":
                self._answer(403, json.dumps({"detail": "Invalid token"}))
                return
            if "status" in replaced:
                self._answer(replaced["status"], replaced["body"])
                return
            objects = lists[_PATHS[url.path]]
            known = {tag["slug"] for raw in objects for tag in raw.get("tags", ())}
            if not set(query.get("tag", ())) <= known:
                self._answer(400, json.dumps({"tag": ["Select a valid choice."]}))
                return
            objects = [raw for raw in objects if _passes(raw, query)]
            start = int(query.get("offset", ["0"])[0])
            part = objects[start : start + page]
            here = f"{scheme}://127.0.0.1:{self.server.server_port}{url.path}"  # type: ignore[attr-defined]
            kept: dict[str, list[str]] = {
                key: query[key] for key in ("id", "role", "status", "tag") if key in query
            }
            filters = urlencode(kept, doseq=True)
            following = f"{here}?limit={page}&offset={start + page}&{filters}"
            more = following if start + page < len(objects) else None
            body = {"count": len(objects), "next": replaced.get("next", more), "previous": None}
            self._answer(200, json.dumps({**body, "results": part}))

        def _answer(self, status: int, body: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("API-Version", "4.4")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    scheme = "https" if certificate else "http"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"{scheme}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
