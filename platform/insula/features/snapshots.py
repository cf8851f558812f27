"""How the features and sections of one tenant stand at one version of them and of what binds them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from insula.features.bounding import in_force, limits_of
from insula.features.interfaces import FeatureDeclaration, FeatureState, SectionDeclaration, SectionState
from insula.observability import log

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from insula.features.models import FeatureSetting
    from insula.features.secrets import Secrets
    from insula.tenancy.interfaces import Floors

logger = log.get(__name__)

NOT_IN_PLAN = "not part of your plan"
NOT_HERE = "not offered by this installation"


@dataclass(frozen=True)
class Snapshot:
    """Every feature and every section of a tenant, bounds applied."""

    features: Mapping[str, FeatureState]
    sections: Mapping[str, SectionState]


@dataclass(frozen=True)
class Declared:
    """What the rooms of this installation declared, the same for all tenants."""

    features: Mapping[str, FeatureDeclaration]
    sections: Mapping[str, SectionDeclaration]


def build(declared: Declared, rows: Iterable[FeatureSetting], floors: Floors, secrets: Secrets) -> Snapshot:
    """Return how everything declared stands, given the rows of the tenant and what binds it."""
    # A row outlives its feature when a room is taken out of the installation; it waits for its return.
    kept = {row.name: row for row in rows}
    own = {name: _feature(one, kept.get(name), floors, secrets) for name, one in declared.features.items()}
    return Snapshot(
        {name: replace(state, on=_in_force(name, own)) for name, state in own.items()},
        {name: _section(one, kept.get(one.row), floors, secrets) for name, one in declared.sections.items()},
    )


def load(declaration: FeatureDeclaration | SectionDeclaration, stored: Mapping[str, object]) -> BaseModel:
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


def _feature(
    declaration: FeatureDeclaration, row: FeatureSetting | None, floors: Floors, secrets: Secrets
) -> FeatureState:
    withheld = ""
    if floors.installation.withholds(declaration.name):
        withheld = NOT_HERE
    elif floors.plan.withholds(declaration.name):
        withheld = NOT_IN_PLAN
    on = declaration.default if row is None else row.on
    return FeatureState(
        name=declaration.name,
        title=declaration.title,
        description=declaration.description,
        on=on and not withheld,
        requires=declaration.requires,
        switch=on,
        withheld=withheld,
        **_kept(declaration, row, floors, secrets),
    )


def _section(
    declaration: SectionDeclaration, row: FeatureSetting | None, floors: Floors, secrets: Secrets
) -> SectionState:
    return SectionState(
        name=declaration.name,
        title=declaration.title,
        description=declaration.description,
        group=declaration.group,
        **_kept(declaration, row, floors, secrets),
    )


def _kept(
    declaration: FeatureDeclaration | SectionDeclaration,
    row: FeatureSetting | None,
    floors: Floors,
    secrets: Secrets,
) -> dict[str, Any]:
    stored = {} if row is None else row.settings
    own = load(declaration, secrets.opened(declaration, stored)) if stored else declaration.defaults()
    limits = limits_of(declaration, floors)
    return {
        "settings": in_force(own, limits),
        "own": own,
        "bounds": limits,
        "secrets": secrets.dates(declaration, stored),
        "version": 0 if row is None else row.version,
        "changed_by": None if row is None else row.changed_by,
        "changed_at": None if row is None else row.changed_at,
    }


def _in_force(name: str, own: Mapping[str, FeatureState]) -> bool:
    return own[name].on and all(_in_force(needed, own) for needed in own[name].requires)
