"""The screens of sections: the list, one form a section, and what plan and installation fix."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.traversal import resource_path

from insula.admin.interfaces import Summary
from insula.events.interfaces import actor_of
from insula.features.interfaces import Sections
from insula.kit.errors import InsulaError, Invalid, Stale
from insula.settings.limits import fixed_for
from insula.settings.permissions import MANAGE, VIEW
from insula.settings.resources import LIMITS, LimitsScreen, SectionScreen, SecurityPanel
from insula.settings.screens import (
    by_path,
    changers,
    compared,
    controls,
    error_lines,
    expected,
    narrowed,
    typed,
)
from insula.settings.shapes import plain_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyramid.config import Configurator
    from pyramid.response import Response

    from insula.features.interfaces import SectionState

READ = ("GET", "HEAD")
TEMPLATES = "insula.settings:templates"


def includeme(config: Configurator) -> None:
    """Register the screens."""
    for view, context, renderer in (
        (listing, SecurityPanel, f"{TEMPLATES}/security.jinja2"),
        (limits, LimitsScreen, f"{TEMPLATES}/limits.jinja2"),
        (show, SectionScreen, None),
    ):
        config.add_view(
            view, context=context, permission=VIEW, request_method=READ, renderer=renderer, http_cache=0
        )
    config.add_view(save, context=SectionScreen, permission=MANAGE, request_method="POST")


def summary(request: Any, panel: SecurityPanel) -> Summary:
    """Say on the home page how many sections differ from their defaults."""
    states = request.find_service(Sections).all()
    return Summary(f"{sum(_moved(state) > 0 for state in states)} of {len(states)}", "set up differently")


def listing(context: SecurityPanel, request: Any) -> dict[str, Any]:
    """List the sections by group, with who changed each last."""
    states = request.find_service(Sections).all()
    return {
        "groups": [(group, list(some)) for group, some in groupby(states, key=lambda state: state.group)],
        "urls": {state.name: resource_path(context, state.name) for state in states},
        "moved": {state.name: _moved(state) for state in states},
        "changers": changers(request, states),
        "limits": resource_path(context, LIMITS),
    }


def limits(context: LimitsScreen, request: Any) -> dict[str, Any]:
    """Show what plan and installation fix, with their rules."""
    return {"fixed": fixed_for(request), "admin": resource_path(context.__parent__.__parent__).rstrip("/")}


def show(context: SectionScreen, request: Any) -> Response:
    """Show the form of one section."""
    state = context.state
    response = _form(context, request, state, values=plain_settings(state.settings))
    response.etag = str(state.version)
    return response


def save(context: SectionScreen, request: Any) -> Response:
    """Set the section as the form says."""
    before = context.state
    values, patch, errors = typed(context.declaration, before, request)
    try:
        version = expected(request, before.version, errors)
        after = context.sections.change(
            context.__name__, settings=patch, expected=version, actor=actor_of(request)
        )
    except (Invalid, Stale) as error:
        return _refused(context, request, error, values)
    notice = "setting-saved" if after.version != before.version else "feature-same"
    return HTTPSeeOther(location=f"{resource_path(context)}?notice={notice}")


def _refused(context: SectionScreen, request: Any, error: InsulaError, values: Mapping[str, Any]) -> Response:
    state = context.state
    moved = compared(context.declaration, state, values) if isinstance(error, Stale) else None
    response = _form(context, request, state, values=values, error=error, moved=moved)
    response.status_int = error.status
    return response


def _form(
    context: SectionScreen,
    request: Any,
    state: SectionState,
    *,
    values: Mapping[str, Any],
    error: InsulaError | None = None,
    moved: list[tuple[str, str, str]] | None = None,
) -> Response:
    declaration = context.declaration
    wrong = by_path(error.errors) if error else {}
    response = render_to_response(
        f"{TEMPLATES}/section.jinja2",
        {
            "state": state,
            "changer": changers(request, [state])[state.name],
            "controls": controls(declaration, state, values, wrong),
            "summary": error_lines(declaration.model, wrong)
            or ([("", error.detail or error.title)] if error else []),
            "moved": moved,
            "narrowed": len(narrowed(state)),
            "may_manage": request.may(MANAGE, context),
            "back": resource_path(context.__parent__).rstrip("/"),
            "limits": resource_path(context.__parent__, LIMITS),
            "json": f"/api/settings/{state.name}",
        },
        request=request,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _moved(state: SectionState) -> int:
    """Return how many settings are not at their default."""
    defaults = type(state.own)()
    return sum(getattr(state.own, name) != getattr(defaults, name) for name in type(state.own).model_fields)
