"""How a host reaches the vendor's packages: addresses, credentials, and the file for dnf.

An address of a site file that is ``{env: NAME}`` or ``{file: PATH}`` is read here, where it is
needed. Its user and password go to dnf as settings of their own, because dnf writes the addresses
that it reads into its logs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from keaprov import files, paths
from keaprov.errors import SecretError
from keaprov.model import Repository, Secret, Site
from keaprov.secret import read

RELEASE, KEY = "@release@", "@key@"
"""What a host replaces in the file for dnf by its own release, and by the key's file."""
PRIVATE, PUBLIC = "600", "644"
"""The modes of the file for dnf: with an address that is a secret, and with any other."""
_ADDRESS = re.compile(r"https?://[^/\s@]+(/[^\s@]*)?")
_CHANGED_BY_DNF = re.compile(r"[\s\x00-\x1f\x7f\\]|\$[A-Za-z{]")
"""What dnf cuts from a setting, takes for a variable, or takes as an escape [measured]."""


@dataclass(frozen=True, slots=True)
class Access:
    """An address, and the user and password that it takes, "" if none.

    `shown` stands for the address in messages. If `private`, nobody may see the address.
    """

    url: str = field(repr=False)
    shown: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    private: bool = False


def access(site: Site) -> Access:
    """Return how a host reaches the repository; SecretError if the address cannot be read."""
    return _access(site.kea.repository.url, "kea.repository.url", site)


def key_access(site: Site) -> Access:
    """Return how a host reaches the signing key; SecretError if the address cannot be read."""
    given = site.kea.repository
    if given.key_url is not None:
        return _access(given.key_url, "kea.repository.key-url", site)
    root = access(site)
    url, shown = (Repository.key_of(text, given.fingerprint) for text in (root.url, root.shown))
    return replace(root, url=url, shown=shown)


def text(site: Site, release: str = RELEASE, key: str = paths.ISC_KEY) -> str:
    """Return the file for dnf; it holds secrets if the site's address is one.

    + release: the host's major release
    + key: the file of the signing key
    """
    where = access(site)
    settings = {"username": where.user, "password": where.password} if where.user else {}
    return files.fill(
        "dnf/isc-kea.repo",
        series=site.kea.series,
        url=where.url,
        release=release,
        key=key,
        credentials="".join(f"\n{name}={value}" for name, value in settings.items()),
    )


def mode(site: Site) -> str:
    """Return the mode of the file for dnf: an address that is a secret is for root alone."""
    return PRIVATE if isinstance(site.kea.repository.url, Secret) else PUBLIC


def _access(where: str | Secret, name: str, site: Site) -> Access:
    if isinstance(where, str):
        return Access(where, where)
    shown = f"{{env: {where.env}}}" if where.env else f"{{file: {where.file}}}"
    scheme, mark, rest = read(where, site.source, name).rstrip("/").partition("://")
    credentials, at, host = (
        rest.rpartition("@") if "@" in rest.partition("/")[0] else ("", "", rest)
    )
    user, _, password = credentials.partition(":")
    url = f"{scheme}{mark}{host}"
    if not _ADDRESS.fullmatch(url):
        raise SecretError(
            f"{name}: {shown} does not hold an address such as https://USER:PASSWORD@HOST/PATH"
        )
    user, password = unquote(user), unquote(password)
    if (at and not user) or _CHANGED_BY_DNF.search(user + password):
        raise SecretError(
            f"{name}: dnf cannot take the user or password in {shown}: white space, control "
            "characters, a backslash and a $ before a letter do not reach the server unchanged"
        )
    return Access(url, shown, user, password, private=True)
