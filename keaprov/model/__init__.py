"""The site and its parts: frozen to the last value, hashable, picklable; no I/O.

`dhcp4` is kept in Kea's own words, normalised to Kea's own forms (see `keaprov.site`): what
keaprov owns (HA and command hooks, control sockets, this-server-name) is added by `render`.
Times are in milliseconds where Kea counts milliseconds, in seconds elsewhere.

The types are imported from here: `site` has the site, `parts` what it is made of, `tls` its
certificates. `names` has Kea's own names and defaults.
"""

from __future__ import annotations

from keaprov.model.names import Json
from keaprov.model.parts import (
    Failover,
    Firewall,
    Kea,
    ManagementApi,
    Ntp,
    Repository,
    Role,
    Secret,
    Server,
)
from keaprov.model.site import Site
from keaprov.model.tls import Authority, OwnCertificate, PemFile, Tls

__all__ = [
    "Authority",
    "Failover",
    "Firewall",
    "Json",
    "Kea",
    "ManagementApi",
    "Ntp",
    "OwnCertificate",
    "PemFile",
    "Repository",
    "Role",
    "Secret",
    "Server",
    "Site",
    "Tls",
]
