"""Whether Kea's packages are what the vendor signed, and their files what rpm installed: pure.

rpm's database and gpg are those of the host, so this is about mistakes, a package from elsewhere
and a damaged disk. Who has root on the host can make rpm report anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from keaprov import paths
from keaprov.ha.serving import Trouble
from keaprov.ha.signs import Packages
from keaprov.model import Site
from keaprov.words import count

OWN = (paths.KEA_DIR, paths.LEASE_DIR, paths.LOG_DIR)
"""Directories of the packages whose owner and mode keaprov sets itself."""
DIFFERS = {
    "S": "content",
    "5": "content",
    "M": "mode",
    "D": "device",
    "L": "link",
    "U": "owner",
    "G": "group",
    "P": "capabilities",
}
"""What rpm's letters stand for (rpm(8), verify options)."""
SHORT = 16
"""The digits of a fingerprint that are a key's id (RFC 4880, section 12.2)."""


def shortcomings(site: Site, packages: Packages) -> Iterator[Trouble]:
    """Yield what is not as the vendor released it."""
    if packages.error:
        cure = "Run rpm -V isc-kea-dhcp4 on the host"
        yield Trouble(f"rpm cannot verify Kea's packages: {packages.error}", cure)
        return
    yield from _signers(site.kea.repository.fingerprint, packages)
    changed = [file for file in packages.changed if file.path not in OWN]
    number = packages.number - (len(packages.changed) - len(changed))
    if changed:
        files = ", ".join(f"{file.path} ({_words(file.tests)})" for file in changed[:5])
        more = f" and {number - 5} more" if number > 5 else ""
        verb = "is" if number == 1 else "are"
        yield Trouble(
            f"{count(number, 'file')} of Kea's packages {verb} not as installed: {files}{more}",
            "Find out who changed them; dnf reinstall restores them, and may restart Kea",
        )


def _signers(pin: str, packages: Packages) -> Iterator[Trouble]:
    """Yield the packages that another key than the pinned one signed, by that key."""
    expected = {*packages.keys} or {pin[-SHORT:].upper()}
    strange = {key for key in packages.signers.values() if key not in expected}
    for key in sorted(strange):
        names = ", ".join(name for name, signer in packages.signers.items() if signer == key)
        what = f"signed by the key {key}, not by the pinned one ({pin})" if key else "not signed"
        yield Trouble(
            f"Kea's packages are {what}: {names}",
            "Find out where they come from; dnf reinstall replaces them by the vendor's",
        )


def _words(tests: str) -> str:
    words = [DIFFERS.get(letter, letter) for letter in tests if letter != "T"]
    return tests if tests == "missing" else ", ".join(dict.fromkeys(words))
