"""The screens of schemas: declaring a collection, changing it through a plan, deleting it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from pyramid.httpexceptions import HTTPSeeOther

from insula.accounts.interfaces import Accounts, actor_names
from insula.collections.access.examples import viewable
from insula.collections.access.uses import rules_about
from insula.collections.interfaces.entries import working_stage
from insula.collections.interfaces.queries import Question
from insula.collections.interfaces.schemas import ChangeState, Collections
from insula.collections.queries.services import queries_of
from insula.collections.queries.sight import EverySight
from insula.collections.screens.drawing import READ, register, screen, version_of
from insula.collections.screens.entries_table import counted
from insula.collections.screens.resources import CollectionPanel, CollectionsPanel
from insula.collections.screens.schema_form import (
    ITEM_OPTIONS,
    ITEMS,
    ON_DELETE,
    OPTIONS,
    TYPES,
    SchemaForm,
    place_errors,
)
from insula.collections.settings import CollectionsSettings
from insula.events.interfaces import actor_of
from insula.kit.errors import Conflict, FieldError, InsulaError, Invalid, NotFound, Refused, Stale
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyramid.config import Configurator
    from pyramid.response import Response

    from insula.collections.interfaces.schemas import Change, Collection

WORDS: Final = {
    "planned": "Planned",
    "applying": "Applying",
    "applied": "Applied",
    "cancelled": "Given up",
}
TONES: Final = {"planned": "live", "applying": "warn", "applied": "ok", "cancelled": ""}
ACTS: Final = (
    ("add", "Added", "+", "ok"),
    ("change", "Changed", "~", ""),
    ("remove", "Removed", "-", "warn"),
    ("lose", "Lost", "!", "bad"),
)
LISTED: Final = 8
AGAIN: Final = "3"
"""After how many seconds the page of a change that goes on loads itself again."""


def includeme(config: Configurator) -> None:
    """Register the screens."""
    config.add_admin_notice(
        "collection-created", "The collection is declared. Its first entry can be written."
    )
    config.add_admin_notice("collection-deleted", "The collection is deleted, with all that was in it.")
    register(
        config,
        (
            (blank, CollectionsPanel, "new", READ, "manage"),
            (declare, CollectionsPanel, "new", "POST", "manage"),
            (schema, CollectionPanel, "schema", READ, "manage"),
            (change_schema, CollectionPanel, "schema", "POST", "manage"),
            (doomed, CollectionPanel, "delete", READ, "manage"),
            (delete, CollectionPanel, "delete", "POST", "manage"),
        ),
    )


def blank(context: CollectionsPanel, request: Any) -> Response:
    """Show the form of a new collection, with a first field to fill in."""
    form = SchemaForm()
    form.add()
    return _new(context, request, form)


def declare(context: CollectionsPanel, request: Any) -> Response:
    """Change the rows of the form, or declare the collection that it describes."""
    form = SchemaForm.read(request.POST)
    focus = form.act(request.POST.get("do", ""), request.POST.get("add", ""))
    if focus is not None:
        return _new(context, request, form, focus=focus)
    try:
        made = request.find_service(Collections).create(form.name, form.document(), by=_actor(request))
    except (Invalid, Conflict) as error:
        return _new(context, request, form, error)
    return HTTPSeeOther(location=f"{context.url}/{made.name}?notice=collection-created")


def schema(context: CollectionPanel, request: Any) -> Response:
    """Show the schema as a form, or the plan that the address names."""
    if request.subpath:
        return _plan(context, request, _change(context, request))
    info = context.info
    return _builder(context, request, SchemaForm.of(info.name, info.document), info.version)


def change_schema(context: CollectionPanel, request: Any) -> Response:
    """Change the rows of the form, plan what it describes, or do with a plan what its form says."""
    if request.subpath:
        return _act(context, request, _change(context, request))
    form = SchemaForm.read(request.POST)
    form.name = context.info.name
    version = version_of(request)
    focus = form.act(request.POST.get("do", ""), request.POST.get("add", ""))
    if focus is not None:
        return _builder(context, request, form, version, focus=focus)
    try:
        _check_version(context, version)
        plan = request.find_service(Collections).plan(context.info.name, form.document(), by=_actor(request))
    except Stale as error:
        return _builder(context, request, form, context.info.version, error)
    except (Invalid, Conflict) as error:
        return _builder(context, request, form, version, error)
    return HTTPSeeOther(location=f"{context.url}/@@schema/plans/{plan.id}")


def doomed(context: CollectionPanel, request: Any) -> Response:
    """Say what deleting the collection takes along."""
    return _doomed(context, request)


def delete(context: CollectionPanel, request: Any) -> Response:
    """Delete the collection, once its name is typed."""
    info = context.info
    try:
        _check_name(request, info)
        request.find_service(Collections).delete(info.name, expected=version_of(request), by=_actor(request))
    except (Invalid, Conflict, Stale) as error:
        return _doomed(context, request, error)
    return HTTPSeeOther(location=f"{context.__parent__.url}?notice=collection-deleted")


def _check_version(context: CollectionPanel, version: int) -> None:
    if version != context.info.version:
        raise Stale("Somebody changed this schema while you had it open.")


def _check_name(request: Any, info: Collection) -> None:
    if request.POST.get("name", "").strip() != info.name:
        said = f"Type {info.name}, which is the name of the collection."
        raise Invalid(errors=[FieldError("name", said)])


def _doomed(context: CollectionPanel, request: Any, error: InsulaError | None = None) -> Response:
    info = context.info
    most = settings_of(request.registry, CollectionsSettings).screen_count
    # All go, those as well that whoever asks may not view.
    count = queries_of(request, EverySight()).count(Question(info.name, working_stage(info)), most=most + 1)
    values = {
        "info": info,
        "here": context.url,
        "count": counted(count, most),
        "rules": rules_about(request, info),
        **place_errors(error),
    }
    return screen(request, "delete", values, error.status if error else 200)


def _change(context: CollectionPanel, request: Any) -> Change:
    """Return the change of this collection that the address names; raises NotFound."""
    kind, _, place = "/".join(request.subpath).partition("/")
    try:
        change: Change = request.find_service(Collections).change(UUID(place))
    except ValueError:
        raise NotFound from None
    if kind != "plans" or change.collection != context.info.name:
        raise NotFound
    return change


def _act(context: CollectionPanel, request: Any, change: Change) -> Response:
    collections: Collections = request.find_service(Collections)
    ticked = request.POST.getall("confirmed")
    try:
        if request.POST.get("do") == "cancel":
            collections.cancel(change.id, by=_actor(request))
        else:
            collections.apply(
                change.id,
                expected=version_of(request, "expected"),
                confirmed=ticked,
                by=_actor(request),
            )
    except (Refused, Conflict, Invalid, Stale) as error:
        return _plan(context, request, change, error, ticked)
    return HTTPSeeOther(location=request.path)


def _plan(
    context: CollectionPanel,
    request: Any,
    change: Change,
    error: InsulaError | None = None,
    ticked: list[str] | None = None,
) -> Response:
    change = viewable(request, context.info, change)
    state = change.state.value
    groups = [
        (act, title, sign, tone, [effect for effect in change.effects if effect.act == act])
        for act, title, sign, tone in ACTS
    ]
    values = {
        "info": context.info,
        "here": context.url,
        "by": _names(request, [change.by])[change.by],
        "change": change,
        "state": state,
        "word": WORDS[state],
        "kind": TONES[state],
        "groups": [group for group in groups if group[-1]],
        "losses": [effect for effect in change.effects if effect.act == "lose"],
        "ticked": ticked or [],
        "stale": change.state is ChangeState.PLANNED and change.from_version != context.info.version,
        "refusal": _refusal(error),
        "may_apply": request.may("manage", context),
    }
    response = screen(request, "plan", values, error.status if error else 200)
    if change.state is ChangeState.APPLYING and error is None:
        response.headers["Refresh"] = AGAIN
    return response


def _actor(request: Any) -> str:
    return actor_of(request) or ""  # the administration is for those who are signed in


def _names(request: Any, actors: Iterable[str]) -> dict[str, str]:
    asked = set(actors)
    found = actor_names(request.find_service(Accounts), asked)
    return {actor: found.get(actor, actor) for actor in asked}


def _refusal(error: InsulaError | None) -> list[tuple[str, str]]:
    if error is None:
        return []
    place = "f-lose-1" if isinstance(error, Refused) else ""
    return [(place, each.detail) for each in error.errors] or [(place, error.detail or error.title)]


def _new(
    context: CollectionsPanel,
    request: Any,
    form: SchemaForm,
    error: InsulaError | None = None,
    focus: int | None = None,
) -> Response:
    values = {
        "new": True,
        "moved": False,
        "changes": (),
        "title": "Not declared",
        "label": "Declare the collection",
        "said": "Nothing is kept before that.",
        "action": f"{context.url}/@@new",
        "back": context.url,
    }
    return _form(request, form, values, error, focus)


def _builder(
    context: CollectionPanel,
    request: Any,
    form: SchemaForm,
    version: int,
    error: InsulaError | None = None,
    focus: int | None = None,
) -> Response:
    changes = request.find_service(Collections).changes(context.info.name)
    values = {
        "new": False,
        "info": context.info,
        "names": _names(request, [context.info.changed_by, *(each.by for each in changes[:LISTED])]),
        "version": version,
        "changes": changes[:LISTED],
        "words": {state: WORDS[state.value] for state in ChangeState},
        "moved": isinstance(error, Stale),
        "title": "Not planned",
        "label": "Show the plan",
        "said": "The plan says what is added, what is lost and how many entries would not fit.",
        "here": context.url,
        "action": f"{context.url}/@@schema",
        "back": context.url,
    }
    return _form(request, form, values, error, focus)


def _form(
    request: Any, form: SchemaForm, values: dict[str, Any], error: InsulaError | None, focus: int | None
) -> Response:
    known: list[Collection] = list(request.find_service(Collections).all())
    targets = [("", "choose one"), *((each.name, each.document.title) for each in known)]
    offered: dict[str, Any] = {
        "types": TYPES,
        "item_types": ITEMS,
        "on_delete": ON_DELETE,
        "targets": targets,
        "options": _options(),
    }
    placed = place_errors(error)
    steps = [place.split(".") for place in placed["errors"]]
    offered["wrong_rows"] = {int(step[1]) for step in steps if step[0] == "fields" and len(step) > 1}
    shown = {**values, **placed, "form": {**vars(form), **offered}, "focus": focus}
    return screen(request, "schema", shown, error.status if error else 200)


def _options() -> list[tuple[str, str]]:
    """Return every option with the types that have it, as the form's style reads them: `choice list-choice`."""
    names = dict.fromkeys(name for each in OPTIONS.values() for name in each)
    return [
        (
            name,
            " ".join(
                word
                for kind, each in OPTIONS.items()
                if name in each
                for word in (
                    [f"list-{item}" for item in ITEM_OPTIONS[name]]
                    if kind == "list" and name in ITEM_OPTIONS
                    else [kind]
                )
            ),
        )
        for name in names
    ]
