"""Sections as JSON: list, read, change by merge patch, and what plan and installation fix."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPNotModified

from insula.accounts.interfaces import Accounts, actor_names
from insula.api.interfaces import json_object
from insula.events.interfaces import actor_of
from insula.features.interfaces import Sections
from insula.kit.clock import isoformat
from insula.kit.errors import FieldError, Invalid
from insula.settings.api import MEDIA
from insula.settings.etags import check, tagged
from insula.settings.limits import Fixed, fixed_for
from insula.settings.permissions import MANAGE, VIEW
from insula.settings.shapes import bounds_shape, plain_settings, settings_shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyramid.config import Configurator

    from insula.features.interfaces import SectionState
    from insula.settings.resources import LimitsItem, SectionItem, SettingsAPI


def includeme(config: Configurator) -> None:
    """Register the endpoints."""
    here, resources = "insula.settings.security_api", "insula.settings.resources"
    for view, context, method, name, permission in (
        ("listing", "SettingsAPI", "GET", "", VIEW),
        ("limits", "LimitsItem", "GET", "", VIEW),
        ("show", "SectionItem", "GET", "", VIEW),
        ("schema", "SectionItem", "GET", "schema", VIEW),
        ("change", "SectionItem", "PATCH", "", MANAGE),
    ):
        config.add_endpoint(
            f"{here}.{view}",
            context=f"{resources}.{context}",
            method=method,
            name=name,
            permission=permission,
        )


def listing(context: SettingsAPI, request: Any) -> dict[str, Any]:
    """Return every section with the settings in force."""
    states = request.find_service(Sections).all()
    names = actor_names(request.find_service(Accounts), (state.changed_by for state in states))
    return {"data": [shown(state, names) for state in states]}


def limits(context: LimitsItem, request: Any) -> dict[str, Any]:
    """Return what plan and installation fix, with their rules."""
    return limits_shape(fixed_for(request))


def show(context: SectionItem, request: Any) -> Any:
    """Return one section with its defaults and bounds."""
    state = context.state
    if tagged(request, state):
        return HTTPNotModified(etag=request.response.etag)
    return _whole(context, request, state)


def schema(context: SectionItem, request: Any) -> dict[str, Any]:
    """Return the JSON Schema of the settings."""
    return context.declaration.schema()


def change(context: SectionItem, request: Any) -> dict[str, Any]:
    """Apply a merge patch of `settings` to the version that `If-Match` names."""
    before = context.state
    check(request, before)
    patch = json_object(request, types=MEDIA)
    errors = [FieldError(name, "Only settings can be changed.") for name in patch if name != "settings"]
    settings = patch.get("settings", {})
    if not isinstance(settings, dict):
        errors.append(FieldError("settings", "Use an object."))
    if errors:
        raise Invalid(errors=errors)
    state = context.sections.change(
        context.__name__, settings=settings, expected=before.version, actor=actor_of(request)
    )
    tagged(request, state)
    return _whole(context, request, state)


def shown(state: SectionState, names: Mapping[str, str]) -> dict[str, Any]:
    """Return what a list shows of a section."""
    return {
        "id": state.name,
        "title": state.title,
        "description": state.description,
        "group": state.group,
        "version": state.version,
        "changed_by": state.changed_by,
        "changed_by_name": names.get(state.changed_by or ""),
        "changed_at": isoformat(state.changed_at) if state.changed_at else None,
        "settings": settings_shape(state, state.settings),
    }


def limits_shape(fixed: Fixed) -> dict[str, Any]:
    """Return what is fixed as JSON."""
    return {
        "plan": {"name": fixed.plan_name, "title": fixed.plan_title},
        "settings": [
            {
                "kind": one.kind,
                "id": one.of,
                "setting": one.name,
                "words": list(one.words),
                "outside": one.outside,
            }
            for one in fixed.settings
        ],
        "features": [{"id": state.name, "why": state.withheld} for state in fixed.withheld],
        "rules": [{"source": one.source, **asdict(rule)} for one in fixed.rules for rule in one.rules],
    }


def _whole(context: SectionItem, request: Any, state: SectionState) -> dict[str, Any]:
    names = actor_names(request.find_service(Accounts), [state.changed_by])
    return {
        **shown(state, names),
        "own": settings_shape(state, state.own),
        "defaults": plain_settings(context.declaration.defaults()),
        "bounds": bounds_shape(state.bounds),
    }
