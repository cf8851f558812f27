"""The rows of one tenant's features and sections, read through the cache and written one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from insula.db.work import bump
from insula.features.interfaces import declarations, section_declarations
from insula.features.models import FeatureSetting
from insula.features.secrets import Secrets
from insula.features.settings import FeaturesSettings
from insula.features.snapshots import Declared, Snapshot, build
from insula.kit import clock
from insula.kit.caches import VersionedCache
from insula.kit.settings import settings_of
from insula.kit.vault import vault_of
from insula.tenancy.interfaces import floors_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from pydantic import BaseModel

    from insula.db.work import TenantSession
    from insula.features.interfaces import FeatureDeclaration, SectionDeclaration
    from insula.tenancy.interfaces import Floors

COUNTER = "features"
PLAN = "plan"
_CHANGED = "insula.features.changed"
_SNAPSHOTS = "insula.features.snapshots"


class SettingRows:
    """What one tenant has set, as rows of `feature_setting`."""

    def __init__(
        self,
        session: TenantSession,
        declared: Declared,
        snapshots: VersionedCache[UUID, Snapshot],
        floors: Callable[[], Floors],
        secrets: Secrets,
    ) -> None:
        self.declared = declared
        self._session = session
        self._snapshots = snapshots
        self._floors = floors
        self._secrets = secrets

    def snapshot(self) -> Snapshot:
        """Return how everything stands."""
        session = self._session
        if _CHANGED in session.info:
            # What an open transaction sees may yet be rolled back and is nobody else's business.
            return self._read()
        versions = session.versions
        version = (versions.get(COUNTER, 0), versions.get(PLAN, 0))
        return self._snapshots.find(session.tenant_id, version, self._read)

    def begin(self) -> None:
        """Queue up with whoever changes a row of this tenant at the same moment.

        The counter's row comes first, so that the second one sees what the first one wrote and is told that it is
        stale.
        """
        bump(self._session, COUNTER)
        self._session.info[_CHANGED] = True

    def write(
        self,
        declaration: FeatureDeclaration | SectionDeclaration,
        *,
        on: bool,
        before: BaseModel,
        settings: BaseModel,
        version: int,
        actor: str | None,
    ) -> None:
        """Write one row."""
        row = self._session.get(FeatureSetting, (self._session.tenant_id, declaration.row))
        stored = {} if row is None else row.settings
        if row is None:
            row = FeatureSetting(name=declaration.row)
            self._session.add(row)
        row.on = on
        row.settings = self._secrets.sealed(declaration, settings, before, stored)
        row.version = version
        row.changed_by = actor
        row.changed_at = clock.now()
        self._session.flush()

    def _read(self) -> Snapshot:
        rows = self._session.scalars(select(FeatureSetting).execution_options(populate_existing=True))
        return build(self.declared, rows, self._floors(), self._secrets)


def rows_of(request: Any) -> SettingRows:
    """Return the rows of the tenant of this request or piece of work."""
    registry = request.registry
    return SettingRows(
        request.db,
        declared_in(registry),
        _snapshots_of(registry),
        lambda: floors_of(request),
        Secrets(vault_of(registry), request.tenant_id),
    )


def declared_in(registry: Any) -> Declared:
    """Return what the rooms of this installation declared."""
    return Declared(declarations(registry), section_declarations(registry))


def _snapshots_of(registry: Any) -> VersionedCache[UUID, Snapshot]:
    found: VersionedCache[UUID, Snapshot] | None = registry.get(_SNAPSHOTS)
    if found is None:
        # Two threads that race here each make one, and `setdefault` lets both go on with the same.
        limit = settings_of(registry, FeaturesSettings).cached_tenants
        found = registry.setdefault(_SNAPSHOTS, VersionedCache(limit))
    return found
