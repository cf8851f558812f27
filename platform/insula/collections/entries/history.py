"""What an entry was: its versions as JSON, with who wrote each and what it changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from insula.api.interfaces import Identifier, Moment, Page, Places, Query, Service, etag_of, listing
from insula.collections.access.rules import readable_fields
from insula.collections.entries.permits import may_look_back, seen_versions
from insula.collections.entries.resources import CollectedItem, CollectedVersionItem, CollectedVersionsAPI
from insula.collections.interfaces.entries import Entries, EntryVersion
from insula.kit.clock import isoformat
from insula.kit.errors import NotFound, Refused
from insula.kit.json import loads
from insula.security.interfaces import hidden

if TYPE_CHECKING:
    from pyramid.config import Configurator

    from insula.collections.interfaces.schemas import Collection

LIMIT, MOST = 50, 200


class VersionShape(TypedDict):
    """One version of an entry, without what it said."""

    id: str
    version: int
    act: str
    author: Identifier | None
    at: Moment


class FieldChange(TypedDict):
    """What a version made of one field."""

    field: str
    before: Any
    after: Any


class WholeVersion(VersionShape):
    """One version of an entry: its fields, and what it changed of the one before."""

    fields: dict[str, Any]
    changes: list[FieldChange]


def includeme(config: Configurator) -> None:
    """Register the endpoints."""
    config.add_endpoint(list_versions, context=CollectedVersionsAPI, method="GET", permission="view")
    config.add_endpoint(show_version, context=CollectedVersionItem, method="GET", permission="view")


def list_versions(
    context: CollectedVersionsAPI,
    request: Any,
    limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT,
    after: Annotated[str | None, Query()] = None,
    entries: Entries = Service,
) -> Page[VersionShape]:
    """Return what an entry was, newest first, to those who may edit or restore it."""
    item = _looking_back(context.item, request)
    places = Places(request, ("entry versions", item.info.name, str(item.entry.id)))
    place = places.open({} if after is None else {"after": after})
    # One more than asked tells whether there is another page.
    found = entries.versions(
        item.info.name, item.entry.id, before=place["version"] if place else None, limit=limit + 1
    )
    cursor = places.seal({"version": found[limit - 1].version} if len(found) > limit else None)
    seen = seen_versions(request, item, found[:limit])
    return listing(request, [_shape(each) for each in seen], cursor)


def show_version(context: CollectedVersionItem, request: Any, entries: Entries = Service) -> WholeVersion:
    """Return what an entry was at one version, and what that changed."""
    item = _looking_back(context.item, request)
    number = int(context.__name__)
    found = entries.versions(item.info.name, item.entry.id, before=number + 1, limit=2)
    seen = seen_versions(request, item, found)
    if not seen or seen[0].version != number:
        raise NotFound
    etag_of(request, number)
    readable = readable_fields(request, item.info)
    now, before = (_fields(item.info, each, readable) for each in (*seen, None)[:2])
    return WholeVersion(**_shape(seen[0]), fields=dict(now), changes=differences(before, now))


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldChange]:
    """Return what differs between two documents, by field."""
    return [
        FieldChange(field=name, before=before.get(name), after=after.get(name))
        for name in dict.fromkeys((*after, *before))
        if before.get(name) != after.get(name)
    ]


def _looking_back(item: CollectedItem, request: Any) -> CollectedItem:
    if may_look_back(request, item):
        return item
    if request.identity is None:
        raise hidden()
    raise Refused("You may look at this entry, but not at what it was before.")


def _shape(version: EntryVersion) -> VersionShape:
    return VersionShape(
        id=str(version.version),
        version=version.version,
        act=version.act,
        author=str(version.author_id) if version.author_id else None,
        at=isoformat(version.at),
    )


def _fields(info: Collection, version: EntryVersion | None, readable: Iterable[str]) -> Mapping[str, Any]:
    stored = {} if version is None else info.of_today(loads(version.text))
    return {name: value for name, value in stored.items() if name in readable}
