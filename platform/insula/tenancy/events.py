"""Facts about tenants."""

from dataclasses import dataclass

from insula.events.interfaces import Event


@dataclass(frozen=True)
class TenantCreated(Event):
    """A tenant was made; subscribers give it roles and a policy."""

    name = "tenant.created"
    tenant_id: str
    tenant: str
    title: str
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class TenantSuspended(Event):
    """A tenant's doors were closed."""

    name = "tenant.suspended"
    tenant: str


@dataclass(frozen=True)
class TenantResumed(Event):
    """A tenant's doors were opened again."""

    name = "tenant.resumed"
    tenant: str


@dataclass(frozen=True)
class PlanChanged(Event):
    """A plan, or the installation's document, was changed; told to the operators' tenant."""

    name = "plan.changed"
    tenant_id: str
    plan: str
    title: str
    version: int
    tenants: int
    bounds: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    policy: bool = False


@dataclass(frozen=True)
class TenantPlanChanged(Event):
    """A tenant was put on another plan."""

    name = "tenant.plan-changed"
    tenant: str
    plan: str
    before: str
