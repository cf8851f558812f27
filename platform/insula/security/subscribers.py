"""What security does when something happens elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.events.interfaces import Event, Events
from insula.security.compiled import schema_of
from insula.security.documents import default_text
from insula.security.services import SQLPolicies

if TYPE_CHECKING:
    from collections.abc import Collection


def insert_default_policy(event: Event, work: Any) -> None:
    """Give a new tenant the default policy, in the transaction that creates it."""
    policies = SQLPolicies(work.db, schema_of(work.registry), _no_roles, work.find_service(Events))
    policies.begin(default_text(), "The policy every site begins with.")


def _no_roles() -> Collection[str]:
    return ()
