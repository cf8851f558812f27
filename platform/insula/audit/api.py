"""`/api/audit`: the trail as JSON, newest entry first, one entry, the chain, and the trail as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyramid.response import Response

from insula.accounts.interfaces import Accounts, actor_names
from insula.api.interfaces import limit_of, listing, query_parameters
from insula.audit.cursors import after_of, seal
from insula.audit.exporting import FORMATS, export
from insula.audit.filters import NAMES, search_of
from insula.audit.interfaces import MAX_LIMIT, AuditTrail, Chain
from insula.audit.shapes import as_json
from insula.kit.errors import FieldError, Malformed


def list_entries(context: Any, request: Any) -> Mapping[str, Any]:
    """Return one page of the trail, or of what is searched for in it."""
    given = query_parameters(request, ("limit", "after", *NAMES))
    search = search_of(given)
    limit = limit_of(given, default=100, most=MAX_LIMIT)
    page = request.find_service(AuditTrail).page(
        limit=limit, after=after_of(request, given, search), search=search
    )
    names = actor_names(request.find_service(Accounts), (entry.actor for entry in page.entries))
    after = seal(request, page.after, search)
    return listing(request, [as_json(entry, names) for entry in page.entries], after)


def show_entry(context: Any, request: Any) -> Mapping[str, Any]:
    """Return one entry of the trail."""
    query_parameters(request, ())
    names = actor_names(request.find_service(Accounts), [context.entry.actor])
    return as_json(context.entry, names)


def show_chain(context: Any, request: Any) -> Mapping[str, Any]:
    """Return the head of the chain, and what its last verification found."""
    query_parameters(request, ())
    head = request.find_service(Chain).head()
    return {"position": head.position, "hash": head.hash, "verified": head.verified}


def download(context: Any, request: Any) -> Response:
    """Return what is searched for as a file."""
    given = query_parameters(request, ("format", "after", *NAMES))
    kind = given.get("format", "ndjson")
    if kind not in FORMATS:
        raise Malformed(
            "The trail is exported as csv or ndjson.", errors=[FieldError("format", "csv or ndjson.")]
        )
    return export(request, kind, given)
