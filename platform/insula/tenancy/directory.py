"""Host → tenant, from a cache that knows how old it may be.

A known host stays until the tenant's version counter, read with every request's first statement, says otherwise. An
unknown one is forgotten after a few seconds, so that a host added in another process answers soon and a flood of
made-up hosts costs no reads.
"""

import threading
import time
from collections import OrderedDict
from dataclasses import replace
from uuid import UUID

from pyramid.registry import Registry
from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import aliased

from insula.db.work import directory_work
from insula.kit.errors import NotFound
from insula.kit.settings import settings_of
from insula.tenancy.interfaces import Status, Tenant, UnknownHost
from insula.tenancy.models import HostRow, TenantRow
from insula.tenancy.settings import TenancySettings

# Another name for the table, since the statement that looks for a host joins it too.
_CanonicalRow = aliased(HostRow)
_CANONICAL = (
    select(_CanonicalRow.name)
    .where(_CanonicalRow.tenant_id == TenantRow.id, _CanonicalRow.canonical.is_(True))
    .limit(1)
    .correlate(TenantRow)
    .scalar_subquery()
)
_TENANT: Select[TenantRow, str] = select(TenantRow, _CANONICAL)
_BY_HOST = _TENANT.join(HostRow, HostRow.tenant_id == TenantRow.id).where(HostRow.name == bindparam("host"))
_BY_ID = _TENANT.where(TenantRow.id == bindparam("id"))
_BY_NAME = _TENANT.where(TenantRow.name == bindparam("name"))
_CONSOLE = _TENANT.where(TenantRow.console.is_(True)).order_by(TenantRow.id).limit(1)


class HostCache:
    """What this process knows of hosts."""

    def __init__(self, settings: TenancySettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Tenant] = OrderedDict()
        self._unknown: OrderedDict[str, float] = OrderedDict()

    def get(self, host: str) -> Tenant | None:
        """Return the tenant, raise UnknownHost where that is still fresh, or return None: ask the directory."""
        tenant = self._known.get(host)
        if tenant is not None:
            return tenant
        until = self._unknown.get(host)
        if until is not None and time.monotonic() < until:
            raise UnknownHost
        return None

    def put(self, host: str, tenant: Tenant) -> None:
        """Remember a host."""
        with self._lock:
            self._unknown.pop(host, None)
            self._known[host] = tenant
            while len(self._known) > self._settings.known_hosts:
                self._known.popitem(last=False)

    def put_unknown(self, host: str) -> None:
        """Remember for a while that nobody answers on a host."""
        with self._lock:
            self._known.pop(host, None)
            self._unknown.pop(host, None)
            self._unknown[host] = time.monotonic() + self._settings.unknown_host_seconds
            while len(self._unknown) > self._settings.unknown_hosts:
                self._unknown.popitem(last=False)


def tenant_of(registry: Registry, host: str) -> Tenant:
    """Return the tenant that answers on a normalised host; raises UnknownHost."""
    cache = cache_of(registry)
    tenant = cache.get(host)
    if tenant is None:
        tenant = _read(registry, _BY_HOST, {"host": host})
        if tenant is None:
            cache.put_unknown(host)
            raise UnknownHost
        cache.put(host, tenant)
    return tenant


def refreshed(registry: Registry, host: str, version: int) -> Tenant:
    """Read a host's tenant anew because its version moved to `version`; raises UnknownHost when the host is gone."""
    tenant = _read(registry, _BY_HOST, {"host": host})
    if tenant is None:
        cache_of(registry).put_unknown(host)
        raise UnknownHost
    tenant = replace(tenant, version=version)
    cache_of(registry).put(host, tenant)
    return tenant


def by_name(registry: Registry, name: str) -> Tenant:
    """Return the tenant of this name; raises NotFound."""
    tenant = _read(registry, _BY_NAME, {"name": name})
    if tenant is None:
        raise NotFound(f"There is no tenant named {name}. See: insula tenant list")
    return tenant


def console(registry: Registry) -> Tenant:
    """Return the operators' tenant, the oldest where there are several; raises NotFound."""
    tenant = _read(registry, _CONSOLE, {})
    if tenant is None:
        raise NotFound("This installation has no console. Make one: insula tenant create NAME --console")
    return tenant


def by_id(registry: Registry, tenant_id: UUID) -> Tenant:
    """Return the tenant of this id; raises NotFound."""
    tenant = _read(registry, _BY_ID, {"id": tenant_id})
    if tenant is None:
        raise NotFound("There is no such tenant.")
    return tenant


def tenant_from(row: TenantRow, canonical_host: str | None) -> Tenant:
    """Return the frozen form of a directory row."""
    status: Status = "suspended" if row.status == "suspended" else "active"
    return Tenant(
        id=row.id,
        name=row.name,
        title=row.title,
        status=status,
        canonical_host=canonical_host or "",
        console=row.console,
        version=-1,
        plan=row.plan,
        created_at=row.created_at,
    )


def cache_of(registry: Registry) -> HostCache:
    """Return this process's host cache."""
    found = registry.get(HostCache)
    if found is None:
        found = registry.setdefault(HostCache, HostCache(settings_of(registry, TenancySettings)))
    return found  # type: ignore[no-any-return]  # the registry is an untyped dict


def _read(registry: Registry, statement: Select[TenantRow, str], values: dict[str, object]) -> Tenant | None:
    with directory_work(registry) as session:
        found = session.execute(statement, values).first()
        if found is None:
            return None
        row, canonical_host = found
        return tenant_from(row, canonical_host)
