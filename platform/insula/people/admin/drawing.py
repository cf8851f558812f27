"""What the screens of this room share: drawing with a status, choices of roles and groups, places of errors."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pyramid.renderers import render_to_response

from insula.kit.errors import Stale
from insula.people.effects import effects_of
from insula.people.giving import may_give
from insula.people.resources import groups_of, roles_of, titles_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from uuid import UUID

    from pyramid.config import Configurator
    from pyramid.response import Response

    from insula.kit.errors import FieldError, InsulaError
    from insula.people.effects import Effect

READ: Final = ("GET", "HEAD")
NOT_YOURS: Final = "Not yours to give or take."


@dataclass(frozen=True)
class Choice:
    """One role or group that a form offers."""

    value: str
    title: str
    chosen: bool
    open: bool
    """Whether whoever asks may change it."""
    note: str = ""
    hint: str = ""
    effects: Sequence[Effect] = ()


def register(
    config: Configurator, screens: Iterable[tuple[Any, type, str, str | tuple[str, ...], str]]
) -> None:
    """Register screens: view, context, name, method, permission."""
    for view, context, name, method, permission in screens:
        config.add_view(view, context=context, name=name, request_method=method, permission=permission)


def screen(
    request: Any, template: str, values: Mapping[str, Any], error: InsulaError | None = None
) -> Response:
    """Draw a screen; with an error, it answers what the error does."""
    errors = error.errors if error else ()
    told: defaultdict[str, str] = defaultdict(str)
    for each in errors:
        told[each.path] = f"{told[each.path]} {said(each)}".strip()
    known = {
        "errors": told,
        "summary": [(control_of(each), said(each)) for each in errors]
        or ([("", error.detail or error.title)] if error else []),
        "moved": isinstance(error, Stale),
    }
    response = render_to_response(
        f"insula.people:templates/{template}.jinja2", {**known, **values}, request=request
    )
    response.status_int = error.status if error else 200
    response.headers["Cache-Control"] = "private, no-store"
    return response


def control_of(error: FieldError) -> str:
    """Return the id of the control that an error is about."""
    return f"f-{error.path.partition('.')[0]}" if error.path else ""


def said(error: FieldError) -> str:
    """Return what the summary says of an error."""
    return f"Line {error.line}: {error.detail}" if error.line else error.detail


def role_choices(
    node: Any, chosen: Collection[str], *, granted: Mapping[str, str] | None = None, closed: bool = False
) -> list[Choice]:
    """Return every role with what it means; `granted` are those that come by a group, with the group's title."""
    effects = effects_of(node.request)
    given = granted or {}
    return [
        Choice(
            role.name,
            role.title,
            role.name in chosen,
            not closed and may_give(node, role.name),
            f"Also by the group {given[role.name]}." if role.name in given else "",
            "" if closed or may_give(node, role.name) else NOT_YOURS,
            effects.get(role.name, ()),
        )
        for role in roles_of(node.request)
    ]


def group_choices(node: Any, chosen: Collection[UUID], *, closed: bool = False) -> list[Choice]:
    """Return every group with the roles that it gives."""
    titles = titles_of(node.request)
    choices = []
    for group in groups_of(node.request):
        may = all(may_give(node, role) for role in group.roles)
        gives = ", ".join(titles.get(role, role) for role in sorted(group.roles)) or "no role"
        hint = "" if closed or may else NOT_YOURS
        chosen_now = group.id in chosen
        choices.append(
            Choice(str(group.id), group.title, chosen_now, may and not closed, f"Gives {gives}.", hint)
        )
    return choices


def picked(request: Any, name: str, choices: Iterable[Choice]) -> set[str]:
    """Return what a form picked; what it could not offer for change stays as it was."""
    kept = {each.value for each in choices if each.chosen and not each.open}
    return set(request.POST.getall(name)) | kept


def check_version(request: Any, version: str) -> None:
    """Raise Stale unless the form was drawn of this version."""
    if request.POST.get("version", "") != version:
        raise Stale("Somebody changed this while you had it open.")
