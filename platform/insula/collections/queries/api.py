"""Entries asked for over the API: lists, counts, groups and search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field
from typing_extensions import TypedDict

from insula.api.interfaces import Answer, ListQuery, Places, Query, Service
from insula.api.interfaces import next_page as address_of
from insula.collections.entries.resources import EntriesAPI, reading_stage
from insula.collections.interfaces.queries import Queries, Question
from insula.collections.interfaces.shapes import EntryPage
from insula.collections.queries.grammar import names_in, question_of, words_of
from insula.collections.settings import CollectionsSettings
from insula.kit.errors import FieldError, Malformed
from insula.kit.json import dumps
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from pyramid.config import Configurator

StageName = Literal["live", "draft", "trash"]
Limit = Annotated[int | None, Field(ge=1)]
_OWN: Final = frozenset({"stage", "limit", "after", "count"})


class CountShape(TypedDict):
    """How many entries there are."""

    count: int


class GroupShape(TypedDict):
    """How many entries have these values, beside the values themselves."""

    count: int


class GroupsShape(TypedDict):
    """Groups of entries, the largest first."""

    data: list[GroupShape]


def includeme(config: Configurator) -> None:
    """Register the endpoints."""
    for view, name in ((index, ""), (search, "search"), (count, "count"), (groups, "groups")):
        config.add_endpoint(view, context=EntriesAPI, method="GET", name=name, permission="view")


class EntriesQuery(ListQuery):
    """What may be asked of entries beside filters on their fields, such as `state=CA` and `latitude[gt]=37`."""

    stage: StageName = "live"
    q: str = Field(default="", description="Words, each of which begins one in a searchable field.")
    sort: str = Field(default="", description="Fields, downwards with a minus: `state,-latitude`.")
    fields: str = Field(default="", description="The fields to show: `iata,name`.")
    expand: str = Field(default="", description="Links to follow: `country,country.capital`.")
    limit: Limit = None
    count: Literal["exact"] | None = Field(default=None, description="Whether to count all that there are.")


def index(
    context: EntriesAPI,
    request: Any,
    asked: Annotated[EntriesQuery, Query()],
    query: Mapping[str, str],
    queries: Queries = Service,
) -> Annotated[bytes, Answer(schema=EntryPage)]:
    """List the entries that the caller may view, filtered by their fields, sorted, some fields of them."""
    question = _question(context, request, {**query, **asked.given()})
    limits = settings_of(request.registry, CollectionsSettings)
    size = _limit(asked.limit, usual=limits.page, most=limits.max_page)
    places = Places(request, ("entries", words_of(question)))
    place = places.open({} if asked.after is None else {"after": asked.after})
    page = queries.page(question, limit=size, after=place)
    text = b'{"data":[%b]' % b",".join(queries.texts(question, page.entries))
    if asked.count:
        text += b',"count":%d' % queries.count(question)
    if page.after is not None:
        cursor = places.seal(dict(page.after)) or ""
        request.response.headers["Link"] = f'<{address_of(request, cursor)}>; rel="next"'
        text += b',"after":%b' % dumps(cursor)
    return text + b"}"


def search(
    context: EntriesAPI,
    request: Any,
    asked: Annotated[EntriesQuery, Query()],
    query: Mapping[str, str],
    queries: Queries = Service,
) -> Annotated[bytes, Answer(schema=EntryPage)]:
    """List the entries that have the words of `q` in their searchable fields, filtered as a list is."""
    if not asked.q.strip():
        raise Malformed("There is nothing to search for.", errors=[FieldError("q", "Write a word.")])
    return index(context, request, asked, query, queries)


def count(
    context: EntriesAPI,
    request: Any,
    query: Mapping[str, str],
    *,
    stage: StageName = "live",
    q: str = "",
    queries: Queries = Service,
) -> Annotated[bytes, Answer(schema=CountShape)]:
    """Count the entries that the caller may view, filtered as a list is."""
    return dumps({"count": queries.count(_question(context, request, {**query, "q": q}))})


def groups(
    context: EntriesAPI,
    request: Any,
    query: Mapping[str, str],
    *,
    by: str,
    stage: StageName = "live",
    q: str = "",
    limit: Limit = None,
    queries: Queries = Service,
) -> Annotated[bytes, Answer(schema=GroupsShape)]:
    """Count the entries of each `by=state`, filtered as a list is, the largest groups first."""
    most = settings_of(request.registry, CollectionsSettings).max_groups
    size = _limit(limit, usual=most, most=most)
    found = queries.groups(_question(context, request, {**query, "q": q}), names_in(by), limit=size)
    return dumps({"data": [{**group.values, "count": group.count} for group in found]})


def _question(context: EntriesAPI, request: Any, given: Mapping[str, Any]) -> Question:
    asked = {name: value for name, value in given.items() if name not in _OWN}
    return question_of(context.info.name, asked, stage=reading_stage(request, context.info))


def _limit(asked: int | None, *, usual: int, most: int) -> int:
    if asked is None:
        return usual
    if asked > most:
        wrong = FieldError("limit", f"Use a whole number from 1 to {most:,}.")
        raise Malformed("The parameter limit cannot be used.", errors=[wrong])
    return asked
