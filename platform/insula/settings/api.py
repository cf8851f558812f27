"""Features as JSON: list, read, and change by merge patch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPNotModified

from insula.accounts.interfaces import Accounts, actor_names
from insula.api.interfaces import json_object
from insula.events.interfaces import actor_of
from insula.features.interfaces import Features
from insula.kit.clock import isoformat
from insula.kit.errors import FieldError, Invalid
from insula.settings.etags import check, tagged
from insula.settings.permissions import MANAGE, VIEW
from insula.settings.shapes import bounds_shape, plain_settings, settings_shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyramid.config import Configurator

    from insula.features.interfaces import FeatureState
    from insula.settings.resources import FeatureItem, FeaturesAPI

MEDIA = ("application/json", "application/merge-patch+json")
PARTS = ("on", "settings")


def includeme(config: Configurator) -> None:
    """Register the endpoints."""
    many, one = "insula.settings.resources.FeaturesAPI", "insula.settings.resources.FeatureItem"
    config.add_endpoint("insula.settings.api.listing", context=many, method="GET", permission=VIEW)
    config.add_endpoint("insula.settings.api.show", context=one, method="GET", permission=VIEW)
    config.add_endpoint(
        "insula.settings.api.schema", context=one, method="GET", name="schema", permission=VIEW
    )
    config.add_endpoint("insula.settings.api.change", context=one, method="PATCH", permission=MANAGE)


def listing(context: FeaturesAPI, request: Any) -> dict[str, Any]:
    """Return every feature with its state."""
    states = request.find_service(Features).all()
    names = actor_names(request.find_service(Accounts), (state.changed_by for state in states))
    return {"data": [shown(state, names) for state in states]}


def show(context: FeatureItem, request: Any) -> Any:
    """Return one feature with its settings and their defaults."""
    state = context.state
    if tagged(request, state):
        return HTTPNotModified(etag=request.response.etag)
    return _whole(context, request, state)


def schema(context: FeatureItem, request: Any) -> dict[str, Any]:
    """Return the JSON Schema of the settings."""
    return context.declaration.schema()


def change(context: FeatureItem, request: Any) -> dict[str, Any]:
    """Apply a merge patch of `on` and `settings` to the version that `If-Match` names."""
    before = context.state
    check(request, before)
    patch = _patch(request)
    state = context.features.change(
        context.__name__,
        on=patch.get("on"),
        settings=patch.get("settings"),
        expected=before.version,
        actor=actor_of(request),
    )
    tagged(request, state)
    return _whole(context, request, state)


def shown(state: FeatureState, names: Mapping[str, str]) -> dict[str, Any]:
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


def _whole(context: FeatureItem, request: Any, state: FeatureState) -> dict[str, Any]:
    names = actor_names(request.find_service(Accounts), [state.changed_by])
    return {
        **shown(state, names),
        "own": settings_shape(state, state.own),
        "defaults": plain_settings(context.declaration.defaults()),
        "bounds": bounds_shape(state.bounds),
    }


def _patch(request: Any) -> dict[str, Any]:
    patch = json_object(request, types=MEDIA)
    errors = [FieldError(name, "Only on and settings can be changed.") for name in patch if name not in PARTS]
    if not isinstance(patch.get("on", False), bool):
        errors.append(FieldError("on", "Use true or false."))
    if not isinstance(patch.get("settings", {}), dict):
        errors.append(FieldError("settings", "Use an object."))
    if errors:
        raise Invalid(errors=errors)
    return patch
