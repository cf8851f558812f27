"""The promise of the tenant directory, and what every other room may know of a tenant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool
from pyramid.registry import Registry

from insula.kit.bounds import Bound
from insula.kit.errors import InsulaError, NotFound, Unavailable

Status = Literal["active", "suspended"]
Standing = tuple[str, str]
"""The plan of a tenant and its status, as whoever changes one of them has seen both."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """An owner of sites, content, people and policy, as it was when its version counter stood at `version`."""

    id: UUID
    name: str
    title: str
    status: Status
    canonical_host: str
    console: bool
    version: int
    plan: str = "standard"
    created_at: datetime | None = None


class UnknownHost(NotFound):
    """No tenant answers on this host."""

    title = "No site answers on this host"


class BadHost(InsulaError):
    """The Host header cannot be a host's name."""

    status, slug, title = 400, "bad-host", "The Host header is not a host name"


class SuspendedTenant(Unavailable):
    """The tenant is suspended; its data stays, its doors are closed."""

    slug, title = "suspended", "This site is suspended"


class Tenants(Protocol):
    """The directory of tenants; needs a session of the system role."""

    def create(
        self, name: str, title: str, hosts: Sequence[str], *, console: bool = False, plan: str = "standard"
    ) -> Tenant:
        """Make a tenant with its hosts (the first is canonical); subscribers add roles and policy.

        Raises Invalid for a name, host or plan that cannot be used and Conflict for one that is taken.
        """

    def all(self) -> list[Tenant]:
        """Return all tenants by name."""

    def by_name(self, name: str) -> Tenant:
        """Return one tenant; raises NotFound."""

    def hosts_of(self, tenant: Tenant) -> list[str]:
        """Return the hosts of a tenant, the canonical one first."""

    def hosts(self) -> Mapping[UUID, Sequence[str]]:
        """Return the hosts of every tenant, the canonical one first."""

    def change(
        self,
        name: str,
        *,
        plan: str | None = None,
        status: Status | None = None,
        expected: Standing | None = None,
        actor: str | None = None,
    ) -> Tenant:
        """Change what is given, in one transaction.

        Raises NotFound, Invalid for the plan, and Stale where the tenant does not stand as expected.
        """

    def suspend(self, name: str, *, actor: str | None = None) -> Tenant:
        """Close the tenant's doors at the next request of every process."""

    def resume(self, name: str, *, actor: str | None = None) -> Tenant:
        """Open them again."""


BY_NAME = "insula.tenancy.by_name"


def find_tenant(registry: Registry, name: str) -> Tenant:
    """Return the tenant of this name, read from the directory; raises NotFound."""
    found: Tenant = registry[BY_NAME](registry, name)
    return found


CONSOLE = "insula.tenancy.console"


def find_console(registry: Registry) -> Tenant:
    """Return the operators' tenant, the oldest where there are several; raises NotFound."""
    found: Tenant = registry[CONSOLE](registry)
    return found


INSTALLATION = "installation"
"""The reserved name of the document that binds every tenant."""

FLOORS = "insula.tenancy.floors"


class PlanDocument(BaseModel):
    """What binds the tenants of a plan, or all tenants: bounds of settings, features withheld, rules that forbid."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bounds: dict[str, dict[str, Bound]] = Field(
        default_factory=dict, description="Section or feature → setting → what it may be."
    )
    features: dict[str, StrictBool] = Field(
        default_factory=dict, description="Feature → false where it is no part of the plan."
    )
    policy: str = Field("", max_length=100_000, description="Rules that forbid, as Cedar text.")

    def withholds(self, feature: str) -> bool:
        """Say whether a feature is no part of this."""
        return self.features.get(feature) is False


@dataclass(frozen=True)
class Plan:
    """A plan as it stands, with the number of its tenants."""

    name: str
    title: str
    document: PlanDocument
    version: int
    tenants: int
    changed_by: str | None
    changed_at: datetime | None


@dataclass(frozen=True)
class Floors:
    """What binds one tenant from outside: the installation's document, and that of its plan."""

    installation: PlanDocument
    plan: PlanDocument
    plan_name: str
    plan_title: str


class Plans(Protocol):
    """The plans of this installation; changes need a process that has the system role."""

    def all(self) -> Sequence[Plan]:
        """Return the plans by title, without the installation's document."""

    def find(self, name: str) -> Plan:
        """Return a plan, or the installation's document by its reserved name; raises NotFound."""

    def tenants_of(self, name: str) -> Sequence[Tenant]:
        """Return whom a document binds, by name: the tenants of a plan, or all."""

    def check(self, name: str, title: str, *, expected: int | None) -> None:
        """Raise what `save` would raise."""

    def save(
        self,
        name: str,
        title: str,
        document: PlanDocument,
        *,
        expected: int | None,
        actor: str | None,
    ) -> Plan:
        """Make a plan (`expected` is 0) or change one; it holds at the next request of every process.

        Raises Invalid for a name that cannot be used, Stale where the version is not the expected one, and
        Conflict where somebody else makes it at the same moment.
        """

    def assign(self, tenant: str, plan: str, *, actor: str | None) -> Tenant:
        """Put a tenant on a plan; raises NotFound for the tenant and Invalid for the plan."""


def floors_of(request: Any) -> Floors:
    """Return what binds the tenant of this request or piece of work, remembered by its counter `plan`."""
    found: Floors = request.registry[FLOORS](request)
    return found
