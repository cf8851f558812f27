"""What rooms that open a door under /api may use of the frame."""

from urllib.parse import urlencode

from pyramid.request import Request

from insula.api.annotations import (
    JSON,
    MERGE_PATCH,
    Answer,
    Body,
    Header,
    Identifier,
    IfMatch,
    Item,
    ListQuery,
    Moment,
    Page,
    Patch,
    Query,
    SentMoment,
    Service,
)
from insula.api.bodies import checked, json_body
from insula.api.etags import check_if_match, etag_of, not_modified
from insula.api.idempotency import (
    Claim,
    IdempotencyKeys,
    KeptAnswer,
    Sender,
    StillRunning,
    key_of,
)
from insula.api.openapi.sources import Place
from insula.api.places import Places
from insula.api.queries import limit_of, query_parameters
from insula.api.resources import APIBranch

__all__ = [
    "JSON",
    "MERGE_PATCH",
    "APIBranch",
    "Answer",
    "Body",
    "Claim",
    "Header",
    "IdempotencyKeys",
    "Identifier",
    "IfMatch",
    "KeptAnswer",
    "ListQuery",
    "Moment",
    "Page",
    "Patch",
    "Place",
    "Places",
    "Query",
    "Sender",
    "SentMoment",
    "Service",
    "StillRunning",
    "check_if_match",
    "checked",
    "etag_of",
    "json_body",
    "key_of",
    "limit_of",
    "listing",
    "not_modified",
    "query_parameters",
]


def listing(request: Request, rows: list[Item], after: str | None = None) -> Page[Item]:
    """Return the body of a list, `{"data": […], "after": …}`, and set its `Link` header."""
    if after is None:
        return {"data": rows}
    request.response.headers["Link"] = f'<{next_page(request, after)}>; rel="next"'
    return {"data": rows, "after": after}


def next_page(request: Request, after: str) -> str:
    """Return the relative address of the page behind a cursor."""
    query = [(name, value) for name, value in request.GET.items() if name != "after"]
    return f"{request.path}?{urlencode([*query, ('after', after)])}"
