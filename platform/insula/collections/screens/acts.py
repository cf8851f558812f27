"""What is done with one entry by a button: publish, unpublish, schedule, throw away, restore."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther

from insula.collections.interfaces.entries import Entries
from insula.collections.screens.drawing import register, version_of
from insula.collections.screens.entry import edit_screen, form_of, values_of
from insula.collections.screens.resources import EntryPanel
from insula.collections.screens.seeing import acting
from insula.collections.screens.values import moment
from insula.kit.errors import Conflict, FieldError, InsulaError, Invalid, Stale

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pyramid.config import Configurator
    from pyramid.response import Response


def includeme(config: Configurator) -> None:
    """Register the acts."""
    config.add_admin_notice("entry-unpublished", "Unpublished. Visitors no longer see it.")
    config.add_admin_notice("entry-scheduled", "The schedule is set.")
    config.add_admin_notice("entry-trashed", "Moved to the trash, from where it can be restored.")
    config.add_admin_notice("entry-restored", "Restored.")
    register(
        config,
        (
            (publish, EntryPanel, "publish", "POST", "publish"),
            (unpublish, EntryPanel, "unpublish", "POST", "publish"),
            (schedule, EntryPanel, "schedule", "POST", "publish"),
            (trash, EntryPanel, "trash", "POST", "delete"),
            (restore, EntryPanel, "restore", "POST", "restore"),
        ),
    )


def publish(context: EntryPanel, request: Any) -> Response:
    """Show the entry to visitors."""
    return _act(context, request, "publish", "published")


def unpublish(context: EntryPanel, request: Any) -> Response:
    """Take the entry from visitors' eyes."""
    return _act(context, request, "unpublish", "unpublished")


def schedule(context: EntryPanel, request: Any) -> Response:
    """Say when the worker publishes the entry, and when it takes it away."""
    sent = {name: request.POST.get(name, "") for name in ("publish_at", "expire_at")}
    try:
        moments = _moments(sent)
        request.find_service(Entries).schedule(
            context.info.name,
            context.entry.id,
            publish_at=moments["publish_at"],
            expire_at=moments["expire_at"],
            expected=version_of(request),
            **acting(context.__parent__, context.entry),
        )
    except (Invalid, Stale, Conflict) as error:
        wrong = {each.path: each.detail for each in error.errors}
        return _again(context, request, error, {"planned": sent, "wrong": wrong})
    return HTTPSeeOther(location=f"{context.url}?notice=entry-scheduled")


def trash(context: EntryPanel, request: Any) -> Response:
    """Throw the entry away."""
    return _act(context, request, "trash", "trashed", leave=True)


def restore(context: EntryPanel, request: Any) -> Response:
    """Take the entry out of the trash."""
    return _act(context, request, "restore", "restored")


def _act(context: EntryPanel, request: Any, verb: str, notice: str, *, leave: bool = False) -> Response:
    act = getattr(request.find_service(Entries), verb)
    try:
        act(
            context.info.name,
            context.entry.id,
            expected=version_of(request),
            **acting(context.__parent__, context.entry),
        )
    except (Stale, Conflict, Invalid) as error:
        return _again(context, request, error)
    place = context.__parent__.url if leave else context.url
    return HTTPSeeOther(location=f"{place}?notice=entry-{notice}")


def _again(
    context: EntryPanel, request: Any, error: InsulaError, more: dict[str, Any] | None = None
) -> Response:
    """Show the entry as it stands, with what went wrong."""
    form = form_of(request, context.__parent__, values_of(context.info, context.entry))
    late = {"began": version_of(request), "differing": ()} if isinstance(error, Stale) else {}
    return edit_screen(context, request, form, error, {**late, **(more or {})})


def _moments(sent: Mapping[str, str]) -> dict[str, datetime | None]:
    """Return the moments that the form names; raises Invalid with the place of each that is none."""
    found: dict[str, datetime | None] = {}
    errors = []
    for name, text in sent.items():
        try:
            found[name] = moment(text)
        except ValueError:
            said = f"Use a date and time such as 2027-01-31T08:00. You typed “{text[:40]}”."
            errors.append(FieldError(name, said))
    if errors:
        raise Invalid(errors=errors)
    return found
