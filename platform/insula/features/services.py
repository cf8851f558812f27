"""Features over rows: reading is cached by version, changing is validated, versioned and told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError
from sqlalchemy import select

from insula.db.work import bump
from insula.events.interfaces import Events
from insula.features.events import FeatureChanged
from insula.features.interfaces import FeatureDeclaration, Features, FeatureState, declarations
from insula.features.models import FeatureSetting
from insula.features.patches import merged
from insula.features.settings import FeaturesSettings
from insula.features.snapshots import Snapshot, Snapshots, build
from insula.features.words import field_errors, not_offered, unknown
from insula.kit import clock
from insula.kit.errors import Conflict, FieldError, Invalid, NotFound, Stale
from insula.kit.settings import settings_of
from insula.kit.texts import UNKEPT, unkept

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from insula.db.work import TenantSession

COUNTER = "features"
_CHANGED = "insula.features.changed"
_SNAPSHOTS = "insula.features.snapshots"


class SQLFeatures:
    """The features of one tenant, kept as rows of `feature_setting`."""

    def __init__(
        self,
        session: TenantSession,
        declared: Mapping[str, FeatureDeclaration],
        snapshots: Snapshots,
        events: Events,
        *,
        tenant_id: UUID,
    ) -> None:
        self._session = session
        self._declared = declared
        self._snapshots = snapshots
        self._events = events
        self._tenant_id = tenant_id

    def is_on(self, name: str) -> bool:
        """Say whether a feature is in force; one that no room has declared is off."""
        state = self._snapshot().get(name)
        return state is not None and state.on

    def settings(self, name: str) -> Any:
        """Return the settings of a feature."""
        return self.state(name).settings

    def state(self, name: str) -> FeatureState:
        """Return how a feature stands."""
        self.declaration(name)
        return self._snapshot()[name]

    def all(self) -> Sequence[FeatureState]:
        """Return every declared feature, by title."""
        return sorted(self._snapshot().values(), key=lambda state: state.title.casefold())

    def declaration(self, name: str) -> FeatureDeclaration:
        """Return what was declared of a feature."""
        found = self._declared.get(name)
        if found is None:
            raise NotFound(f"There is no feature {name}.")
        return found

    def needed_by(self, name: str) -> tuple[str, ...]:
        """Return the titles of the features in force that need this one."""
        return tuple(state.title for state in self.all() if state.on and name in state.requires)

    def change(
        self,
        name: str,
        *,
        on: bool | None = None,
        settings: Mapping[str, object] | None = None,
        expected: int | None = None,
        actor: str | None,
    ) -> FeatureState:
        """Switch or configure a feature and return how it stands then."""
        declaration = self.declaration(name)
        # The counter's row comes first: it is what two changes of one tenant at the same moment queue up for,
        # so that the second one sees what the first one wrote and is told that it is stale.
        bump(self._session, COUNTER)
        self._session.info[_CHANGED] = True
        before = self._snapshot()[name]
        if expected is not None and expected != before.version:
            raise Stale(_moved(before))
        switched = before.on if on is None else on
        if switched != before.on:
            self._refuse_misfit(declaration, on=switched)
        wanted = before.settings if settings is None else _validated(declaration, before.settings, settings)
        changes = _differences(before.settings, wanted)
        if switched == before.on and not changes:
            return before
        self._write(name, on=switched, settings=wanted, version=before.version + 1, actor=actor)
        self._events.emit(
            FeatureChanged(
                feature=name,
                title=declaration.title,
                on=switched,
                was_on=before.on,
                version=before.version + 1,
                settings=changes,
            ),
            actor=actor,
        )
        return self._snapshot()[name]

    def _snapshot(self) -> Snapshot:
        if _CHANGED in self._session.info:
            # What an open transaction sees may yet be rolled back and is nobody else's business.
            return self._read()
        version = self._session.versions.get(COUNTER, 0)
        held = self._snapshots.get(self._tenant_id, version)
        if held is None:
            held = self._read()
            self._snapshots.put(self._tenant_id, version, held)
        return held

    def _read(self) -> Snapshot:
        rows = self._session.scalars(select(FeatureSetting).execution_options(populate_existing=True))
        return build(self._declared, rows)

    def _write(self, name: str, *, on: bool, settings: BaseModel, version: int, actor: str | None) -> None:
        row = self._session.get(FeatureSetting, (self._tenant_id, name))
        if row is None:
            row = FeatureSetting(name=name)
            self._session.add(row)
        row.on = on
        row.settings = settings.model_dump(mode="json", exclude_defaults=True)
        row.version = version
        row.changed_by = actor
        row.changed_at = clock.now()
        self._session.flush()

    def _refuse_misfit(self, declaration: FeatureDeclaration, *, on: bool) -> None:
        states = self._snapshot()
        if on:
            missing = [states[name].title for name in declaration.requires if not states[name].on]
            if missing:
                detail = f"{declaration.title} needs {_and(missing)}. Switch {_and(missing)} on first."
                raise Conflict(detail, errors=(FieldError("on", detail),))
            return
        users = self.needed_by(declaration.name)
        if users:
            verb = "needs" if len(users) == 1 else "need"
            detail = f"{_and(users)} {verb} {declaration.title}. Switch {_and(users)} off first."
            raise Conflict(detail, errors=(FieldError("on", detail),))


def _validated(declaration: FeatureDeclaration, before: BaseModel, patch: Mapping[str, object]) -> BaseModel:
    errors = unknown(patch, declaration.model, prefix="settings.")
    try:
        wanted = declaration.model.model_validate(merged(before, patch))
    except ValidationError as error:
        errors += field_errors(error, declaration.model, prefix="settings.")
    else:
        places = unkept(wanted.model_dump(mode="json"))
        errors += tuple(FieldError(".".join(map(str, ("settings", *place))), UNKEPT) for place in places)
        errors += _not_offered(declaration, before, wanted)
    if errors:
        count = "1 setting needs" if len(errors) == 1 else f"{len(errors)} settings need"
        raise Invalid(f"{count} another look.", errors=errors)
    return wanted


def _not_offered(
    declaration: FeatureDeclaration, before: BaseModel, wanted: BaseModel
) -> tuple[FieldError, ...]:
    # What stands is left alone: a package may have gone, and the other settings can still be changed.
    changed = {
        name: value
        for name in declaration.choices
        if (value := getattr(wanted, name)) != getattr(before, name)
    }
    offered = declaration.offered() if changed else {}
    return tuple(
        FieldError(f"settings.{name}", not_offered(value, list(offered[name])))
        for name, value in changed.items()
        if value not in offered[name]
    )


def _differences(before: BaseModel, after: BaseModel) -> dict[str, Any]:
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    return {
        name: {"before": old.get(name), "after": new.get(name)}
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    }


def _moved(state: FeatureState) -> str:
    return f"{state.title} was changed since you loaded it: it is at version {state.version} now."


def _and(titles: Sequence[str]) -> str:
    *first, last = titles
    return f"{', '.join(first)} and {last}" if first else last


def features_factory(context: object, request: Any) -> Features:
    """Return the features of the tenant of this request or piece of work."""
    return SQLFeatures(
        request.db,
        declarations(request.registry),
        _snapshots_of(request.registry),
        request.find_service(Events),
        tenant_id=request.tenant_id,
    )


def features_of(request: Any) -> Features:
    """Return the features of the tenant of this request, looked up once: every view predicate asks them."""
    found: Features = request.find_service(Features)
    return found


def has_feature(request: Any, name: str) -> bool:
    """Say whether the tenant of this request has a feature on."""
    return bool(request.features.is_on(name))


def _snapshots_of(registry: Any) -> Snapshots:
    found: Snapshots | None = registry.get(_SNAPSHOTS)
    if found is None:
        # Two threads that race here each make one, and `setdefault` lets both go on with the same.
        found = registry.setdefault(
            _SNAPSHOTS, Snapshots(settings_of(registry, FeaturesSettings).cached_tenants)
        )
    return found
