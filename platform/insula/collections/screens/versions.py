"""The screen of an entry's versions: all of them, two side by side by field, and going back to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyramid.httpexceptions import HTTPSeeOther

from insula.collections.entries.permits import may_look_back, seen_versions
from insula.collections.interfaces.entries import Entries
from insula.collections.screens.drawing import READ, register, screen, version_of
from insula.collections.screens.entry import values_of
from insula.collections.screens.picking import names_of
from insula.collections.screens.resources import EntryPanel
from insula.collections.screens.seeing import acting, people_of, sight_of
from insula.collections.screens.values import called, in_words
from insula.kit.errors import Conflict, InsulaError, Invalid, NotFound, Refused, Stale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyramid.config import Configurator
    from pyramid.response import Response

    from insula.collections.interfaces.entries import EntryVersion

LISTED: Final = 100
"""The most versions that one screen lists, the newest."""


def includeme(config: Configurator) -> None:
    """Register the screens."""
    config.add_admin_notice(
        "entry-reverted", "The older version is written anew. What was before it is kept."
    )
    register(
        config,
        (
            (versions, EntryPanel, "versions", READ, "view"),
            (revert, EntryPanel, "versions", "POST", "restore"),
        ),
    )


def versions(context: EntryPanel, request: Any) -> Response:
    """Show all versions, and the difference of the two that the address names."""
    if not may_look_back(request, context):
        raise Refused("You may look at this entry, but not at what it was before.")
    return _screen(context, request)


def revert(context: EntryPanel, request: Any) -> Response:
    """Write an older version anew."""
    number = version_of(request, "to")
    _seen(context, request, number)
    try:
        request.find_service(Entries).revert(
            context.info.name,
            context.entry.id,
            number,
            expected=version_of(request),
            **acting(context.__parent__, context.entry),
        )
    except (Stale, Conflict, Invalid) as error:
        return _screen(context, request, error)
    return HTTPSeeOther(location=f"{context.url}?notice=entry-reverted")


def _screen(context: EntryPanel, request: Any, error: InsulaError | None = None) -> Response:
    info, entry = context.info, context.entry
    listed = request.find_service(Entries).versions(info.name, entry.id, limit=LISTED)
    found = seen_versions(request, context, listed)
    before = _picked(context, request, found, "from", 1)
    after = _picked(context, request, found, "to", 0)
    sight = sight_of(request, context.__parent__)
    fields = [field for field in info.document.fields if field.name in sight.readable]
    old, new = values_of(info, before), values_of(info, after)
    names = names_of(request, fields, [old, new])
    old_words, new_words = in_words(fields, old, names), in_words(fields, new, names)
    rows = [
        (field.title or field.name, old_words[field.name], new_words[field.name])
        for field in fields
        if old.get(field.name) != new.get(field.name)
    ]
    shown = {
        "heading": called(info.document, in_words(fields, values_of(info, entry), names), str(entry.id)),
        "info": info,
        "entry": entry,
        "versions": found,
        "people": people_of(request, [each.author_id for each in found]),
        "before": before,
        "after": after,
        "rows": rows,
        "same": len(fields) - len(rows),
        "here": context.url,
        "may_restore": request.may("restore", context) and not context.trashed,
        "summary": [("", error.detail or error.title)] if error else [],
    }
    return screen(request, "versions", shown, error.status if error else 200)


def _picked(
    context: EntryPanel, request: Any, found: Sequence[EntryVersion], name: str, otherwise: int
) -> EntryVersion:
    """Return the version that the address names; raises NotFound for one that is none."""
    text = request.GET.get(name)
    if text is None and found:
        return found[min(otherwise, len(found) - 1)]
    if not (text and text.isascii() and text.isdecimal() and len(text) <= 9):
        raise NotFound
    return _seen(context, request, int(text))


def _seen(context: EntryPanel, request: Any, number: int) -> EntryVersion:
    version = request.find_service(Entries).version(context.info.name, context.entry.id, number)
    if not seen_versions(request, context, [version]):
        raise NotFound
    found: EntryVersion = version
    return found
