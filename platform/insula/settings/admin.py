"""The screens of features: the list, and one form a feature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.traversal import resource_path

from insula.admin.interfaces import Summary
from insula.events.interfaces import actor_of
from insula.features.interfaces import Features
from insula.kit.errors import Conflict, FieldError, InsulaError, Invalid, Stale
from insula.settings.permissions import MANAGE, VIEW
from insula.settings.resources import FeatureScreen, FeaturesPanel
from insula.settings.screens import by_path, changers, compared, controls, error_lines, expected, typed
from insula.settings.shapes import plain_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyramid.config import Configurator
    from pyramid.response import Response

    from insula.features.interfaces import FeatureState

SWITCH = "on"
TEMPLATE = "insula.settings:templates/feature.jinja2"


def includeme(config: Configurator) -> None:
    """Register the screens."""
    config.add_view(
        listing,
        context=FeaturesPanel,
        permission=VIEW,
        request_method=("GET", "HEAD"),
        renderer="insula.settings:templates/features.jinja2",
    )
    config.add_view(show, context=FeatureScreen, permission=VIEW, request_method=("GET", "HEAD"))
    config.add_view(save, context=FeatureScreen, permission=MANAGE, request_method="POST")


def listing(context: FeaturesPanel, request: Any) -> dict[str, Any]:
    """List every feature with its state and who changed it last."""
    features: Features = request.find_service(Features)
    states = features.all()
    return {
        "rows": [(state, resource_path(context, state.name)) for state in states],
        "changers": changers(request, states),
        "titles": {state.name: state.title for state in states},
        "count": sum(state.on for state in states),
    }


def show(context: FeatureScreen, request: Any) -> Response:
    """Show the form of one feature."""
    state = context.state
    response = _form(context, request, state, on=state.on, values=plain_settings(state.settings))
    response.etag = str(state.version)
    return response


def save(context: FeatureScreen, request: Any) -> Response:
    """Switch and configure the feature as the form says."""
    before, on = context.state, SWITCH in request.POST
    values, patch, errors = typed(context.declaration, before, request)
    try:
        version = expected(request, before.version, errors)
        after = context.features.change(
            context.__name__, on=on, settings=patch, expected=version, actor=actor_of(request)
        )
    except Stale as error:
        return _refused(context, request, error, on=on, values=values, moved=True)
    except (Invalid, Conflict) as error:
        return _refused(context, request, error, on=on, values=values)
    notice = "feature-saved" if after.version != before.version else "feature-same"
    return HTTPSeeOther(location=f"{resource_path(context)}?notice={notice}")


def summary(request: Any, panel: FeaturesPanel) -> Summary:
    """Say on the home page how many features are on."""
    states: Sequence[FeatureState] = request.find_service(Features).all()
    on = [state.title for state in states if state.on]
    return Summary(figure=f"{len(on)} of {len(states)}", detail="on")


def _refused(
    context: FeatureScreen,
    request: Any,
    error: InsulaError,
    *,
    on: bool,
    values: Mapping[str, Any],
    moved: bool = False,
) -> Response:
    state = context.state
    response = _form(
        context,
        request,
        state,
        on=on,
        values=values,
        errors=error.errors,
        moved=_compared(context, state, on=on, values=values) if moved else None,
        refusal=error,
    )
    response.status_int = error.status
    return response


def _form(
    context: FeatureScreen,
    request: Any,
    state: FeatureState,
    *,
    on: bool,
    values: Mapping[str, Any],
    errors: Sequence[FieldError] = (),
    moved: Sequence[tuple[str, str, str]] | None = None,
    refusal: InsulaError | None = None,
) -> Response:
    declaration = context.declaration
    wrong = by_path(errors)
    features = context.features
    response = render_to_response(
        TEMPLATE,
        {
            "state": state,
            "changer": changers(request, [state])[state.name],
            "declaration": declaration,
            "on": on,
            "controls": controls(declaration, state, values, wrong),
            "summary": error_lines(declaration.model, wrong),
            "errors": wrong,
            "moved": moved,
            "refusal": refusal,
            "needs": [features.state(name) for name in state.requires],
            "needed_by": features.needed_by(state.name),
            "may_manage": request.may(MANAGE, context),
            "back": resource_path(context.__parent__),
            "json": f"/api/features/{state.name}",
        },
        request=request,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _compared(
    context: FeatureScreen, state: FeatureState, *, on: bool, values: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    switch = [(f"{state.title} is", "on" if state.on else "off", "on" if on else "off")]
    return (switch if on != state.on else []) + compared(context.declaration, state, values)
