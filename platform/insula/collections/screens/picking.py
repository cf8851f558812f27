"""Choosing what a link or file field leads to, without script: what is chosen, what was found, and what may be sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from insula.collections.interfaces.entries import working_stage
from insula.collections.interfaces.queries import Filter, Queries, Question
from insula.collections.interfaces.schemas import Collections
from insula.collections.queries.sight import CallerSight
from insula.collections.screens.entry_form import EntryForm, Offer
from insula.collections.screens.values import called, in_words
from insula.files.interfaces import FileInfo, Files
from insula.kit.errors import (
    Conflict,
    FieldError,
    Invalid,
    Malformed,
    NotFound,
    TooLarge,
    UnsupportedMedia,
)

if TYPE_CHECKING:
    from insula.collections.interfaces.schemas import Collection, FieldDocument

OFFERED: Final = 50


def kind_of(field: FieldDocument) -> str:
    """Return link or file for a field that leads somewhere, the list of such as well; else nothing."""
    kind = field.items if field.type == "list" else field.type
    return kind if kind in {"link", "file"} else ""


def offers(request: Any, form: EntryForm) -> dict[str, Offer]:
    """Return what each link and file of a form may lead to."""
    found = {}
    for field in form.fields:
        kind = kind_of(field)
        if kind and field.name in form.writable:
            chosen, find = form.texts[field.name], form.found.get(field.name, "")
            offer = _entries if kind == "link" else _files
            found[field.name] = offer(request, field, chosen, find)
    return found


def names_of(
    request: Any, fields: Iterable[FieldDocument], values: Iterable[Mapping[str, Any]]
) -> dict[str, str]:
    """Return what linked entries and files are called, by id: one question a collection, one for all files."""
    wanted: dict[str, set[str]] = {}
    rows = list(values)
    for field in fields:
        kind = kind_of(field)
        if kind:
            place = field.collection or "" if kind == "link" else "/files"
            wanted.setdefault(place, set()).update(_ids(row.get(field.name) for row in rows))
    names: dict[str, str] = {}
    for place, ids in wanted.items():
        if place == "/files" and ids:
            names.update(_file_names(request, ids))
        elif place and ids:
            names.update(_entry_names(request, place, ids))
    return names


def takes_files(form: EntryForm) -> bool:
    """Say whether files can be sent with a form."""
    return any(kind_of(field) == "file" and field.name in form.writable for field in form.fields)


def receive(request: Any, form: EntryForm) -> None:
    """Keep the files that were sent with a form, and have their fields lead to them; raises Invalid at the field."""

    def judge(media_type: str, size: int) -> None:
        if not request.may("create", _panel(request).new(media_type=media_type, size=size, public=False)):
            raise Invalid("You may not send files here. Choose one that is there.")

    for field in form.fields:
        sent = request.POST.get(f"upload.{field.name}")
        if kind_of(field) != "file" or field.name not in form.writable or not getattr(sent, "filename", ""):
            continue
        try:
            judge(sent.media_type or "", sent.length)
            info = request.find_service(Files).take(
                sent,
                sent.filename,
                media_type=sent.media_type,
                author=request.identity.account_id,
                length=sent.length,
                judge=judge,
            )
        except (Invalid, TooLarge, UnsupportedMedia, Conflict) as error:
            said = " ".join(each.detail for each in error.errors) or error.detail or error.title
            raise Invalid(errors=[FieldError(field.name, said)]) from error
        chosen = form.texts[field.name] if field.type == "list" else []
        form.texts[field.name] = [*chosen, str(info.id)]


def _ids(values: Iterable[Any]) -> set[str]:
    found: set[str] = set()
    for value in values:
        found.update(str(each) for each in (value if isinstance(value, list) else [value]) if each)
    return found


def _entries(request: Any, field: FieldDocument, chosen: Sequence[str], find: str) -> Offer:
    target = request.find_service(Collections).find(field.collection)
    if not CallerSight(request).sees(target):
        return _offer(field, chosen, {}, find, False, "entries", upload=False)
    queries: Queries = request.find_service(Queries)
    question = Question(target.name, working_stage(target), q=find)
    try:
        page = queries.page(question, limit=OFFERED)
        found = _named(queries, target, question, page.entries)
        more = page.after is not None
    except Malformed:
        # Nothing of it is searched; what there is can still be offered.
        page = queries.page(Question(target.name, working_stage(target)), limit=OFFERED)
        found, more = _named(queries, target, question, page.entries), page.after is not None
    names = _entry_names(request, target.name, set(chosen) - {key for key, _ in found})
    return _offer(field, chosen, {**names, **dict(found)}, find, more, target.document.title, upload=False)


def _named(
    queries: Queries, target: Collection, question: Question, entries: Sequence[Any]
) -> list[tuple[str, str]]:
    texts = queries.texts(Question(target.name, question.stage), entries)
    return [
        (
            str(entry.id),
            called(target.document, in_words(target.document.fields, json.loads(text)), str(entry.id)),
        )
        for entry, text in zip(entries, texts, strict=True)
    ]


def _entry_names(request: Any, collection: str, ids: set[str]) -> dict[str, str]:
    if not ids:
        return {}
    try:
        target = request.find_service(Collections).find(collection)
    except NotFound:
        return {}
    if not CallerSight(request).sees(target):
        return {}
    queries: Queries = request.find_service(Queries)
    question = Question(
        collection, working_stage(target), filters=(Filter("id", "in", ",".join(sorted(ids))),)
    )
    try:
        return dict(_named(queries, target, question, queries.page(question, limit=len(ids)).entries))
    except Malformed:  # somebody typed what is no id
        return {}


def _file_names(request: Any, ids: Iterable[str]) -> dict[str, str]:
    found = request.find_service(Files).find_many(key for key in map(_uuid, ids) if key)
    return _viewable(request, found.values())


def _viewable(request: Any, found: Iterable[FileInfo]) -> dict[str, str]:
    """Return the names of those files that whoever asks may view."""
    panel = _panel(request)
    return {str(info.id): info.name for info in found if request.may("view", panel.node_of(info))}


def _panel(request: Any) -> Any:
    return request.root["admin"]["files"]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _files(request: Any, field: FieldDocument, chosen: Sequence[str], find: str) -> Offer:
    files: Files = request.find_service(Files)
    found = files.page(find=find, limit=OFFERED + 1)
    names = _viewable(request, found[:OFFERED])
    names = {**_file_names(request, set(chosen) - set(names)), **names}
    return _offer(field, chosen, names, find, len(found) > OFFERED, "files", upload=True)


def _offer(
    field: FieldDocument,
    chosen: Sequence[str],
    names: Mapping[str, str],
    find: str,
    more: bool,  # noqa: FBT001 - passed on
    source: str,
    *,
    upload: bool,
) -> Offer:
    first = [(key, names.get(key, key)) for key in chosen]
    rest = [(key, name) for key, name in names.items() if key not in set(chosen)]
    many = field.type == "list"
    return Offer(
        [*first, *rest], find, bool(more or find), source, many, upload, missing=bool(find and not rest)
    )
