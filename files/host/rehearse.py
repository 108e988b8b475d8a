"""Ask the package repositories for what the deploy will install, before anything is changed.

The vendor's key is fetched into a temporary directory and compared with the pinned fingerprint; dnf
then reads the vendor's repository with that key, that key only, in a cache of its own. What is
missing, unreachable or signed by somebody else comes back as the refusal. It runs on the host
(Python >= 3.9, standard library only), as root.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from typing import Any

import reading
import shell

EPEL = "epel-release"
EPEL_URL = "https://dl.fedoraproject.org/pub/epel/epel-release-latest-{}.noarch.rpm"
QUERY = ("--setopt=exit_on_lock=True", "repoquery", "--qf", "%{name} %{version}-%{release}\n")


class Refusal(Exception):  # noqa: N818 - the house's word
    """Something that the deploy needs cannot be had."""


def run(argv: list[str], home: str) -> subprocess.CompletedProcess[str]:
    """Run a command with a home directory of its own."""
    own = {**shell.ENVIRONMENT, "HOME": home, "GNUPGHOME": home}
    return shell.run(*argv, env=own, timeout=120 if argv[0] == "curl" else None)


def fetch_key(url: str, target: str, home: str) -> None:
    """Fetch the vendor's signing key."""
    done = run(["curl", "-fsSL", "--retry", "2", "--max-time", "30", "-o", target, url], home)
    if done.returncode:
        raise Refusal(
            f"the vendor's signing key cannot be fetched from {url}: {shell.words(done)}\n"
            "Check kea.repository.key-url in the site file, and that this host reaches it."
        )


def check_key(path: str, fingerprint: str, url: str, home: str) -> None:
    """Refuse a key that is not the pinned one."""
    shown = run(["gpg", "--batch", "--show-keys", "--with-colons", path], home)
    if shown.returncode == shell.NOT_INSTALLED:
        raise Refusal("gpg is missing on this host: install gnupg2 (dnf install gnupg2)")
    lines = [line.split(":") for line in shown.stdout.splitlines()]
    primary = [
        lines[n + 1][9]
        for n, fields in enumerate(lines[:-1])
        if fields[0] == "pub" and lines[n + 1][0] == "fpr"
    ]
    if primary != [fingerprint]:
        raise Refusal(
            f"the key at {url} is not the one that the site pins: its fingerprint is "
            f"{', '.join(primary) or 'unreadable'}, wanted {fingerprint}.\n"
            "Do not go on before you know why; if the vendor has a new key, pin it in "
            "kea.repository.fingerprint."
        )


def vendor_offers(request: dict[str, Any], key: str, home: str) -> None:
    """Refuse packages that the vendor's repository does not offer, also those to go back to."""
    command = ["dnf", "-q", "-y", "--disablerepo=*", f"--setopt=cachedir={home}/cache"]
    for name, tree in (("keaprov-arch", "$basearch"), ("keaprov-noarch", "noarch")):
        command.append(f"--repofrompath={name},{request['url']}/rpm/el/{request['release']}/{tree}")
        options = ("repo_gpgcheck=1", "gpgcheck=1", f"gpgkey=file://{key}", "skip_if_unavailable=0")
        command += [f"--setopt={name}.{option}" for option in options]
    installed = request.get("installed") or []
    done = run([*command, *QUERY, *request["vendor"], *installed], home)
    if done.returncode:
        says = shell.words(done)
        signed = "GPG" in says or "ignature" in says or "gpg" in says.lower()
        what = "is not signed by the pinned key" if signed else "cannot be read"
        raise Refusal(f"the vendor's repository {request['url']} {what}:\n{says}")
    refuse_missing(request["vendor"], done.stdout, request["url"], request["version"])
    offers = {line.replace(" ", "-", 1) for line in done.stdout.splitlines()}
    gone = [package for package in installed if package not in offers]
    if gone:
        raise Refusal(
            f"the installed version {', '.join(gone)} is no longer offered by {request['url']}, "
            "so an upgrade could not be rolled back. Keep it available (a mirror or local "
            "repository) and run the deploy again"
        )


def distribution_offers(names: list[str], release: str, home: str) -> None:
    """Refuse packages that the enabled repositories do not offer.

    EPEL has the library log4cplus for Kea; RHEL and Oracle Linux do not offer its release package.
    """
    done = run(["dnf", "-q", *QUERY, *names], home)
    if done.returncode:
        raise Refusal(f"the enabled repositories cannot be read:\n{shell.words(done)}")
    if EPEL in names and not any(line.startswith(f"{EPEL} ") for line in done.stdout.splitlines()):
        raise Refusal(
            f"the package {EPEL} is missing: the enabled repositories do not offer it.\n"
            f"Install it: dnf install {EPEL_URL.format(release)}"
        )
    refuse_missing(names, done.stdout, "the enabled repositories")


def refuse_missing(wanted: list[str], offers: str, where: str, version: str = "") -> None:
    """Refuse the packages that dnf did not list in the wanted version."""
    offered: dict[str, list[str]] = {}
    for line in offers.splitlines():
        name, _, offer = line.partition(" ")
        offered.setdefault(name, []).append(offer)
    for name in wanted:
        versions = offered.get(name, [])
        if not versions:
            raise Refusal(f"the package {name} is missing: {where} does not offer it")
        if not any(is_version(offer, version) for offer in versions):
            raise Refusal(
                f"{name} {version} is missing: {where} offers {', '.join(sorted(versions))}.\n"
                "Pin one of these in kea.version of the site file, or none for the newest."
            )


def is_version(offer: str, wanted: str) -> bool:
    """Return whether a version is the wanted one, which may leave out the release."""
    return not wanted or offer == wanted or offer.startswith((f"{wanted}-", f"{wanted}."))


def main(request: dict[str, Any]) -> dict[str, object]:
    """Return the refusal, or the vendor's key."""
    with tempfile.TemporaryDirectory(prefix="keaprov-") as home:
        key = os.path.join(home, "key")
        try:
            if request["distribution"]:
                distribution_offers(request["distribution"], request["release"], home)
            fetch_key(request["key_url"], key, home)
            check_key(key, request["fingerprint"], request["key_url"], home)
            vendor_offers(request, key, home)
        except Refusal as refusal:
            return {"refusal": str(refusal), "key": ""}
        return {"refusal": None, "key": reading.text(key)}
