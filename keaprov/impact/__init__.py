"""The leases that a change touches: which clients lose their address, and what others see later.

From two ``Dhcp4`` maps, the running one and the wanted one, `compare` derives questions about
leases: an `Inquiry`. The host whose kea-dhcp4 answers clients counts the leases
(files/host/impact.py). `Impact` gives the answers in words, and what to accept; `refusals` judges
the acceptance.
"""

from keaprov.impact.acceptance import Acceptance, parse_acceptances, refusals, verdict
from keaprov.impact.answer import Answer, Client, Impact, reported_impact, unknown_impact
from keaprov.impact.comparing import compare
from keaprov.impact.question import Inquiry, Kind, Question

__all__ = [
    "Acceptance",
    "Answer",
    "Client",
    "Impact",
    "Inquiry",
    "Kind",
    "Question",
    "compare",
    "parse_acceptances",
    "refusals",
    "reported_impact",
    "unknown_impact",
    "verdict",
]
