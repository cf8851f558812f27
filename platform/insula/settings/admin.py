"""The screens of features: the list, and one form a feature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.traversal import resource_path

from insula.accounts.interfaces import Accounts, actor_names
from insula.admin.interfaces import Summary
from insula.api.interfaces import check_if_match
from insula.events.interfaces import actor_of
from insula.features.interfaces import Features
from insula.kit.errors import Conflict, FieldError, InsulaError, Invalid, Malformed, Stale
from insula.settings.fields import control_id, controls_for, label_of, said, shape_of
from insula.settings.forms import read
from insula.settings.permissions import MANAGE, VIEW
from insula.settings.resources import FeatureScreen, FeaturesPanel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel
    from pyramid.config import Configurator
    from pyramid.response import Response

    from insula.features.interfaces import FeatureState

SWITCH = "on"
VERSION = "version"
PREFIX = "settings."
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
        "changers": _changers(request, states),
        "titles": {state.name: state.title for state in states},
        "count": sum(state.on for state in states),
    }


def show(context: FeatureScreen, request: Any) -> Response:
    """Show the form of one feature."""
    state = context.state
    response = _form(context, request, state, on=state.on, values=state.settings.model_dump(mode="json"))
    response.etag = str(state.version)
    return response


def save(context: FeatureScreen, request: Any) -> Response:
    """Switch and configure the feature as the form says."""
    sent = {name.removeprefix(PREFIX): text for name, text in request.POST.items() if name.startswith(PREFIX)}
    on = SWITCH in request.POST
    values, errors = read(context.declaration.model, sent)
    before = context.state
    values = before.settings.model_dump(mode="json") | values
    try:
        after = _change(context, request, on=on, values=values, errors=errors)
    except Stale as error:
        return _refused(context, request, error, on=on, values=values, moved=True)
    except (Invalid, Conflict) as error:
        return _refused(context, request, error, on=on, values=values)
    notice = "feature-saved" if after.version != before.version else "feature-same"
    return HTTPSeeOther(location=f"{resource_path(context)}?notice={notice}")


def _change(
    context: FeatureScreen,
    request: Any,
    *,
    on: bool,
    values: Mapping[str, Any],
    errors: Sequence[FieldError],
) -> FeatureState:
    expected = _expected(request, context.state.version)
    if errors:
        raise Invalid(errors=errors)
    return context.features.change(
        context.__name__, on=on, settings=values, expected=expected, actor=actor_of(request)
    )


def summary(request: Any, panel: FeaturesPanel) -> Summary:
    """Say on the home page how many features are on."""
    states: Sequence[FeatureState] = request.find_service(Features).all()
    on = [state.title for state in states if state.on]
    return Summary(figure=f"{len(on)} of {len(states)}", detail="on")


def _expected(request: Any, now: int) -> int:
    if request.headers.get("If-Match"):
        check_if_match(request, now)
        return now
    text = request.POST.get(VERSION, "")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Malformed("The form does not say which version it changes. Reload the page and send it again.")
    return int(text)


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
    by_path = {error.path.removeprefix(PREFIX): error.detail for error in errors}
    features = context.features
    response = render_to_response(
        TEMPLATE,
        {
            "state": state,
            "changer": _changers(request, [state])[state.name],
            "declaration": declaration,
            "on": on,
            "controls": controls_for(declaration.model, values, by_path, offered=declaration.offered()),
            "summary": [_line(declaration.model, path, text) for path, text in by_path.items()],
            "errors": by_path,
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


def _changers(request: Any, states: Sequence[FeatureState]) -> dict[str, str]:
    names = actor_names(request.find_service(Accounts), (state.changed_by for state in states))
    return {
        state.name: names.get(state.changed_by or "", state.changed_by or "the installation")
        for state in states
    }


def _line(model: type[BaseModel], path: str, text: str) -> tuple[str, str]:
    if path == SWITCH:
        return "f-on", text
    name = path.partition(".")[0]
    info = model.model_fields.get(name)
    if info is None:
        return "", f"{path}: {text}"
    # Lists are one control, so an error of their third line is shown at the list.
    target = path if shape_of(info).kind in {"rows", "group"} else name
    return control_id(target), f"{label_of(name, info)}: {text}"


def _compared(
    context: FeatureScreen, state: FeatureState, *, on: bool, values: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    rows = []
    if on != state.on:
        rows.append((f"{state.title} is", "on" if state.on else "off", "on" if on else "off"))
    now = state.settings.model_dump(mode="json")
    for name, info in context.declaration.model.model_fields.items():
        shape = shape_of(info)
        theirs, mine = said(now.get(name), shape), _said_as_sent(values.get(name), shape)
        if theirs != mine:
            rows.append((label_of(name, info), theirs, mine))
    return rows


def _said_as_sent(value: Any, shape: Any) -> str:
    if shape.kind == "number" and isinstance(value, str):
        try:
            value = shape.type(value)
        except ValueError:
            return value
    return said(value, shape)
