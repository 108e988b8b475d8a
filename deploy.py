"""From bare hosts to a hot-standby pair: ``pyinfra INVENTORY deploy.py``."""

from keaprov import deploys

# Nothing is changed before every server has been looked at: system, disk, clocks, repositories.
deploys.preflight()

# Both at once: updates, EPEL, ISC's repository, chrony, firewalld, Kea's packages, permissions.
deploys.bootstrap()

# Both at once: the new configuration beside the active one, tested by Kea itself.
deploys.stage()

# By turns: the standby and its gate, then the primary and its gate.
deploys.roll_out()

# Both in hot-standby, same versions, same configuration, clocks together, ports open.
deploys.verification()
