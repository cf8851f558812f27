"""What security does when something happens elsewhere."""

from __future__ import annotations

from typing import Any

from insula.events.interfaces import Event
from insula.security.documents import default_text
from insula.security.services import policies_factory


def insert_default_policy(event: Event, work: Any) -> None:
    """Give a new tenant the default policy, in the transaction that creates it."""
    policies_factory(None, work).begin(default_text(), "The policy every site begins with.")
