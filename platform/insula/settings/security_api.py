"""Sections as JSON: list, read, change by merge patch, and what plan and installation fix."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from pydantic import BaseModel
from pyramid.config import Configurator
from typing_extensions import TypedDict

from insula.accounts.interfaces import Accounts, actor_names
from insula.api.interfaces import JSON, MERGE_PATCH, Body, Moment, Page, Service
from insula.api.interfaces import listing as page_of
from insula.events.interfaces import actor_of
from insula.features.interfaces import Sections, SectionState
from insula.kit.clock import isoformat
from insula.kit.errors import FieldError, Invalid
from insula.settings.etags import check, tagged
from insula.settings.limits import Fixed, fixed_for
from insula.settings.permissions import MANAGE, VIEW
from insula.settings.resources import LimitsItem, SectionItem, SettingsAPI
from insula.settings.shapes import bounds_shape, plain_settings, settings_shape


class SectionShape(TypedDict):
    """A section of the security settings, as a list shows it."""

    id: str
    title: str
    description: str
    group: str
    version: int
    changed_by: str | None
    changed_by_name: str | None
    changed_at: Moment | None
    settings: dict[str, Any]


class WholeSection(SectionShape):
    """A section with what the tenant has set, the defaults, and what binds them."""

    own: dict[str, Any]
    defaults: dict[str, Any]
    bounds: dict[str, Any]


class SectionPatch(BaseModel):
    """What can be changed of a section."""

    settings: dict[str, Any] = {}


class PlanName(TypedDict):
    """How a plan is called."""

    name: str
    title: str


class LimitsShape(TypedDict):
    """What plan and installation fix."""

    plan: PlanName
    settings: list[dict[str, Any]]
    features: list[dict[str, Any]]
    rules: list[dict[str, Any]]


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


def listing(
    context: SettingsAPI, request: Any, sections: Sections = Service, accounts: Accounts = Service
) -> Page[SectionShape]:
    """Return every section with the settings in force."""
    states = sections.all()
    names = actor_names(accounts, (state.changed_by for state in states))
    return page_of(request, [shown(state, names) for state in states])


def limits(context: LimitsItem, request: Any) -> LimitsShape:
    """Return what plan and installation fix, with their rules."""
    return limits_shape(fixed_for(request))


def show(context: SectionItem, request: Any) -> WholeSection:
    """Return one section with its defaults and bounds."""
    tagged(request, context.state)
    return _whole(context, request, context.state)


def schema(context: SectionItem) -> dict[str, Any]:
    """Return the JSON Schema of the settings."""
    return context.declaration.schema()


def change(
    context: SectionItem,
    request: Any,
    body: Annotated[dict[str, Any], Body(JSON, MERGE_PATCH, schema=SectionPatch)],
) -> WholeSection:
    """Apply a merge patch of `settings` to the version that `If-Match` names."""
    before = context.state
    check(request, before)
    errors = [FieldError(name, "Only settings can be changed.") for name in body if name != "settings"]
    settings = body.get("settings", {})
    if not isinstance(settings, dict):
        errors.append(FieldError("settings", "Use an object."))
    if errors:
        raise Invalid(errors=errors)
    state = context.sections.change(
        context.__name__, settings=settings, expected=before.version, actor=actor_of(request)
    )
    tagged(request, state)
    return _whole(context, request, state)


def shown(state: SectionState, names: Mapping[str, str]) -> SectionShape:
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


def limits_shape(fixed: Fixed) -> LimitsShape:
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


def _whole(context: SectionItem, request: Any, state: SectionState) -> WholeSection:
    names = actor_names(request.find_service(Accounts), [state.changed_by])
    return {
        **shown(state, names),
        "own": settings_shape(state, state.own),
        "defaults": plain_settings(context.declaration.defaults()),
        "bounds": bounds_shape(state.bounds),
    }
