"""Ask the package repositories for what the deploy will install, before anything is changed.

The vendor's key is fetched into a temporary directory and compared with the pinned fingerprint; dnf
then reads the vendor's repository with that key, that key only, in a cache of its own, by the file
that the deploy will write: no address or password is in an argument or in dnf's logs. What is
missing, unreachable or signed by somebody else comes back as the refusal. It runs on the host
(Python >= 3.9, standard library only), as root.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from typing import Any

import dnf_conf
import place
import reading
import rpms
import shell
import trusted

LIBRARY = "log4cplus"
"""The library that Kea logs with: all that ISC's packages need from EPEL."""
EPEL = ("epel-release", "oracle-epel-release-el{}")
"""The packages that enable EPEL: Rocky Linux's, AlmaLinux's and CentOS Stream's, Oracle Linux's."""
EPEL_URL = "https://dl.fedoraproject.org/pub/epel/epel-release-latest-{}.noarch.rpm"
QUERY = ("--setopt=exit_on_lock=True", "repoquery", "--qf", "%{name} %{version}-%{release}\n")


class Refusal(Exception):  # noqa: N818 - the house's word
    """Something that the deploy needs cannot be had."""


def run(argv: list[str], home: str) -> subprocess.CompletedProcess[str]:
    """Run a command with a home directory of its own."""
    own = {**shell.ENVIRONMENT, "HOME": home, "GNUPGHOME": home}
    return shell.run(*argv, env=own, timeout=120 if argv[0] == "curl" else None)


def own_file(path: str, text: str) -> None:
    """Write a file that only root reads: its text may hold secrets, so it is in no argument."""
    handle = trusted.opened(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    with os.fdopen(handle, "w", encoding="utf-8") as target:
        target.write(text)


def quoted(text: str) -> str:
    """Return a value as curl's configuration file writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def words(request: dict[str, Any], done: subprocess.CompletedProcess[str]) -> str:
    """Return what a command wrote to explain its failure, without an address that is a secret."""
    return shell.cleared(shell.words(done), private=request["private"] or None)


def fetch_key(request: dict[str, Any], target: str, home: str) -> None:
    """Fetch the vendor's signing key the way that dnf fetches packages: by its proxy and CA."""
    key, settings = request["key"], os.path.join(home, "curl")
    lines = [f"url = {quoted(key['url'])}"]
    if key["user"]:
        lines.append(f"user = {quoted(key['user'] + ':' + key['password'])}")
    for option, value in dnf_conf.curl_options().items():
        lines.append(f"{option} = {quoted(value)}" if value else option)
    own_file(settings, "\n".join(lines) + "\n")
    limits = ("--retry", "2", "--max-time", "30")
    command = ["curl", "-q", "-fsSL", *limits, "-o", target, "-K", settings]
    done = run(command, home)
    if done.returncode:
        raise Refusal(
            f"the vendor's signing key cannot be fetched from {key['shown']}: "
            f"{words(request, done)}\n"
            "Check kea.repository.key-url in the site file, and that this host reaches it "
            f"(directly, or by the proxy and the CA that {dnf_conf.CONF} names)."
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


def have_rpm_take(path: str, home: str) -> None:
    """Refuse a key that rpm on this host does not take: its crypto policy may forbid SHA-1.

    The database is one of its own; dnf would notice it when it installs.
    """
    done = run(["rpmkeys", "--dbpath", os.path.join(home, "rpm"), "--import", path], home)
    if done.returncode:
        raise Refusal(
            f"rpm does not take the vendor's signing key: {shell.words(done)}\n"
            "If the crypto policy of this host forbids how the key is signed "
            "(update-crypto-policies --show), the vendor has to sign it anew; another policy "
            "weakens the whole host."
        )


def vendor_offers(request: dict[str, Any], key: str, home: str) -> bool:
    """Refuse packages that the vendor's repository does not offer, also those to go back to.

    Returns whether it offers the library too.
    """
    place.directory(f"{home}/repositories", 0o700)
    own_file(f"{home}/repositories/vendor.repo", request["repository"].replace("@key@", key))
    settings = (f"reposdir={home}/repositories", f"cachedir={home}/cache", f"logdir={home}")
    options = (*settings, "*.skip_if_unavailable=0")
    command = ["dnf", "-q", "-y", *(f"--setopt={option}" for option in options)]
    installed = request.get("installed") or []
    done = run([*command, *QUERY, *request["vendor"], *installed, LIBRARY], home)
    if done.returncode:
        says = words(request, done)
        signed = "GPG" in says or "ignature" in says or "gpg" in says.lower()
        what = "is not signed by the pinned key" if signed else "cannot be read"
        raise Refusal(f"the vendor's repository {request['url']} {what}:\n{says}")
    missing = lacking(request["vendor"], done.stdout, request["version"])
    if missing:
        refuse_excluded(missing, request["version"], command, home)
    refuse_missing(request["vendor"], done.stdout, request["url"], request["version"])
    listed, where = done.stdout, request["url"]
    if installed and request.get("former"):
        where = "the enabled repositories"
        every = (*rpms.former(), "--disableexcludes=all")
        listed = run(["dnf", "-q", "-y", *every, *QUERY, *installed], home).stdout
    offers = {line.replace(" ", "-", 1) for line in listed.splitlines()}
    gone = [package for package in installed if package not in offers]
    if gone:
        raise Refusal(
            f"the installed version {', '.join(gone)} is no longer offered by {where}, "
            "so an upgrade could not be rolled back. Keep it available (a mirror or local "
            "repository) and run the deploy again"
        )
    return any(line.startswith(f"{LIBRARY} ") for line in done.stdout.splitlines())


def lacking(wanted: list[str], offers: str, version: str) -> list[str]:
    """Return the packages that dnf did not list in the wanted version."""
    lines = [line.partition(" ") for line in offers.splitlines()]
    listed = {name for name, _, offer in lines if is_version(offer, version)}
    return [name for name in wanted if name not in listed]


def refuse_excluded(missing: list[str], version: str, command: list[str], home: str) -> None:
    """Refuse packages that are offered, but that this host's own dnf excludes or locks."""
    all_ = ("--disableexcludes=all", "--disableplugin=versionlock")
    done = run([*command, *all_, *QUERY, *missing], home)
    still = lacking(missing, done.stdout, version)
    hidden = [name for name in missing if name not in still]
    if hidden:
        raise Refusal(
            f"dnf leaves {' '.join([', '.join(hidden), version]).strip()} out on this host: "
            f"exclude in {dnf_conf.CONF}, or a versionlock (dnf versionlock list shows the locks). "
            "Take it out of there"
        )


def distribution_offers(names: list[str], candidates: list[str], home: str) -> set[str]:
    """Refuse packages that the enabled repositories do not offer; return the offered candidates."""
    if not names and not candidates:
        return set()
    done = run(["dnf", "-q", "-y", *QUERY, *names, *candidates], home)
    if done.returncode:
        raise Refusal(f"the enabled repositories cannot be read:\n{shell.words(done)}")
    refuse_missing(names, done.stdout, "the enabled repositories")
    return {line.partition(" ")[0] for line in done.stdout.splitlines()}.intersection(candidates)


def epel_package(offered: set[str], release: str) -> str:
    """Return the package that enables EPEL, "" if the library is offered without it."""
    if LIBRARY in offered:
        return ""
    for name in enabling(release):
        if rpms.query("-q", name).returncode == 0:
            raise Refusal(
                f"the package {LIBRARY} is missing: {name} is installed, but EPEL's repository is "
                "disabled or does not have it (dnf repolist --all).\n"
                "Enable it: dnf config-manager --set-enabled epel"
            )
        if name in offered:
            return name
    raise Refusal(
        f"the package {LIBRARY} is missing: neither the enabled repositories nor the vendor's "
        "offer it. EPEL has it, and the enabled repositories do not offer epel-release.\n"
        f"Enable EPEL: dnf install {EPEL_URL.format(release)} (or enable a mirror of EPEL)"
    )


def enabling(release: str) -> list[str]:
    """Return the names of the packages that enable EPEL on a release."""
    return [name.format(release) for name in EPEL]


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
    """Return the refusal, or the vendor's key and the package that enables EPEL, "" if none."""
    with tempfile.TemporaryDirectory(prefix="keaprov-") as home:
        key, release, epel = os.path.join(home, "key"), request["release"], ""
        candidates = [LIBRARY, *enabling(release)] if request["library"] else []
        try:
            offered = distribution_offers(request["distribution"], candidates, home)
            fetch_key(request, key, home)
            check_key(key, request["fingerprint"], request["key"]["shown"], home)
            have_rpm_take(key, home)
            by_vendor = vendor_offers(request, key, home)
            if candidates and not by_vendor:
                epel = epel_package(offered, release)
        except Refusal as refusal:
            return {"refusal": str(refusal), "key": "", "epel": ""}
        return {"refusal": None, "key": reading.text(key), "epel": epel}
