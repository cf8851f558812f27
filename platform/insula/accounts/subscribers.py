"""What accounts do when something happens elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.accounts.interfaces import DEFAULT_ROLES
from insula.accounts.models import Role

if TYPE_CHECKING:
    from insula.events.interfaces import Event


def create_default_roles(event: Event, work: Any) -> None:
    """Give a new tenant its first roles, in the transaction that creates it."""
    work.db.add_all(
        Role(tenant_id=work.tenant_id, name=name, title=title) for name, title in DEFAULT_ROLES.items()
    )
    work.db.flush()
