"""How the features of one tenant stand at one version, and the bounded memory of such snapshots."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from insula.features.interfaces import FeatureDeclaration, FeatureState
from insula.observability import log

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from insula.features.models import FeatureSetting

logger = log.get(__name__)

Snapshot = dict[str, FeatureState]


@dataclass(frozen=True)
class _Held:
    version: int
    snapshot: Snapshot


class Snapshots:
    """The latest snapshot of each of the tenants last asked for, shared by all threads of a process."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: OrderedDict[UUID, _Held] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, tenant_id: UUID, version: int) -> Snapshot | None:
        """Return the snapshot of exactly this version, if it is held."""
        with self._lock:
            held = self._held.get(tenant_id)
            if held is None or held.version != version:
                return None
            self._held.move_to_end(tenant_id)
            return held.snapshot

    def put(self, tenant_id: UUID, version: int, snapshot: Snapshot) -> None:
        """Hold a snapshot; of one tenant only the newest, of all tenants only so many."""
        with self._lock:
            held = self._held.get(tenant_id)
            if held is not None and held.version > version:
                return
            self._held[tenant_id] = _Held(version, snapshot)
            self._held.move_to_end(tenant_id)
            while len(self._held) > self._limit:
                self._held.popitem(last=False)

    def __len__(self) -> int:
        return len(self._held)


def build(declared: Mapping[str, FeatureDeclaration], rows: Iterable[FeatureSetting]) -> Snapshot:
    """Return how every declared feature stands, given the rows of the tenant."""
    own: Snapshot = {name: _untouched(declaration) for name, declaration in declared.items()}
    for row in rows:
        # A row outlives its feature when a room is taken out of the installation; it waits for its return.
        if row.name in own:
            own[row.name] = replace(
                own[row.name],
                on=row.on,
                settings=load(declared[row.name], row.settings),
                version=row.version,
                changed_by=row.changed_by,
                changed_at=row.changed_at,
            )
    return {name: replace(state, on=_in_force(name, own)) for name, state in own.items()}


def load(declaration: FeatureDeclaration, stored: Mapping[str, object]) -> BaseModel:
    """Return the stored settings as the model of today.

    A release may narrow a model. What no longer fits then stands at its default, and the log says so, rather
    than every page of the tenant failing.
    """
    try:
        return declaration.model.model_validate(dict(stored))
    except ValidationError as error:
        bad = {str(problem["loc"][0]) for problem in error.errors() if problem["loc"]}
        logger.warning("feature settings no longer fit", feature=declaration.name, settings=sorted(bad))
        kept = {name: value for name, value in stored.items() if name not in bad}
        try:
            return declaration.model.model_validate(kept if bad else {})
        except ValidationError:
            return declaration.defaults()


def _untouched(declaration: FeatureDeclaration) -> FeatureState:
    return FeatureState(
        name=declaration.name,
        title=declaration.title,
        description=declaration.description,
        on=declaration.default,
        settings=declaration.defaults(),
        version=0,
        changed_by=None,
        changed_at=None,
        requires=declaration.requires,
    )


def _in_force(name: str, own: Snapshot) -> bool:
    return own[name].on and all(_in_force(needed, own) for needed in own[name].requires)
