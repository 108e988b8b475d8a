"""How much the differential tests draw, and from which seed; what `check` refuses on purpose.

``KEAPROV_CASES`` is the number of draws of each kind, ``KEAPROV_SEED`` the seed: the same seed
draws the same. ``KEAPROV_CASES=10000 KEAPROV_SEED=7`` is a long run with another seed.
"""

from __future__ import annotations

import os
import re
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from keaprov.lint import RULES
from tests.differential.bodies import bodies

CASES = int(os.environ.get("KEAPROV_CASES", "2000"))
SEED = int(os.environ.get("KEAPROV_SEED", "1"))

ON_PURPOSE = re.compile(
    "|".join((
        "error (" + "|".join(rule.code for rule in RULES if rule.stricter) + ") ",
        r"error KP20[46] dhcp4\.[a-z0-9-]+: ",  # in the global scope
        r"error KP603 dhcp4\.t[12]-percent: ",  # in the global scope
        r"error KP204 \S+\.(t[12]|ddns-ttl)-percent: ",
        r"error KP204 dhcp4\.dhcp-queue-control\.capacity: ",
        r"error KP204 \S+: -[0-9]+ is less than 0",
        r"error KP204 \S+: [0-9]{10,} is more than 4294967295",
        r"error KP204 \S+\.(debuglevel|maxver|maxsize|socket-port|server-port|sender-port): ",
        r"error KP204 \S+\.boot-file-name: .* is longer than 127",
        r"error KP204 \S+\.max-requester-idle-time: [0-9]{16,} ",
        r"error KP20[24] \S+\.http-headers\[[0-9]+\]\.(name|value): ",  # of a unix socket
        r"error KP324 \S+\.url: '\S+(:-[0-9]+|:\+?[0-9]{5,}|\][^/:'])",
        r"error KP702 \S+\.severity: ",
        r"error KP715 \S+: libdhcp_radius\.so loads once only",  # without multi-threading
        r"error KP206 \S+\.ddns-use-conflict-resolution: ",
        r"error KP(204|433|50[23]) .*(\\x00|\\u0000)",  # a NUL: the end of an address
    ))
)  # fmt: skip
"""What `check` refuses on purpose though Kea accepts it: the list in docs/lint.md."""


def drawn(number: int) -> list[dict[str, Any]]:
    """Draw that many bodies, the same for the same seed."""
    collected: list[dict[str, Any]] = []

    @seed(SEED)
    @settings(
        max_examples=number,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(bodies())
    def collect(body: dict[str, Any]) -> None:
        collected.append(body)

    collect()
    return collected
