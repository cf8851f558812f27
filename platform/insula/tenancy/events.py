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
