"""The screens of one entry: writing it, saving it against what others saved, publishing, throwing it away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from pyramid.httpexceptions import HTTPSeeOther

from insula.collections.interfaces.entries import Entries, Entry
from insula.collections.interfaces.queries import Queries, Question
from insula.collections.screens.drawing import READ, register, screen, version_of
from insula.collections.screens.entry_form import EntryForm, placed
from insula.collections.screens.picking import names_of, offers, receive, stage_of, takes_files
from insula.collections.screens.resources import CollectionPanel, EntryPanel
from insula.collections.screens.seeing import demand, people_of, sight_of, state_of
from insula.collections.screens.values import called, local, words
from insula.files.settings import FilesSettings
from insula.kit.errors import Conflict, InsulaError, Invalid, Stale, TooLarge, UnsupportedMedia
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyramid.config import Configurator
    from pyramid.response import Response

    from insula.collections.interfaces.entries import EntryVersion

FORMS: Final = r"/admin/collections/[a-z0-9_]+/(@@new|[0-9a-f-]{36})/?"
"""Where entries are written, so that files can be sent along."""
MEGABYTE: Final = 1_000_000
REST_OF_FORM: Final = 4 << 20
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
            (blank, CollectionPanel, "new", READ, "create"),
            (create, CollectionPanel, "new", "POST", "create"),
            (show, EntryPanel, "", READ, "view"),
            (save, EntryPanel, "", "POST", "edit"),
        ),
    )


def only(context: CollectionPanel, request: Any) -> Response:
    """Show the only entry of a collection, or the form that writes it."""
    page = request.find_service(Queries).page(Question(context.info.name, stage_of(context.info)), limit=1)
    if page.entries:
        return _shown(context.node_of(page.entries[0]), request)
    demand(request, "create", context)
    return blank(context, request)


def blank(context: CollectionPanel, request: Any) -> Response:
    """Show the form of a new entry, filled with what its fields have by default."""
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
        entry = entries.create(context.info.name, form.values(), author=request.identity.account_id)
        if do == "publish":
            entry = _publish(context.node_of(entry), request)
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
    stored = form_of(request, context.__parent__, values_of(context.entry))
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
                context.info.name, entry.id, changes, expected=expected, author=request.identity.account_id
            )
        if do == "publish":
            entry = _publish(context.__parent__.node_of(entry), request)
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


def values_of(entry: Entry | EntryVersion) -> Mapping[str, Any]:
    """Return the values of all fields, those that whoever asks may not view as well."""
    values: Mapping[str, Any] = json.loads(entry.text)
    return values


def _publish(node: EntryPanel, request: Any) -> Entry:
    demand(request, "publish", node)
    entries: Entries = request.find_service(Entries)
    return entries.publish(
        node.info.name, node.entry.id, expected=node.entry.version, author=request.identity.account_id
    )


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
    response = edit_screen(context, request, form_of(request, context.__parent__, values_of(context.entry)))
    response.etag = str(context.entry.version)
    return response


def _late(
    context: EntryPanel, request: Any, form: EntryForm, stored: EntryForm, began: int, error: Stale
) -> Response:
    """Show both versions by field; what the form had not changed takes the value that is in force."""
    versions = request.find_service(Entries).versions(context.info.name, context.entry.id)
    base = next((each for each in versions if each.version == began), None)
    before = form_of(request, context.__parent__, values_of(base)) if base else stored
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
    values = values_of(entry)
    told, summary = placed(form, error)
    names = names_of(request, form.fields, [values])
    named = {field.name: words(field, values.get(field.name), names) for field in form.fields}
    versions: Sequence[EntryVersion] = request.find_service(Entries).versions(info.name, entry.id)
    people = people_of(request, [entry.author_id, *(each.author_id for each in versions[:4])])
    may = {name: request.may(name, context) for name in ("edit", "publish", "delete", "restore")}
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
