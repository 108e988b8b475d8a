"""The deploy's phases, in their order: each a pyinfra `@deploy`, usable in anybody's deploy.

The preflight, stage, roll-out and verification of a site are done by one of its hosts for all of
them, so that no option of pyinfra (``--serial``, ``--no-wait``, ``--parallel``) changes the order.
Each host's data carry `site` (a `keaprov.model.Site`) and `server` (its `keaprov.model.Server`);
`keaprov.inventory` makes such hosts.
"""

from __future__ import annotations

from pyinfra.api.deploy import deploy

from keaprov.operations import certificates, chrony, dnf, firewalld, kea, site, verify

__all__ = ["bootstrap", "preflight", "roll_out", "stage", "verification"]


@deploy("Preflight")
def preflight() -> None:
    """Observe every server, and refuse before anything is changed."""
    site.preflight(name="Nothing stands in the way")


@deploy("Bootstrap")
def bootstrap() -> None:
    """Bring both hosts to what Kea needs: packages, repositories, clock, firewall, directories."""
    dnf.update(name="System updates, except Kea's")
    dnf.epel(name="EPEL, where Kea needs it")
    dnf.epel_without_kea(name="EPEL's own Kea is excluded")
    dnf.vendor_repository(name="ISC's repository and its pinned key")
    dnf.packages(names=["chrony", "firewalld"], name="chrony and firewalld")
    chrony.sources(name="Time sources")
    dnf.kea(name="Kea's packages")
    firewalld.zone(name="Firewall: ports first, then the daemon")
    kea.directories(name="Owners, modes, the API's password")
    certificates.placed(name="Certificates of the peers and the API")
    kea.hardening(name="Hardening of Kea's services")
    kea.read_only_program(name="The read-only program is of this version")
    chrony.synchronised(name="The clock follows its source")


@deploy("Stage")
def stage() -> None:
    """Have Kea accept the new configuration on every server, beside the active one."""
    site.staged(name="Kea accepts the configuration")


@deploy("Roll-out")
def roll_out() -> None:
    """Change what can be changed live, then take turns: standby, gate, primary, gate.

    One host acts for its site (`keaprov.conductor`): no option of pyinfra changes the order.
    """
    site.rolled_out(name="Live, or by a rolling restart", _retries=0)


@deploy("Verify")
def verification() -> None:
    """Check everything that the deploy promises, and be a client where the inventory has some."""
    site.verified(name="Every promise is kept")
    verify.clients(name="Clients get what the site promises")
