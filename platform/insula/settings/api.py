"""Features as JSON: list, read, and change by merge patch."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel
from pyramid.config import Configurator
from typing_extensions import TypedDict

from insula.accounts.interfaces import Accounts, actor_names
from insula.api.interfaces import JSON, MERGE_PATCH, Body, Moment, Page, Service
from insula.api.interfaces import listing as page_of
from insula.events.interfaces import actor_of
from insula.features.interfaces import Features, FeatureState
from insula.kit.clock import isoformat
from insula.kit.errors import FieldError, Invalid
from insula.settings.etags import check, tagged
from insula.settings.permissions import MANAGE, VIEW
from insula.settings.resources import FeatureItem, FeaturesAPI
from insula.settings.shapes import bounds_shape, plain_settings, settings_shape

PARTS = ("on", "settings")


class FeatureShape(TypedDict):
    """A feature, as a list shows it."""

    id: str
    title: str
    description: str
    on: bool
    requires: list[str]
    version: int
    changed_by: str | None
    changed_by_name: str | None
    changed_at: Moment | None
    withheld: Any
    settings: dict[str, Any]


class WholeFeature(FeatureShape):
    """A feature with what the tenant has set, the defaults, and what binds them."""

    own: dict[str, Any]
    defaults: dict[str, Any]
    bounds: dict[str, Any]


class FeaturePatch(BaseModel):
    """What can be changed of a feature."""

    on: bool = True
    settings: dict[str, Any] = {}


def includeme(config: Configurator) -> None:
    """Register the endpoints."""
    many, one = "insula.settings.resources.FeaturesAPI", "insula.settings.resources.FeatureItem"
    config.add_endpoint("insula.settings.api.listing", context=many, method="GET", permission=VIEW)
    config.add_endpoint("insula.settings.api.show", context=one, method="GET", permission=VIEW)
    config.add_endpoint(
        "insula.settings.api.schema", context=one, method="GET", name="schema", permission=VIEW
    )
    config.add_endpoint("insula.settings.api.change", context=one, method="PATCH", permission=MANAGE)


def listing(
    context: FeaturesAPI, request: Any, features: Features = Service, accounts: Accounts = Service
) -> Page[FeatureShape]:
    """Return every feature with its state."""
    states = features.all()
    names = actor_names(accounts, (state.changed_by for state in states))
    return page_of(request, [shown(state, names) for state in states])


def show(context: FeatureItem, request: Any) -> WholeFeature:
    """Return one feature with its settings and their defaults."""
    tagged(request, context.state)
    return _whole(context, request, context.state)


def schema(context: FeatureItem) -> dict[str, Any]:
    """Return the JSON Schema of the settings."""
    return context.declaration.schema()


def change(
    context: FeatureItem,
    request: Any,
    body: Annotated[dict[str, Any], Body(JSON, MERGE_PATCH, schema=FeaturePatch)],
) -> WholeFeature:
    """Apply a merge patch of `on` and `settings` to the version that `If-Match` names."""
    before = context.state
    check(request, before)
    patch = _patch(body)
    state = context.features.change(
        context.__name__,
        on=patch.get("on"),
        settings=patch.get("settings"),
        expected=before.version,
        actor=actor_of(request),
    )
    tagged(request, state)
    return _whole(context, request, state)


def shown(state: FeatureState, names: Mapping[str, str]) -> FeatureShape:
    """Return what a list shows of a feature; `names` are those of the accounts that changed one."""
    return {
        "id": state.name,
        "title": state.title,
        "description": state.description,
        "on": state.on,
        "requires": list(state.requires),
        "version": state.version,
        "changed_by": state.changed_by,
        "changed_by_name": names.get(state.changed_by or ""),
        "changed_at": isoformat(state.changed_at) if state.changed_at else None,
        "withheld": state.withheld or None,
        "settings": settings_shape(state, state.settings),
    }


def _whole(context: FeatureItem, request: Any, state: FeatureState) -> WholeFeature:
    names = actor_names(request.find_service(Accounts), [state.changed_by])
    return {
        **shown(state, names),
        "own": settings_shape(state, state.own),
        "defaults": plain_settings(context.declaration.defaults()),
        "bounds": bounds_shape(state.bounds),
    }


def _patch(patch: dict[str, Any]) -> dict[str, Any]:
    errors = [FieldError(name, "Only on and settings can be changed.") for name in patch if name not in PARTS]
    if not isinstance(patch.get("on", False), bool):
        errors.append(FieldError("on", "Use true or false."))
    if not isinstance(patch.get("settings", {}), dict):
        errors.append(FieldError("settings", "Use an object."))
    if errors:
        raise Invalid(errors=errors)
    return patch
