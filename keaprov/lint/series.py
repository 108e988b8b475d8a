"""Rules about the series of Kea that a site wants: whether keaprov knows it, and what it has."""

from __future__ import annotations

from collections.abc import Iterator

from keaprov import series
from keaprov.lint.config import Config
from keaprov.lint.rule import Finding, error, warning

_SERIES = ("kea", "series")


def _wanted(config: Config) -> tuple[str, series.Series | None]:
    """Return the name of the series that the site wants, and what is known of it."""
    name = config.site.kea.series if config.site else series.DEFAULT
    return name, series.known().get(name)


def _by_agent(config: Config) -> bool:
    api = config.site.api if config.site else None
    return api is not None and api.by_agent


def _cure() -> str:
    return f'Write series: "{list(series.known())[-1]}".'


@error("KP331", stricter=True)
def unknown(config: Config) -> Iterator[Finding]:
    """Keaprov knows the series of Kea: its packages, its signing key and its daemons."""
    name, known = _wanted(config)
    if known is None:
        message = f"keaprov does not know Kea {name}; it knows {' and '.join(series.known())}"
        yield Finding(message, _SERIES, _cure())


@error("KP332", stricter=True)
def version_of_another_series(config: Config) -> Iterator[Finding]:
    """The pinned version is one of the series: its repository has no other."""
    name, _ = _wanted(config)
    version = config.site.kea.version if config.site else None
    if version and series.of_version(version) != name:
        own = series.of_version(version)
        message = f"Kea {version} is not of the series {name}"
        hint = f"Write a version of {name}, such as {name}.0."
        if own in series.known():
            hint = f'Write series: "{own}", or a version of {name}.'
        yield Finding(message, ("kea", "version"), hint)


@error("KP333", stricter=True)
def key_unknown(config: Config) -> Iterator[Finding]:
    """The key that signs the packages is known: keaprov trusts no key because it comes first."""
    name, known = _wanted(config)
    if known and config.site and not config.site.kea.repository.fingerprint:
        message = f"keaprov does not know the key that signs the packages of Kea {name}"
        hint = (
            f"Download the key from ISC's page of the repository {known.slug}, print its "
            "fingerprint with `gpg --show-keys FILE`, compare it with what ISC publishes or "
            "confirms elsewhere, and write it as kea.repository.fingerprint, with the key's "
            "address as kea.repository.key-url."
        )
        yield Finding(message, _SERIES, hint)


@error("KP334", stricter=True)
def agent_without_series(config: Config) -> Iterator[Finding]:
    """A site has a control agent only under a series that has one: Kea 3.2 has none."""
    name, known = _wanted(config)
    if known and not known.agent and _by_agent(config):
        message = f"Kea {name} has no control agent"
        hint = f"Rename control-agent to api: kea-dhcp4 of Kea {name} serves the API itself."
        yield Finding(message, ("control-agent",), hint)


@warning("KP336", "Rename control-agent to api: a deploy moves the API, at the same address.")
def agent_deprecated(config: Config) -> Iterator[Finding]:
    """A site uses kea-dhcp4's own API: Kea 3.0 deprecates the control agent, 3.2 has none.

    A deploy stops the agent of a server, then kea-dhcp4 serves the same address, port, user and
    password (Kea ARM, Management API).
    """
    _, known = _wanted(config)
    if known and known.agent and _by_agent(config):
        yield Finding("the control agent is deprecated", ("control-agent",))


RULES = (
    unknown,
    version_of_another_series,
    key_unknown,
    agent_without_series,
    agent_deprecated,
)
