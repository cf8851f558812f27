"""Entries as JSON: made, read, changed, published, thrown away and restored, one by one or many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from insula.api.interfaces import JSON, MERGE_PATCH, Answer, Body, IfMatch, SentMoment, Service, etag_of
from insula.collections.access.rules import readable_fields
from insula.collections.entries.acts import (
    BULK_BYTES,
    Match,
    acting_on,
    answer_of,
    answer_of_act,
    author_of,
    keep,
    permit_of,
    tag_of,
)
from insula.collections.entries.patches import JSON_PATCH, changes_of
from insula.collections.entries.permits import seen_versions
from insula.collections.entries.resources import CollectedItem, EntriesAPI, SingletonAPI, TrashedItem
from insula.collections.entries.shapes import entry_values
from insula.collections.interfaces.entries import Entries
from insula.collections.interfaces.queries import Queries, Question
from insula.collections.interfaces.shapes import (
    EntryBody,
    EntryPatch,
    EntryShape,
    MadeEntries,
    PatchOperation,
)
from insula.collections.settings import CollectionsSettings
from insula.kit.errors import FieldError, Invalid, Malformed, NotFound
from insula.kit.json import dumps
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from pyramid.config import Configurator


StageName = Literal["live", "draft", "trash"]


class Schedule(BaseModel):
    """When an entry is published, and when it is taken away again; null is never."""

    model_config = ConfigDict(extra="forbid")

    publish_at: SentMoment | None = None
    expire_at: SentMoment | None = None


class Reversion(BaseModel):
    """Which version is written anew."""

    model_config = ConfigDict(extra="forbid", strict=True)

    version: int = Field(ge=1, le=2**31 - 1)


def includeme(config: Configurator) -> None:
    """Hang the entries below their collection, and register their endpoints."""
    parts = "insula.collections.entries.resources"
    config.add_collection_part("entries", f"{parts}.EntriesAPI")
    config.add_collection_part("entry", f"{parts}.singleton")
    for view, context, method, name, permission in (
        (create, EntriesAPI, "POST", "", "view"),
        (create_singleton, SingletonAPI, "POST", "", "view"),
        (no_singleton, SingletonAPI, "GET", "", "view"),
        (show, CollectedItem, "GET", "", "view"),
        (change, CollectedItem, "PATCH", "", "edit"),
        (throw_away, CollectedItem, "DELETE", "", "delete"),
        (publish, CollectedItem, "POST", "publish", "publish"),
        (unpublish, CollectedItem, "POST", "unpublish", "publish"),
        (schedule, CollectedItem, "POST", "schedule", "publish"),
        (restore, TrashedItem, "POST", "restore", "restore"),
        (purge, TrashedItem, "POST", "purge", "delete"),
        (revert, CollectedItem, "POST", "revert", "restore"),
    ):
        asks = ("create", "") if view in (create, create_singleton) else None
        config.add_endpoint(view, context=context, method=method, name=name, permission=permission, asks=asks)


def create(
    context: EntriesAPI,
    request: Any,
    *,
    body: Annotated[Any, Body(JSON, largest=BULK_BYTES, schema=EntryBody | list[EntryBody])],
    whole: bool = True,
    dry_run: bool = False,
    entries: Entries = Service,
) -> Annotated[bytes, Answer(201, schema=EntryShape | MadeEntries)]:
    """Make an entry from an object, or many from a list of objects; `whole=false` keeps those that fit."""
    if isinstance(body, list):
        answer = _create_many(context, request, entries, _objects(request, body), whole=whole)
    else:
        if not isinstance(body, dict):
            raise Malformed("Send a JSON object, or a list of them.")
        permit = permit_of(request, context)
        entry = entries.create(context.info.name, body, author=author_of(request), permit=permit)
        request.response.headers["Location"] = f"{request.path.rstrip('/')}/{entry.id}"
        answer = answer_of_act(request, context.info, entry, permit)
    keep(request, dry_run=dry_run)
    return answer


def create_singleton(
    context: SingletonAPI,
    request: Any,
    *,
    body: Annotated[dict[str, Any], Body(JSON, schema=EntryBody)],
    dry_run: bool = False,
    entries: Entries = Service,
) -> Annotated[bytes, Answer(201, schema=EntryShape)]:
    """Make the one entry of a singleton."""
    permit = permit_of(request, context)
    entry = entries.create(context.info.name, body, author=author_of(request), permit=permit)
    keep(request, dry_run=dry_run)
    return answer_of_act(request, context.info, entry, permit)


def no_singleton(context: SingletonAPI) -> Annotated[None, Answer(schema=EntryShape)]:
    """Answer that there is no entry yet."""
    raise NotFound


def show(
    context: CollectedItem,
    request: Any,
    *,
    stage: StageName = "live",
    fields: str = "",
    expand: str = "",
) -> Annotated[bytes, Answer(schema=EntryShape)]:
    """Return one entry: what visitors may see, or another stage of it."""
    if not expand:
        # What links lead to changes without this entry.
        etag_of(request, *tag_of(context.info, context.entry))
    if not (fields or expand):
        return answer_of(request, context.info, context.entry)
    question = Question(context.info.name, context.entry.stage, fields=_names(fields), expand=_names(expand))
    queries: Queries = request.find_service(Queries)
    return queries.texts(question, [context.entry])[0]


def change(
    context: CollectedItem,
    request: Any,
    *,
    body: Annotated[Any, Body(JSON, MERGE_PATCH, JSON_PATCH, schema=EntryPatch | list[PatchOperation])],
    match: IfMatch,
    dry_run: bool = False,
    entries: Entries = Service,
) -> Annotated[bytes, Answer(schema=EntryShape)]:
    """Apply a merge patch or a JSON-Patch to the version that `If-Match` names."""
    match.check(*tag_of(context.info, context.entry))
    operations = request.content_type == JSON_PATCH
    if not operations and not isinstance(body, dict):
        raise Malformed("Send a JSON object.")
    shown = entry_values(context.entry, context.info, readable_fields(request, context.info))
    permit = permit_of(request, context.__parent__, context.entry)
    entry = entries.edit(
        context.info.name,
        context.entry.id,
        changes_of(shown, body, operations=operations),
        expected=context.entry.version,
        author=author_of(request),
        permit=permit,
    )
    keep(request, dry_run=dry_run)
    return answer_of_act(request, context.info, entry, permit)


def throw_away(
    context: CollectedItem,
    request: Any,
    *,
    match: IfMatch,
    dry_run: bool = False,
    entries: Entries = Service,
) -> None:
    """Throw an entry into the trash."""
    match.check(*tag_of(context.info, context.entry))
    entries.trash(
        context.info.name,
        context.entry.id,
        expected=context.entry.version,
        author=author_of(request),
        permit=permit_of(request, context.__parent__, context.entry),
    )
    keep(request, dry_run=dry_run)


def publish(
    context: CollectedItem, request: Any, *, match: Match, dry_run: bool = False, entries: Entries = Service
) -> Annotated[bytes, Answer(schema=EntryShape)]:
    """Show visitors what is being worked on."""
    acting = acting_on(context, request, match)
    entry = entries.publish(context.info.name, context.entry.id, **acting)
    keep(request, dry_run=dry_run)
    return answer_of_act(request, context.info, entry, acting["permit"])


def unpublish(
    context: CollectedItem, request: Any, *, match: Match, dry_run: bool = False, entries: Entries = Service
) -> Annotated[bytes, Answer(schema=EntryShape)]:
    """Take away what visitors read; the draft stays."""
    acting = acting_on(context, request, match)
    entry = entries.unpublish(context.info.name, context.entry.id, **acting)
    keep(request, dry_run=dry_run)
    return answer_of_act(request, context.info, entry, acting["permit"])


def schedule(
    context: CollectedItem,
    request: Any,
    *,
    body: Schedule,
    match: Match,
    dry_run: bool = False,
    entries: Entries = Service,
) -> Annotated[bytes, Answer(schema=EntryShape)]:
    """Say when the entry is published, and when it is taken away again."""
    acting = acting_on(context, request, match)
    entry = entries.schedule(
        context.info.name,
        context.entry.id,
        publish_at=body.publish_at,
        expire_at=body.expire_at,
        **acting,
    )
    keep(request, dry_run=dry_run)
    return answer_of_act(request, context.info, entry, acting["permit"])


def restore(
    context: TrashedItem, request: Any, *, match: Match, dry_run: bool = False, entries: Entries = Service
) -> Annotated[bytes, Answer(schema=EntryShape)]:
    """Take an entry out of the trash."""
    acting = acting_on(context, request, match)
    entry = entries.restore(context.info.name, context.entry.id, **acting)
    keep(request, dry_run=dry_run)
    return answer_of_act(request, context.info, entry, acting["permit"])


def purge(
    context: TrashedItem, request: Any, *, match: Match, dry_run: bool = False, entries: Entries = Service
) -> None:
    """Delete an entry for good, with all its versions; from the trash only."""
    acting = acting_on(context, request, match)
    entries.purge(context.info.name, context.entry.id, expected=acting["expected"], permit=acting["permit"])
    keep(request, dry_run=dry_run)


def revert(
    context: CollectedItem,
    request: Any,
    *,
    body: Reversion,
    match: Match,
    dry_run: bool = False,
    entries: Entries = Service,
) -> Annotated[bytes, Answer(schema=EntryShape)]:
    """Write an older version anew."""
    acting = acting_on(context, request, match)
    if not seen_versions(
        request, context, [entries.version(context.info.name, context.entry.id, body.version)]
    ):
        raise NotFound(f"There is no version {body.version}.")
    entry = entries.revert(context.info.name, context.entry.id, body.version, **acting)
    keep(request, dry_run=dry_run)
    return answer_of_act(request, context.info, entry, acting["permit"])


def _objects(request: Any, body: list[Any]) -> list[dict[str, Any]]:
    most = settings_of(request.registry, CollectionsSettings).max_bulk
    if not 1 <= len(body) <= most:
        raise Malformed(f"Send 1 to {most:,} objects in a list; there are {len(body):,}.")
    wrong = [
        FieldError(str(index), "Use a JSON object.")
        for index, each in enumerate(body)
        if not isinstance(each, dict)
    ]
    if wrong:
        raise Malformed("The list has something else than objects.", errors=wrong)
    return body


def _create_many(
    context: EntriesAPI, request: Any, entries: Entries, values: list[dict[str, Any]], *, whole: bool
) -> bytes:
    made, rejected = entries.create_many(
        context.info.name,
        values,
        author=author_of(request),
        whole=whole,
        permit=permit_of(request, context),
    )
    errors = [
        FieldError(f"{each.index}.{error.path}", error.detail) for each in rejected for error in each.errors
    ]
    if not made:
        raise Invalid("No entry was made.", errors=errors)
    told = [{"path": error.path, "detail": error.detail} for error in errors]
    return dumps({"data": [{"id": each.id, "version": each.version} for each in made], "rejected": told})


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))
