"""From bare hosts to a hot-standby pair: ``pyinfra INVENTORY deploy.py``."""

from keaprov import deploys

# Lock and observe every server (system, disk, clocks, repositories); refuse before any change.
deploys.preflight()

# Both at once: EPEL, ISC's repository, chrony, firewalld, Kea's packages, permissions.
deploys.bootstrap()

# Both at once: write the new configuration beside the active one; Kea tests it.
deploys.stage()

# Live, or by a rolling restart: the standby, its gate, the primary, its gate.
# The standby answers clients while the primary restarts.
deploys.roll_out()

# Both serve: hot-standby, one version, one configuration, clocks together, ports open.
deploys.verification()
