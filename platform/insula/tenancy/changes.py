"""Changes of one tenant: its plan and its status, together or each by itself, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from insula.db.work import bump, system_work
from insula.events.interfaces import Events
from insula.kit.errors import FieldError, Invalid, Stale
from insula.tenancy.directory import by_name, tenant_from
from insula.tenancy.events import TenantPlanChanged, TenantResumed, TenantSuspended
from insula.tenancy.floors import COUNTER
from insula.tenancy.interfaces import INSTALLATION
from insula.tenancy.models import PlanRow, TenantRow

if TYPE_CHECKING:
    from pyramid.registry import Registry
    from sqlalchemy.orm import Session

    from insula.tenancy.interfaces import Standing, Status, Tenant


def change(
    registry: Registry,
    tenant: str,
    *,
    plan: str | None = None,
    status: Status | None = None,
    expected: Standing | None = None,
    actor: str | None = None,
) -> Tenant:
    """Change what is given of a tenant; raises NotFound, Invalid for the plan, and Stale."""
    found = by_name(registry, tenant)
    if plan is None and status in {None, found.status}:
        return found
    reason = f"changes {tenant}: {', '.join(filter(None, (plan and f'plan {plan}', status)))}"
    with system_work(registry, reason=reason, tenant_id=found.id) as work:
        if plan is not None:
            hold(work.db, plan)
        row = work.db.scalars(select(TenantRow).where(TenantRow.id == found.id).with_for_update()).one()
        if expected is not None and expected != (row.plan, row.status):
            raise Stale(
                f"{row.title} was changed since you loaded it: its plan is {row.plan}, it is {row.status}."
            )
        before = row.plan, row.status
        row.plan, row.status = plan or row.plan, status or row.status
        if before != (row.plan, row.status):
            work.db.flush()
            # The tenant's own counter also for its plan: what processes know of the tenant names it.
            bump(work.db, "tenant")
        events = work.find_service(Events)
        if before[0] != row.plan:
            bump(work.db, COUNTER)
            events.emit(TenantPlanChanged(tenant, row.plan, before[0]), actor=actor)
        if before[1] != row.status:
            told = TenantSuspended(tenant) if row.status == "suspended" else TenantResumed(tenant)
            events.emit(told, actor=actor)
        return tenant_from(row, found.canonical_host)


def hold(session: Session, plan: str) -> None:
    """Keep a plan and the installation's document from changing until this transaction ends; raises Invalid.

    Whoever saves one of them tells the tenants it binds, and would miss one that is only just put on it.
    """
    names = (INSTALLATION, plan)
    held = select(PlanRow.name).where(PlanRow.name.in_(names)).order_by(PlanRow.name)
    found = session.scalars(held.with_for_update(read=True)).all()
    if plan == INSTALLATION or plan not in found:
        known = session.scalars(select(PlanRow.name).where(PlanRow.name != INSTALLATION)).all()
        detail = f"There is no plan {plan}. There are: {', '.join(sorted(known))}."
        raise Invalid("A tenant is on a plan that exists.", errors=[FieldError("plan", detail)])
