"""Features as JSON: list, read, and change by merge patch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.features.interfaces import Features
from insula.kit import json
from insula.kit.errors import FieldError, Invalid, Malformed, PreconditionRequired, UnsupportedMedia
from insula.settings.permissions import MANAGE, VIEW
from insula.settings.resources import actor_of
from insula.settings.versions import etag_of, expected_by_header

if TYPE_CHECKING:
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
    return {"data": [shown(state) for state in request.find_service(Features).all()]}


def show(context: FeatureItem, request: Any) -> dict[str, Any]:
    """Return one feature with its settings and their defaults."""
    state = context.state
    request.response.headers["ETag"] = etag_of(state)
    return _whole(context, state)


def schema(context: FeatureItem, request: Any) -> dict[str, Any]:
    """Return the JSON Schema of the settings."""
    return context.declaration.schema()


def change(context: FeatureItem, request: Any) -> dict[str, Any]:
    """Apply a merge patch of `on` and `settings` to the version that `If-Match` names."""
    if "If-Match" not in request.headers:
        raise PreconditionRequired("Send the ETag you have read in If-Match, or * to change any version.")
    patch = _patch(request)
    state = context.features.change(
        context.__name__,
        on=patch.get("on"),
        settings=patch.get("settings"),
        expected=expected_by_header(request),
        actor=actor_of(request),
    )
    request.response.headers["ETag"] = etag_of(state)
    return _whole(context, state)


def shown(state: FeatureState) -> dict[str, Any]:
    """Return what a list shows of a feature."""
    return {
        "id": state.name,
        "title": state.title,
        "description": state.description,
        "on": state.on,
        "requires": list(state.requires),
        "version": state.version,
        "changed_by": state.changed_by,
        "changed_at": state.changed_at,
        "settings": state.settings.model_dump(mode="json"),
    }


def _whole(context: FeatureItem, state: FeatureState) -> dict[str, Any]:
    return {**shown(state), "defaults": context.declaration.defaults().model_dump(mode="json")}


def _patch(request: Any) -> dict[str, Any]:
    if request.content_type not in MEDIA:
        raise UnsupportedMedia(f"Send {' or '.join(MEDIA)}.")
    try:
        patch = json.loads(request.body)
    except ValueError as error:
        raise Malformed(f"The body does not read as JSON: {error}.") from error
    if not isinstance(patch, dict):
        raise Invalid("Send an object with on, settings or both.")
    errors = [FieldError(name, "Only on and settings can be changed.") for name in patch if name not in PARTS]
    if not isinstance(patch.get("on", False), bool):
        errors.append(FieldError("on", "Use true or false."))
    if not isinstance(patch.get("settings", {}), dict):
        errors.append(FieldError("settings", "Use an object."))
    if errors:
        raise Invalid(errors=errors)
    return patch
