"""`/api/audit`: the trail as JSON, newest entry first, one entry, the chain, and the trail as a file."""

from typing import Annotated, Any, Literal

from annotated_types import Ge, Le
from pydantic import Field
from pyramid.response import Response
from typing_extensions import TypedDict

from insula.accounts.interfaces import Accounts, actor_names
from insula.api.interfaces import Answer, ListQuery, Page, Query, Service, listing
from insula.audit.cursors import after_of, seal
from insula.audit.exporting import export
from insula.audit.filters import search_of
from insula.audit.interfaces import MAX_LIMIT, AuditTrail, Chain
from insula.audit.shapes import EntryOfTrail, as_json


class SearchQuery(ListQuery):
    """What is searched for in the trail."""

    event: str = Field(default="", description="An event, or a family of events: `page`.")
    who: str = Field(default="", description="The id or a part of the name of who acted.")
    thing: str = Field(default="", description="The id of what was changed.")
    address: str = Field(default="", description="An address, or a network as in 192.0.2.0/24.")
    request_id: str = ""
    find: str = Field(default="", description="Words in an entry.")
    start: str = Field(default="", alias="time[gte]", description="A day or a moment: 2026-03-01.")
    end: str = Field(default="", alias="time[lt]", description="A day or a moment: 2026-03-01.")


class ChainShape(TypedDict):
    """The head of the chain."""

    position: int
    hash: str
    verified: Any


def list_entries(
    context: Any,
    request: Any,
    query: Annotated[SearchQuery, Query()],
    limit: Annotated[int, Ge(1), Le(MAX_LIMIT)] = 100,
    trail: AuditTrail = Service,
) -> Page[EntryOfTrail]:
    """Return one page of the trail, or of what is searched for in it."""
    given = query.given()
    search = search_of(given)
    page = trail.page(limit=limit, after=after_of(request, given, search), search=search)
    names = actor_names(request.find_service(Accounts), (entry.actor for entry in page.entries))
    after = seal(request, page.after, search)
    return listing(request, [as_json(entry, names) for entry in page.entries], after)


def show_entry(context: Any, request: Any, accounts: Accounts = Service) -> EntryOfTrail:
    """Return one entry of the trail."""
    names = actor_names(accounts, [context.entry.actor])
    return as_json(context.entry, names)


def show_chain(chain: Chain = Service) -> ChainShape:
    """Return the head of the chain, and what its last verification found."""
    head = chain.head()
    return {"position": head.position, "hash": head.hash, "verified": head.verified}


def download(
    request: Any,
    query: Annotated[SearchQuery, Query()],
    kind: Annotated[Literal["ndjson", "csv"], Query("format")] = "ndjson",
) -> Annotated[Response, Answer(media="application/x-ndjson"), Answer(media="text/csv")]:
    """Return what is searched for as a file."""
    return export(request, kind, query.given())
