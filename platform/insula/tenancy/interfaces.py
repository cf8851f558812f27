"""The promise of the tenant directory, and what every other room may know of a tenant."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from pyramid.registry import Registry

from insula.kit.errors import InsulaError, NotFound, Unavailable

Status = Literal["active", "suspended"]


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

    def create(self, name: str, title: str, hosts: Sequence[str], *, console: bool = False) -> Tenant:
        """Make a tenant with its hosts (the first is canonical); subscribers add roles and policy.

        Raises Invalid for a name or host that cannot be used and Conflict for one that is taken.
        """

    def all(self) -> list[Tenant]:
        """Return all tenants by name."""

    def by_name(self, name: str) -> Tenant:
        """Return one tenant; raises NotFound."""

    def hosts_of(self, tenant: Tenant) -> list[str]:
        """Return the hosts of a tenant, the canonical one first."""

    def suspend(self, name: str) -> Tenant:
        """Close the tenant's doors at the next request of every process."""

    def resume(self, name: str) -> Tenant:
        """Open them again."""


BY_NAME = "insula.tenancy.by_name"


def find_tenant(registry: Registry, name: str) -> Tenant:
    """Return the tenant of this name, read from the directory; raises NotFound."""
    found: Tenant = registry[BY_NAME](registry, name)
    return found
