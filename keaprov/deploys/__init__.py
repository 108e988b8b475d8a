"""The deploy's phases, in their order: each a pyinfra `@deploy`, usable in anybody's deploy.

Every host takes part in every operation, in one order, and the operation decides who acts: that is
how pyinfra keeps an order across hosts (an `if` around an operation, or `_serial`, does not).
Each host's data carry `site` (a `keaprov.model.Site`) and `server` (its `keaprov.model.Server`);
`keaprov.inventory` makes such hosts.
"""

from __future__ import annotations

from pyinfra.api.deploy import deploy

from keaprov.operations import chrony, dnf, firewalld, kea, live, maintenance, pair, turn, verify

__all__ = ["bootstrap", "preflight", "roll_out", "stage", "verification"]


@deploy("Preflight")
def preflight() -> None:
    """Look at every server, and refuse before anything is changed."""
    pair.preflight(name="Nothing stands in the way")
    pair.require(before="anything is changed", at_the_start=True, name="Every server is here")


@deploy("Bootstrap")
def bootstrap() -> None:
    """Bring both hosts to what Kea needs: packages, repositories, clock, firewall, directories."""
    dnf.update(name="System updates, but Kea's")
    dnf.packages(names=["epel-release"], name="EPEL")
    dnf.epel_without_kea(name="EPEL's own Kea is excluded")
    dnf.vendor_repository(name="ISC's repository and its pinned key")
    dnf.packages(names=["chrony", "firewalld"], name="chrony and firewalld")
    chrony.sources(name="Time sources")
    dnf.kea(name="Kea's packages")
    firewalld.zone(name="Firewall: ports first, then the daemon")
    kea.directories(name="Owners, modes, the agent's password")
    chrony.synchronised(name="The clock follows its source")
    pair.require(before="the configuration is staged", name="Every server is bootstrapped")


@deploy("Stage")
def stage() -> None:
    """Have Kea accept the new configuration on every server, beside the active one."""
    kea.stage(name="Kea accepts the configuration")
    pair.require(before="any server's turn", name="Every server has accepted it")


@deploy("Roll-out")
def roll_out() -> None:
    """Change what can be changed live, then take the turns: standby, gate, primary, gate.

    Does the standby alone answer clients, the primary comes first (`keaprov.ha.turns`).
    """
    maintenance.ended(name="No maintenance is left over")
    live.changes(name="Live, where Kea has a command for it")
    pair.require(before="the first turn", name="The pair is as it was, or as it should be")
    turn.turn(number=1, name="The first turn")
    pair.require(before="the second turn", name="The first server stands")
    turn.turn(number=2, name="The second turn")
    pair.require(before="the verification", name="The second server stands")


@deploy("Verify")
def verification() -> None:
    """Check everything that the deploy promises, and be a client where the inventory has some."""
    verify.promises(name="Every promise is kept")
    verify.clients(name="Clients get what the site promises")
