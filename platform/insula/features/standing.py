"""How tenants would stand under other floors, and what of their settings is sealed with which key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from insula.db.work import bump
from insula.features.interfaces import Difference, SealedSettings, Standing
from insula.features.models import FeatureSetting
from insula.features.rows import COUNTER, declared_in
from insula.features.secrets import Secrets, Unopened, secrets_of
from insula.features.snapshots import Declared, Snapshot, build
from insula.kit.vault import Vault, vault_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

    from insula.db.work import TenantSession
    from insula.features.interfaces import FeatureDeclaration, SectionDeclaration
    from insula.tenancy.interfaces import Floors

    Declaration = FeatureDeclaration | SectionDeclaration

_AT_ONCE = 500


class SQLStanding:
    """What other floors would do, for many tenants at once; those that have set nothing are worked out once."""

    def __init__(self, session: TenantSession, declared: Declared, vault: Vault) -> None:
        self._session = session
        self._declared = declared
        self._vault = vault

    def differences(self, tenants: Mapping[UUID, tuple[Floors, Floors]]) -> Sequence[Difference]:
        """Return what would be otherwise for each tenant."""
        found: list[Difference] = []
        untouched: dict[tuple[int, int], list[tuple[str, str, Any, Any]]] = {}
        for tenant_id, rows in self._rows(sorted(tenants)):
            before, after = tenants[tenant_id]
            key = (id(before), id(after))
            if rows or key not in untouched:
                secrets = Unopened(self._vault, tenant_id)
                changes = list(
                    _compared(
                        build(self._declared, rows, before, secrets),
                        build(self._declared, rows, after, secrets),
                    )
                )
                if not rows:
                    untouched[key] = changes
            else:
                changes = untouched[key]
            found += [Difference(tenant_id, *change) for change in changes]
        return found

    def _rows(self, tenants: Sequence[UUID]) -> Iterator[tuple[UUID, list[FeatureSetting]]]:
        for first in range(0, len(tenants), _AT_ONCE):
            some = tenants[first : first + _AT_ONCE]
            kept: dict[UUID, list[FeatureSetting]] = {}
            for row in self._session.scalars(
                select(FeatureSetting).where(FeatureSetting.tenant_id.in_(some))
            ):
                kept.setdefault(row.tenant_id, []).append(row)
            yield from ((tenant_id, kept.get(tenant_id, [])) for tenant_id in some)


def _compared(before: Snapshot, after: Snapshot) -> Iterator[tuple[str, str, Any, Any]]:
    for name, feature in before.features.items():
        if feature.on != after.features[name].on:
            yield name, "", feature.on, after.features[name].on
    pairs: list[tuple[str, Any, Any]] = [
        *((name, one, after.features[name]) for name, one in before.features.items()),
        *((name, one, after.sections[name]) for name, one in before.sections.items()),
    ]
    for name, old, new in pairs:
        was, will = old.settings.model_dump(mode="json"), new.settings.model_dump(mode="json")
        for setting, value in was.items():
            if value != will[setting]:
                yield name, setting, value, will[setting]


class SQLSealedSettings:
    """The sealed settings in one tenant's rows."""

    def __init__(self, session: TenantSession, declared: Declared, secrets: Secrets) -> None:
        self._session = session
        every: list[Declaration] = [*declared.features.values(), *declared.sections.values()]
        self._declared = {one.row: one for one in every}
        self._secrets = secrets

    def count(self) -> tuple[int, int]:
        """Return how many there are, and how many of them are not under the present key."""
        every = outdated = 0
        for row, declaration in self._sealing():
            every += sum(name in row.settings for name in secrets_of(declaration.model))
            outdated += len(self._secrets.outdated(declaration, row.settings))
        return every, outdated

    def reseal(self) -> int:
        """Seal those with the present key, and return how many there were."""
        if not self.count()[1]:
            return 0
        # Whoever changes a setting at the same moment waits for this row, and reads what is written here.
        bump(self._session, COUNTER)
        done = 0
        for row, declaration in self._sealing():
            done += len(self._secrets.outdated(declaration, row.settings))
            row.settings = self._secrets.resealed(declaration, row.settings)
        self._session.flush()
        return done

    def _sealing(self) -> Iterator[tuple[FeatureSetting, Declaration]]:
        rows = self._session.scalars(select(FeatureSetting).execution_options(populate_existing=True)).all()
        for row in rows:
            declaration = self._declared.get(row.name)
            if declaration is not None and secrets_of(declaration.model):
                yield row, declaration


def standing_factory(context: object, request: Any) -> Standing:
    """Return how tenants would stand, over the rows this session sees."""
    return SQLStanding(request.db, declared_in(request.registry), vault_of(request.registry))


def sealed_factory(context: object, request: Any) -> SealedSettings:
    """Return the sealed settings of the tenant of this piece of work."""
    registry = request.registry
    return SQLSealedSettings(
        request.db, declared_in(registry), Secrets(vault_of(registry), request.tenant_id)
    )
