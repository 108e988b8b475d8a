"""The leases that a change touches: what costs clients their address, and what they see later.

From two ``Dhcp4`` maps, what runs and what is wanted, `compare` derives questions about leases.
The host whose kea-dhcp4 answers clients counts the answers (files/host/impact.py). `Impact` says
them in words, and what to accept; `refusals` judges what was accepted.
"""

from keaprov.impact.acceptance import Acceptance, parsed, refusals, verdict
from keaprov.impact.answer import Answer, Client, Impact, answered, unanswered
from keaprov.impact.comparing import compare
from keaprov.impact.question import Kind, Plan, Question

__all__ = [
    "Acceptance",
    "Answer",
    "Client",
    "Impact",
    "Kind",
    "Plan",
    "Question",
    "answered",
    "compare",
    "parsed",
    "refusals",
    "unanswered",
    "verdict",
]
