"""Writes down that a trial is over, which binds nobody any more without that: the history then shows the return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from insula.db.interfaces import DatabaseFailure
from insula.db.work import system_work, tenant_work
from insula.kit.clock import now
from insula.kit.errors import InsulaError
from insula.observability.log import get
from insula.security.interfaces import Policies
from insula.security.models import PolicyRow

if TYPE_CHECKING:
    from uuid import UUID

    from pyramid.registry import Registry

log = get("insula.security")

_AT_ONCE: Final = 100


def settle(registry: Registry, tenant_id: UUID) -> None:
    """Write down the return from a trial of this tenant that is over; the next one does where this cannot."""
    try:
        with tenant_work(registry, tenant_id) as work:
            work.find_service(Policies).settle()
    except (InsulaError, DatabaseFailure):
        log.warning("policy.not-settled", exc_info=True)


def settle_everywhere(registry: Registry) -> None:
    """Write the return down for tenants that nobody visits."""
    later = aliased(PolicyRow)
    settled = exists().where(later.tenant_id == PolicyRow.tenant_id, later.number > PolicyRow.number)
    over = (
        select(PolicyRow.tenant_id)
        .where(PolicyRow.until <= now(), PolicyRow.returns_to.is_not(None), ~settled)
        .order_by(PolicyRow.until.desc())
        .limit(_AT_ONCE)
    )
    with system_work(registry, reason="looks for trials that are over", writing=False) as everywhere:
        found = everywhere.db.scalars(over).all()
    for tenant_id in found:
        settle(registry, tenant_id)
