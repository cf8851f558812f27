"""What the forms of features and of sections have in common: reading them, and answering a save that was refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from insula.accounts.interfaces import Accounts, actor_names
from insula.api.interfaces import check_if_match
from insula.kit.errors import Invalid, Malformed
from insula.settings.fields import Control, Shape, control_id, controls_for, differs, label_of, said, shape_of
from insula.settings.forms import read
from insula.settings.shapes import plain_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic import BaseModel

    from insula.features.interfaces import FeatureDeclaration, FeatureState, SectionDeclaration, SectionState
    from insula.kit.errors import FieldError

    Declaration = FeatureDeclaration | SectionDeclaration
    State = FeatureState | SectionState

VERSION = "version"
PREFIX = "settings."
_LONGEST = 9


def typed(
    declaration: Declaration, state: State, request: Any
) -> tuple[dict[str, Any], dict[str, Any], list[FieldError]]:
    """Return the values of a sent form, those of them that are not in force, and what could not be read."""
    sent: dict[str, str] = {}
    for name, text in request.POST.items():
        if name.startswith(PREFIX):
            field = name.removeprefix(PREFIX)
            # The boxes of a list are sent under one name, each as one more line.
            sent[field] = f"{sent[field]}\n{text}" if field in sent else text
    values, errors = read(declaration.model, sent)
    now, fields = plain_settings(state.settings), declaration.model.model_fields
    for name in declaration.choices:
        # Boxes stand in the order of what is offered, which is not to reorder a list unasked.
        if isinstance(now.get(name), list) and sorted(values.get(name, ())) == sorted(now[name]):
            values[name] = now[name]
    # What stands in a bound's stead is not made the tenant's own by saving the form.
    patch = {
        name: value
        for name, value in values.items()
        if shape_of(fields[name]).kind == "secret" or differs(value, now.get(name), shape_of(fields[name]))
    }
    return now | values, patch, errors


def expected(request: Any, now: int, errors: Sequence[FieldError]) -> int:
    """Return which version a form changes, as its hidden field or `If-Match` says; raises Invalid for `errors`."""
    if errors:
        raise Invalid(errors=errors)
    if request.headers.get("If-Match"):
        check_if_match(request, now)
        return now
    text = request.POST.get(VERSION, "")
    if not text.isascii() or not text.isdigit() or len(text) > _LONGEST:
        raise Malformed("The form does not say which version it changes. Reload the page and send it again.")
    return int(text)


def controls(
    declaration: Declaration, state: State, values: Mapping[str, Any], errors: Mapping[str, str]
) -> tuple[Control, ...]:
    """Return the controls of a form, each with its default and with what binds it."""
    now, moved = plain_settings(state.settings), narrowed(state)
    found = controls_for(
        declaration.model,
        values,
        errors,
        offered=declaration.offered(),
        bounds={name: " ".join(bound_of(state, name)) for name in state.bounds},
        secrets=state.secrets,
    )
    return tuple(
        replace(one, changed=False) if one.name in moved and values.get(one.name) == now[one.name] else one
        for one in found
    )


def narrowed(state: State) -> frozenset[str]:
    """Return the settings that the tenant left at their default, which a bound does not let through."""
    own, now = plain_settings(state.own), plain_settings(state.settings)
    default = plain_settings(type(state.own)())
    return frozenset(name for name in state.bounds if own[name] == default[name] != now[name])


def bound_of(state: State, name: str) -> tuple[str, ...]:
    """Return what binds a setting, and what was set when that is not what is in force."""
    own, now = plain_settings(state.own).get(name), plain_settings(state.settings).get(name)
    shape = shape_of(type(state.own).model_fields[name])
    outside: tuple[str, ...] = ()
    if name in narrowed(state):
        outside = (f"That narrows the default, {said(own, shape)}, to {said(now, shape)}.",)
    elif own != now:
        outside = (f"You set {said(own, shape)}, which is outside.",)
    return (*state.bounds[name].words(), *outside)


def error_lines(model: type[BaseModel], errors: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the lines of the summary above a form: the id of the control, and the text."""
    return [_line(model, path, text) for path, text in errors.items()]


def by_path(errors: Iterable[FieldError]) -> dict[str, str]:
    """Return errors by the path of their setting."""
    return {error.path.removeprefix(PREFIX): error.detail for error in errors}


def compared(declaration: Declaration, state: State, values: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return each setting in force beside what was sent, where they differ."""
    rows = []
    now = plain_settings(state.settings)
    for name, info in declaration.model.model_fields.items():
        shape = shape_of(info)
        theirs, mine = said(now.get(name), shape), _said_as_sent(values.get(name), shape)
        if theirs != mine:
            rows.append((label_of(name, info), theirs, mine))
    return rows


def changers(request: Any, states: Sequence[State]) -> dict[str, str]:
    """Return who changed each of them last, in words."""
    names = actor_names(request.find_service(Accounts), (state.changed_by for state in states))
    return {
        state.name: names.get(state.changed_by or "", state.changed_by or "the installation")
        for state in states
    }


def _line(model: type[BaseModel], path: str, text: str) -> tuple[str, str]:
    if path == "on":
        return "f-on", text
    name = path.partition(".")[0]
    info = model.model_fields.get(name)
    if info is None:
        return "", f"{path}: {text}"
    # Lists are one control, so an error of their third line is shown at the list.
    target = path if shape_of(info).kind in {"rows", "group"} else name
    return control_id(target), f"{label_of(name, info)}: {text}"


def _said_as_sent(value: Any, shape: Shape) -> str:
    if shape.kind == "number" and isinstance(value, str):
        try:
            value = shape.type(value)
        except ValueError:
            return str(value)
    return said(value, shape)
