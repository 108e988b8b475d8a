"""NetBox's lists by its REST API, with pynetbox: verified, bounded, and to one host only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any

from keaprov.sync import netbox, values
from keaprov.sync.model import SourceError
from keaprov.sync.values import Object

PAGE = 500
"""Objects of one request."""
MOST = 200_000
"""Objects of one list that are read."""
TIMEOUT = 30
"""Seconds that NetBox may be silent."""
_CHUNK = 50
"""Interfaces that one request asks for: their ids are in the URL."""


def lists(
    source: str,
    url: str,
    token: str | None,
    ca_file: str | None = None,
    marks: Collection[Mapping[str, str]] = (),
) -> dict[str, list[Object]]:
    """Return the lists that `netbox.answer` reads; of addresses, those that it needs.

    These are the addresses with the status DHCP, and the active ones with one of the `marks` (see
    `netbox.Selection`).

    The certificate is verified, by `ca_file` if there is one. Nothing is sent to another host than
    that of `url`, whatever NetBox answers. Raises SourceError.
    """
    try:
        pynetbox, requests = import_module("pynetbox"), import_module("requests")
    except ImportError:
        raise SourceError(
            f"{source}: pynetbox is not installed: pip install 'keaprov[netbox]'"
        ) from None
    try:
        with requests.Session() as session:
            api = pynetbox.api(url.rstrip("/"), token=token)
            api.http_session = _guarded(requests, session, url, ca_file)
            return _read(source, api, marks)
    except pynetbox.RequestError as error:
        raise SourceError(f"{source}: {url} refuses: {_reason(error)}") from None
    except pynetbox.ContentError:
        raise SourceError(f"{source}: {url} is not NetBox: its answer is not JSON") from None
    except requests.exceptions.SSLError as error:
        hint = "give its authority's certificate as ca-file"
        raise SourceError(f"{source}: {url}: certificate not trusted ({error}): {hint}") from None
    except requests.exceptions.RequestException as error:
        raise SourceError(f"{source}: {url} does not answer: {error}") from None
    except OSError as error:
        raise SourceError(f"{source}: {url}: {error}: check ca-file") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise SourceError(f"{source}: {url}: the answer is not NetBox's ({error!r})") from None


def _read(source: str, api: Any, marks: Collection[Mapping[str, str]]) -> dict[str, list[Object]]:
    def every(endpoint: Any, name: str, **filters: Any) -> list[Object]:
        return list(_bounded(source, name, endpoint.filter(limit=PAGE, **filters)))

    wanted = [{"status": netbox.DHCP}, *({**mark, "status": netbox.ACTIVE} for mark in marks)]
    addresses = [
        raw
        for filters in wanted
        for raw in every(api.ipam.ip_addresses, netbox.ADDRESSES, family=4, **filters)
    ]
    read: dict[str, list[Object]] = {
        netbox.PREFIXES: every(api.ipam.prefixes, netbox.PREFIXES, family=4),
        netbox.RANGES: every(api.ipam.ip_ranges, netbox.RANGES, family=4),
        netbox.ADDRESSES: addresses,
    }
    endpoints = {
        "dcim.interface": api.dcim.interfaces,
        "virtualization.vminterface": api.virtualization.interfaces,
    }
    for kind, endpoint in endpoints.items():
        name = netbox.INTERFACES[kind]
        ids = sorted(
            {
                int(values.text(raw, "assigned_object_id"))
                for raw in addresses
                if values.text(raw, "assigned_object_type") == kind
            }
        )
        chunks = (ids[at : at + _CHUNK] for at in range(0, len(ids), _CHUNK))
        read[name] = [raw for chunk in chunks for raw in every(endpoint, name, id=chunk)]
    return read


def _bounded(source: str, name: str, records: Iterable[Any]) -> Iterator[Object]:
    for count, record in enumerate(records):
        if count >= MOST:
            raise SourceError(f"{source}: more than {MOST} {name}: this is not one site's NetBox")
        raw: Mapping[str, Any] = dict(record)
        yield raw


def _guarded(requests: Any, session: Any, url: str, ca_file: str | None) -> Any:
    """Return a session that has a deadline and reaches this host only: the token is for it."""

    class Reached(requests.adapters.HTTPAdapter):  # type: ignore[misc]
        def send(self, request: Any, **settings: Any) -> Any:
            # requests prefers REQUESTS_CA_BUNDLE to the session's own verify
            verify = ca_file or settings.get("verify")
            return super().send(request, **{**settings, "timeout": TIMEOUT, "verify": verify})

    class Elsewhere(requests.adapters.BaseAdapter):  # type: ignore[misc]
        def send(self, request: Any, **_: Any) -> Any:
            raise requests.exceptions.InvalidURL(f"it refers to {request.url}, another address")

        def close(self) -> None:
            """Keep nothing open."""

    for scheme in ("https://", "http://"):
        session.mount(scheme, Elsewhere())
    session.mount(f"{url.rstrip('/')}/", Reached())
    session.auth = _unchanged  # else requests takes a password of .netrc in place of the token
    return session


def _unchanged(request: Any) -> Any:
    return request


def _reason(error: Any) -> str:
    """Return why NetBox refuses a request, on one line."""
    status = getattr(getattr(error, "req", None), "status_code", 0)
    if status in (401, 403):
        return f"HTTP {status}: check the token, and that it may view ipam and dcim objects"
    if status == 400:
        return f"HTTP {status}: check the roles and tags of `options`: NetBox has to know them"
    return f"HTTP {status}: check the URL" if status == 404 else f"HTTP {status}"
