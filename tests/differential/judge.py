"""Ask a real Kea, many configurations at a time, and compare its verdicts with ours."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keaprov import render
from keaprov.errors import Severity
from keaprov.model import Failover, Role, Server, Site
from keaprov.site import check_file
from keaprov.site.normal import normalise
from tests.lab.workshop import Workshop, workshop

SERVERS = {
    "dhcp1": {"role": "primary", "address": "10.60.1.67", "interfaces": ["lo"]},
    "dhcp2": {"role": "standby", "address": "10.60.1.68", "interfaces": ["lo"]},
}
INSIDE = "/tmp/bodies"
SCRIPT = (
    f"cd {INSIDE}; ls | xargs -P 2 -I@ sh -c "
    "'kea-dhcp4 -T @/kea.conf >@/output 2>&1; echo $? >@/code'"
)


@dataclass(frozen=True)
class Verdict:
    """What `check` and Kea say of a body; `kea` is why Kea refuses it, "" if Kea takes it."""

    body: dict[str, Any]
    errors: tuple[str, ...]
    kea: str

    @property
    def missed(self) -> bool:
        """Whether Kea refuses what `check` has passed.

        Classes' expressions are left to Kea; 65535 threads are not to be had on this machine.
        """
        left = ("expression: [", "Resource temporarily unavailable")
        return not self.errors and bool(self.kea) and not any(words in self.kea for words in left)

    @property
    def stricter(self) -> bool:
        """Whether `check` refuses what Kea takes."""
        return bool(self.errors) and not self.kea


def judge(bodies: Sequence[dict[str, Any]], folder: Path) -> list[Verdict]:
    """Return the verdicts on bodies of ``Dhcp4`` maps."""
    with workshop() as shop:
        return list(_judged(shop, bodies, folder))


def _judged(shop: Workshop, bodies: Sequence[dict[str, Any]], folder: Path) -> Iterator[Verdict]:
    reasons = refusals(shop, [_rendered(body) for body in bodies])
    for body, reason in zip(bodies, reasons, strict=True):
        yield Verdict(body, tuple(errors_of(body, folder)), reason)


def refusals(shop: Workshop, texts: Sequence[str]) -> list[str]:
    """Return why Kea refuses each text of a kea-dhcp4.conf, "" if it takes it."""
    places = [shop.root / INSIDE.lstrip("/") / f"{number:06}" for number in range(len(texts))]
    for place, text in zip(places, texts, strict=True):
        place.mkdir(parents=True)
        (place / "kea.conf").write_text(text)
    subprocess.run(shop.inside("sh", "-c", SCRIPT), check=True, stdin=subprocess.DEVNULL)
    return [refusal(place) for place in places]


def refusal(place: Path) -> str:
    """Return why Kea refuses the file of a place, "" if it takes it."""
    if (place / "code").read_text().strip() == "0":
        return ""
    lines = (place / "output").read_text(errors="replace").splitlines()
    wrong = [line for line in lines if "ERROR" in line or "rror" in line]
    return " | ".join(wrong or lines or ["no word"])


def _rendered(body: dict[str, Any]) -> str:
    servers = tuple(
        Server(name, str(server["address"]), ("lo",), Role(server["role"]))
        for name, server in SERVERS.items()
    )
    forms = normalise(body, ("dhcp4",), Path(), "").dhcp4
    return render.dhcp4(Site("diff", servers, forms, failover=Failover()), servers[0])


def errors_of(body: dict[str, Any], folder: Path) -> Iterable[str]:
    """Yield the errors of `check` for a site with a body, each with its path."""
    path = folder / "site.json"
    site = {"site": "diff", "servers": SERVERS, "failover": {}, "dhcp4": body}
    path.write_text(json.dumps(site))
    for problem in check_file(path).problems:
        if problem.severity is Severity.ERROR:
            yield str(problem).replace(str(path), "")
