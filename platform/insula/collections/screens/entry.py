"""The screens of one entry: writing it, saving it against what others saved, publishing, throwing it away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from pyramid.httpexceptions import HTTPSeeOther

from insula.collections.entries.permits import seen_versions
from insula.collections.interfaces.entries import Entries, Entry
from insula.collections.screens.drawing import READ, register, screen, version_of
from insula.collections.screens.entry_form import EntryForm, placed
from insula.collections.screens.picking import names_of, offers, receive, takes_files
from insula.collections.screens.resources import CollectionPanel, EntryPanel
from insula.collections.screens.seeing import acting, may_create, people_of, sight_of, state_of
from insula.collections.screens.values import called, local, words
from insula.files.settings import FilesSettings
from insula.kit.errors import (
    Conflict,
    InsulaError,
    Invalid,
    NotFound,
    Refused,
    Stale,
    TooLarge,
    UnsupportedMedia,
)
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyramid.config import Configurator
    from pyramid.response import Response

    from insula.collections.interfaces.entries import EntryVersion
    from insula.collections.interfaces.schemas import Collection

FORMS: Final = r"/admin/collections/[a-z0-9_]+/(@@new|[0-9a-f-]{36})/?"
"""Where entries are written, so that files can be sent along."""
MEGABYTE: Final = 1_000_000
REST_OF_FORM: Final = 4 << 20
LISTED: Final = 4
"""How many versions are listed beside an entry."""
WRONG: Final = (Invalid, Conflict, TooLarge, UnsupportedMedia)


def includeme(config: Configurator) -> None:
    """Register the screens."""
    largest = settings_of(config.registry, FilesSettings).largest_megabytes * MEGABYTE
    config.add_upload_form(FORMS, largest=largest + REST_OF_FORM)
    config.add_admin_notice("entry-created", "Written.")
    config.add_admin_notice("entry-saved", "Saved.")
    config.add_admin_notice("entry-same", "Nothing was different, so nothing was changed.")
    config.add_admin_notice("entry-published", "Published. Visitors see it from now on.")
    register(
        config,
        (
            (blank, CollectionPanel, "new", READ, "view"),
            (create, CollectionPanel, "new", "POST", "view"),
            (show, EntryPanel, "", READ, "view"),
            (save, EntryPanel, "", "POST", "edit"),
        ),
    )


def only(context: CollectionPanel, request: Any) -> Response:
    """Show the only entry of a collection, or the form that writes it."""
    try:
        node = context[str(context.info.id)]
    except KeyError:
        return blank(context, request)
    if not request.may("view", node):
        raise NotFound
    return _shown(node, request)


def blank(context: CollectionPanel, request: Any) -> Response:
    """Show the form of a new entry, filled with what its fields have by default."""
    if not may_create(context):
        raise Refused("You may look at this collection, but not write entries of it.")
    defaults = {field.name: field.default for field in context.info.document.fields}
    return _new(context, request, form_of(request, context, defaults))


def create(context: CollectionPanel, request: Any) -> Response:
    """Write a new entry, or look for what its links may lead to."""
    form = form_of(request, context, {}).read(request.POST)
    do = request.POST.get("do", "")
    if do.startswith("find."):
        return _new(context, request, form)
    try:
        receive(request, form)
        entries: Entries = request.find_service(Entries)
        entry = entries.create(context.info.name, form.values(), **acting(context))
        if do == "publish":
            entry = _publish(context, entry, request)
    except WRONG as error:
        return _new(context, request, form, error)
    notice = "entry-published" if do == "publish" else "entry-created"
    return HTTPSeeOther(location=f"{context.url}/{entry.id}?notice={notice}")


def show(context: EntryPanel, request: Any) -> Response:
    """Show one entry as a form, or as it lies in the trash."""
    return _shown(context, request)


def save(context: EntryPanel, request: Any) -> Response:
    """Save what the form changes; where somebody was faster, show theirs beside it."""
    if context.trashed:
        raise Conflict("It lies in the trash. Restore it first.")
    stored = form_of(request, context.__parent__, values_of(context.info, context.entry))
    form = stored.read(request.POST)
    do = request.POST.get("do", "")
    expected = version_of(request)
    for name in request.POST.getall("theirs"):
        if name in stored.texts:
            form.texts[name] = stored.texts[name]
    if do.startswith("find."):
        return edit_screen(context, request, form)
    try:
        receive(request, form)
        entry = context.entry
        changes = form.changes(stored)
        if changes:
            entry = request.find_service(Entries).edit(
                context.info.name,
                entry.id,
                changes,
                expected=expected,
                **acting(context.__parent__, entry),
            )
        if do == "publish":
            entry = _publish(context.__parent__, entry, request)
    except Stale as error:
        return _late(context, request, form, stored, expected, error)
    except WRONG as error:
        return edit_screen(context, request, form, error)
    notice = "entry-published" if do == "publish" else "entry-saved" if changes else "entry-same"
    return HTTPSeeOther(location=f"{context.url}?notice={notice}")


def form_of(request: Any, node: CollectionPanel, values: Mapping[str, Any]) -> EntryForm:
    """Return the form of the fields that whoever asks may view, of which some can be written."""
    sight = sight_of(request, node)
    return EntryForm.of(node.info, sight.readable, sight.writable, values)


def values_of(info: Collection, entry: Entry | EntryVersion) -> Mapping[str, Any]:
    """Return the values of all fields, those that whoever asks may not view as well."""
    return info.of_today(json.loads(entry.text))


def _publish(collection: CollectionPanel, entry: Entry, request: Any) -> Entry:
    entries: Entries = request.find_service(Entries)
    return entries.publish(collection.info.name, entry.id, expected=entry.version, **acting(collection))


def _new(
    context: CollectionPanel, request: Any, form: EntryForm, error: InsulaError | None = None
) -> Response:
    told, summary = placed(form, error)
    values = {
        "heading": f"New entry of {context.info.document.title}",
        "info": context.info,
        "entry": None,
        "single": context.info.document.singleton,
        "controls": form.controls(told, offers(request, form)),
        "told": {},
        "takes_files": takes_files(form),
        "moved": False,
        "summary": summary,
        "action": f"{context.url}/@@new",
        "above": context.__parent__.url if context.info.document.singleton else context.url,
        "may": {"edit": True, "publish": request.may("publish", context), "delete": False},
    }
    return screen(request, "entry", values, error.status if error else 200)


def _shown(context: EntryPanel, request: Any) -> Response:
    response = edit_screen(
        context, request, form_of(request, context.__parent__, values_of(context.info, context.entry))
    )
    response.etag = str(context.entry.version)
    return response


def _late(
    context: EntryPanel, request: Any, form: EntryForm, stored: EntryForm, began: int, error: Stale
) -> Response:
    """Show both versions by field; what the form had not changed takes the value that is in force."""
    try:
        first = request.find_service(Entries).version(context.info.name, context.entry.id, began)
    except NotFound:
        first = None
    base = next(iter(seen_versions(request, context, [first])), None) if first else None
    before = form_of(request, context.__parent__, values_of(context.info, base)) if base else stored
    mine = before.texts
    texts = dict(form.texts)
    for name, text in form.texts.items():
        if base and [each for each in mine[name] if each] == text:
            texts[name] = stored.texts[name]
    merged = replace(form, texts=texts)
    differing = [
        (each.name, each.title or each.name, "\n".join(stored.texts[each.name]), "\n".join(texts[each.name]))
        for each in form.fields
        if texts[each.name] != [text for text in stored.texts[each.name] if text]
    ]
    return edit_screen(context, request, merged, error, {"began": began, "differing": differing})


def edit_screen(
    context: EntryPanel,
    request: Any,
    form: EntryForm,
    error: InsulaError | None = None,
    more: Mapping[str, Any] | None = None,
) -> Response:
    """Show an entry with what stands in its form; `more` is what the template is to have beside or otherwise."""
    info, entry = context.info, context.entry
    values = values_of(info, entry)
    told, summary = placed(form, error)
    names = names_of(request, form.fields, [values])
    named = {field.name: words(field, values.get(field.name), names) for field in form.fields}
    may = {name: request.may(name, context) for name in ("edit", "publish", "delete", "restore")}
    versions: Sequence[EntryVersion] = ()
    if may["edit"] or may["restore"]:
        listed = request.find_service(Entries).versions(info.name, entry.id, limit=LISTED)
        versions = seen_versions(request, context, listed)
    people = people_of(request, [entry.author_id, *(each.author_id for each in versions)])
    shown = {
        "heading": called(info.document, named, str(entry.id)),
        "info": info,
        "entry": entry,
        "single": info.document.singleton,
        "state": state_of(request, context),
        "versions": versions,
        "people": people,
        "author": people.get(entry.author_id, ""),
        "controls": form.controls(told, offers(request, form), sight_of(request, context.__parent__).rules),
        "told": named,
        "takes_files": takes_files(form),
        "summary": summary,
        "moved": isinstance(error, Stale),
        "planned": {name: local(getattr(entry, name)) for name in ("publish_at", "expire_at")},
        "wrong": {},
        "here": context.url,
        "action": context.url,
        "json": f"/api/collections/{info.name}/entries/{entry.id}",
        "above": context.__parent__.url,
        "may": {**may, "edit": may["edit"] and not context.trashed},
        "reason": request.decide("edit", context, enforced=False).reason or "",
        **(more or {}),
    }
    return screen(request, "entry", shown, error.status if error else 200)
