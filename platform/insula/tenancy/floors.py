"""What binds a tenant from outside, read in one statement and remembered by the counter `plan`."""

from typing import Any, Final
from uuid import UUID

from pyramid.registry import Registry
from sqlalchemy import or_, select

from insula.db.work import TenantSession
from insula.kit.caches import VersionedCache
from insula.kit.settings import settings_of
from insula.tenancy.interfaces import INSTALLATION, Floors, PlanDocument
from insula.tenancy.models import PlanRow, TenantRow
from insula.tenancy.settings import TenancySettings

COUNTER: Final = "plan"
_CACHE: Final = "insula.tenancy.known_floors"
_DOCUMENTS: Final = "insula.tenancy.known_documents"
_PLANS_KNOWN: Final = 1000


def floors_of_tenant(request: Any) -> Floors:
    """Return what binds the tenant of this request or piece of work."""
    session: TenantSession = request.db
    known: VersionedCache[UUID, Floors] = _cache(request.registry, _CACHE)
    version = session.versions.get(COUNTER, 0)
    return known.find(session.tenant_id, version, lambda: _read(request.registry, session))


def document_of(registry: Registry, row: PlanRow) -> PlanDocument:
    """Return the document of a row; tenants of one plan share it."""
    known: VersionedCache[str, PlanDocument] = _cache(registry, _DOCUMENTS)
    return known.find(row.name, row.version, lambda: PlanDocument.model_validate(row.document))


def _read(registry: Registry, session: TenantSession) -> Floors:
    own = select(TenantRow.plan).where(TenantRow.id == session.tenant_id).scalar_subquery()
    statement = select(PlanRow).where(or_(PlanRow.name == INSTALLATION, PlanRow.name == own))
    rows = session.scalars(statement.execution_options(populate_existing=True)).all()
    documents = {row.name: document_of(registry, row) for row in rows}
    installation = documents.pop(INSTALLATION)
    (plan,) = (row for row in rows if row.name != INSTALLATION)
    return Floors(installation, documents[plan.name], plan.name, plan.title)


def _cache(registry: Registry, key: str) -> Any:
    found = registry.get(key)
    if found is None:
        limit = settings_of(registry, TenancySettings).known_floors if key == _CACHE else _PLANS_KNOWN
        # Two threads that race here each make one, and `setdefault` lets both go on with the same.
        found = registry.setdefault(key, VersionedCache(limit))
    return found
